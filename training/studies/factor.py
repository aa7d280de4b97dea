"""Study "factor": how much compression is too much? (arXiv 2112.10752, section 4.1, figures 6 and 7)

Series A: f = 1 ... 32 with three channels, the notes' own. Series B: the count held at 256 numbers. Series C: f held at 8,
the channels vary. One recipe for all first stages, one for all denoisers; for f = 16 and 32 the first stage is trained
with and without DC-AE's shortcut, and the better one goes on.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch

from bench import Desk, Item
from denoiser import (
    BATCH,
    RECIPE,
    SHAPES,
    Budget,
    Latents,
    Rows,
    Trained,
    doubling,
    held_out_loss,
    sample,
    save_row,
)
from faces import CAPTIONS, caption_states, split, text_states
from features import NAME as FEATURES_ITEM
from features import load_network, reference_statistics
from first_stage import item as first_stage_item
from first_stage import open_stage, pixels_item
from frechet import distance
from judged import Questions
from measure import AttributeClassifier, judged
from train_denoiser import PROMPTS

# Some 40 minutes of one core each at the step times of docs/RESULTS.md; f = 32 and 16 have stopped gaining by then.
STEPS = {1: 3200, 2: 6400, 4: 12_800, 8: 16_000, 16: 20_000, 32: 24_000}
FIRST_SNAPSHOT = 400
GUIDANCE = 3.0  # what faces-64 recommends
SAMPLING_STEPS = (5, 10, 20, 50)
USUAL_STEPS = 20
LOW_GUIDANCE = 1.5
# Tried at f = 8 and f = 1 before anything long begins.
RATES = (3e-4, 6e-4, 1.2e-3, 2.4e-3)
HELD_OUT = 320
# Minutes of one core: training, and its measurements.
MINUTES = {1: 85, 2: 60, 4: 55, 8: 50, 16: 45, 32: 35}
# Those that chapters 3 and 5 let the reader run.
SHIPS = (1, 4, 8, 32)


@dataclass(frozen=True)
class Latent:
    """One kind of latent: a side of 64 / f, so many channels."""

    f: int
    channels: int

    @property
    def name(self) -> str:
        return f"factor/f{self.f}-c{self.channels}"

    @property
    def stages(self) -> tuple[str, ...]:
        """The items that make its first stage: one, or with and without the shortcut."""
        plain = f"{self.name}/first-stage"
        return (plain, f"{plain}-shortcut") if self.f >= 16 else (plain,)


A = tuple(Latent(f, 3) for f in (8, 1, 4, 32, 16, 2))
B = (Latent(4, 1), Latent(8, 4), Latent(16, 16), Latent(32, 64))
C = tuple(Latent(8, channels) for channels in (2, 8, 16, 32))


def chosen_stage(desk: Desk, latent: Latent) -> str:
    """Of a latent's first stages, the one whose reconstructions of test faces are nearer."""
    if latent.f == 1:
        return latent.stages[0]
    return max(latent.stages, key=lambda name: desk.result_of(name)["psnr"]["value"])


class Prepared:
    """What training on one kind of latent takes: its first stage, the cached latents, the captions' states."""

    def __init__(self, desk: Desk, latent: Latent):
        self.faces, self.test = split(desk.scale, "train"), split(desk.scale, "test")
        self.chosen = chosen_stage(desk, latent)
        self.stage = open_stage(desk.made_by(self.chosen), desk.scale)
        self.states, self.empty = caption_states(desk), text_states([""])[0]
        cache = desk.scale.runs / latent.name / "latents.pt"
        self.latents = Latents(cache, self.stage, self.faces, np.arange(self.faces.count))

    def captions(self, index: torch.Tensor) -> torch.Tensor:
        """The states of one caption of each face, whichever comes."""
        pick = torch.randint(CAPTIONS, (len(index),))
        return torch.from_numpy(self.states[index.numpy(), pick.numpy()]).float()


