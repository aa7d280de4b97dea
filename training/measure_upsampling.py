"""How far the periods of 2, 4 and 8 pixels stand out of the spectrum: both decoders, at every kept step.

    python training/measure_upsampling.py --runs training/runs/up-resize training/runs/up-conv_transpose \
        --kinds resize conv_transpose --vae training/runs/vae-64/vae --out training/runs/upsampling.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from common import Shards, psnr, to_bytes
from export_first_stage import first_stage
from spectrum import PERIODS, peaks


def heights(pictures):
    """Pictures (N, 3, S, S) in [-1, 1]: mean and standard deviation over the pictures, in dB, for each period."""
    values = peaks(to_bytes(pictures))
    return {
        str(k): {"mean": round(v.mean().item(), 2), "sd": round(v.std().item(), 2)}
        for k, v in zip(PERIODS, values.T, strict=True)
    }


@torch.no_grad()
def batched(function, x, size=50):
    return torch.cat([function(x[i : i + size]) for i in range(0, len(x), size)])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--runs", type=Path, nargs="+", required=True)
    p.add_argument("--kinds", nargs="+", required=True, help="the kind of each run")
    p.add_argument("--vae", type=Path, required=True, help="the first stage that the latents come from")
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    x = Shards(args.shards / "test").batch(np.arange(args.count))
    vae = AutoencoderKL.from_pretrained(args.vae)
    z = batched(lambda x: vae.encode(x).latent_dist.mean, x)
    y = batched(lambda z: vae.decode(z).sample, z)
    result = {
        "split": "test",
        "count": args.count,
        "real": {"peaks": heights(x)},
        "firstStage": {"psnr": round(psnr(y, x).mean().item(), 2), "peaks": heights(y)},
        "steps": {},
    }
    for kind, run in zip(args.kinds, args.runs, strict=True):
        rows = []
        for path in sorted((run / "snapshots").glob("*.pt")):
            model = first_stage(run, int(path.stem), kind)
            y = batched(model, z)
            flat = batched(model, torch.zeros_like(z[:1]))
            rows.append(
                {
                    "step": int(path.stem),
                    "psnr": round(psnr(y, x).mean().item(), 2),
                    "peaks": heights(y),
                    "flat": {k: v["mean"] for k, v in heights(flat).items()},
                }
            )
            print(kind, rows[-1], flush=True)
        result["steps"][kind] = rows
    args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
