"""Multiplications of networks, counted from their settings: PyTorch's counter follows one call without computing it.

    python training/studies/costs.py --out tests/fixtures/studies/costs.json

writes what it counts for some networks; src/lib/ldm/recipe/networkCosts.ts has to say the same (tested).
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch.utils.flop_counter import FlopCounterMode

TOKENS = 40


def multiply_adds(call) -> int:
    """Of one call, forward; the counter takes a multiplication and its addition for two."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() // 2


def parameters(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def on_meta(model) -> torch.nn.Module:
    """The same network without numbers."""
    with torch.device("meta"):
        return type(model).from_config(model.config)


def first_stage_costs(vae: AutoencoderKL, side: int) -> dict:
    """For one picture: parameters, and multiply-adds of the two halves."""
    empty = on_meta(vae)
    small = side >> (len(vae.config.block_out_channels) - 1)
    x = torch.zeros(1, 3, side, side, device="meta")
    z = torch.zeros(1, vae.config.latent_channels, small, small, device="meta")
    return {
        "parameters": parameters(empty),
        "encoder": multiply_adds(lambda: empty.encode(x)),
        "decoder": multiply_adds(lambda: empty.decode(z)),
    }


def denoiser_costs(unet: UNet2DConditionModel) -> dict:
    """For one picture and one step: parameters, and multiply-adds of one call. Training costs three times as much: one
    call forward, and two of its size back, for the inputs and for the weights."""
    empty, side = on_meta(unet), unet.config.sample_size
    x = torch.zeros(1, unet.config.in_channels, side, side, device="meta")
    t = torch.zeros(1, device="meta")
    states = torch.zeros(1, TOKENS, unet.config.cross_attention_dim, device="meta")
    return {"parameters": parameters(empty), "call": multiply_adds(lambda: empty(x, t, states))}


def main() -> None:
    sys.path.append(str(Path(__file__).parents[1]))
    from denoiser import SHAPES
    from denoiser import build as build_denoiser
    from first_stage import kept_config, widths
    from train_autoencoder import build

    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    cases = []
    for f, channels in ((2, 3), (8, 4), (32, 64)):
        vae = build(widths(f), 64, channels, attention=False)
        cases.append(
            {"kind": "autoencoder", "config": kept_config(vae), "side": 64, "costs": first_stage_costs(vae, 64)}
        )
    for f in SHAPES:
        unet = build_denoiser(f, 3)
        cases.append({"kind": "denoiser", "config": kept_config(unet), "tokens": TOKENS, "costs": denoiser_costs(unet)})
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
