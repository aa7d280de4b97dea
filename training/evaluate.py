"""Measures a model folder: what evaluate.py writes becomes `metrics` of the manifest, and the card at /model shows it.

    node tools/write-wordings.ts --out data/shards-128/wordings.jsonl
    python training/evaluate.py --model public/weights/faces-128 --classifier training/runs/classifier-64 \
        --shards data/shards-128 --count 5000 --samples training/runs/samples-128 \
        --pictures public/card/faces-128 --out training/runs/metrics-128.json

A caption of a face that training never showed is drawn, and the judge (train_classifier.py) looks. Prompt accuracy: of
the facts that the prompt states, how many does it read off the sample? Beside it the ceiling (the same question asked of
the real picture), the first stage alone, and chance (prompt_accuracy.py). Distance to real pictures beside its floor
(frechet.py), the nearest training faces (copying.py), what a checkerboard would leave in the spectrum (spectrum.py), and
other wordings of the same facts. Pictures are drawn once and kept in --samples: stop it at any time. On a machine with
a GPU it draws there.
"""

import argparse
import datetime
import json
import time
from pathlib import Path

import numpy as np
import torch

import card_pictures
from common import Shards
from copying import compare, nearest
from drawing import drawn
from frechet import distance, statistics
from judged import Questions, Seen, Wordings, reconstruct
from manifest import commit, read_manifest, write_manifest
from opened import in_bfloat16, open_pipeline
from prompt_accuracy import accuracy, bootstrap_weights, by_length, chance, of_ceiling, pairs, shares, summary
from spectrum import PERIODS
from train_classifier import load

# Distances of this many pictures are kept as well, for those who draw fewer: they depend on the number.
FIRST = 500


def periods(seen):
    """Mean height of each period over the pictures, in dB, and its 95% interval."""
    half = 1.96 * seen.peaks.std(0) / len(seen.peaks) ** 0.5
    return {
        str(p): {"mean": round(float(m), 2), "interval": [round(float(m - h), 2), round(float(m + h), 2)]}
        for p, m, h in zip(PERIODS, seen.peaks.mean(0), half, strict=True)
    }


def split_metrics(questions, real, rebuilt, samples, decibels, guidance):
    names = questions.shards.names
    asked = questions.truth, questions.mentioned, names
    half = 1.96 * decibels.std() / len(decibels) ** 0.5
    return {
        "count": questions.count,
        "psnr": round(float(decibels.mean()), 3),
        "psnrInterval": [round(float(decibels.mean() + sign * half), 3) for sign in (-1, 1)],
        "chance": chance(questions.truth, questions.mentioned),
        "ceiling": accuracy(real.found, *asked),
        "reconstructions": accuracy(rebuilt.found, *asked),
        "samples": {f"{guidance:g}": accuracy(samples.found, *asked)},
    }


def wording(pipe, judge, questions, folder, **settings):
    """Every wording of the same facts, drawn from the same noise: share of stated facts found, and what it is less
    than the plain wording's."""
    result, plain = {}, None
    weights = bootstrap_weights(len(questions.truth))
    everything = np.concatenate([np.ones((1, len(questions.truth))), weights])
    for kind in questions.kinds:
        pictures = drawn(pipe, questions.prompts[kind], folder / f"wording-{kind}.bin", **settings)
        right = Seen(judge, pictures).found == questions.truth
        values = np.nanmean(shares(right, questions.mentioned, everything), 1)
        plain = values if plain is None else plain
        result[kind] = {**summary(values), "loss": summary(plain - values), "example": questions.prompts[kind][0]}
    return {"count": len(questions.truth), "kinds": result}


