"""A denoiser for latents of twice the side, with a trained one inside: its first weights are not random.

A latent of a 128 x 128 face halved once has the grid on which the denoiser of 64 x 64 faces has learned where eyes, hair
and hats are, and what the words mean. So the larger network gets one more level around the smaller one; the level and the
convolutions that lead in and out begin at random, everything inside goes on from what it knows.
"""

import torch
from diffusers import UNet2DConditionModel


def wider(small):
    """The larger network's configuration. The new level is as wide as the one inside: the time embedding's size follows
    from the first width, and with another one the trained weights would not fit."""
    config = {k: v for k, v in small.config.items() if not k.startswith("_")}
    width = small.config.block_out_channels[0]
    return config | {
        "sample_size": small.config.sample_size * 2,
        "block_out_channels": [width, *small.config.block_out_channels],
        "down_block_types": ["DownBlock2D", *small.config.down_block_types],
        "up_block_types": [*small.config.up_block_types, "UpBlock2D"],
    }


def renamed(name):
    """The name in the larger network of a weight of the smaller one; None for what is made anew."""
    if name.startswith("down_blocks."):
        _, level, rest = name.split(".", 2)
        return f"down_blocks.{int(level) + 1}.{rest}"
    return None if name.startswith(("conv_in", "conv_out", "conv_norm_out")) else name


@torch.no_grad()
def grow(small):
    """A UNet2DConditionModel of one more level around `small`, and how many of its numbers are trained ones."""
    large = UNet2DConditionModel.from_config(wider(small))
    state, kept = large.state_dict(), 0
    for name, value in small.state_dict().items():
        target = renamed(name)
        if target is None:
            continue
        if state[target].shape != value.shape:
            raise ValueError(
                f"{target}: expected shape {tuple(state[target].shape)}, got {tuple(value.shape)} from {name}"
            )
        state[target] = value
        kept += value.numel()
    large.load_state_dict(state)
    return large, kept
