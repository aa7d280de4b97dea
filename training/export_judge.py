"""The judge for the page's language: batch norms folded into the convolutions, fp16 safetensors, and logits to hold it against.

    python training/export_judge.py --classifier training/runs/classifier-64 --shards data/shards \
        --out public/weights/judge-64 --check tests/fixtures/judge

The first linear layer takes the last features position by position (height, width, channel), as NHWC networks have them.
The folder's config.json lists the attributes and their values in the order of the answers.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from common import Shards
from train_classifier import load

LAST_SIDE = 4


def folded(conv, norm):
    """A convolution that does what the two do in evaluation: weight and bias."""
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return conv.weight * scale[:, None, None, None], (conv.bias - norm.running_mean) * scale + norm.bias


def state_of(model):
    """Tensors by name: convs.K (OIHW), features, heads.K ([out, in])."""
    layers = [m for m in model.trunk if isinstance(m, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]
    convs, norms, linear = layers[:-1:2], layers[1:-1:2], layers[-1]
    state = {}
    for k, (conv, norm) in enumerate(zip(convs, norms, strict=True)):
        state[f"convs.{k}.weight"], state[f"convs.{k}.bias"] = folded(conv, norm)
    channels = linear.in_features // LAST_SIDE**2
    by_place = linear.weight.view(-1, channels, LAST_SIDE, LAST_SIDE).permute(0, 2, 3, 1).flatten(1)
    state |= {"features.weight": by_place, "features.bias": linear.bias}
    for k, head in enumerate(model.heads):
        state |= {f"heads.{k}.weight": head.weight, f"heads.{k}.bias": head.bias}
    return {name: w.detach().half().contiguous() for name, w in state.items()}


@torch.no_grad()
def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--classifier", type=Path, required=True)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--large", type=Path, default=Path("data/shards-128"), help="larger faces, for the check")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--check", type=Path, required=True)
    args = p.parse_args()

    model, test = load(args.classifier), Shards(args.shards / "test")
    args.out.mkdir(parents=True, exist_ok=True)
    args.check.mkdir(parents=True, exist_ok=True)
    state = state_of(model)
    convs = [w.shape[0] for name, w in state.items() if name.startswith("convs.") and name.endswith("weight")]
    config = {
        "_class_name": "AttributeClassifier",
        "sample_size": 64,
        "conv_channels": convs,
        "feature_size": state["features.bias"].numel(),
        "attributes": [{"name": n, "values": v} for n, v in zip(test.names, test.values, strict=True)],
    }
    (args.out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    save_file(state, args.out / "model.safetensors", {"format": "pt"})

    # What the model that was trained says (not the folded one) about two small and two large faces.
    stored = {}
    for name, shards in (("small", test), ("large", Shards(args.large / "test"))):
        x = shards.batch(np.arange(2))
        stored |= {f"{name}.features": model.features(x), f"{name}.logits": torch.cat(model(x), 1)}
    stored["small.bytes"] = torch.from_numpy(np.array(test.images[:2])).float()
    save_file({k: v.contiguous() for k, v in stored.items()}, args.check / "logits.safetensors", {"format": "pt"})
    for file in (args.out / "model.safetensors", args.check / "logits.safetensors"):
        file.chmod(0o644)
    print(f"{args.out}: {(args.out / 'model.safetensors').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
