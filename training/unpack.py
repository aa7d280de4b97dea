"""The folder that diffusers opens, of a model that is stored smaller: weights in 8 bits, or only what differs from a base.

    python training/unpack.py --model public/weights/faces-128-turbo --out faces-128-turbo

What the model's manifest names as its `base` is looked for beside the folder. The result is whole and in half precision:
`StableDiffusionPipeline.from_pretrained(OUT)` opens it.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from manifest import NAME, files_of, read_manifest, total_bytes, write_manifest
from quantize import PARTS, unpacked

BASE_KEY = "base"


def is_plain(folder):
    """Whether diffusers opens the folder as it is."""
    return BASE_KEY not in read_manifest(folder) and not any(folder.glob("*/*.int8.safetensors"))


def sources(folder):
    """Files by path: those of the folder, then what it lacks of its base. A part's weights are one file, whatever its name."""
    own = {f.relative_to(folder).as_posix(): f for f in sorted(folder.rglob("*")) if f.is_file()}
    base = read_manifest(folder).get(BASE_KEY)
    if base is None:
        if "model_index.json" not in own:
            raise SystemExit(
                f"{folder}: expected a whole model with its model_index.json, or one that names its base in "
                f"{NAME}; found {', '.join(own) or 'no files'}. Download {NAME} too."
            )
        return own
    beside = folder.resolve().parent / base
    if not beside.is_dir():
        raise SystemExit(f"{folder}: expected the model {base}, which it builds on, at {beside}")
    weights = {Path(path).parent for path in own if path.endswith(".safetensors")}
    return own | {
        path: f
        for path, f in sources(beside).items()
        if path not in own and not (path.endswith(".safetensors") and Path(path).parent in weights)
    }


def unpack(folder, out, dtype=torch.float16):
    """Writes the plain folder to `out`, which must not exist: what is packed in `dtype`, the rest as it is."""
    variants = {f"{part}/{name}.int8.safetensors": f"{part}/{name}.safetensors" for part, name in PARTS.items()}
    for path, file in sources(folder).items():
        target = out / variants.get(path, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in variants:
            state = {k: v.contiguous() for k, v in unpacked(load_file(file), dtype).items()}
            save_file(state, target, {"format": "pt"})
            target.chmod(0o644)
        else:
            shutil.copyfile(file, target)
    # The pipeline takes its scheduler's class from here, and a base may have had another.
    index, scheduler = out / "model_index.json", out / "scheduler" / "scheduler_config.json"
    named = json.loads(scheduler.read_text()).get("_class_name")
    pipeline = json.loads(index.read_text())
    if named and pipeline.get("scheduler", [None, named])[1] != named:
        index.write_text(json.dumps({**pipeline, "scheduler": ["diffusers", named]}, indent=2) + "\n")
    manifest, files = read_manifest(folder), files_of(out)
    if (folder / NAME).exists():
        rest = {k: v for k, v in manifest.items() if k != BASE_KEY}
        write_manifest(out, {**rest, "files": files, "totalBytes": total_bytes(files)})


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--dtype", choices=["float16", "float32"], default="float16")
    p.add_argument("--out", type=Path, required=True, help="folder to write; must not exist")
    args = p.parse_args()
    if args.out.exists():
        p.error(f"{args.out} exists already")
    unpack(args.model, args.out, getattr(torch, args.dtype))
    print(f"{args.out}: {total_bytes(files_of(args.out)) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
