"""A student beside its teacher: do they follow the same prompts, and do they draw the same pictures?

    python training/measure_turbo.py --teacher public/weights/faces-64 --students training/runs/turbo-64 \
        --classifier training/runs/classifier-64 --out training/runs/turbo-64.json

Prompts of test faces, each drawn from one noise by all: the teacher, the teacher in as few steps as each student, and
the students. Prompt accuracy is that of evaluate.py, `psnr` compares each picture with the teacher's, `seconds` is a
picture's share of the time.
"""

import argparse
import json
import time
from pathlib import Path

from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import logging

from common import Shards, psnr
from drawing import draw
from judged import asked
from opened import open_pipeline
from prompt_accuracy import accuracy
from train_classifier import load, predict


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--teacher", type=Path, required=True)
    p.add_argument("--students", type=Path, nargs="+", required=True, help="run folders of train_turbo.py")
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--split", default="test")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--guidance", type=float, default=3.0)
    p.add_argument("--steps", type=int, default=12, help="the teacher's")
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    logging.set_verbosity_error()
    teacher = open_pipeline(args.teacher)
    judge, shards = load(args.classifier), Shards(args.shards / args.split)
    prompts, truth, mentioned = asked(shards, args.count)
    drawn, rows = {}, []

    def measure(name, pipe, steps, guidance):
        begin = time.perf_counter()
        drawn[name] = draw(pipe, prompts, steps=steps, guidance=guidance)
        seconds = (time.perf_counter() - begin) / len(prompts)
        result = accuracy(predict(judge, drawn[name]), truth, mentioned, shards.names)
        same = psnr(drawn[name], drawn["teacher"]).clamp(max=99).mean().item()
        rows.append(
            {
                "name": name,
                "steps": steps,
                "guidance": guidance,
                "psnr": round(same, 2),
                "seconds": round(seconds, 4),
                **result,
            }
        )
        print(json.dumps(rows[-1]), flush=True)

    measure("teacher", teacher, args.steps, args.guidance)
    for folder in args.students:
        scheduler = DDIMScheduler.from_pretrained(folder / "scheduler")
        student = StableDiffusionPipeline(
            **{
                **teacher.components,
                "scheduler": scheduler,
                "unet": UNet2DConditionModel.from_pretrained(folder / "unet"),
            },
            requires_safety_checker=False,
        )
        student.set_progress_bar_config(disable=True)
        steps = json.loads((folder / "log.jsonl").read_text().splitlines()[0])["jumps"]
        measure(folder.name, student, steps, 1)
        measure(f"teacher in {steps}", teacher, steps, args.guidance)
    args.out.write_text(json.dumps({"count": args.count, "split": args.split, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
