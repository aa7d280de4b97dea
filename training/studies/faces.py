"""What every item of a study sees of the data: the rendered faces, drawn first if they are not there, and what the
frozen text encoder of faces-64 makes of their captions, kept in one file for all runs."""

import subprocess
import time
from functools import cache
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPTextModel, CLIPTokenizer

from bench import REPOSITORY, Desk, Scale
from common import Shards
from train_text_encoder import tokenize

SPLITS = {"train": 40_000, "test": 5_000}
MODEL = REPOSITORY / "public/weights/faces-64"
# Of the eight captions of a face: enough variety, and a file that stays in memory.
CAPTIONS = 4


def split(scale: Scale, name: str) -> Shards:
    folder = scale.shards / name
    if not (folder / "schema.json").exists():
        if scale.share != 1:
            raise SystemExit(f"{folder}: expected rendered faces, found none")
        command = f"npm run render-faces -- --split {name} --count {SPLITS[name]} --out {folder}"
        subprocess.run(command.split(), cwd=REPOSITORY, check=True)
    return Shards(folder)


@cache
def text_encoder() -> tuple[CLIPTokenizer, CLIPTextModel]:
    """Of faces-64, frozen: as CLIP is in Stable Diffusion, and the same for every denoiser of a study."""
    model = (
        CLIPTextModel.from_pretrained(MODEL / "text_encoder", torch_dtype=torch.float32).eval().requires_grad_(False)
    )
    return CLIPTokenizer.from_pretrained(MODEL / "tokenizer"), model


@torch.no_grad()
def text_states(texts: list[str], batch: int = 256) -> torch.Tensor:
    """(N, 40, 160) float16: the last hidden states of texts."""
    tokenizer, model = text_encoder()
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    ids = tokenize(tokenizer, texts).long()
    return torch.cat([model(part.to(model.device)).last_hidden_state.half().cpu() for part in ids.split(batch)])


def train_captions(scale: Scale) -> list[tuple[list[str], list[list[int]]]]:
    """Of every training face, its first captions and the numbers of the facts that each states."""
    return [(texts[:CAPTIONS], facts[:CAPTIONS]) for texts, facts in split(scale, "train").captions()]


def caption_states(desk: Desk) -> np.memmap:
    """(N, CAPTIONS, 40, 160) float16, on disk: the training captions' states. Whoever comes first makes it, the others
    wait."""
    folder = desk.scale.runs / "captions"
    folder.mkdir(parents=True, exist_ok=True)
    path, lock = folder / "states.npy", folder / "lock"
    while not path.exists():
        try:
            lock.mkdir()
        except FileExistsError:
            if time.time() - lock.stat().st_mtime > 120:  # whoever made it is gone
                lock.rmdir()
            time.sleep(2)
            continue
        _write_states(desk.scale, path, lock)
        lock.rmdir()
    return np.load(path, mmap_mode="r")


def _write_states(scale: Scale, path: Path, lock: Path) -> None:
    rows = [texts for texts, _ in train_captions(scale)]
    first = text_states(rows[0])
    states = np.lib.format.open_memmap(
        path.with_suffix(".tmp"), "w+", np.float16, (len(rows), CAPTIONS, *first.shape[1:])
    )
    for i in range(0, len(rows), 500):
        part = rows[i : i + 500]
        flat = text_states([text for texts in part for text in texts])
        states[i : i + len(part)] = flat.view(len(part), CAPTIONS, *first.shape[1:]).numpy()
        lock.touch()
    states.flush()
    path.with_suffix(".tmp").replace(path)
