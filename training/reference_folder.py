"""The files around the networks of a reference folder: old parameter names, a whole pipeline's index."""

import json

import diffusers
import torch
from diffusers import DDIMScheduler
from safetensors.torch import load_file, save_file

from reference_samplers import LEADING, SCALED


def rename_to_old(folder):
    """The names that diffusers before 0.12 and transformers before 5 wrote."""
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    state = {}
    for key, value in load_file(path).items():
        for new, name in old.items():
            key = key.replace(new, name)
        state[key] = value
    save_file(state, path, metadata={"format": "pt"})
    path = folder / "text_encoder" / "model.safetensors"
    state = {f"text_model.{key.removeprefix('text_model.')}": value for key, value in load_file(path).items()}
    positions = len(state["text_model.embeddings.position_embedding.weight"])
    state["text_model.embeddings.position_ids"] = torch.arange(positions)[None]
    save_file(state, path, metadata={"format": "pt"})


def write_pipeline_files(folder, variant):
    """model_index.json and scheduler/, which make the folder one that StableDiffusionPipeline.from_pretrained opens."""
    prediction = variant.get("prediction", "epsilon")
    DDIMScheduler(**SCALED, **LEADING, prediction_type=prediction).save_pretrained(folder / "scheduler")
    index = dict(
        _class_name="StableDiffusionPipeline",
        _diffusers_version=diffusers.__version__,
        feature_extractor=[None, None],
        image_encoder=[None, None],
        requires_safety_checker=False,
        safety_checker=[None, None],
        scheduler=["diffusers", "DDIMScheduler"],
        text_encoder=["transformers", "CLIPTextModel"],
        tokenizer=["transformers", "CLIPTokenizer"],
        unet=["diffusers", "UNet2DConditionModel"],
        vae=["diffusers", "AutoencoderKL"],
    )
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
