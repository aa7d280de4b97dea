"""What PyTorch makes of the exported first stages, stored for the library to be held against.

    python training/check_first_stages.py --out tests/fixtures/first-stages

Writes reference.json (the weights by checksum) and reference.safetensors. NAME.latents (2, c, h, w) as the decoder
takes them, NAME.image (2, 3, 64, 64) in [-1, 1]; where there is an encoder, NAME.picture (2, 3, 64, 64) and
NAME.mean, NAME.logvar of its posterior.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from common import Shards
from export_first_stage import WEIGHTS, widths_of
from upsampling import LatentDecoder

NAMES = ("faces-six", "faces-up-resize", "faces-up-transpose")


@torch.no_grad()
def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weights", type=Path, default=Path("public/weights"))
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    picture = Shards(args.shards / "test").batch(np.arange(2))
    generator, tensors, sums = torch.Generator().manual_seed(3), {}, {}
    for name in NAMES:
        folder = args.weights / name / "vae"
        config = json.loads((folder / "config.json").read_text())
        state = {k: v.float() for k, v in load_file(folder / WEIGHTS).items()}
        side = 64 >> (len(config["block_out_channels"]) - 1)
        latents = torch.randn(2, config["latent_channels"], side, side, generator=generator)
        if "encoder.conv_in.weight" in state:
            model = AutoencoderKL.from_pretrained(folder)
            posterior = model.encode(picture).latent_dist
            tensors |= {f"{name}.picture": picture, f"{name}.mean": posterior.mean, f"{name}.logvar": posterior.logvar}
            image = model.decode(latents / config["scaling_factor"]).sample
        else:
            model = LatentDecoder(config.get("upsample_type", "resize"), widths_of(state), 64)
            model.load_state_dict(state)
            image = model(latents / config["scaling_factor"])
        tensors |= {f"{name}.latents": latents, f"{name}.image": image}
        sums[name] = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    args.out.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, args.out / "reference.safetensors")
    (args.out / "reference.safetensors").chmod(0o644)
    (args.out / "reference.json").write_text(
        json.dumps(
            {
                "weights": sums,
                "versions": {"torch": torch.__version__, "diffusers": __import__("diffusers").__version__},
            },
            indent=1,
        )
        + "\n"
    )
    print({k: tuple(v.shape) for k, v in tensors.items()})


if __name__ == "__main__":
    main()
