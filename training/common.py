"""What every training stage shares: shards, a resumable run, its learning-rate curve and its log."""

import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from diffusers.training_utils import EMAModel


class Shards:
    """A folder written by `npm run render-faces`: uint8 images (N, S, S, 3), attributes (N, A), captions."""

    def __init__(self, folder):
        folder = Path(folder)
        self.schema = json.loads((folder / "schema.json").read_text())
        self.count, self.size = self.schema["count"], self.schema["size"]
        self.names = [a["name"] for a in self.schema["attributes"]]
        self.values = [a["values"] for a in self.schema["attributes"]]
        shape = (self.count, self.size, self.size, 3)
        self.images = np.memmap(folder / "images.bin", np.uint8, "r", shape=shape)
        self.attributes = np.fromfile(folder / "attributes.bin", np.uint8).reshape(self.count, len(self.names))
        self._captions = folder / "captions.jsonl"

    def batch(self, index, flip=None):
        """Images at `index` as float32 (B, 3, S, S) in [-1, 1]; `flip` (B,) mirrors some of them."""
        x = torch.from_numpy(np.asarray(self.images[index])).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        return x if flip is None else torch.where(flip[:, None, None, None], x.flip(3), x)

    def captions(self):
        """A list of (texts, mentioned) per image; `mentioned` names the attributes that each text states."""
        with open(self._captions) as lines:
            return [(row["captions"], row["mentioned"]) for row in map(json.loads, lines)]


def constant_rate(base, warmup=100):
    """Linear warm-up, then the same to the end: every step along the way is as good a place to stop as the last."""
    return lambda step, progress: base * min(1, (step + 1) / warmup)


def learning_rate(base, warmup=100, floor=0.02):
    """Linear warm-up, then a cosine to floor x base, over `progress` in [0, 1]."""
    return lambda step, progress: (
        base * min(1, (step + 1) / warmup) * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1, progress))))
    )


class Run:
    """One training run: accelerate's loop, an EMA of the weights, checkpoints, and a log in JSON lines.

    `minutes` bounds the run by the wall clock: the learning rate then follows whichever of steps and time is
    further along, so that a slow machine still ends on a cooled model. `schedule(step, progress)` replaces that curve.
    `core_seconds` are what the processor worked on it: with one thread, the time it would take alone.
    """

    def __init__(
        self, folder, model, *, lr, steps, minutes=None, seed=0, weight_decay=0.01, ema_decay=0.9995, schedule=None
    ):
        self.folder, self.steps, self.minutes = Path(folder), steps, minutes
        self.folder.mkdir(parents=True, exist_ok=True)
        set_seed(seed)
        on_cpu = not torch.cuda.is_available()
        self.accelerator = Accelerator(mixed_precision="bf16", cpu=on_cpu)
        optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.99), weight_decay=weight_decay)
        self.schedule = schedule or learning_rate(lr)
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.ema = EMAModel(
            model.parameters(), decay=ema_decay, use_ema_warmup=True, inv_gamma=10, power=1.0, foreach=True
        )
        self.ema.to(self.accelerator.device)
        self.step, self.seconds, self.core_seconds = 0, 0.0, 0.0
        self._resume()
        self._mark, self._core_mark = time.monotonic(), time.process_time()

    @property
    def progress(self):
        by_time = self.seconds / (60 * self.minutes) if self.minutes else 0
        return max(self.step / self.steps, by_time)

    def done(self):
        now, core_now = time.monotonic(), time.process_time()
        self.seconds += now - self._mark
        self.core_seconds += core_now - self._core_mark
        self._mark, self._core_mark = now, core_now
        return self.progress >= 1

    def update(self, loss):
        """Backward, clip to norm 1, one AdamW step, one EMA step."""
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(self.step, self.progress)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.step(self.accelerator.unwrap_model(self.model).parameters())
        self.step += 1

    def averaged(self):
        """A context in which the model carries the EMA weights."""
        return _Averaged(self.ema, self.accelerator.unwrap_model(self.model))

    def log(self, **values):
        row = {"step": self.step, "minutes": round(self.seconds / 60, 2), **values}
        print(json.dumps(row), flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(json.dumps(row) + "\n")

    def save(self):
        """Writes the checkpoint beside the old one, then swaps: a kill at any moment leaves a whole file."""
        model = self.accelerator.unwrap_model(self.model)
        state = {
            "model": model.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "core_seconds": self.core_seconds,
            "rng": torch.get_rng_state(),
        }
        torch.save(state, self.folder / "checkpoint.tmp")
        os.replace(self.folder / "checkpoint.tmp", self.folder / "checkpoint.pt")

    def _resume(self):
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.accelerator.device, weights_only=True)
        self.accelerator.unwrap_model(self.model).load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        self.ema.to(self.accelerator.device)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.core_seconds = state.get("core_seconds", 0.0)
        torch.set_rng_state(state["rng"].cpu())
        print(f"resumed {path} at step {self.step}", flush=True)


class _Averaged:
    """Exchanges a model's weights for their average, and back on leaving."""

    def __init__(self, ema, model):
        self.ema, self.model = ema, model

    def __enter__(self):
        self.ema.store(self.model.parameters())
        self.ema.copy_to(self.model.parameters())

    def __exit__(self, *error):
        self.ema.restore(self.model.parameters())


def psnr(a, b):
    """Peak signal-to-noise ratio in dB per image of two batches in [-1, 1]."""
    return 10 * torch.log10(4 / (a.clamp(-1, 1) - b).pow(2).mean((1, 2, 3)))


def to_bytes(images):
    """Images (N, 3, S, S) in [-1, 1] -> the bytes that people see: uint8 (N, S, S, 3)."""
    return ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def save_grid(images, path, columns):
    """Images (N, 3, S, S) in [-1, 1] as one PNG, row by row."""
    from PIL import Image

    n = len(images)
    pixels = to_bytes(images)
    rows = [np.concatenate(list(pixels[i : i + columns]), 1) for i in range(0, n - n % columns, columns)]
    Image.fromarray(np.concatenate(rows)).save(path)
