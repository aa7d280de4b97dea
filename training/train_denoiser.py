"""Stage 3: the denoiser and the text encoder, jointly, on cached latents (arXiv 2112.10752, section 3.2, eq. 3).

    python training/train_denoiser.py --shards data/shards --vae training/runs/vae-64/vae \
        --tokenizer training/runs/tokenizer --text-encoder training/runs/text-64/text_encoder \
        --out training/runs/denoiser-64

v-prediction (arXiv 2202.00512, appendix D) on a cosine schedule. A caption is drawn anew for every use of a
picture; one in ten becomes the empty text, for classifier-free guidance (arXiv 2207.12598). The few latents under
eyes and mouth count more: they carry half of the facts, and the best prediction of each latent stays the same.
Stop it at any time: the same command resumes at the last checkpoint.
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from common import Run, Shards, save_grid
from grow import grow
from misspell import as_typed
from train_autoencoder import FEATURES, face_weight
from train_text_encoder import tokenize

SCHEDULE = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
}
PROMPTS = [
    "a smiling person with red hair and round glasses",
    "someone bald with a long black beard",
    "a person wearing a green hoodie, blue background",
    "hijab and eyepatch",
    "pink hair",
    "a sad face with a blue beanie",
    "sunglasses and a moustache, yellow background",
    "a person with dark skin and an orange t-shirt",
]


def scheduler():
    return DPMSolverMultistepScheduler(**SCHEDULE, algorithm_type="dpmsolver++", solver_order=2)


def build(size, widths, text_width):
    return UNet2DConditionModel(
        sample_size=size,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=widths,
        down_block_types=["CrossAttnDownBlock2D"] * len(widths),
        norm_num_groups=16,
        up_block_types=["CrossAttnUpBlock2D"] * len(widths),
        cross_attention_dim=text_width,
        attention_head_dim=4,
    )


class TextToLatent(torch.nn.Module):
    """The two networks of the stage, so that one optimiser, one EMA and one checkpoint hold both."""

    def __init__(self, unet, text_encoder):
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder

    def forward(self, x, t, ids):
        return self.unet(x, t, self.text_encoder(ids).last_hidden_state).sample


@torch.no_grad()
def encode_all(vae, shards, device, first=0, batch=250):
    """Mean and standard deviation of the posterior of every image from `first`: two float16 tensors (N, 4, s, s)."""
    means, stds = [], []
    for i in range(first, shards.count, batch):
        x = shards.batch(np.arange(i, min(i + batch, shards.count))).to(device)
        posterior = vae.encode(x).latent_dist
        means.append(posterior.mean.half())
        stds.append(posterior.std.half())
    return torch.cat(means), torch.cat(stds)


def cached_latents(path, vae, shards, device):
    """`encode_all`, kept in the run's folder, so that a run that resumes goes on at once; faces that were rendered
    since are added."""
    kept = torch.load(path, map_location=device, weights_only=True) if path.exists() else None
    first = len(kept[0]) if kept else 0
    if first < shards.count:
        new = encode_all(vae, shards, device, first)
        kept = tuple(torch.cat(pair) for pair in zip(kept, new, strict=True)) if kept else new
        torch.save(kept, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)
    return kept


@torch.no_grad()
def sample(model, tokenizer, vae, prompts, *, guidance=3.0, steps=12, seed=7):
    """Images (N, 3, S, S) for the prompts, one seed for all."""
    solver = scheduler()
    solver.set_timesteps(steps)
    device = vae.device
    ids = tokenize(tokenizer, [""] * len(prompts) + list(prompts)).long().to(device)
    context = model.text_encoder(ids).last_hidden_state
    size = model.unet.config.sample_size
    x = torch.randn(len(prompts), 4, size, size, generator=torch.Generator().manual_seed(seed)).to(device)
    for t in solver.timesteps:
        free, given = model.unet(torch.cat([x, x]), t.to(device), context).sample.chunk(2)
        x = solver.step(free + guidance * (given - free), t, x).prev_sample
    return vae.decode(x / vae.config.scaling_factor).sample


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--vae", type=Path, required=True)
    p.add_argument("--tokenizer", type=Path, required=True)
    p.add_argument("--text-encoder", type=Path, required=True, help="the folder that stage 2 wrote")
    p.add_argument("--start", type=Path, help="a unet folder to go on from, instead of random weights")
    p.add_argument("--grow", type=Path, help="a unet folder for latents of half the side, to build around")
    p.add_argument("--typed", type=float, default=0.0, help="share of captions with misspellings and idle words")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--widths", type=int, nargs="+", default=[96, 160])
    p.add_argument("--steps", type=int, default=9000)
    p.add_argument("--minutes", type=float)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--lr", type=float, default=6e-4)
    p.add_argument("--drop", type=float, default=0.1, help="share of captions replaced by the empty text")
    p.add_argument("--any-length", type=float, default=0.3, help="share of captions taken whatever their length")
    p.add_argument("--box-weight", type=float, default=3.0, help="weight of the latents under eyes and mouth")
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()

    train = Shards(args.shards / "train")
    tokenizer = CLIPTokenizer.from_pretrained(args.tokenizer)
    vae = AutoencoderKL.from_pretrained(args.vae).eval().requires_grad_(False)
    text_encoder = CLIPTextModel.from_pretrained(args.text_encoder)
    size = train.size // 2 ** (len(vae.config.block_out_channels) - 1)
    if args.grow:
        unet, kept = grow(UNet2DConditionModel.from_pretrained(args.grow))
        print(f"{kept / 1e6:.2f} M numbers of {args.grow} go on")
    else:
        unet = (
            UNet2DConditionModel.from_pretrained(args.start)
            if args.start
            else build(size, args.widths, text_encoder.config.hidden_size)
        )
    model = TextToLatent(unet, text_encoder)
    for name in ("unet", "text_encoder"):
        print(f"{name}: {sum(w.numel() for w in getattr(model, name).parameters()) / 1e6:.2f} M parameters")
    run = Run(args.out, model, lr=args.lr, steps=args.steps, minutes=args.minutes, seed=args.seed)
    device = run.accelerator.device
    vae.to(device)
    means, stds = cached_latents(args.out / "latents.pt", vae, train, device)
    rows = [texts for texts, _ in train.captions()]
    per_image = len(rows[0])
    ids = tokenize(tokenizer, [text for row in rows for text in row]).view(train.count, per_image, -1)
    lengths = (ids != tokenizer.eos_token_id).sum(2)
    empty = tokenize(tokenizer, [""])[0]
    known, rng = set(train.schema["words"]), random.Random(args.seed)
    noise_schedule = scheduler()
    alphas = noise_schedule.alphas_cumprod.to(device)
    scale = vae.config.scaling_factor
    weight = face_weight(size, FEATURES, args.box_weight).to(device)
    saved, losses = time.monotonic(), []
    while not run.done():
        index = torch.randint(train.count, (args.batch,))
        z = (
            means[index].float() + stds[index].float() * torch.randn(args.batch, *means.shape[1:], device=device)
        ) * scale
        # Of two captions drawn, mostly the longer one: it says more about the picture.
        pick = torch.randint(per_image, (2, args.batch))
        longer = lengths[index, pick[0]] >= lengths[index, pick[1]]
        chosen = torch.where(longer | (torch.rand(args.batch) < args.any_length), pick[0], pick[1])
        caption = ids[index, chosen]
        typed = (torch.rand(args.batch) < args.typed).nonzero()[:, 0].tolist()
        if typed:
            caption[typed] = tokenize(tokenizer, [as_typed(rows[index[i]][chosen[i]], known, rng) for i in typed])
        caption[torch.rand(args.batch) < args.drop] = empty
        # Stratified timesteps: one from each of B equal slices, which steadies the loss.
        t = ((torch.arange(args.batch) + torch.rand(args.batch)) / args.batch * len(alphas)).long().to(device)
        noise = torch.randn_like(z)
        signal, sigma = alphas[t].sqrt()[:, None, None, None], (1 - alphas[t]).sqrt()[:, None, None, None]
        v = run.model(signal * z + sigma * noise, t, caption.long().to(device))
        loss = ((v.float() - (signal * noise - sigma * z)).pow(2) * weight).mean()
        run.update(loss)
        losses.append(loss.item())
        if run.step % 100 == 0:
            run.log(loss=round(sum(losses) / len(losses), 4))
            losses = []
        if run.step % 1000 == 0:
            with run.averaged(), run.accelerator.autocast():
                save_grid(sample(model, tokenizer, vae, PROMPTS), args.out / f"samples-{run.step:06d}.png", 4)
        if time.monotonic() - saved > 180:
            run.save()
            saved = time.monotonic()
    run.save()
    run.log(images=run.step * args.batch, faces=train.count)
    with run.averaged():
        model.unet.save_pretrained(args.out / "unet")
        model.text_encoder.save_pretrained(args.out / "text_encoder")
        save_grid(sample(model, tokenizer, vae, PROMPTS), args.out / "samples.png", 4)


if __name__ == "__main__":
    main()
