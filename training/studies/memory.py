"""Study "memory": does a denoiser repeat its training pictures? (after arXiv 2310.02557, figure 2)

Pairs of denoisers learn from disjoint halves with 20, 200, 2,000 and 20,000 faces each, without captions, in the latents of
faces-64 and with the same number of steps. Both of a pair draw from the same noises. Where each repeats what it saw,
the two pictures have nothing in common; where both have learned what faces are like, they agree. The two of a pair begin
with other weights and draw other training noise: nothing but the kind of data is common to them.
"""

import numpy as np
import torch

from bench import Desk, Item
from common import psnr
from copying import nearest_of, small
from denoiser import BATCH, RECIPE, Latents, Trained, doubling, sample, save_row
from faces import MODEL, split, text_states
from first_stage import Autoencoder
from measure import as_tensor, mean_and_error

F, STEPS, SAMPLING_STEPS = 8, 8000, 20
SIZES = (20, 200, 2000, 20_000)
NOISES = 200
HALVES = ("a", "b")


def faces_of(half: str, size: int, count: int) -> np.ndarray:
    """The numbers of a half's faces: the first of the first or of the second half of all, so that larger sets hold the
    smaller ones."""
    return np.arange(min(size, count // 2)) + HALVES.index(half) * (count // 2)


def drawn_path(desk: Desk, size: int, half: str):
    return desk.made_by(f"memory/{size}/{half}") / "pictures.npy"


def train(desk: Desk, size: int, half: str) -> dict:
    """One of a pair, and what it draws from the noises of the study."""
    faces = split(desk.scale, "train")
    stage = Autoencoder(MODEL / "vae")
    chosen = faces_of(half, size, faces.count)
    empty = text_states([""])[0].float()
    latents = Latents(desk.folder / "latents.pt", stage, faces, chosen)
    budget = doubling(STEPS, STEPS)
    trained = Trained(
        desk, F, latents, budget, lambda index: empty.expand(len(index), -1, -1).clone(), empty, HALVES.index(half)
    )
    model, clock = trained.at(trained.budget.steps)
    count = min(NOISES, desk.scale.samples)
    pictures, _ = sample(model, stage, empty.expand(count, -1, -1), empty, steps=SAMPLING_STEPS, guidance=0)
    trained.save(desk.product)
    np.save(desk.product / "pictures.npy", pictures)
    save_row(pictures[:8], desk.pictures / "samples.webp")
    return {
        "half": half,
        "facesSeen": len(chosen),
        "config": trained.config,
        "costs": trained.costs,
        **clock,
        "images": clock["step"] * BATCH,
        "nearest": nearness(desk, pictures, chosen),
    }


def nearness(desk: Desk, pictures: np.ndarray, chosen: np.ndarray) -> dict:
    """How far each picture is from the nearest face that the denoiser saw (copying.py), beside new faces' distance to
    them. A picture counts as a copy where it is nearer than a third of that of the median new face."""
    faces, test = split(desk.scale, "train"), split(desk.scale, "test")
    seen = small(faces.images[chosen])
    distances, index = nearest_of(small(pictures), seen)
    new, _ = nearest_of(small(test.images[: len(pictures)]), seen)
    return {
        "samples": mean_and_error(distances, 3),
        "newFaces": mean_and_error(new, 3),
        "copies": round(float((distances < np.median(new) / 3).mean()), 4),
        "different": len(np.unique(index)),
        "distances": [round(float(d), 2) for d in distances],
        "faces": [int(chosen[i]) for i in index],
    }


def compare(desk: Desk, size: int) -> dict:
    """The pair: how alike what they draw from one noise is, beside pictures of different noises."""
    a, b = (np.load(drawn_path(desk, size, half)) for half in HALVES)
    distance = np.sqrt(((small(a) - small(b)) ** 2).mean(1))
    other = np.sqrt(((small(a) - small(np.roll(b, 1, 0))) ** 2).mean(1))
    save_row(np.concatenate([np.stack(pair) for pair in zip(a[:8], b[:8], strict=True)]), desk.pictures / "pairs.webp")
    return {
        "size": size,
        "count": len(a),
        "psnr": mean_and_error(torch.nan_to_num(psnr(as_tensor(a), as_tensor(b)), posinf=99.0), 3),
        "distance": mean_and_error(distance, 3),
        "distanceOfOtherNoises": mean_and_error(other, 3),
        "nearerThanOthers": round(float((distance < other).mean()), 4),
    }


def items() -> list[Item]:
    made = []
    for size in SIZES:
        for half in HALVES:
            recipe = {
                "size": size,
                "half": half,
                "steps": STEPS,
                **RECIPE,
                "seed": HALVES.index(half),
                "noises": NOISES,
                "samplingSteps": SAMPLING_STEPS,
            }
            made.append(
                Item(
                    f"memory/{size}/{half}",
                    recipe,
                    lambda desk, size=size, half=half: train(desk, size, half),
                    core_minutes=22,
                )
            )
        needs = tuple(f"memory/{size}/{half}" for half in HALVES)
        recipe = {"size": size, "steps": STEPS, "noises": NOISES}
        made.append(Item(f"memory/{size}/pair", recipe, lambda desk, size=size: compare(desk, size), 0.2, needs=needs))
    return made
