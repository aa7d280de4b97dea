"""Stage 1: the first stage, AutoencoderKL, on rendered faces (arXiv 2112.10752, section 3.1).

    python training/train_autoencoder.py --shards data/shards --out training/runs/vae-64

Every width halves the side once more, except the last: four give f = 8, seven give f = 64, one latent pixel.

Loss: L1 + squared error + L1 of the image gradients, which keeps edges, with more weight where eyes and mouth
are, plus a small KL term. Without LPIPS and without a discriminator: drawings need neither.
Stop it at any time: the same command resumes at the last checkpoint.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from common import Run, Shards, psnr, save_grid

# Where the drawings have eyes and mouth: x0, y0, x1, y1 as shares of the side.
FEATURES = (0.27, 0.26, 0.73, 0.64)


def build(widths, size, latent_channels=4, attention=True):
    n = len(widths)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=latent_channels,
        layers_per_block=1,
        norm_num_groups=8,
        sample_size=size,
        mid_block_add_attention=attention,
        down_block_types=["DownEncoderBlock2D"] * n,
        up_block_types=["UpDecoderBlock2D"] * n,
        block_out_channels=widths,
        scaling_factor=1.0,
    )


@torch.no_grad()
def start_for_few_latents(vae, logvar=-5.0):
    """First numbers for latents of one pixel. As torch starts it, the decoder hardly hears six numbers: they pass two
    small convolutions, one of which meets only padding around them, and the biases are louder. So: no biases, 1x1
    convolutions that pass on what they get, a first convolution of the decoder that keeps the scale, and little noise."""
    c = vae.config.latent_channels
    for name, weight in vae.named_parameters():
        if name.endswith("bias"):
            weight.zero_()
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.weight.copy_(torch.eye(len(conv.weight))[..., None, None])
    vae.quant_conv.weight[c:] *= 0.1
    vae.quant_conv.bias[c:] = logvar
    torch.nn.init.normal_(vae.decoder.conv_in.weight, std=c**-0.5)


def principal_components(shards, k, count=4000):
    """The mean picture and the k directions in which pictures differ most, each divided by its deviation: rows of
    (3 S S, k) give a picture k numbers of mean 0 and deviation 1."""
    x = shards.batch(np.arange(min(count, shards.count))).flatten(1)
    mean = x.mean(0)
    _, scale, directions = torch.svd_lowrank(x - mean, q=k + 6, niter=4)
    return mean, directions[:, :k] / (scale[:k] / len(x) ** 0.5)


def face_weight(size, box, weight):
    """(1, 1, S, S): 1 everywhere, `weight` inside the box of the facial features, scaled to mean 1."""
    x0, y0, x1, y1 = (round(v * size) for v in box)
    mask = torch.ones(1, 1, size, size)
    mask[..., y0:y1, x0:x1] = weight
    return mask / mask.mean()


def reconstruction_loss(y, x, weight):
    d = y - x
    dx = (d[..., :, 1:] - d[..., :, :-1]) * weight[..., :, 1:]
    dy = (d[..., 1:, :] - d[..., :-1, :]) * weight[..., 1:, :]
    return (d.abs() * weight).mean() + 2 * (d.pow(2) * weight).mean() + 0.5 * (dx.abs().mean() + dy.abs().mean())


@torch.no_grad()
def evaluate(model, shards, count=512, batch=64):
    out, count = [], min(count, shards.count)
    for i in range(0, count, batch):
        x = shards.batch(np.arange(i, min(i + batch, count))).to(model.device)
        out.append(psnr(model.decode(model.encode(x).latent_dist.mode()).sample, x))
    return torch.cat(out).mean().item()


@torch.no_grad()
def normalise_latents(vae, shards, count=8000, batch=200, unit=False):
    """Folds whole-set statistics into the two 1x1 convolutions: every latent channel gets mean 0 and the same
    standard deviation, and `scaling_factor` becomes one over it (arXiv 2112.10752, appendix G, over the set
    instead of over one batch). With `unit` that deviation is 1. The pictures stay the same."""
    parts = np.array_split(np.arange(min(count, shards.count)), max(1, min(count, shards.count) // batch))
    z = torch.cat([vae.encode(shards.batch(part).to(vae.device)).latent_dist.sample() for part in parts])
    mean, std = z.mean((0, 2, 3)), z.std((0, 2, 3))
    overall = torch.ones(()) if unit else z.std()
    a, b = overall / std, -mean * overall / std
    c = vae.config.latent_channels
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:c] *= a[:, None, None, None]
    quant.bias[:c] = quant.bias[:c] * a + b
    quant.bias[c:] += 2 * a.log()
    post.bias -= (post.weight[:, :, 0, 0] * (b / a)).sum(1)
    post.weight /= a[None, :, None, None]
    vae.register_to_config(scaling_factor=round(1 / overall.item(), 5))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--start", type=Path, help="a vae folder to go on from, instead of random weights")
    p.add_argument("--widths", type=int, nargs="+", default=[24, 48, 72, 72])
    p.add_argument("--steps", type=int, default=9000)
    p.add_argument("--minutes", type=float)
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--lr", type=float, default=1.2e-3)
    p.add_argument("--kl", type=float, default=1e-4, help="weight of the mean KL per latent number")
    p.add_argument(
        "--kl-warmup",
        type=float,
        default=0,
        help="share of the run in which that weight grows from 0, after the lesson if there is one",
    )
    p.add_argument("--few-latents", action="store_true", help="first numbers for a latent of one pixel")
    p.add_argument(
        "--lesson",
        type=float,
        default=0,
        help="share of the run in which principal components stand in "
        "for the latents: the encoder learns them, the decoder learns from them (one-pixel latents only)",
    )
    p.add_argument("--latent-channels", type=int, default=4)
    p.add_argument("--no-attention", action="store_true", help="no attention in the middle of either half")
    p.add_argument("--no-flip", action="store_true", help="never mirror a picture")
    p.add_argument("--unit", action="store_true", help="give every latent channel standard deviation 1")
    p.add_argument("--box", type=float, nargs=4, default=FEATURES, help="x0 y0 x1 y1 of the features")
    p.add_argument("--box-weight", type=float, default=2.5)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()

    train, held_out = Shards(args.shards / "train"), Shards(args.shards / "validation")
    model = build(args.widths, train.size, args.latent_channels, not args.no_attention)
    if args.start:
        model.load_state_dict(AutoencoderKL.from_pretrained(args.start).state_dict())
    if args.few_latents:
        start_for_few_latents(model)
    print(f"{sum(w.numel() for w in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    run = Run(
        args.out,
        model,
        lr=args.lr,
        steps=args.steps,
        minutes=args.minutes,
        seed=args.seed,
        weight_decay=1e-4,
        ema_decay=0.999,
    )
    device = run.accelerator.device
    if args.lesson:
        mean, components = (v.to(device) for v in principal_components(train, args.latent_channels))
    weight = face_weight(train.size, args.box, args.box_weight).to(device)
    saved, total = time.monotonic(), 0.0
    while not run.done():
        index = torch.randint(train.count, (args.batch,)).numpy()
        x = train.batch(index, flip=None if args.no_flip else torch.rand(args.batch) < 0.5).to(device)
        with run.accelerator.autocast():
            posterior = run.model.encode(x).latent_dist
            lesson = run.progress < args.lesson
            taught = ((x.flatten(1) - mean) @ components)[..., None, None] if lesson else None
            z = taught + 0.1 * torch.randn_like(taught) if lesson else posterior.sample()
            y = run.model.decode(z).sample
        kl = 0.5 * (posterior.mean.float().pow(2) + posterior.var.float() - 1 - posterior.logvar.float())
        reconstruction = reconstruction_loss(y.float(), x, weight)
        taught_loss = 0.5 * (posterior.mean.float() - taught).pow(2).mean() if lesson else 0.0
        since = max(0, run.progress - args.lesson)
        kl_weight = args.kl * (min(1, since / args.kl_warmup) if args.kl_warmup else 1)
        run.update(reconstruction + taught_loss + kl_weight * kl.mean())
        total += reconstruction.item()
        if run.step % 100 == 0:
            run.log(
                loss=round(total / 100, 5),
                kl=round(kl.mean().item(), 3),
                taught=round(float(taught_loss), 4),
                kl_per_channel=[round(k, 2) for k in kl.mean((0, 2, 3)).tolist()],
            )
            total = 0.0
        if run.step % 500 == 0:
            with run.averaged(), run.accelerator.autocast():
                run.log(psnr=round(evaluate(model, held_out), 2))
        if time.monotonic() - saved > 120:
            run.save()
            saved = time.monotonic()
    run.save()
    with run.averaged(), torch.no_grad():
        normalise_latents(model, train, unit=args.unit)
        model.save_pretrained(args.out / "vae")
        x = held_out.batch(np.arange(16)).to(device)
        y = model.decode(model.encode(x).latent_dist.mode()).sample
        save_grid(torch.cat([x, y]), args.out / "reconstructions.png", 8)
        run.log(
            psnr=round(evaluate(model, held_out, held_out.count), 3),
            count=held_out.count,
            images=run.step * args.batch,
            faces=train.count,
        )


if __name__ == "__main__":
    main()
