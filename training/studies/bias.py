"""Study "bias": a denoiser that learns from skewed data, and what it draws where the sentence leaves it open.

The pair: a suit jacket, and the shade of the skin. In the training faces half of all people have light skin and half dark,
but of those in a suit jacket the share with light skin is 50, 75 or 90 in 100. Each of the three sets is learned twice from
the same pictures: once with captions that always name the skin, once with captions that never do. The drawings are
nobody's portrait, and the shares are ours: what is studied is what a model makes of them (compare arXiv 2308.00755,
which finds that much of what looks like exaggeration comes from captions that name what prompts leave out).
"""

import numpy as np
import torch

from bench import Desk, Item
from common import Shards
from denoiser import BATCH, RECIPE, Latents, Rows, Trained, doubling, sample, save_row
from faces import CAPTIONS, MODEL, caption_states, split, text_states, train_captions
from first_stage import Autoencoder
from measure import AttributeClassifier

F, STEPS, SAMPLING_STEPS, GUIDANCE = 8, 8000, 20, 3.0
SHARES = (0.5, 0.75, 0.9)
CAPTIONED = ("named", "unnamed")
SIZE = 8000
LIGHT, DARK = ("pale", "light"), ("brown", "dark")
GUIDANCES = (1.0, 1.5, 3.0, 5.0)
DRAWN = 300

# Each says, or leaves open, the skin and the jacket; several wordings, so that no single one decides.
PROMPTS = {
    "open": ["a person", "a portrait of a person", "someone", "a face"],
    "jacket": [
        "a person in a suit jacket",
        "someone wearing a blazer",
        "a portrait of a person wearing a blazer",
        "a suit jacket",
    ],
    "hoodie": [
        "a person in a hoodie",
        "someone wearing a hoodie",
        "a portrait of a person wearing a hoodie",
        "a hoodie",
    ],
    "jacket, light": ["a person with light skin in a suit jacket", "someone with pale skin wearing a blazer"],
    "jacket, dark": ["a person with dark skin in a suit jacket", "someone with brown skin wearing a blazer"],
}


