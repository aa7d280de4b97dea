"""Stage 4 for a first stage alone: vae/ in the diffusers layout, fp16, with a manifest of what is in it.

    python training/export_first_stage.py --run training/runs/six --name faces-six --title "Faces in six numbers" \
        --metrics training/runs/six.json --out public/weights/faces-six
    python training/export_first_stage.py --run training/runs/up-resize --step 800 --upsample resize \
        --vae public/weights/faces-64/vae --name faces-up-resize --title "..." --metrics training/runs/upsampling.json --out public/weights/faces-up-resize

With --step the run is one of train_upsampling.py: only its decoder is written, from the weights of that step.
"""

import argparse
import datetime
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

from common import Shards
from export import last_log
from manifest import commit, files_of, total_bytes, write_manifest
from upsampling import UPSAMPLE_TYPES, LatentDecoder

WEIGHTS = "diffusion_pytorch_model.safetensors"


def first_stage(run, step, upsample):
    """The network of a run: a whole `AutoencoderKL`, or a `LatentDecoder` at one of the steps it kept."""
    if step is None:
        return AutoencoderKL.from_pretrained(run / "vae")
    state = torch.load(run / "snapshots" / f"{step:06d}.pt", weights_only=True)
    model = LatentDecoder(upsample, widths_of(state), 64)
    model.load_state_dict(state)
    return model


def widths_of(state):
    """`block_out_channels` of a decoder, read off its blocks, the deepest of which comes first."""
    blocks = sum(1 for name in state if name.endswith("resnets.0.conv1.weight") and ".up_blocks." in name)
    return [state[f"decoder.up_blocks.{i}.resnets.0.conv1.weight"].shape[0] for i in reversed(range(blocks))]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--step", type=int, help="for a run of train_upsampling.py: which of the kept steps")
    p.add_argument("--upsample", choices=UPSAMPLE_TYPES, default="resize", help="with --step: the kind of that run")
    p.add_argument("--vae", type=Path, help="with --step: the first stage whose latents it decodes")
    p.add_argument("--name", required=True)
    p.add_argument("--title", required=True)
    p.add_argument("--metrics", type=Path, help="what measure_six.py or measure_upsampling.py wrote")
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    train = Shards(args.shards / "train")
    model = first_stage(args.run, args.step, args.upsample).half()
    shutil.rmtree(args.out, ignore_errors=True)
    (args.out / "vae").mkdir(parents=True)
    config = {
        k: v
        for k, v in dict(model.config).items()
        if v is not None and k not in ("_name_or_path", "_use_default_values")
    }
    config = {"_class_name": "AutoencoderKL", **config}
    if args.vae:  # so that it takes the latents in the same scale
        config["scaling_factor"] = json.loads((args.vae / "config.json").read_text())["scaling_factor"]
    (args.out / "vae" / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    weights = args.out / "vae" / WEIGHTS
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, weights, {"format": "pt"})
    weights.chmod(0o644)

    files = files_of(args.out)
    levels = len(config["block_out_channels"])
    recipe = {"trainingImages": train.count, "vae": last_log(args.run)}
    if args.step is not None:
        recipe["vae"] = {**recipe["vae"], "step": args.step}
    manifest = {
        "name": args.name,
        "title": args.title,
        "files": files,
        "totalBytes": total_bytes(files),
        "parameters": {"vae": sum(w.numel() for w in model.parameters())},
        "image": {
            "size": train.size,
            "f": 2 ** (levels - 1),
            "latentChannels": config["latent_channels"],
            "latentSize": train.size >> (levels - 1),
        },
        "metrics": json.loads(args.metrics.read_text()) if args.metrics else None,
        "recipe": recipe,
        "commit": commit(),
        "created": datetime.date.today().isoformat(),
        "knownWords": [],
    }
    write_manifest(args.out, manifest)
    print(f"{args.out}: {manifest['totalBytes'] / 1e6:.2f} MB, {manifest['parameters']['vae']} parameters")


if __name__ == "__main__":
    main()
