"""What guidance does: how many stated facts are drawn at each scale, and how far the pictures are from real ones.

    python training/measure_guidance.py --model public/weights/faces-128 --classifier training/runs/classifier-64 \
        --shards data/shards-128 --scales 1.5 2 2.5 3 4 --out training/runs/guidance-128.json

The same prompts and noise for every scale. Prompt accuracy and the distance to real pictures are those of evaluate.py; the
floor is the distance of as many real faces of the same split. Drawn in bfloat16.
"""

import argparse
import json
from pathlib import Path

import torch

from common import Shards, to_bytes
from drawing import draw
from frechet import distance, statistics
from judged import Questions, Seen
from opened import in_bfloat16, open_pipeline
from prompt_accuracy import accuracy
from train_classifier import load


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--split", default="test")
    p.add_argument("--scales", type=float, nargs="+", default=[1.5, 2, 2.5, 3, 4])
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--reference", type=int, default=5000, help="training faces that distances go to")
    p.add_argument("--steps", type=int, default=12)
    p.add_argument("--seed", type=int, default=11)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    pipe = in_bfloat16(open_pipeline(args.model)).to("cuda" if torch.cuda.is_available() else "cpu")
    judge = load(args.classifier)
    questions = Questions(Shards(args.shards / args.split), args.count)
    reference = statistics(Seen(judge, Shards(args.shards / "train").images[: args.reference]).features)
    real = Seen(judge, questions.shards.images[: questions.count])
    floor = distance(real.features, reference)
    rows = []
    for scale in args.scales:
        seen = Seen(judge, to_bytes(draw(pipe, questions.prompts, guidance=scale, steps=args.steps, seed=args.seed)))
        far = distance(seen.features, reference)
        rows.append(
            {
                "guidance": scale,
                **accuracy(seen.found, questions.truth, questions.mentioned, questions.shards.names),
                "frechet": far,
                "ratio": round(far["value"] / floor["value"], 3),
            }
        )
        print(
            json.dumps({k: rows[-1][k] for k in ("guidance", "mean", "meanInterval", "allRight", "ratio")}), flush=True
        )
    args.out.write_text(
        json.dumps(
            {
                "model": args.model.name,
                "precision": "bfloat16",
                "count": questions.count,
                "steps": args.steps,
                "seed": args.seed,
                "floor": floor,
                "rows": rows,
            },
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
