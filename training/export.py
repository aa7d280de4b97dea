"""Stage 4: one model folder in the diffusers layout, fp16, with a manifest of what is in it.

    python training/export.py --name faces-64 --vae training/runs/vae-64 --denoiser training/runs/denoiser-64 \
        --tokenizer training/runs/tokenizer --metrics training/runs/metrics-64.json --out public/weights/faces-64

With --int8 the denoiser and the text encoder are stored in 8 bits (quantize.py); unpack.py makes them fp16 again.
"""

import argparse
import datetime
import json
import shutil
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from common import Shards
from manifest import commit, files_of, total_bytes, write_manifest
from quantize import quantize_folder
from train_denoiser import scheduler

KEEP = {
    "model_index.json",
    "config.json",
    "scheduler_config.json",
    "diffusion_pytorch_model.safetensors",
    "model.safetensors",
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
}


def parameters(model):
    return sum(w.numel() for w in model.parameters())


def last_log(folder):
    """Steps, minutes and the last logged numbers of a run."""
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return {k: v for row in rows for k, v in row.items()}


def strict_json(path):
    """Leaves out the values that JSON has no word for (diffusers writes -Infinity where that is the default)."""
    config = json.loads(path.read_text(), parse_constant=lambda word: None)
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}, indent=2) + "\n")


def forget_origin(folder):
    """Removes from the settings the place on this machine that the networks were loaded from."""
    for path in folder.glob("*/config.json"):
        config = json.loads(path.read_text())
        if config.pop("_name_or_path", None) is not None:
            path.write_text(json.dumps(config, indent=2) + "\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--name", required=True)
    p.add_argument("--title", default="Faces, 64 x 64")
    p.add_argument("--vae", type=Path, required=True, help="run folder of train_autoencoder.py")
    p.add_argument("--denoiser", type=Path, required=True, help="run folder of train_denoiser.py")
    p.add_argument("--tokenizer", type=Path, required=True)
    p.add_argument("--text-encoder", type=Path, help="run folder of train_text_encoder.py, for the recipe")
    p.add_argument("--started-from", help="the model whose weights the networks started from, for the recipe")
    p.add_argument("--metrics", type=Path, help="what evaluate.py wrote")
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument(
        "--guidance", type=float, default=3.0, help="the scale that the manifest recommends (measure_guidance.py)"
    )
    p.add_argument("--int8", action="store_true", help="store the denoiser and the text encoder in 8 bits")
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()

    train = Shards(args.shards / "train")
    pipe = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(args.vae / "vae"),
        unet=UNet2DConditionModel.from_pretrained(args.denoiser / "unet"),
        text_encoder=CLIPTextModel.from_pretrained(args.denoiser / "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(args.tokenizer),
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).to(torch.float16)
    sizes = {n: parameters(getattr(pipe, n)) for n in ("vae", "unet", "text_encoder")}
    with tempfile.TemporaryDirectory() as folder:
        pipe.save_pretrained(folder)
        for name in ("vocab.json", "merges.txt"):
            shutil.copy(args.tokenizer / name, Path(folder) / "tokenizer" / name)
        shutil.rmtree(args.out, ignore_errors=True)
        for file in sorted(f for f in Path(folder).rglob("*") if f.name in KEEP):
            target = args.out / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    strict_json(args.out / "scheduler" / "scheduler_config.json")
    forget_origin(args.out)
    if args.int8:
        quantize_folder(args.out)
    files = files_of(args.out)
    recipe = {
        "trainingImages": train.count,
        "vae": last_log(args.vae),
        "denoiser": last_log(args.denoiser),
        "heldOutCombinations": train.schema["heldOut"],
    }
    if args.text_encoder:
        reading = last_log(args.text_encoder)
        recipe["denoiser"] |= {"textEncoderSteps": reading["step"], "textEncoderMinutes": reading["minutes"]}
    if args.started_from:
        recipe["startedFrom"] = args.started_from
    manifest = {
        "name": args.name,
        "title": args.title,
        "files": files,
        "totalBytes": total_bytes(files),
        "parameters": sizes,
        "image": {"size": train.size, "f": 8, "latentChannels": 4, "latentSize": train.size // 8},
        "sampling": {"sampler": "DPM-Solver++(2M)", "numInferenceSteps": 12, "guidanceScale": args.guidance},
        "metrics": json.loads(args.metrics.read_text()) if args.metrics else None,
        "recipe": recipe,
        "commit": commit(),
        "created": datetime.date.today().isoformat(),
        "knownWords": sorted(train.schema["words"]),
    }
    write_manifest(args.out, manifest)
    print(f"{args.out}: {manifest['totalBytes'] / 1e6:.1f} MB, parameters {sizes}")


if __name__ == "__main__":
    main()
