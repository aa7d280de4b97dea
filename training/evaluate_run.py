"""How well a model that was trained in the lab follows its prompt: the facts that a classifier reads off its samples.

    npm run render-faces -- --split train --count 12000 --size 32 --captions 1 --out data/shards-32/train
    npm run render-faces -- --split test --count 2000 --size 32 --captions 1 --facts --out data/shards-32/test
    python training/train_classifier.py --shards data/shards-32 --out training/runs/classifier-32 --steps 900
    python training/evaluate_run.py --model run.zip --shards data/shards-32 --classifier training/runs/classifier-32

Opens the zip or folder with StableDiffusionPipeline, draws one picture for the facts of each of the first test faces
(the lab trains on faces of the train split only), and asks the classifier. Beside it chance, the ceiling (real pictures)
and what the first stage alone leaves of it.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch

from common import Shards
from drawing import draw
from judged import reconstruct
from opened import model_folder, open_pipeline
from prompt_accuracy import chance
from train_classifier import load, predict


def open_model(path, folder):
    """A pipeline from a folder, or from a zip unpacked into `folder`."""
    return open_pipeline(model_folder(path, folder))


def rates(found, truth, names):
    """Share of facts that are right: of all, per attribute, and of pictures with every fact right; with a 95% interval."""
    right = (found == truth).float()
    each = right.mean(1)
    return {
        "mean": round(right.mean().item(), 4),
        "interval": round(1.96 * (each.std() / len(each) ** 0.5).item(), 4),
        "allRight": round(right.prod(1).mean().item(), 4),
        "perAttribute": {n: round(v, 4) for n, v in zip(names, right.mean(0).tolist(), strict=True)},
    }


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True, help="a zip from the lab, or its folder")
    p.add_argument("--shards", type=Path, default=Path("data/shards-32"))
    p.add_argument("--classifier", type=Path, default=Path("training/runs/classifier-32"))
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--guidance", type=float, default=2.5)
    p.add_argument("--steps", type=int, default=12)
    args = p.parse_args()

    test = Shards(args.shards / "test")
    lines = (args.shards / "test" / "captions.jsonl").read_text().splitlines()
    prompts = [json.loads(line)["facts"] for line in lines[: args.count]]
    truth = torch.from_numpy(test.attributes[: args.count]).long()
    judge = load(args.classifier)
    with tempfile.TemporaryDirectory() as folder:
        pipe = open_model(args.model, folder)
        images = draw(pipe, prompts, guidance=args.guidance, steps=args.steps)
        rebuilt, decibels = reconstruct(pipe, test, args.count)
    real = test.batch(np.arange(args.count))
    rebuilt = torch.from_numpy(rebuilt).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    print(
        json.dumps(
            {
                "count": args.count,
                "guidance": args.guidance,
                "steps": args.steps,
                "samples": rates(predict(judge, images), truth, test.names),
                "ceiling": rates(predict(judge, real), truth, test.names)["mean"],
                "reconstructions": rates(predict(judge, rebuilt), truth, test.names)["mean"],
                "chance": chance(truth, torch.ones_like(truth, dtype=torch.bool)),
                "psnr": round(decibels.mean().item(), 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
