"""Measures a model folder on held-out faces and writes metrics.json beside it.

    python training/evaluate.py --model public/weights/faces-64 --classifier training/runs/classifier-64

Reconstruction: PSNR of the posterior mode, decoded, on test faces. Prompt accuracy: a caption of a face that
training never showed is drawn; of the attributes it mentions, how many does the classifier read off the sample?
Beside it the ceiling (the same question asked of the real picture) and of its reconstruction, and chance.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from common import Shards, psnr
from train_classifier import load, predict


@torch.no_grad()
def reconstruct(pipe, shards, count, batch=100):
    real, rebuilt = [], []
    for i in range(0, count, batch):
        x = shards.batch(np.arange(i, min(i + batch, count)))
        real.append(x)
        rebuilt.append(pipe.vae.decode(pipe.vae.encode(x).latent_dist.mode()).sample.clamp(-1, 1))
    return torch.cat(real), torch.cat(rebuilt)


@torch.no_grad()
def draw(pipe, prompts, *, guidance, steps, batch=100, seed=11):
    generator, out = torch.Generator().manual_seed(seed), []
    for i in range(0, len(prompts), batch):
        images = pipe(prompts[i:i + batch], num_inference_steps=steps, guidance_scale=guidance, generator=generator,
                      output_type="pt").images
        out.append(images.float() * 2 - 1)
    return torch.cat(out)


def accuracy(found, truth, mentioned, names):
    """Share of mentioned attributes that are right: per attribute, their mean, and of pictures with all right."""
    right = found == truth
    per = {n: round((right[:, a] & mentioned[:, a]).sum().item() / max(1, mentioned[:, a].sum().item()), 4)
           for a, n in enumerate(names) if mentioned[:, a].any()}
    every = (right | ~mentioned).all(1).float().mean().item()
    return {"mean": round(sum(per.values()) / len(per), 4), "allRight": round(every, 4), "perAttribute": per}


def chance(truth, mentioned):
    """Accuracy of always answering an attribute's most frequent value."""
    values = []
    for a in range(truth.shape[1]):
        seen = truth[mentioned[:, a], a]
        if len(seen):
            values.append((seen == seen.mode().values).float().mean().item())
    return round(sum(values) / len(values), 4)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--guidance", type=float, nargs="+", default=[3.0])
    p.add_argument("--steps", type=int, default=12)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    torch.manual_seed(0)
    pipe = StableDiffusionPipeline.from_pretrained(args.model, torch_dtype=torch.float32, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    judge, metrics, begin = load(args.classifier), {"count": args.count, "steps": args.steps, "splits": {}}, time.time()
    for split in ("test", "heldout"):
        shards = Shards(args.shards / split)
        count = min(args.count, shards.count)
        real, rebuilt = reconstruct(pipe, shards, count)
        truth = torch.from_numpy(shards.attributes[:count]).long()
        rows = shards.captions()[:count]
        # Caption k of face i, k running with i, skipping the empty ones: every length of caption takes part.
        picks = [next(k for j in range(len(m)) if m[k := (i + j) % len(m)]) for i, (_, m) in enumerate(rows)]
        prompts = [row[0][k] for row, k in zip(rows, picks)]
        mentioned = torch.zeros(count, len(shards.names), dtype=torch.bool)
        for i, (row, k) in enumerate(zip(rows, picks)):
            mentioned[i, row[1][k]] = True
        result = {"psnr": round(psnr(rebuilt, real).mean().item(), 3), "chance": chance(truth, mentioned),
                  "ceiling": accuracy(predict(judge, real), truth, mentioned, shards.names),
                  "reconstructions": accuracy(predict(judge, rebuilt), truth, mentioned, shards.names), "samples": {}}
        for guidance in args.guidance:
            found = predict(judge, draw(pipe, prompts, guidance=guidance, steps=args.steps))
            result["samples"][f"{guidance:g}"] = accuracy(found, truth, mentioned, shards.names)
            print(split, "guidance", guidance, json.dumps(result["samples"][f"{guidance:g}"]), flush=True)
        print(split, json.dumps({k: v for k, v in result.items() if k != "samples"}), flush=True)
        metrics["splits"][split] = result
    metrics["minutes"] = round((time.time() - begin) / 60, 1)
    args.out.write_text(json.dumps(metrics, indent=1) + "\n")


if __name__ == "__main__":
    main()
