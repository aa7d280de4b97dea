"""Two decoders that differ in one thing: how they double the side of a picture.

`resize` is diffusers' own: nearest neighbours, then a 3x3 convolution. `conv_transpose` is one transposed
convolution, kernel 3, stride 2, padding 1, output_padding 1: neighbouring outputs are reached by 1, 2 or 4 of its
taps, the uneven overlap of Odena, Dumoulin and Olah (2016), https://distill.pub/2016/deconv-checkerboard.
"""

import torch
from diffusers import AutoencoderKL
from torch import nn

UPSAMPLE_TYPES = ("resize", "conv_transpose")


class TransposedUpsample(nn.Module):
    """(N, C, H, W) -> (N, C, 2 H, 2 W), with the numbers of an existing 3x3 convolution."""

    def __init__(self, conv):
        super().__init__()
        self.conv = nn.ConvTranspose2d(conv.in_channels, conv.out_channels, 3, stride=2, padding=1, output_padding=1)
        with torch.no_grad():
            self.conv.weight.copy_(conv.weight.transpose(0, 1))
            self.conv.bias.copy_(conv.bias)

    def forward(self, x, output_size=None):
        return self.conv(x)


class LatentDecoder(nn.Module):
    """The decoding half of an `AutoencoderKL`; both kinds start from the same numbers if the seed is the same."""

    def __init__(self, upsample_type, widths, size, latent_channels=4):
        super().__init__()
        n = len(widths)
        vae = AutoencoderKL(
            in_channels=3,
            out_channels=3,
            latent_channels=latent_channels,
            layers_per_block=1,
            norm_num_groups=8,
            sample_size=size,
            mid_block_add_attention=False,
            down_block_types=["DownEncoderBlock2D"] * n,
            up_block_types=["UpDecoderBlock2D"] * n,
            block_out_channels=widths,
            scaling_factor=1.0,
        )
        self.config = {**vae.config, **({"upsample_type": upsample_type} if upsample_type != "resize" else {})}
        self.post_quant_conv, self.decoder = vae.post_quant_conv, vae.decoder
        if upsample_type == "conv_transpose":
            for block in self.decoder.up_blocks:
                if block.upsamplers is not None:
                    block.upsamplers[0] = TransposedUpsample(block.upsamplers[0].conv)

    def forward(self, z):
        """Latents (N, c, h, w) -> pictures (N, 3, f h, f w), about [-1, 1]."""
        return self.decoder(self.post_quant_conv(z))
