"""What 8 bits cost: a model and its copy by quantize.py, side by side.

    python training/quantize.py --model public/weights/faces-64 --out faces-64-int8
    python training/measure_int8.py --model public/weights/faces-64 --packed faces-64-int8 \
        --classifier training/runs/classifier-64 --count 200 --out training/runs/int8-64.json

Bytes; how far the denoiser's predictions are apart, as a share of the prediction's own root mean square, by timestep;
how far pictures from the same noise are apart (PSNR); and prompt accuracy of both on the same prompts and noises. With
--layers N also what each of the N largest kinds of layers costs alone: which widths would have to stay in half precision.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from common import Shards, psnr
from drawing import draw, noise
from judged import asked
from manifest import files_of, total_bytes
from opened import open_pipeline
from prompt_accuracy import accuracy, bootstrap_weights, interval
from quantize import is_packed, quantize
from train_classifier import load, predict
from train_text_encoder import tokenize

TIMESTEPS = (999, 750, 500, 250, 50)


@torch.no_grad()
def predictions(pipe, prompts, latents):
    """(T, N, C, h, w): what the denoiser predicts for latents noised to each timestep."""
    ids = tokenize(pipe.tokenizer, prompts).long()
    context = pipe.text_encoder(ids).last_hidden_state
    return torch.stack([pipe.unet(x, t, context).sample for t, x in latents])


@torch.no_grad()
def noised(pipe, shards, count):
    """(timestep, latents) pairs: real faces with noise."""
    x = pipe.vae.encode(shards.batch(np.arange(count))).latent_dist.mode() * pipe.vae.config.scaling_factor
    eps = noise(pipe, range(count), seed=5)
    return [(t, pipe.scheduler.add_noise(x, eps, torch.tensor([t] * count))) for t in TIMESTEPS]


def apart(a, b):
    """Root mean square of the difference, as a share of b's."""
    return round(((a - b).pow(2).mean() / b.pow(2).mean()).sqrt().item(), 6)


def kinds_of(unet):
    """Names of the matrices and convolutions of a denoiser, by kind and shape, whatever their size."""
    groups = defaultdict(list)
    for name, w in unet.named_parameters():
        if w.ndim >= 2:
            groups[f"{'.'.join(name.split('.')[-2:])} {list(w.shape)}"].append(name)
    return groups


@torch.no_grad()
def layer_costs(pipe, prompts, latents, whole, count):
    """Quantizes one kind of layer at a time: its share of the weights, and how far the predictions move."""
    weights, rows = dict(pipe.unet.named_parameters()), []
    groups = kinds_of(pipe.unet)
    for kind, names in sorted(groups.items(), key=lambda g: -sum(weights[n].numel() for n in g[1]))[:count]:
        kept = {n: weights[n].clone() for n in names}
        for n in names:
            q, scale = quantize(weights[n])
            weights[n].copy_(q.float() * scale.reshape(-1, *[1] * (q.ndim - 1)))
        rows.append(
            {
                "kind": kind,
                "weights": sum(w.numel() for w in kept.values()),
                "packed": all(is_packed(n, w) for n, w in kept.items()),
                "apart": apart(predictions(pipe, prompts, latents), whole),
            }
        )
        for n, w in kept.items():
            weights[n].copy_(w)
    return sorted(rows, key=lambda row: -row["apart"])


def both_accuracies(judge, pictures, truth, mentioned, names):
    """Accuracy of either, and the interval of the difference, drawn over the same prompts."""
    found = {which: predict(judge, images) for which, images in pictures.items()}
    result = {
        which: {
            k: v for k, v in accuracy(f, truth, mentioned, names).items() if k in ("mean", "meanInterval", "allRight")
        }
        for which, f in found.items()
    }
    weights, m = bootstrap_weights(len(truth)), mentioned.numpy()
    shares = {which: weights @ ((f == truth).numpy() & m).sum(1) / (weights @ m.sum(1)) for which, f in found.items()}
    result["lessInterval"] = interval(shares["half"] - shares["int8"])
    result["sameAnswers"] = round(float((found["half"] == found["int8"]).numpy()[m].mean()), 4)
    return result


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--packed", type=Path, required=True)
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--steps", type=int, default=12)
    p.add_argument("--guidance", type=float, default=3.0)
    p.add_argument("--layers", type=int, default=0)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    half, int8 = open_pipeline(args.model), open_pipeline(args.packed)
    shards = Shards(args.shards / "test")
    prompts, truth, mentioned = asked(shards, args.count)
    some = min(args.count, 32)
    latents = noised(half, shards, some)
    whole, packed = (predictions(pipe, prompts[:some], latents) for pipe in (half, int8))
    result = {
        "bytes": {"half": total_bytes(files_of(args.model)), "int8": total_bytes(files_of(args.packed))},
        "predictions": {str(t): apart(b, a) for (t, _), a, b in zip(latents, whole, packed, strict=True)},
    }
    if args.layers:
        result["layers"] = layer_costs(half, prompts[:some], latents, whole, args.layers)
    print(json.dumps(result, indent=1), flush=True)
    settings = {"guidance": args.guidance, "steps": args.steps}
    pictures = {which: draw(pipe, prompts, **settings) for which, pipe in (("half", half), ("int8", int8))}
    decibels = psnr(pictures["int8"], pictures["half"].clamp(-1, 1))
    result["pictures"] = {"psnr": round(decibels.mean().item(), 2), "worst": round(decibels.min().item(), 2)}
    result["accuracy"] = {
        "count": args.count,
        **both_accuracies(load(args.classifier), pictures, truth, mentioned, shards.names),
    }
    print(json.dumps({k: result[k] for k in ("pictures", "accuracy")}, indent=1))
    args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
