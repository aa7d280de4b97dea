"""Exports the denoiser of a model folder to ONNX, for the comparison in `npm run bench`.

    pip install -r training/requirements.txt onnx==1.23.2 onnxscript==0.7.2
    python training/export_onnx.py public/weights/faces-64 .cache/bench/denoiser.onnx

Inputs: sample [B, C, H, W], timestep [B] (float), encoder_hidden_states [B, T, D]; output: out [B, C, H, W]; all float32, any B.
"""

import argparse
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor


class Denoiser(torch.nn.Module):
    """The U-Net with tensors in and a tensor out."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.unet(sample, timestep, encoder_hidden_states, return_dict=False)[0]


def context_length(folder: Path) -> int:
    """The text length that the model was made for, from its text encoder."""
    import json

    return json.loads((folder / "text_encoder" / "config.json").read_text())["max_position_embeddings"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a model folder in the diffusers layout")
    parser.add_argument("out", type=Path, help="the .onnx file to write")
    arguments = parser.parse_args()

    unet = UNet2DConditionModel.from_pretrained(arguments.folder, subfolder="unet", torch_dtype=torch.float32).eval()
    # Plain matmul and softmax: one graph for every runtime, without a fused attention that some lack.
    unet.set_attn_processor(AttnProcessor())
    config = unet.config
    size = config.sample_size
    sample = torch.randn(2, config.in_channels, size, size)
    timestep = torch.tensor([10.0, 500.0])
    context = torch.randn(2, context_length(arguments.folder), config.cross_attention_dim)

    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    batch = torch.export.Dim("batch", min=1, max=64)
    torch.onnx.export(
        Denoiser(unet).eval(),
        (sample, timestep, context),
        arguments.out,
        input_names=["sample", "timestep", "encoder_hidden_states"],
        output_names=["out"],
        dynamic_shapes={"sample": {0: batch}, "timestep": {0: batch}, "encoder_hidden_states": {0: batch}},
        dynamo=True,
        external_data=False,
    )
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