def frechet(reference, count, real, rebuilt, samples):
    """The three distances of the first `count` pictures: the floor, the first stage alone, the samples."""
    result = {
        name: distance(seen.features[:count], reference)
        for name, seen in (("floor", real), ("reconstructions", rebuilt), ("samples", samples))
    }
    return {"count": count, **result, "ratio": round(result["samples"]["value"] / result["floor"]["value"], 3)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--count", type=int, default=5000, help="test faces")
    p.add_argument("--heldout", type=int, help="held-out faces; as many as test faces by default")
    p.add_argument(
        "--wordings", type=int, default=300, help="faces whose facts are said in other words; 0 leaves it out"
    )
    p.add_argument("--reference", type=int, default=5000, help="training faces that distances to real pictures go to")
    p.add_argument("--guidance", type=float, help="what the model's manifest recommends, by default")
    p.add_argument("--steps", type=int, help="what the model's manifest recommends, by default")
    p.add_argument("--seed", type=int, default=11)
    p.add_argument("--bfloat16", action="store_true", help="let the denoiser compute in bfloat16 (see in_bfloat16)")
    p.add_argument("--samples", type=Path, required=True, help="folder that keeps what was drawn")
    p.add_argument("--pictures", type=Path, help="folder for the card's pictures")
    p.add_argument("--into-manifest", action="store_true", help="also writes the numbers into the model's manifest")
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    begin = time.time()
    pipe = open_pipeline(args.model).to("cuda" if torch.cuda.is_available() else "cpu")
    if args.bfloat16:
        in_bfloat16(pipe)
    judge = load(args.classifier)
    train = Shards(args.shards / "train")
    usual = read_manifest(args.model)["sampling"]
    args.guidance = args.guidance if args.guidance is not None else usual["guidanceScale"]
    settings = {
        "guidance": args.guidance,
        "steps": args.steps or usual["numInferenceSteps"],
        "seed": args.seed,
        "precision": "bfloat16" if args.bfloat16 else "float32",
    }
    looks, metrics = {}, {"splits": {}}
    for split, count in (("test", args.count), ("heldout", args.heldout or args.count)):
        questions = Questions(Shards(args.shards / split), count)
        pictures = drawn(pipe, questions.prompts, args.samples / f"{split}.bin", **settings)
        rebuilt, decibels = reconstruct(pipe, questions.shards, questions.count)
        seen = [Seen(judge, x) for x in (questions.shards.images[: questions.count], rebuilt, pictures)]
        looks[split] = (questions, *seen, pictures)
        metrics["splits"][split] = split_metrics(questions, *seen, decibels, args.guidance)
        print(
            split,
            json.dumps(
                {k: v if not isinstance(v, dict) else v.get("mean") for k, v in metrics["splits"][split].items()}
            ),
            json.dumps(metrics["splits"][split]["samples"]),
            flush=True,
        )

    (test, real, rebuilt, samples, pictures), (unseen, unseen_real, _, unseen_samples, _) = (
        looks["test"],
        looks["heldout"],
    )
    shares_of = {split: of_ceiling(s.found, r.found, q.truth, q.mentioned) for split, (q, r, _, s, _) in looks.items()}
    metrics["ofCeiling"] = {split: {k: summary(v) for k, v in values.items()} for split, values in shares_of.items()}
    metrics["heldOut"] = {
        "gap": summary(shares_of["test"]["mean"] - shares_of["heldout"]["mean"]),
        "pairs": pairs(
            test.shards.schema["heldOut"],
            test.shards.names,
            test.shards.values,
            (unseen_samples.found, unseen_real.found, unseen.truth, unseen.mentioned),
            (samples.found, real.found, test.truth, test.mentioned),
        ),
    }
    metrics["byLength"] = by_length(samples.found, test.truth, test.mentioned)

    reference = statistics(Seen(judge, train.images[: args.reference]).features)
    metrics["frechet"] = {
        "reference": min(args.reference, train.count),
        "dimensions": samples.features.shape[1],
        **frechet(reference, test.count, real, rebuilt, samples),
        "first": frechet(reference, min(FIRST, test.count), real, rebuilt, samples),
    }

    # All three in one pass: what takes long is to shrink the training faces.
    queries = np.concatenate([look.small for look in (samples, rebuilt, real)])
    near = list(zip(*(np.split(part, 3) for part in nearest(queries, train)), strict=True))
    metrics["copying"] = {"trainingFaces": train.count, **compare(*(distances for distances, _ in near))}
    metrics["spectrum"] = {
        name: periods(look) for name, look in (("real", real), ("reconstructions", rebuilt), ("samples", samples))
    }
    if args.wordings:
        questions = Wordings(args.shards / "wordings.jsonl", test.shards, args.wordings)
        metrics["wording"] = wording(pipe, judge, questions, args.samples, **settings)
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
        card_pictures.write(
            args.pictures,
            args.model.name,
            train.size,
            card_pictures.worst(args.pictures, pictures, samples, test, test.shards.names, test.shards.values),
            card_pictures.neighbours(args.pictures, pictures, test.shards.images, train, near[0], near[2]),
        )

    where = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"{torch.get_num_threads()} CPU thread" + "s" * (torch.get_num_threads() > 1)
    )
    metrics = {
        "count": test.count,
        **settings,
        "minutes": round((time.time() - begin) / 60, 1),
        "where": where,
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        **metrics,
    }
    args.out.write_text(json.dumps(metrics, indent=1) + "\n")
    if args.into_manifest:
        write_manifest(args.model, {**read_manifest(args.model), "metrics": metrics})
    print(
        json.dumps({k: metrics[k] for k in ("ofCeiling", "heldOut", "frechet", "copying", "spectrum", "minutes")}),
        flush=True,
    )


if __name__ == "__main__":
    main()
