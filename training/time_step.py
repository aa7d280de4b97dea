"""One training step of the lab in PyTorch, timed: the other side of `npm run bench:training`, which starts it.

    python training/time_step.py FOLDER --threads 2

FOLDER is what tools/lib/stepCase.ts wrote. A number on standard input asks for so many steps; the answer is a line of JSON:
milliseconds, loss and norm of the gradients of each. The first line tells that all is ready.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPTextModel
from transformers.utils import logging


def nchw(x):
    return x.permute(0, 3, 1, 2).contiguous()


def denoiser(folder, batch):
    unet = UNet2DConditionModel.from_pretrained(folder / "unet").train()
    text = CLIPTextModel.from_pretrained(folder / "text_encoder").train()
    xt, target = nchw(batch["xt"]), nchw(batch["target"])
    timesteps, ids = batch["timesteps"], batch["ids"].long()

    def loss():
        return (unet(xt, timesteps, text(ids).last_hidden_state).sample - target).pow(2).mean()

    return [unet, text], loss


def autoencoder(folder, batch, settings):
    vae = AutoencoderKL.from_pretrained(folder / "vae").train()
    x, noise = nchw(batch["x"]), nchw(batch["noise"])

    def loss():
        posterior = vae.encode(x).latent_dist
        d = vae.decode(posterior.mean + posterior.std * noise).sample - x
        edges = (d[:, :, 1:] - d[:, :, :-1]).abs().mean() + (d[..., 1:] - d[..., :-1]).abs().mean()
        kl = 0.5 * (posterior.mean.pow(2) + posterior.var - 1 - posterior.logvar).mean()
        return d.abs().mean() + d.pow(2).mean() + 0.5 * edges + settings["klWeight"] * kl

    return [vae], loss


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--threads", type=int, required=True)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    logging.disable_progress_bar()
    settings = json.loads((args.folder / "case.json").read_text())
    batch = load_file(args.folder / "batch.safetensors")
    if settings["kind"] == "denoiser":
        networks, loss_of = denoiser(args.folder, batch)
    else:
        networks, loss_of = autoencoder(args.folder, batch, settings)
    parameters = [p for network in networks for p in network.parameters()]
    average = [p.detach().clone() for p in parameters]
    # `fused` is PyTorch's fastest on a CPU.
    optimizer = torch.optim.AdamW(
        parameters,
        lr=settings["learningRate"],
        betas=settings["betas"],
        eps=settings["epsilon"],
        weight_decay=settings["weightDecay"],
        fused=True,
    )
    count = 0

    def step():
        nonlocal count
        count += 1
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, settings["maxNorm"])
        optimizer.step()
        # EMAModel with use_ema_warmup: the same numbers, without its copy of the parameters one by one.
        decay = 0.0 if count == 1 else min(1 - count ** (-2 / 3), settings["averageDecay"])
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 1 - decay)
        numbers = dict(loss=loss.item(), gradientNorm=norm.item())
        return dict(ms=1000 * (time.perf_counter() - begin), **numbers)

    say = lambda message: print(json.dumps(message), flush=True)
    say(dict(torch=torch.__version__, diffusers=diffusers.__version__, threads=torch.get_num_threads()))
    for line in sys.stdin:
        say([step() for _ in range(int(line))])


if __name__ == "__main__":
    main()