def train(desk: Desk, latent: Latent, seed: int) -> dict:
    at = Prepared(desk, latent)
    stage, empty, faces, test = at.stage, at.empty, at.faces, at.test
    budget = doubling(STEPS[latent.f], FIRST_SNAPSHOT)
    trained = Trained(desk, latent.f, at.latents, budget, at.captions, empty, seed)

    questions = Questions(test, min(desk.scale.samples, test.count))
    asked = text_states(questions.prompts)
    sheet = text_states(PROMPTS)
    network, classifier = load_network(desk.made_by(FEATURES_ITEM)), AttributeClassifier()
    reference = reference_statistics(desk)
    rows = Rows(desk.folder / "rows.jsonl")

    def measure(step: int, steps: int, guidance: float) -> dict:
        model, clock = trained.at(step)
        pictures, seconds = sample(model, stage, asked, empty, steps=steps, guidance=guidance)
        if guidance == GUIDANCE:
            row, _ = sample(model, stage, sheet, empty, steps=steps, guidance=guidance, seed=7)
            save_row(row, desk.pictures / f"{step:06d}-{steps}.webp")
        print(f"{time.strftime('%H:%M:%S')} measured {step} {steps} {guidance}", flush=True)
        return {
            **clock,
            "coreSecondsPicture": round(seconds, 4),
            **judged(pictures, questions, classifier, network, reference),
        }

    def row(step: int, steps: int, guidance: float) -> dict:
        key = {"step": step, "samplingSteps": steps, "guidance": guidance}
        return rows.once(key, lambda: measure(*key.values()))

    last = trained.budget.steps
    training = [row(step, USUAL_STEPS, GUIDANCE) for step in trained.budget.snapshots]
    sampling = [row(last, steps, GUIDANCE) for steps in SAMPLING_STEPS]
    other = row(last, USUAL_STEPS, LOW_GUIDANCE)
    trained.save(desk.product)
    return {
        "f": latent.f,
        "channels": latent.channels,
        "seed": seed,
        "firstStage": at.chosen,
        "config": trained.config,
        "costs": trained.costs,
        "batch": BATCH,
        "faces": faces.count,
        "samples": questions.count,
        "floor": distance(network.features(test.images[: questions.count]), reference),
        "prompts": PROMPTS,
        "training": training,
        "sampling": sampling,
        "lowGuidance": other,
    }


def denoiser_item(latent: Latent, seed: int) -> Item:
    budget: Budget = doubling(STEPS[latent.f], FIRST_SNAPSHOT)
    shape = SHAPES[latent.f]
    recipe = {
        "f": latent.f,
        "channels": latent.channels,
        "widths": shape.widths,
        "attention": shape.attention,
        "layers": shape.layers,
        "steps": budget.steps,
        "snapshots": budget.snapshots,
        **RECIPE,
        "guidance": GUIDANCE,
        "samplingSteps": SAMPLING_STEPS,
        "seed": seed,
    }
    return Item(
        f"{latent.name}/denoiser-{seed}",
        recipe,
        lambda desk: train(desk, latent, seed),
        core_minutes=MINUTES[latent.f],
        needs=(FEATURES_ITEM, *latent.stages),
        ships=latent in A and latent.f in SHIPS and seed == 0,
    )


def try_rates(desk: Desk, latent: Latent, steps: int) -> dict:
    """The same short training with several learning rates: is the one that all denoisers share fair to this f?"""
    at = Prepared(desk, latent)
    questions = Questions(at.test, min(HELD_OUT, at.test.count))
    states, budget, rows = text_states(questions.prompts), Budget(steps, (steps,)), Rows(desk.folder / "rows.jsonl")

    def measure(rate: float) -> dict:
        trained = Trained(desk, latent.f, at.latents, budget, at.captions, at.empty, 0, rate)
        model, clock = trained.at(trained.budget.steps)
        return {**clock, "loss": round(held_out_loss(model, at.stage, at.test, states), 5)}

    tried = [rows.once({"learningRate": rate}, lambda rate=rate: measure(rate)) for rate in RATES]
    return {"f": latent.f, "channels": latent.channels, "heldOut": questions.count, "tried": tried}


def rate_items() -> list[Item]:
    """Whether one learning rate serves the smallest and the largest latents of series A that matter most."""
    made = []
    for latent, steps, minutes in ((A[0], 1000, 12), (A[1], 400, 22)):
        recipe = {"f": latent.f, "channels": latent.channels, "steps": steps, "batch": BATCH, "learningRates": RATES}
        made.append(
            Item(
                f"{latent.name}/rates",
                recipe,
                lambda desk, latent=latent, steps=steps: try_rates(desk, latent, steps),
                core_minutes=minutes,
                needs=latent.stages,
            )
        )
    return made


def stage_items(latent: Latent) -> list[Item]:
    if latent.f == 1:
        return [pixels_item(latent.stages[0])]
    return [
        first_stage_item(name, latent.f, latent.channels, shortcut=name.endswith("-shortcut"), ships=latent in A)
        for name in latent.stages
    ]


def series(latents: tuple[Latent, ...]) -> list[Item]:
    """Of each latent, its first stages and then one denoiser."""
    return [item for latent in latents for item in (*stage_items(latent), denoiser_item(latent, 0))]


def first_stages() -> list[Item]:
    return [item for latent in A for item in stage_items(latent)]


def denoisers(seed: int) -> list[Item]:
    return [denoiser_item(latent, seed) for latent in A]
