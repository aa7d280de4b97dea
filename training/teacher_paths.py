"""Where a teacher passes: guided sampling from noise to latent, kept at a few of its steps, for many captions.

The paths are drawn once and kept in files of a few hundred, file i always from the same seed: a run that was stopped goes on
with the next file, and several students learn from the same paths.
"""

import os
import random

import torch

from misspell import as_typed

KEPT = 4  # A path is kept before its first step and after every quarter of its steps: KEPT + 1 states.


@torch.no_grad()
def follow(pipe, captions, noise, *, steps, guidance, kept=KEPT):
    """States (B, kept + 1, C, s, s) of a pipeline on its way from `noise` (B, C, s, s): the noise itself first, the
    picture's latent last. `kept` divides `steps`."""
    states = [noise]

    def keep(_, i, t, values):
        if (i + 1) % (steps // kept) == 0:
            states.append(values["latents"])
        return values

    pipe(
        captions,
        latents=noise,
        num_inference_steps=steps,
        guidance_scale=guidance,
        output_type="latent",
        callback_on_step_end=keep,
    )
    return torch.stack(states, 1)


def noise_for(pipe, count, seed):
    config = pipe.unet.config
    shape = (count, config.in_channels, config.sample_size, config.sample_size)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(pipe.device)


def captions_for(shards, rows, count, seed, *, empty=0.03, typed=0.1):
    """`count` captions of random faces, any of a face's captions; a share `empty` of them is the empty text, a share
    `typed` as people type."""
    rng, known = random.Random(seed), set(shards.schema["words"])

    def caption():
        text, kind = rng.choice(rng.choice(rows)[0]), rng.random()
        return "" if kind < empty else as_typed(text, known, rng) if kind < empty + typed else text

    return [caption() for _ in range(count)]


def teacher_paths(pipe, shards, folder, count, *, steps, guidance, seed=0, chunk=100, **shares):
    """Paths for captions of `shards`: the captions (a list of N) and states (N, KEPT + 1, C, s, s), float16, drawn
    unless the folder has them already."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = shards.captions()
    captions, states, settings = [], [], {"steps": steps, "guidance": guidance}
    mark = {**settings, "teacher": pipe.unet.conv_out.weight.flatten()[:4].tolist()}
    for i in range(-(-count // chunk)):
        path = folder / f"{i:04d}.pt"
        if not path.exists():
            texts = captions_for(shards, rows, chunk, seed + i, **shares)
            drawn = follow(pipe, texts, noise_for(pipe, chunk, seed + i), **settings)
            torch.save({"captions": texts, "states": drawn.half().cpu(), **mark}, path.with_suffix(".tmp"))
            os.replace(path.with_suffix(".tmp"), path)
            print(f"{folder}: {(i + 1) * chunk} of {count} paths", flush=True)
        part = torch.load(path, weights_only=True)
        if {k: part[k] for k in mark} != mark:
            raise ValueError(
                f"{path}: expected paths of this teacher with {settings}, got others. Remove them, or give "
                "another folder."
            )
        captions += part["captions"]
        states.append(part["states"])
    return captions[:count], torch.cat(states)[:count]
