"""Opens a model folder with StableDiffusionPipeline and stores what it draws, for the library to be held against.

    python training/check_diffusers.py --model public/weights/faces-64 --out tests/fixtures/faces-64

Writes reference.json (prompt, guidance, steps, the folder's weights by checksum) and reference.safetensors:
`init` (N, 4, 8, 8), the final `latents`, the `image` (N, 3, 64, 64) in [-1, 1], and the `context` of the prompt.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from opened import open_pipeline


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--prompt", default="a smiling person with red hair and round glasses, blue background")
    p.add_argument("--negative", default="a beard")
    p.add_argument("--guidance", type=float, default=3.0)
    p.add_argument("--steps", type=int, default=12)
    p.add_argument("--count", type=int, default=2)
    p.add_argument("--seed", type=int, default=7)
    args = p.parse_args()

    pipe = open_pipeline(args.model)
    config = pipe.unet.config
    init = torch.randn(args.count, config.in_channels, config.sample_size, config.sample_size,
                       generator=torch.Generator().manual_seed(args.seed))
    options = {"negative_prompt": args.negative, "guidance_scale": args.guidance, "num_inference_steps": args.steps,
               "num_images_per_prompt": args.count}
    with torch.no_grad():
        context, _ = pipe.encode_prompt(args.prompt, "cpu", 1, False)
        latents = pipe(args.prompt, latents=init, output_type="latent", **options).images
        image = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
    args.out.mkdir(parents=True, exist_ok=True)
    tensors = {"init": init, "context": context, "latents": latents, "image": image}
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, args.out / "reference.safetensors")
    files = sorted(args.model.glob("*/*.safetensors"))
    (args.out / "reference.json").write_text(json.dumps({
        "prompt": args.prompt, "negativePrompt": args.negative, "guidanceScale": args.guidance,
        "numInferenceSteps": args.steps, "count": args.count,
        "weights": {f.relative_to(args.model).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in files},
        "versions": {"torch": torch.__version__, "diffusers": __import__("diffusers").__version__,
                     "transformers": __import__("transformers").__version__}}, indent=1) + "\n")
    print({k: tuple(v.shape) for k, v in tensors.items()})


if __name__ == "__main__":
    main()
