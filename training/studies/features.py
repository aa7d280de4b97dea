"""The network whose features the Frechet distance of the studies is measured in, and its training.

It has never heard of attributes: its task is to tell which two windows were cut from the same face (contrastive
learning, arXiv 2002.05709, section 2). So the distance does not lean on the classifier that judges prompts. Windows
are cut without enlarging them, so that sharpness stays something a network can see.
"""

import hashlib
import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from bench import Desk, Item, Scale
from common import Run, Shards, to_bytes
from faces import split
from frechet import distance, statistics
from measure import as_tensor

NAME = "features/windows"
WINDOW = 44
STEPS, BATCH, TEMPERATURE = 1500, 128, 0.2


class FeatureNetwork(nn.Module):
    """(B, 3, S, S) in [-1, 1] -> (B, 64)."""

    def __init__(self, widths=(24, 48, 96, 128), size=64):
        super().__init__()
        layers, channels = [], 3
        for width in widths:
            layers += [
                nn.Conv2d(channels, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.SiLU(),
                nn.AvgPool2d(2),
            ]
            channels = width
        self.trunk = nn.Sequential(*layers, nn.Conv2d(channels, channels, 3, padding=1), nn.SiLU())
        self.out = nn.Linear(channels, size)

    def forward(self, x):
        return self.out(self.trunk(x).mean((2, 3)))

    @torch.no_grad()
    def features(self, pictures: np.ndarray, batch: int = 250) -> np.ndarray:
        """Bytes (N, S, S, 3) -> (N, 64)."""
        self.eval()
        return torch.cat([self(as_tensor(pictures[i : i + batch])) for i in range(0, len(pictures), batch)]).numpy()


class WithHead(nn.Module):
    """The network and the small head that only training uses."""

    def __init__(self):
        super().__init__()
        self.network, self.head = FeatureNetwork(), nn.Sequential(nn.SiLU(), nn.Linear(64, 64))

    def forward(self, x):
        return F.normalize(self.head(self.network(x)), dim=1)


def windows(x: torch.Tensor) -> torch.Tensor:
    """One window of every picture, mirrored half of the time, its colours a little off."""
    n, room = len(x), x.shape[-1] - WINDOW + 1
    left, top = torch.randint(room, (2, n)).tolist()
    cut = torch.stack([x[i, :, t : t + WINDOW, k : k + WINDOW] for i, (k, t) in enumerate(zip(left, top, strict=True))])
    cut = torch.where(torch.rand(n, 1, 1, 1) < 0.5, cut.flip(3), cut)
    gain, offset = 1 + 0.15 * torch.randn(n, 3, 1, 1), 0.1 * torch.randn(n, 3, 1, 1)
    return cut * gain + offset


def contrastive_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """NT-Xent (arXiv 2002.05709, equation 1): of all other windows, which was cut from the same face?"""
    z = torch.cat([a, b]).float()
    likeness = z @ z.T / TEMPERATURE
    likeness.fill_diagonal_(float("-inf"))
    n = len(a)
    return F.cross_entropy(likeness, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]).to(z.device))


