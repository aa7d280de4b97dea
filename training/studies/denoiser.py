"""The denoisers of the studies: U-Nets of one size, trained alike on cached latents (arXiv 2112.10752, section 3.2).

The learning rate stays where it is, and weights are averaged: so every step along the way is as good a place to stop
as the last, and one run gives the quality after every budget. Snapshots are kept at doubling steps and measured.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel

from bench import Desk
from common import Run, Shards, constant_rate, save_grid, to_bytes
from costs import denoiser_costs
from first_stage import Autoencoder, Pixels, kept_config
from train_denoiser import scheduler

TEXT_WIDTH, BATCH, RATE, DROP = 160, 16, 1.2e-3, 0.1


# What every result says of its training besides what varies.
RECIPE = {"batch": BATCH, "learningRate": RATE, "captionDropout": DROP}


@dataclass(frozen=True)
class Shape:
    """A U-Net for latents of 64 / f pixels: its widths by level, whether a level has attention, resnets a block."""

    widths: tuple[int, ...]
    attention: tuple[bool, ...]
    layers: int = 1


# Attention where a latent has 8 x 8 places or fewer; parameters within 5% of series A's mean (a test holds it).
SHAPES = {
    1: Shape((32, 40, 64, 72), (False, False, False, True)),
    2: Shape((48, 64, 72), (False, False, True)),
    4: Shape((56, 80), (False, True)),
    8: Shape((56, 72), (True, True)),
    16: Shape((56, 72), (True, True)),
    32: Shape((72,), (True,), layers=2),
}


def build(f: int, channels: int, side: int = 64) -> UNet2DConditionModel:
    shape = SHAPES[f]
    kinds = ["CrossAttn" * with_attention for with_attention in shape.attention]
    return UNet2DConditionModel(
        sample_size=side // f,
        in_channels=channels,
        out_channels=channels,
        layers_per_block=shape.layers,
        block_out_channels=shape.widths,
        down_block_types=[f"{kind}DownBlock2D" for kind in kinds],
        up_block_types=[f"{kind}UpBlock2D" for kind in reversed(kinds)],
        norm_num_groups=8,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
    )


class Latents:
    """The latents of faces, encoded once: mean and deviation of each posterior, float16, kept beside the run."""

    def __init__(self, path: Path, stage: Pixels | Autoencoder, faces: Shards, chosen: np.ndarray):
        self.stage, self.faces, self.chosen = stage, faces, chosen
        self.count, self.kept = len(chosen), None
        if isinstance(stage, Autoencoder):
            self.kept = torch.load(path, weights_only=True, mmap=True) if path.exists() else self._encode(path)

    def _encode(self, path: Path) -> list[torch.Tensor]:
        parts = [self.stage.encode(self.faces.batch(self.chosen[i : i + 250])) for i in range(0, self.count, 250)]
        kept = [torch.cat([part[k].half() for part in parts]) for k in range(2)]
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(kept, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)
        return kept

    def draw(self, index: torch.Tensor) -> torch.Tensor:
        """One sample of each posterior: (B, C, h, w)."""
        if self.kept is None:
            return self.stage.encode(self.faces.batch(self.chosen[index.numpy()]))[0]
        mean, deviation = (part[index].float() for part in self.kept)
        return mean + deviation * torch.randn_like(mean)


@dataclass(frozen=True)
class Budget:
    """How long a denoiser trains, and at which steps it is looked at."""

    steps: int
    snapshots: tuple[int, ...]


def doubling(last: int, first: int) -> Budget:
    """Snapshots at first, 2 first, 4 first, ... and at the last step."""
    steps, at = [], first
    while at < 0.75 * last:
        steps.append(at)
        at *= 2
    return Budget(last, (*steps, last))


class Trained:
    """Trains a denoiser to the end of its budget, from its last checkpoint, and keeps a snapshot at every step that is
    to be looked at.

    captions(index) -> (B, 40, 160): the states of one caption each; `empty` (40, 160) stands in for one in ten.
    """

    def __init__(
        self,
        desk: Desk,
        f: int,
        latents: Latents,
        budget: Budget,
        captions,
        empty: torch.Tensor,
        seed: int,
        rate: float = RATE,
    ):
        self.f, self.channels = f, latents.stage.channels
        self.folder = desk.folder if rate == RATE else desk.folder / f"rate-{rate:g}"
        self.budget = Budget(
            desk.scale.steps(budget.steps), tuple(sorted({desk.scale.steps(s) for s in budget.snapshots}))
        )
        torch.manual_seed(seed)
        model = build(f, self.channels)
        self.config, self.costs = kept_config(model), denoiser_costs(model)
        run = Run(self.folder, model, lr=rate, steps=self.budget.steps, seed=seed, schedule=constant_rate(rate))
        device = run.accelerator.device
        alphas = scheduler().alphas_cumprod.to(device)
        empty = empty.float()
        saved, losses = time.monotonic(), []
        while not run.done():
            index = torch.randint(latents.count, (BATCH,))
            z = latents.draw(index).to(device)
            states = captions(index)
            states[torch.rand(BATCH) < DROP] = empty
            # Stratified timesteps: one from each of B equal slices, which steadies the loss.
            t = ((torch.arange(BATCH) + torch.rand(BATCH)) / BATCH * len(alphas)).long().to(device)
            loss = v_loss(run.model, z, t, torch.randn_like(z), states.to(device), alphas)
            run.update(loss)
            losses.append(loss.item())
            if run.step in self.budget.snapshots:
                run.done()  # brings the clocks up to date
                self._keep(run, model)
            if run.step % 200 == 0:
                run.log(loss=round(sum(losses) / len(losses), 4), core=round(run.core_seconds / 60, 2))
                losses = []
            if time.monotonic() - saved > 60:
                run.save()
                saved = time.monotonic()
        run.save()

    def _keep(self, run: Run, model: UNet2DConditionModel) -> None:
        path = self._snapshot(run.step)
        path.parent.mkdir(exist_ok=True)
        clock = {"step": run.step, "seconds": round(run.seconds, 1), "coreSeconds": round(run.core_seconds, 1)}
        with run.averaged():
            state = {k: v.cpu().clone() for k, v in model.state_dict().items()}
        torch.save({"state": state, "clock": clock}, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def _snapshot(self, step: int) -> Path:
        return self.folder / "snapshots" / f"{step:06d}.pt"

    def at(self, step: int) -> tuple[UNet2DConditionModel, dict]:
        """The averaged network at a step that was kept, and the clocks then."""
        kept = torch.load(self._snapshot(step), weights_only=True, map_location="cpu")
        model = build(self.f, self.channels)
        model.load_state_dict(kept["state"])
        return model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), kept["clock"]

    def save(self, folder: Path) -> None:
        """The last snapshot in half precision, in the diffusers layout."""
        model, _ = self.at(self.budget.steps)
        model.half().save_pretrained(folder)
        (folder / "diffusion_pytorch_model.safetensors").chmod(0o644)


def v_loss(model, z, t, noise, states, alphas) -> torch.Tensor:
    """Mean squared error of the predicted velocity, alpha eps - sigma z (arXiv 2202.00512, appendix D)."""
    signal, sigma = alphas[t].sqrt()[:, None, None, None], (1 - alphas[t]).sqrt()[:, None, None, None]
    with torch.autocast(z.device.type, torch.bfloat16):
        v = model(signal * z + sigma * noise, t, states, return_dict=False)[0]
    return (v.float() - (signal * noise - sigma * z)).pow(2).mean()


@torch.no_grad()
def held_out_loss(model, stage: Pixels | Autoencoder, faces: Shards, states: torch.Tensor, batch: int = 32) -> float:
    """The same on faces that nobody trains on, each with one noise at one level, the same for every model."""
    generator = torch.Generator().manual_seed(1)
    alphas, total, count = scheduler().alphas_cumprod.to(model.device), 0.0, len(states)
    for i in range(0, count, batch):
        index = np.arange(i, min(i + batch, count))
        z, _ = stage.encode(faces.batch(index))
        t = ((torch.arange(len(index)) + torch.rand(len(index), generator=generator)) / len(index) * len(alphas)).long()
        noise = torch.randn(z.shape, generator=generator)
        parts = (part.to(model.device) for part in (z, t, noise, states[index].float()))
        total += v_loss(model, *parts, alphas).item() * len(index)
    return total / count


def solver(steps: int) -> DPMSolverMultistepScheduler:
    made = scheduler()
    made.set_timesteps(steps)
    return made


def noise(shape: tuple[int, ...], number: int, seed: int) -> torch.Tensor:
    """The noise of picture `number`: it depends on the number, not on the batch."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed * 1_000_003 + number))


