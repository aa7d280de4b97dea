"""Opens a model from the page with StableDiffusionPipeline and holds what it draws against what the page drew.

    python training/check_zip.py my-faces.zip --out picture.png

The zip's check.safetensors has the noise that the page began with, its last latents and its pictures. From the same
noise diffusers must come to the same; how far apart they are is printed, relative to the largest number of each. Exits
with 1 when that is more than --tolerance.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open

from common import save_grid
from opened import model_folder, open_pipeline


def apart(ours, theirs):
    """Largest difference, relative to the largest number."""
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


@torch.no_grad()
def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", type=Path, help="the zip, or the folder it was unpacked to")
    p.add_argument("--out", type=Path, help="where to put the pictures: ours above, diffusers' below")
    p.add_argument("--tolerance", type=float, default=1e-3)
    args = p.parse_args()

    folder = model_folder(args.model)
    pipe = open_pipeline(folder)
    result = {
        "model": str(args.model),
        "scheduler": type(pipe.scheduler).__name__,
        "parameters": {
            n: sum(w.numel() for w in getattr(pipe, n).parameters()) for n in ("vae", "unet", "text_encoder")
        },
    }
    check = folder / "check.safetensors"
    if not check.exists():
        side = pipe.unet.config.sample_size
        init = torch.randn(2, pipe.unet.config.in_channels, side, side, generator=torch.Generator().manual_seed(7))
        drawn = pipe(
            "", latents=init, num_images_per_prompt=2, num_inference_steps=12, guidance_scale=1, output_type="latent"
        ).images
        images = pipe.vae.decode(drawn / pipe.vae.config.scaling_factor).sample
        print(json.dumps({**result, "opens": True, "compared": False, "finite": bool(images.isfinite().all())}))
        if args.out:
            save_grid(images, args.out, 2)
        return
    with safe_open(check, "pt") as file:
        meta = file.metadata()
        init, latents, image = (file.get_tensor(name) for name in ("init", "latents", "image"))
    drawn = pipe(
        meta["prompt"],
        latents=init,
        num_images_per_prompt=len(init),
        output_type="latent",
        num_inference_steps=int(meta["numInferenceSteps"]),
        guidance_scale=float(meta["guidanceScale"]),
    ).images
    images = pipe.vae.decode(drawn / pipe.vae.config.scaling_factor).sample
    result |= {
        "prompt": meta["prompt"],
        "backend": meta["backend"],
        "opens": True,
        "compared": True,
        "latents": apart(latents, drawn),
        "image": apart(image, images),
    }
    agrees = max(result["latents"], result["image"]) <= args.tolerance
    print(json.dumps({**result, "agrees": agrees}))
    if args.out:
        save_grid(torch.cat([image, images]), args.out, len(image))
    if not agrees:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