def train(desk: Desk) -> dict:
    faces, test = split(desk.scale, "train"), split(desk.scale, "test")
    torch.manual_seed(5)
    model = WithHead()
    batch = min(BATCH, faces.count // 2)
    run = Run(desk.folder, model, lr=2e-3, steps=desk.scale.steps(STEPS), seed=5, weight_decay=1e-4, ema_decay=0.99)
    total = 0.0
    while not run.done():
        model.train()
        x = faces.batch(torch.randint(faces.count, (batch,)).numpy())
        pair = torch.cat([windows(x), windows(x)]).to(run.accelerator.device)
        with run.accelerator.autocast():
            a, b = run.model(pair).chunk(2)
        loss = contrastive_loss(a, b)
        run.update(loss)
        total += loss.item()
        if run.step % 50 == 0:
            run.log(loss=round(total / 50, 4), core_minutes=round(run.core_seconds / 60, 2))
            total = 0.0
            run.save()
    run.save()
    network = model.network.cpu().eval()
    standardise(network, faces, desk.scale)
    desk.product.mkdir(parents=True, exist_ok=True)
    state = {k: v.half() for k, v in network.state_dict().items() if v.is_floating_point()}
    save_file(state, desk.product / "model.safetensors")
    (desk.product / "model.safetensors").chmod(0o644)
    network = load_network(desk.product)
    return {
        "sha256": digest(desk.product),
        "parameters": sum(p.numel() for p in network.parameters()),
        "coreMinutes": round(run.core_seconds / 60, 1),
        "found": found_again(model, faces, batch),
        "sensitivity": sensitivity(network, faces, test, desk.scale),
    }


@torch.no_grad()
def standardise(network: FeatureNetwork, faces: Shards, scale: Scale) -> None:
    """Folds the real faces' statistics into the last layer: every feature has mean 0 and deviation 1 there."""
    x = network.features(faces.images[: scale.reference])
    deviation = torch.from_numpy(x.std(0))
    network.out.bias.sub_(torch.from_numpy(x.mean(0))).div_(deviation)
    network.out.weight.div_(deviation[:, None])


@torch.no_grad()
def found_again(model: WithHead, faces: Shards, batch: int) -> float:
    """Share of windows whose partner is the most alike of all the others in a batch."""
    model.cpu().eval()
    torch.manual_seed(9)
    x = faces.batch(np.arange(batch))
    a, b = model(windows(x)), model(windows(x))
    return round(float(((a @ b.T).argmax(1) == torch.arange(batch)).float().mean()), 4)


def sensitivity(network: FeatureNetwork, faces: Shards, test: Shards, scale: Scale) -> list[dict]:
    """What the distance makes of known harm, done to the same test faces: a measure that overlooks one is no measure."""
    count = min(scale.samples, test.count)
    reference = statistics(network.features(faces.images[: scale.reference]))
    x = test.batch(np.arange(count))
    plain = test.attributes
    without = np.flatnonzero(plain[:, test.names.index("glasses")] == 0)[:count]
    few = np.resize(np.arange(max(2, count // 10)), count)
    rows = [
        ("real", "as they are", x),
        ("blur", "Gaussian blur, deviation 0.5 pixels", blur(x, 0.5)),
        ("blur", "Gaussian blur, deviation 1 pixel", blur(x, 1.0)),
        ("blur", "Gaussian blur, deviation 2 pixels", blur(x, 2.0)),
        ("noise", "noise, deviation 5 levels", x + 10 / 255 * seeded_noise(x)),
        ("noise", "noise, deviation 15 levels", x + 30 / 255 * seeded_noise(x)),
        ("blocks", "blocks of 2 x 2 pixels", blocks(x, 2)),
        ("blocks", "blocks of 4 x 4 pixels", blocks(x, 4)),
        ("mixed", "a quarter of another face laid over", 0.75 * x + 0.25 * x.roll(1, 0)),
        ("halves", "left half of one face, right half of another", torch.cat([x[..., :32], x.roll(1, 0)[..., 32:]], 3)),
        ("missing", "only faces without glasses", test.batch(without)),
        ("few", "one face in ten, ten times each", test.batch(few)),
    ]
    return [
        {"kind": kind, "what": what, **distance(network.features(to_bytes(y)), reference)} for kind, what, y in rows
    ]


def seeded_noise(x: torch.Tensor) -> torch.Tensor:
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(3))


def blur(x: torch.Tensor, deviation: float) -> torch.Tensor:
    reach = int(4 * deviation + 0.5)
    line = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * deviation**2))
    line /= line.sum()
    kernel = (line[:, None] * line).expand(3, 1, -1, -1)
    return F.conv2d(F.pad(x, (reach,) * 4, mode="replicate"), kernel, groups=3)


def blocks(x: torch.Tensor, side: int) -> torch.Tensor:
    return F.interpolate(F.avg_pool2d(x, side), scale_factor=side, mode="nearest")


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def load_network(folder: Path) -> FeatureNetwork:
    network = FeatureNetwork()
    state = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
    network.load_state_dict(state, strict=False)  # batch norms also count their batches, which nobody needs here
    return network.eval()


def reference_statistics(desk: Desk) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of real training faces' features: what all distances go to. Kept for the other items."""
    folder, scale = desk.made_by(NAME), desk.scale
    path = scale.runs / "features" / f"reference-{digest(folder)[:12]}-{scale.reference}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        mean, covariance = statistics(load_network(folder).features(split(scale, "train").images[: scale.reference]))
        unfinished = path.with_name(f"{os.getpid()}-{path.name}")
        np.savez(unfinished, mean=mean, covariance=covariance)
        unfinished.replace(path)
    kept = np.load(path)
    return kept["mean"], kept["covariance"]


def item() -> Item:
    recipe = {
        "task": "which two windows were cut from the same face?",
        "window": WINDOW,
        "steps": STEPS,
        "batch": BATCH,
        "temperature": TEMPERATURE,
        "seed": 5,
    }
    return Item(NAME, recipe, train, core_minutes=20, ships=True)
