"""Weights in 8 bits: a copy of a model folder whose denoiser and text encoder take half the bytes.

    python training/quantize.py --model public/weights/faces-64 --out faces-64-int8

A matrix or convolution W is stored as whole numbers Q from -127 to 127 (I8, under its own name) and one number a for each
output channel (F32, under NAME.scale): W = a Q, with a = max |W| / 127 of that channel. Half precision stays for biases,
norms and matrices of less than LEAST numbers, and for the first and the last convolution: the last alone would move the
predictions as much as all the others together (measure_int8.py). The file is a variant in diffusers' naming,
`diffusion_pytorch_model.int8.safetensors`; diffusers cannot read it, unpack.py turns it back.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from manifest import files_of, read_manifest, total_bytes, write_manifest

LEAST = 4096
HALF = {"conv_in.weight", "conv_out.weight"}
SUFFIX = ".scale"
METADATA = {"format": "pt", "quantization": "int8 per output channel"}
PARTS = {"unet": "diffusion_pytorch_model", "text_encoder": "model"}


def quantize(weight):
    """(Q int8 of the same shape, scale float32 [out]) of a weight [out, ...]: |W - scale Q| <= scale / 2."""
    rows = weight.float().flatten(1)
    scale = rows.abs().amax(1) / 127
    q = (rows / scale.where(scale > 0, 1)[:, None]).round().clamp(-127, 127)
    return q.to(torch.int8).reshape(weight.shape), scale


def is_packed(name, tensor, least=LEAST):
    return tensor.ndim >= 2 and tensor.numel() >= least and name not in HALF


def packed(state, least=LEAST):
    """A state dict as the variant's file has it."""
    out = {}
    for name, tensor in state.items():
        if is_packed(name, tensor, least):
            out[name], out[name + SUFFIX] = quantize(tensor)
        else:
            out[name] = tensor.half() if tensor.is_floating_point() else tensor
    return {name: tensor.contiguous() for name, tensor in out.items()}


def unpacked(tensors, dtype=torch.float32):
    """The state dict of a variant's tensors."""
    scales = {name + SUFFIX for name, tensor in tensors.items() if tensor.dtype == torch.int8}
    out = {}
    for name, tensor in tensors.items():
        if name + SUFFIX in scales:
            scale = tensors[name + SUFFIX].reshape(-1, *[1] * (tensor.ndim - 1))
            out[name] = (tensor.float() * scale).to(dtype)
        elif name not in scales:
            out[name] = tensor.to(dtype) if tensor.is_floating_point() else tensor
    return out


def save_variant(tensors, path):
    """Writes a variant's file; equal tensors give equal bytes (safetensors shuffles the metadata)."""
    save_file(tensors, path, METADATA)
    path.chmod(0o644)
    with open(path, "r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__")
        text = json.dumps({"__metadata__": dict(sorted(metadata.items())), **header}, separators=(",", ":")).encode()
        assert len(text) <= length
        file.seek(8)
        file.write(text.ljust(length))


def quantize_folder(folder, least=LEAST):
    """Replaces the weights of the denoiser and of the text encoder by their variants, where they are there."""
    for part, name in PARTS.items():
        plain = folder / part / f"{name}.safetensors"
        if plain.exists():
            save_variant(packed(load_file(plain), least), plain.with_name(f"{name}.int8.safetensors"))
            plain.unlink()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--least", type=int, default=LEAST, help="smaller tensors stay in half precision")
    p.add_argument("--out", type=Path, required=True, help="folder to write; must not exist")
    args = p.parse_args()
    if args.out.exists():
        p.error(f"{args.out} exists already")

    shutil.copytree(args.model, args.out)
    quantize_folder(args.out, args.least)
    manifest, files = read_manifest(args.out), files_of(args.out)
    if manifest:
        write_manifest(args.out, {**manifest, "files": files, "totalBytes": total_bytes(files)})
    print(f"{args.out}: {total_bytes(files) / 1e6:.2f} MB, was {total_bytes(files_of(args.model)) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
