"""What the numbers of a one-pixel latent say about a face, and what they move.

    python training/measure_six.py --vae training/runs/six/vae --classifier training/runs/classifier-64 \
        --out training/runs/six.json

Over test faces: PSNR; each number's mean, deviation, KL and histogram; the share of its variance that each attribute
explains (eta squared: variance of the means of the groups over the whole variance); how often the classifier reads
another value of an attribute when the number goes from -1 to 1, all others kept; and how many attributes it still
reads right off the reconstruction.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from common import Shards, psnr
from measure_upsampling import batched
from prompt_accuracy import accuracy
from train_classifier import load, predict

EDGES = np.linspace(-4, 4, 33)


def explained(values, groups):
    """Share of the variance of `values` (N,) that knowing the group (N,) explains, 0 to 1."""
    means = {g: values[groups == g].mean() for g in np.unique(groups)}
    return float(np.var([means[g] for g in groups]) / np.var(values))


@torch.no_grad()
def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--vae", type=Path, required=True)
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--count", type=int, default=2000)
    p.add_argument("--moved", type=int, default=300, help="faces on which the numbers are moved")
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    test = Shards(args.shards / "test")
    x = test.batch(np.arange(args.count))
    truth = test.attributes[: args.count]
    vae, judge = AutoencoderKL.from_pretrained(args.vae), load(args.classifier)
    posterior = [vae.encode(part).latent_dist for part in x.split(50)]
    mean = torch.cat([d.mean for d in posterior])[:, :, 0, 0]
    logvar = torch.cat([d.logvar for d in posterior])[:, :, 0, 0]
    kl = 0.5 * (mean.pow(2) + logvar.exp() - 1 - logvar)
    y = batched(lambda z: vae.decode(z).sample.clamp(-1, 1), mean[..., None, None])

    latents = []
    for k in range(mean.shape[1]):
        values = mean[:, k].double().numpy()
        ends = []
        for value in (-1, 1):
            z = mean[: args.moved].clone()
            z[:, k] = value
            ends.append(predict(judge, batched(lambda z: vae.decode(z).sample.clamp(-1, 1), z[..., None, None])))
        changed = (ends[0] != ends[1]).float().mean(0)
        latents.append(
            {
                "mean": round(values.mean(), 3),
                "sd": round(values.std(), 3),
                "kl": round(kl[:, k].mean().item(), 3),
                "posteriorSd": round(logvar[:, k].mul(0.5).exp().mean().item(), 4),
                "histogram": np.histogram(values, EDGES)[0].tolist(),
                "explained": {n: round(explained(values, truth[:, a]), 3) for a, n in enumerate(test.names)},
                "changes": {n: round(changed[a].item(), 3) for a, n in enumerate(test.names)},
            }
        )
        print(k, latents[-1], flush=True)
    decibels, found = psnr(y, x), torch.from_numpy(truth).long()
    every = torch.ones_like(found, dtype=torch.bool)
    result = {
        "split": "test",
        "count": args.count,
        "moved": args.moved,
        "psnr": round(decibels.mean().item(), 3),
        "psnrSd": round(decibels.std().item(), 3),
        "correlation": np.corrcoef(mean.T.double().numpy()).round(3).tolist(),
        "histogramEdges": [EDGES[0].item(), EDGES[-1].item()],
        "latents": latents,
        "read": {
            "pictures": accuracy(predict(judge, x), found, every, test.names),
            "reconstructions": accuracy(predict(judge, y), found, every, test.names),
        },
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["read"]), result["psnr"])


if __name__ == "__main__":
    main()