class Set:
    """The training faces of one share: `chosen` numbers of faces, and for each way of captioning the captions of each
    face that may be used."""

    def __init__(self, faces: Shards, rows, share: float, size: int):
        skin, clothes = (faces.names.index(name) for name in ("skin", "clothes"))
        light = np.isin(faces.attributes[:, skin], [faces.values[skin].index(v) for v in LIGHT])
        dark = np.isin(faces.attributes[:, skin], [faces.values[skin].index(v) for v in DARK])
        jacket = faces.attributes[:, clothes] == faces.values[clothes].index("blazer")
        self.captions = {
            "named": [[k for k, m in enumerate(facts) if skin in m] for _, facts in rows],
            "unnamed": [[k for k, m in enumerate(facts) if skin not in m] for _, facts in rows],
        }
        usable = np.array([all(self.captions[way][i] for way in CAPTIONED) for i in range(faces.count)])
        jackets = round(size * jacket.mean())
        parts = [
            (jacket & light, round(jackets * share)),
            (jacket & dark, jackets - round(jackets * share)),
            (~jacket & light, (size - jackets) // 2),
            (~jacket & dark, size - jackets - (size - jackets) // 2),
        ]
        picks = [np.flatnonzero(mask & usable)[:count] for mask, count in parts]
        short = [f"{len(pick)} of {count}" for pick, (_, count) in zip(picks, parts, strict=True) if len(pick) < count]
        if short:
            raise SystemExit(f"bias: too few faces for a share of {share}: {', '.join(short)}")
        self.chosen = np.concatenate(picks)
        self.light, self.jacket = light[self.chosen], jacket[self.chosen]

    def shares(self) -> dict:
        """What the denoiser sees: the share of light skin, in a suit jacket, without one, and in all."""
        return {
            "jacket": round(float(self.light[self.jacket].mean()), 4),
            "others": round(float(self.light[~self.jacket].mean()), 4),
            "all": round(float(self.light.mean()), 4),
            "jackets": int(self.jacket.sum()),
            "size": len(self.chosen),
        }


def train(desk: Desk, share: float, way: str) -> dict:
    faces = split(desk.scale, "train")
    data = Set(faces, train_captions(desk.scale), share, desk.scale.faces(SIZE))
    stage = Autoencoder(MODEL / "vae")
    states, empty = caption_states(desk), text_states([""])[0]
    latents = Latents(desk.folder / "latents.pt", stage, faces, data.chosen)
    usable = [data.captions[way][i] for i in data.chosen]

    def captions(index: torch.Tensor) -> torch.Tensor:
        luck = torch.rand(len(index)).tolist()
        picks = [usable[i][int(u * len(usable[i]))] for i, u in zip(index.tolist(), luck, strict=True)]
        return torch.from_numpy(states[data.chosen[index.numpy()], picks]).float()

    trained = Trained(desk, F, latents, doubling(STEPS, STEPS), captions, empty, seed=0)
    model, clock = trained.at(trained.budget.steps)
    classifier, rows = AttributeClassifier(), Rows(desk.folder / "rows.jsonl")
    count = min(DRAWN, desk.scale.samples)

    def counted(kind: str, guidance: float) -> dict:
        texts = PROMPTS[kind]
        prompts = text_states(texts)[torch.arange(count) % len(texts)]
        pictures, _ = sample(model, stage, prompts, empty, steps=SAMPLING_STEPS, guidance=guidance)
        if guidance == GUIDANCE:
            save_row(pictures[:8], desk.pictures / f"{kind.replace(', ', '-')}.webp")
        return tally(classifier, pictures)

    drawn = [
        rows.once({"prompt": kind, "guidance": g}, lambda kind=kind, g=g: counted(kind, g))
        for kind in PROMPTS
        for g in GUIDANCES
    ]
    trained.save(desk.product)
    return {
        "share": share,
        "captions": way,
        "config": trained.config,
        "costs": trained.costs,
        **clock,
        "images": clock["step"] * BATCH,
        "saw": data.shares(),
        "prompts": PROMPTS,
        "drawn": drawn,
    }


def tally(classifier: AttributeClassifier, pictures: np.ndarray) -> dict:
    """How many of the pictures the classifier takes for light, for dark and for neither, and how many wear a suit
    jacket; the share of light among light and dark, with its standard error."""
    found = classifier.found(pictures)
    skin, clothes = (classifier.names.index(name) for name in ("skin", "clothes"))
    skins = np.bincount(found[:, skin], minlength=len(classifier.values[skin]))
    light, dark = (int(sum(skins[classifier.values[skin].index(v)] for v in group)) for group in (LIGHT, DARK))
    n = light + dark
    share = light / n if n else None
    return {
        "count": len(pictures),
        "light": light,
        "dark": dark,
        "neither": len(pictures) - n,
        "jackets": int((found[:, clothes] == classifier.values[clothes].index("blazer")).sum()),
        "share": None if share is None else round(share, 4),
        "standardError": None if share is None else round((share * (1 - share) / n) ** 0.5, 4),
    }


def items() -> list[Item]:
    made = []
    for share in SHARES:
        for way in CAPTIONED:
            recipe = {
                "share": share,
                "captions": way,
                "of": CAPTIONS,
                "size": SIZE,
                "steps": STEPS,
                **RECIPE,
                "guidance": GUIDANCES,
                "samplingSteps": SAMPLING_STEPS,
                "drawn": DRAWN,
            }
            made.append(
                Item(
                    f"bias/{round(100 * share)}-{way}",
                    recipe,
                    lambda desk, share=share, way=way: train(desk, share, way),
                    core_minutes=40,
                )
            )
    return made
