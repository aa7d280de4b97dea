"""Draws the pictures that are measured: each from its own noise, so that it depends on its number, not on its batch."""

import hashlib
import json
import time

import numpy as np
import torch

from common import to_bytes

BATCH = 50


def noise(pipe, numbers, seed):
    """(N, C, h, w): the noise of picture `n` of a seed, whatever is drawn with it."""
    side, channels = pipe.unet.config.sample_size, pipe.unet.config.in_channels
    return torch.stack(
        [
            torch.randn(channels, side, side, generator=torch.Generator().manual_seed(seed * 1_000_003 + n))
            for n in numbers
        ]
    )


@torch.no_grad()
def draw(pipe, prompts, *, guidance, steps, batch=BATCH, seed=11, first=0):
    """Images (N, 3, S, S) in [-1, 1]; `first` is the number of the first."""
    out = []
    for i in range(0, len(prompts), batch):
        part = prompts[i : i + batch]
        latents = noise(pipe, range(first + i, first + i + len(part)), seed).to(pipe.device)
        images = pipe(
            part, num_inference_steps=steps, guidance_scale=guidance, latents=latents, output_type="pt"
        ).images
        out.append(images.float().cpu() * 2 - 1)
    return torch.cat(out)


def drawn(pipe, prompts, path, *, guidance, steps, seed=11, precision="float32"):
    """The same as bytes, uint8 (N, S, S, 3), kept in the file `path`: a run that was stopped goes on where it was.
    `precision` says what the pipeline computes in."""
    size = pipe.unet.config.sample_size * pipe.vae_scale_factor
    weights = hashlib.sha256(b"".join(w.detach().cpu().numpy().tobytes() for w in pipe.unet.parameters())).hexdigest()
    wanted = {
        "size": size,
        "guidance": guidance,
        "steps": steps,
        "seed": seed,
        "unet": weights,
        "precision": precision,
        "prompts": hashlib.sha256("\n".join(prompts).encode()).hexdigest(),
    }
    about, picture = path.with_suffix(".json"), size * size * 3
    if not about.exists() or {"precision": "float32", **json.loads(about.read_text())} != wanted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        about.write_text(json.dumps(wanted) + "\n")
    done, begin, mark = path.stat().st_size // picture, time.time(), 0
    with open(path, "r+b") as file:
        file.truncate(done * picture)
        file.seek(done * picture)
        for i in range(done, len(prompts), BATCH):
            part = prompts[i : i + BATCH]
            file.write(to_bytes(draw(pipe, part, guidance=guidance, steps=steps, seed=seed, first=i)).tobytes())
            file.flush()
            mark += len(part)
            print(
                f"\r{path.stem}: {i + len(part)} of {len(prompts)} pictures, {mark / (time.time() - begin):.1f} a second",
                end="",
                flush=True,
            )
    if mark:
        print(flush=True)
    return np.memmap(path, np.uint8, "r", shape=(len(prompts), size, size, 3))
