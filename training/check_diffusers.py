"""Opens a model folder with StableDiffusionPipeline and stores what it draws, for the library to be held against.

    python training/check_diffusers.py --model public/weights/faces-64 --out tests/fixtures/faces-64
    python training/check_diffusers.py --model public/weights/faces-128-turbo --negative "" --out tests/fixtures/faces-128-turbo

Guidance and steps are those that the model's manifest recommends. Writes reference.json (prompt, guidance, steps, the
weights by checksum, its base's among them) and reference.safetensors: `init` (N, C, s, s), the final `latents`, the
`image` (N, 3, S, S) in [-1, 1], and the `context` of the prompt.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from manifest import read_manifest
from opened import open_pipeline
from unpack import sources


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--prompt", default="a smiling person with red hair and round glasses, blue background")
    p.add_argument("--negative", default="a beard")
    p.add_argument("--guidance", type=float)
    p.add_argument("--steps", type=int)
    p.add_argument("--count", type=int, default=2)
    p.add_argument("--seed", type=int, default=7)
    args = p.parse_args()

    sampling = read_manifest(args.model).get("sampling", {"guidanceScale": 3, "numInferenceSteps": 12})
    guidance = sampling["guidanceScale"] if args.guidance is None else args.guidance
    steps = args.steps or sampling["numInferenceSteps"]
    pipe = open_pipeline(args.model)
    config = pipe.unet.config
    init = torch.randn(
        args.count,
        config.in_channels,
        config.sample_size,
        config.sample_size,
        generator=torch.Generator().manual_seed(args.seed),
    )
    options = {
        "negative_prompt": args.negative,
        "guidance_scale": guidance,
        "num_inference_steps": steps,
        "num_images_per_prompt": args.count,
    }
    with torch.no_grad():
        context, _ = pipe.encode_prompt(args.prompt, "cpu", 1, False)
        latents = pipe(args.prompt, latents=init, output_type="latent", **options).images
        image = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
    args.out.mkdir(parents=True, exist_ok=True)
    tensors = {"init": init, "context": context, "latents": latents, "image": image}
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, args.out / "reference.safetensors")
    files = {path: f for path, f in sorted(sources(args.model).items()) if path.endswith(".safetensors")}
    (args.out / "reference.json").write_text(
        json.dumps(
            {
                "prompt": args.prompt,
                "negativePrompt": args.negative,
                "guidanceScale": guidance,
                "numInferenceSteps": steps,
                "count": args.count,
                "weights": {path: hashlib.sha256(f.read_bytes()).hexdigest() for path, f in files.items()},
                "versions": {
                    "torch": torch.__version__,
                    "diffusers": __import__("diffusers").__version__,
                    "transformers": __import__("transformers").__version__,
                },
            },
            indent=1,
        )
        + "\n"
    )
    print({k: tuple(v.shape) for k, v in tensors.items()})


if __name__ == "__main__":
    main()
