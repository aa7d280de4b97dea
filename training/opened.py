"""Opens a model that left the page, and pictures with captions to go on with."""

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from diffusers import StableDiffusionPipeline
from PIL import Image

from common import Shards
from unpack import is_plain, unpack

# What a zip may unpack to: a model is some MB, and the zip may be anybody's.
MOST_BYTES = 4_000_000_000
MOST_FILES = 1000


def extract(path, folder):
    """Unpacks a zip into `folder` (zipfile keeps every file inside, and stops at the sizes that the zip names)."""
    with zipfile.ZipFile(path) as archive:
        files = archive.infolist()
        size = sum(file.file_size for file in files)
        if len(files) > MOST_FILES or size > MOST_BYTES:
            raise SystemExit(
                f"{path}: expected at most {MOST_FILES} files and {MOST_BYTES / 1e9:g} GB unpacked, got {len(files)} "
                f"and {size / 1e9:.1f} GB; zip the model's folder alone"
            )
        archive.extractall(folder)


def model_folder(path, into=None):
    """The model's folder: `path` itself, or where its zip was unpacked to, a new folder or `into`."""
    path = Path(path)
    if path.is_dir():
        return path
    folder = Path(into or tempfile.mkdtemp(prefix="noisebook-"))
    extract(path, folder)
    indexes = sorted(folder.rglob("model_index.json"), key=lambda file: len(file.parts))
    if not indexes:
        raise SystemExit(f"{path}: expected a model in the diffusers layout, but it has no model_index.json")
    return indexes[0].parent


def from_safetensors(folder):
    """The pipeline of a folder in float32. Pickled weights can run code and are not opened."""
    return StableDiffusionPipeline.from_pretrained(
        folder, torch_dtype=torch.float32, use_safetensors=True, safety_checker=None, requires_safety_checker=False
    )


def open_pipeline(folder):
    """The pipeline of a folder in float32, also of one that is stored smaller (unpack.py)."""
    if is_plain(Path(folder)):
        pipe = from_safetensors(folder)
    else:
        with tempfile.TemporaryDirectory(prefix="noisebook-") as plain:
            unpack(Path(folder), Path(plain), torch.float32)
            pipe = from_safetensors(plain)
    # Flow matching's scheduler lacks a number that the pipeline asks for.
    if not hasattr(pipe.scheduler, "init_noise_sigma"):
        pipe.scheduler.init_noise_sigma = 1.0
    pipe.set_progress_bar_config(disable=True)
    return pipe


def in_bfloat16(pipe):
    """The pipeline with a denoiser that computes in bfloat16, twice to three times as fast where the processor has it: on
    faces-64 its pictures' latents are within 4e-5 of their variance of those of float32."""
    Accelerator(mixed_precision="bf16", cpu=not torch.cuda.is_available()).prepare_model(
        pipe.unet, evaluation_mode=True
    )
    return pipe


class Pictures(torch.utils.data.Dataset):
    """A folder of pictures, each with NAME.txt beside it, or with a metadata.jsonl of {"file_name", "text"}."""

    def __init__(self, folder, size):
        folder, self.size = Path(folder), size
        listed = folder / "metadata.jsonl"
        if listed.exists():
            rows = [json.loads(line) for line in listed.read_text().splitlines() if line.strip()]
            self.rows = [(folder / row["file_name"], row.get("text", "")) for row in rows]
        else:
            files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"})
            self.rows = [
                (f, f.with_suffix(".txt").read_text().strip() if f.with_suffix(".txt").exists() else "") for f in files
            ]
        if not self.rows:
            raise SystemExit(f"{folder}: expected pictures (PNG, JPEG, WebP) or a metadata.jsonl, found none")

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        path, text = self.rows[i]
        picture = Image.open(path).convert("RGB")
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.crop((left, top, left + side, top + side)).resize((self.size, self.size), Image.LANCZOS)
        return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 127.5 - 1, text


class Faces(torch.utils.data.Dataset):
    """Faces that `npm run render-faces` drew. With `facts` their captions are the lab's: one word for each fact."""

    def __init__(self, folder, size, facts):
        self.shards = Shards(folder)
        if self.shards.size != size:
            raise SystemExit(
                f"{folder}: expected faces of {size} x {size} pixels, got {self.shards.size}: render them anew"
            )
        rows = [json.loads(line) for line in (Path(folder) / "captions.jsonl").read_text().splitlines()]
        if facts and "facts" not in rows[0]:
            raise SystemExit(f"{folder}: this model is told facts; render the faces with --facts")
        self.texts = [[row["facts"]] if facts else row["captions"] for row in rows]

    def __len__(self):
        return self.shards.count

    def __getitem__(self, i):
        texts = self.texts[i]
        return self.shards.batch([i])[0], texts[int(torch.randint(len(texts), (1,)))]
