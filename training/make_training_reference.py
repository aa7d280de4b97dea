"""What PyTorch computes when it trains: tests/fixtures/training/{autoencoder,denoiser}/, for training-parity.test.ts.

    python training/make_training_reference.py --out tests/fixtures/training

Two tiny cases hold every kind of layer: the first stage, and the denoiser with its text encoder. Each folder has the
networks as diffusers and transformers write them, the settings (reference.json) and the numbers
(reference.safetensors): inputs, loss and parts, the gradient of every parameter at the start, their norm, the weights
after one step of AdamW with clipping and after three, and their average (EMAModel) after three. Of the last four each
is one vector: the tensors of all networks end to end, sorted by `network/name`. Images and latents are NHWC, as the
library has them. initial.json says how large the first weights of each parameter are: the root of their mean square
over many seeds, sorted by name.
"""

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.training_utils import EMAModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from reference_networks import perturb

VAE = dict(
    block_out_channels=[4, 8],
    down_block_types=["DownEncoderBlock2D"] * 2,
    up_block_types=["UpDecoderBlock2D"] * 2,
    layers_per_block=1,
    norm_num_groups=2,
    latent_channels=3,
    sample_size=8,
)
TEXT = dict(
    vocab_size=20,
    hidden_size=8,
    intermediate_size=12,
    num_hidden_layers=1,
    num_attention_heads=2,
    max_position_embeddings=6,
    bos_token_id=18,
    eos_token_id=19,
    pad_token_id=19,
)
UNET = dict(
    sample_size=4,
    in_channels=3,
    out_channels=3,
    block_out_channels=[4, 8],
    down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
    layers_per_block=1,
    attention_head_dim=2,
    cross_attention_dim=8,
    norm_num_groups=2,
)
OPTIMIZER = dict(learning_rate=3e-3, betas=[0.9, 0.99], epsilon=1e-8, weight_decay=0.01, max_norm=1.0)
EMA = dict(decay=0.9, inverse_gamma=2.0, power=0.75)
LOSS = dict(l1=1.0, l2=1.0, edges=0.5, kl=1e-2)
STEPS = 3
BATCH = 2
SEEDS = 200


def nhwc(x):
    return x.permute(0, 2, 3, 1).contiguous()


def reconstruction_loss(y, x):
    d = y - x
    edges = (d[:, :, 1:] - d[:, :, :-1]).abs().mean() + (d[..., 1:] - d[..., :-1]).abs().mean()
    return LOSS["l1"] * d.abs().mean() + LOSS["l2"] * d.pow(2).mean() + LOSS["edges"] * edges


def train(networks, loss_of, batches):
    """Tensors of a short run: losses, first gradients, weights after one and three steps, their average."""
    named = {f"{part}/{name}": p for part, network in networks.items() for name, p in network.named_parameters()}
    parameters = [named[name] for name in sorted(named)]
    optimizer = torch.optim.AdamW(
        parameters,
        lr=OPTIMIZER["learning_rate"],
        betas=OPTIMIZER["betas"],
        eps=OPTIMIZER["epsilon"],
        weight_decay=OPTIMIZER["weight_decay"],
    )
    ema = EMAModel(
        parameters, decay=EMA["decay"], use_ema_warmup=True, inv_gamma=EMA["inverse_gamma"], power=EMA["power"]
    )
    tensors = {}

    def keep(what, values):
        tensors[what] = torch.cat([v.detach().flatten() for v in values])

    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        loss, parts = loss_of(batch)
        loss.backward()
        if step == 0:
            keep("gradient", [p.grad for p in parameters])
        norm = nn.utils.clip_grad_norm_(parameters, OPTIMIZER["max_norm"])
        tensors |= {f"{step}.loss": loss.detach(), f"{step}.norm": norm}
        tensors |= {f"{step}.{name}": part.detach() for name, part in parts.items()}
        optimizer.step()
        ema.step(parameters)
        if step in (0, STEPS - 1):
            keep(f"after{step + 1}", parameters)
    keep("average", ema.shadow_params)
    return tensors