@torch.no_grad()
def sample(
    model: UNet2DConditionModel,
    stage: Pixels | Autoencoder,
    states: torch.Tensor,
    empty: torch.Tensor,
    *,
    steps: int,
    guidance: float,
    seed: int = 11,
    batch: int = 50,
) -> tuple[np.ndarray, float]:
    """One picture for each of the states (N, 40, 160): bytes (N, S, S, 3), and the seconds that one core took for one.
    With guidance 0 nothing is asked: one call a step, with the empty text."""
    device, size, channels = model.device, model.config.sample_size, model.config.in_channels
    autocast = torch.autocast(device.type, torch.bfloat16)
    pictures, begin = [], time.process_time()
    for i in range(0, len(states), batch):
        given = states[i : i + batch].float()
        n = len(given)
        free = empty.float().expand(n, -1, -1)
        context = (free if guidance == 0 else torch.cat([free, given])).to(device)
        x = torch.stack([noise((channels, size, size), i + k, seed) for k in range(n)]).to(device)
        loop = solver(steps)
        for t in loop.timesteps:
            with autocast:
                out = model(x if guidance == 0 else torch.cat([x, x]), t.to(device), context, return_dict=False)[
                    0
                ].float()
            if guidance != 0:
                without, with_text = out.chunk(2)
                out = without + guidance * (with_text - without)
            x = loop.step(out, t, x, return_dict=False)[0]
        pictures.append(to_bytes(stage.decode(x.float())))
    return np.concatenate(pictures), (time.process_time() - begin) / len(states)


class Rows:
    """Measurements that were made, one JSON line each: what is there is not measured again."""

    def __init__(self, path: Path):
        self.path = path
        self.rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def once(self, key: dict, make) -> dict:
        for row in self.rows:
            if all(row.get(k) == v for k, v in key.items()):
                return row
        row = {**key, **make()}
        self.rows.append(row)
        with open(self.path, "a") as file:
            file.write(json.dumps(row) + "\n")
        return row


def save_row(pictures: np.ndarray, path: Path) -> None:
    """A row of samples, small enough to be committed for every step that was looked at."""
    save_grid(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1, path, len(pictures))
