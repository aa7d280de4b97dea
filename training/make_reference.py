"""Writes a small random model folder and what diffusers computes for it, for `npm run parity -- FOLDER`.

    python training/make_reference.py --variant scale-shift --seed 1 --out my-reference
    npm run parity -- my-reference

Use it to hold the TypeScript library against diffusers and transformers on a configuration that no committed folder
has: add a variant to reference_variants.py, or pass your own settings with --json FILE (the keys of a variant). Every parameter is
perturbed, norms and biases included, so that none can be skipped unnoticed. The form of the folder:

    vae/ unet/ text_encoder/      config.json and safetensors, as save_pretrained writes them
    tokenizer/                    a small CLIP tokenizer; tokenizer-reference.json has the ids it gives per text
    reference.json                scheduler settings per case, steps, guidance, versions
    reference.safetensors         inputs and outputs, float32, NCHW
"""

import argparse
import json
import pathlib

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

from reference_folder import rename_to_old, write_pipeline_files
from reference_networks import GUIDANCE, network_tensors, perturb
from reference_samplers import DENOISER, STEPS, sampler_cases
from reference_tokenizer import tokenizer_reference, write_tokenizer
from reference_variants import TEXT, UNET, VAE, VARIANTS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write; must not exist")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="plain")
    parser.add_argument("--json", type=pathlib.Path, help="a file with the keys of a variant, instead of --variant")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} exists already")
    variant = json.loads(args.json.read_text()) if args.json else VARIANTS[args.variant]
    text_config = {**TEXT, **variant["text"]}
    max_length = text_config["max_position_embeddings"]
    tokenizer = write_tokenizer(args.out / "tokenizer", max_length)
    if variant.get("pipeline"):
        bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
        text_config |= dict(vocab_size=len(tokenizer), bos_token_id=bos, eos_token_id=eos, pad_token_id=eos)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    vae = perturb(AutoencoderKL(**{**VAE, **variant["vae"]}), generator)
    text = perturb(CLIPTextModel(CLIPTextConfig(**text_config)), generator)
    unet = perturb(UNet2DConditionModel(**{**UNET, **variant["unet"]}), generator)
    if variant.get("half"):
        for model in (vae, text, unet):
            model.half()
    for name, model in (("vae", vae), ("text_encoder", text), ("unet", unet)):
        model.save_pretrained(args.out / name)
        model.float()
    if variant.get("old_names"):
        rename_to_old(args.out)
    tensors = network_tensors(variant, vae, text, unet, generator)
    sampled, samplers = sampler_cases(generator)
    tensors.update(sampled)
    save_file({key: value.float().contiguous() for key, value in tensors.items()}, args.out / "reference.safetensors")
    tokens = tokenizer_reference(tokenizer, max_length)
    if variant.get("pipeline"):
        write_pipeline_files(args.out, variant)
    (args.out / "tokenizer-reference.json").write_text(json.dumps(tokens, ensure_ascii=False, indent=0) + "\n")
    reference = dict(
        samplers=samplers,
        steps=STEPS,
        denoiser=DENOISER,
        pipeline=dict(
            sampler="DDIM leading eps/v, steps_offset 1, set_alpha_to_one false",
            guidanceScale=GUIDANCE,
            predictionType=variant.get("prediction", "epsilon"),
            uncond="bos then pad",
        ),
        versions=dict(diffusers=diffusers.__version__, torch=torch.__version__, transformers=transformers.__version__),
    )
    (args.out / "reference.json").write_text(json.dumps(reference, indent=1) + "\n")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
