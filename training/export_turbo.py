"""Stage 4 for a student of train_turbo.py: its denoiser in 8 bits, its scheduler, and a manifest that names the base.

    python training/export_turbo.py --name faces-128-turbo --base public/weights/faces-128 --run training/runs/turbo-128 \
        --metrics training/runs/metrics-turbo-128.json --out public/weights/faces-128-turbo

Everything else is the base's: the page and the library read it from the folder beside this one; unpack.py makes a whole
folder for diffusers.
"""

import argparse
import datetime
import json
import shutil
from pathlib import Path

from diffusers import UNet2DConditionModel

from export import forget_origin, last_log, parameters, strict_json
from manifest import commit, files_of, read_manifest, total_bytes, write_manifest
from quantize import quantize_folder
from unpack import sources


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--name", required=True)
    p.add_argument("--title", help="the base's, and how many steps, by default")
    p.add_argument("--base", type=Path, required=True, help="the teacher's folder; must lie beside --out")
    p.add_argument("--run", type=Path, required=True, help="run folder of train_turbo.py")
    p.add_argument("--metrics", type=Path, help="what evaluate.py wrote")
    p.add_argument("--fp16", action="store_true", help="store the denoiser in half precision, not in 8 bits")
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    if args.out.resolve().parent != args.base.resolve().parent:
        p.error(f"--out: expected a folder beside the base, in {args.base.resolve().parent}, got {args.out}")
    base = read_manifest(args.base)
    if not base or "base" in base:
        p.error(f"--base: expected a whole model with a manifest.json, got {args.base}")

    unet, recipe = UNet2DConditionModel.from_pretrained(args.run / "unet"), last_log(args.run)
    shutil.rmtree(args.out, ignore_errors=True)
    unet.half().save_pretrained(args.out / "unet")
    (args.out / "scheduler").mkdir()
    scheduler = args.out / "scheduler" / "scheduler_config.json"
    shutil.copyfile(args.run / "scheduler" / "scheduler_config.json", scheduler)
    strict_json(scheduler)
    forget_origin(args.out)
    if not args.fp16:
        quantize_folder(args.out)

    files, steps = files_of(args.out), recipe["jumps"]
    # What is downloaded: these files, and those that come from the base.
    write_manifest(args.out, {"base": args.base.name, "files": files})
    everything = total_bytes(
        [{"bytes": f.stat().st_size} for path, f in sources(args.out).items() if path != "manifest.json"]
    )
    title = args.title or f"{base['title']}, {steps} {'step' if steps == 1 else 'steps'}"
    write_manifest(
        args.out,
        {
            "name": args.name,
            "title": title,
            "base": args.base.name,
            "files": files,
            "totalBytes": everything,
            "parameters": {**base["parameters"], "unet": parameters(unet)},
            "image": base["image"],
            "sampling": {"sampler": "DDIM", "numInferenceSteps": steps, "guidanceScale": 1},
            "metrics": json.loads(args.metrics.read_text()) if args.metrics else None,
            "recipe": {**{k: v for k, v in base["recipe"].items() if k != "startedFrom"}, "denoiser": recipe},
            "commit": commit(),
            "created": datetime.date.today().isoformat(),
            "knownWords": base["knownWords"],
        },
    )
    own = total_bytes(files)
    print(f"{args.out}: {own / 1e6:.2f} MB of its own, {everything / 1e6:.2f} MB with its base")


if __name__ == "__main__":
    main()