def autoencoder(generator):
    vae = perturb(AutoencoderKL(**VAE), generator).train()
    batches = [
        dict(
            x=torch.rand((BATCH, 3, 8, 8), generator=generator) * 2 - 1,
            noise=torch.randn((BATCH, VAE["latent_channels"], 4, 4), generator=generator),
        )
        for _ in range(STEPS)
    ]

    def loss_of(batch):
        posterior = vae.encode(batch["x"]).latent_dist
        y = vae.decode(posterior.mean + posterior.std * batch["noise"]).sample
        reconstruction = reconstruction_loss(y, batch["x"])
        kl = 0.5 * (posterior.mean.pow(2) + posterior.var - 1 - posterior.logvar).mean()
        return reconstruction + LOSS["kl"] * kl, dict(reconstruction=reconstruction, kl=kl)

    return dict(vae=vae), batches, loss_of


def denoiser(generator):
    text = perturb(CLIPTextModel(CLIPTextConfig(**TEXT)), generator).train()
    unet = perturb(UNet2DConditionModel(**UNET), generator).train()
    # Levels of a variance-preserving process; what they are called does not matter to the network.
    timesteps = [[3, 871], [400, 120], [999, 640]]
    angle = lambda t: (torch.tensor(t) + 0.5) / 1000 * torch.pi / 2
    batches = [
        dict(
            x0=torch.randn((BATCH, 3, 4, 4), generator=generator),
            noise=torch.randn((BATCH, 3, 4, 4), generator=generator),
            ids=torch.randint(0, TEXT["vocab_size"], (BATCH, 6), generator=generator),
            timesteps=torch.tensor(t),
            alpha=angle(t).cos(),
            sigma=angle(t).sin(),
        )
        for t in timesteps
    ]

    def loss_of(batch):
        alpha, sigma = batch["alpha"][:, None, None, None], batch["sigma"][:, None, None, None]
        xt = alpha * batch["x0"] + sigma * batch["noise"]
        v = unet(xt, batch["timesteps"], text(batch["ids"]).last_hidden_state).sample
        errors = (v - (alpha * batch["noise"] - sigma * batch["x0"])).pow(2).mean((1, 2, 3))
        snr = (batch["alpha"] / batch["sigma"]).pow(2)
        return (errors * snr.clamp(max=5.0) / (snr + 1)).mean(), dict(errors=errors)

    return dict(unet=unet, text_encoder=text), batches, loss_of


def write(folder, seed, make):
    torch.manual_seed(seed)
    networks, batches, loss_of = make(torch.Generator().manual_seed(seed))
    for name, network in networks.items():
        network.save_pretrained(folder / name)
    tensors = train(networks, loss_of, batches)
    for step, batch in enumerate(batches):
        for name, value in batch.items():
            tensors[f"{step}.{name}"] = (nhwc(value) if value.dim() == 4 else value).float()
    save_file(tensors, folder / "reference.safetensors")
    settings = dict(optimizer=OPTIMIZER, ema=EMA, loss=LOSS, min_snr_gamma=5.0, steps=STEPS)
    (folder / "reference.json").write_text(json.dumps(settings, indent=2) + "\n")


def initial_sizes(build):
    """Root mean square of each parameter of a network as it is built, over SEEDS networks."""
    squares = {}
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        for name, p in build().named_parameters():
            squares[name] = squares.get(name, 0) + p.detach().pow(2).mean().item() / SEEDS
    return [round(squares[name] ** 0.5, 4) for name in sorted(squares)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    write(args.out / "autoencoder", 21, autoencoder)
    write(args.out / "denoiser", 22, denoiser)
    initial = dict(
        vae=initial_sizes(lambda: AutoencoderKL(**VAE)),
        unet=initial_sizes(lambda: UNet2DConditionModel(**UNET)),
        text_encoder=initial_sizes(lambda: CLIPTextModel(CLIPTextConfig(**TEXT))),
    )
    (args.out / "initial.json").write_text(json.dumps(initial) + "\n")


if __name__ == "__main__":
    main()
