"""Writes a small random model folder and what diffusers computes for it, for `npm run parity -- FOLDER`.

    python training/make_reference.py --variant scale-shift --seed 1 --out my-reference
    npm run parity -- my-reference

Use it to hold the TypeScript library against diffusers and transformers on a configuration that no committed folder
has: add a variant below, or pass your own settings with --json FILE (the keys of a variant). Every parameter is
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
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

STEPS = 10
GUIDANCE = 3.0
DENOISER = "model_output = 0.3 * x + 0.2 * sin(t / 100)"

VAE = dict(
    block_out_channels=[8, 16],
    down_block_types=["DownEncoderBlock2D"] * 2,
    up_block_types=["UpDecoderBlock2D"] * 2,
    layers_per_block=1,
    norm_num_groups=4,
    latent_channels=4,
    scaling_factor=0.6,
    sample_size=16,
)
TEXT = dict(
    vocab_size=120,
    hidden_size=16,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=2,
    max_position_embeddings=12,
    bos_token_id=118,
    eos_token_id=119,
    pad_token_id=119,
)
UNET = dict(
    sample_size=8,
    in_channels=4,
    out_channels=4,
    block_out_channels=[16, 32],
    down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
    up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"],
    layers_per_block=1,
    attention_head_dim=2,
    cross_attention_dim=16,
    norm_num_groups=4,
)

# latent: height and width of the latents; image: of the encoder's input (defaults to the decoder's output).
VARIANTS = {
    "plain": dict(vae={}, text={}, unet={}, latent=(8, 8)),
    "scale-shift": dict(
        vae=dict(layers_per_block=2),
        text={},
        unet=dict(
            block_out_channels=[12, 24, 24],
            down_block_types=["CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"],
            norm_num_groups=6,
            attention_head_dim=[2, 3, 4],
            transformer_layers_per_block=[2, 1, 1],
            resnet_time_scale_shift="scale_shift",
            use_linear_projection=True,
            flip_sin_to_cos=False,
            freq_shift=1,
        ),
        latent=(9, 7),
        prediction="v_prediction",
    ),
    "attention-blocks": dict(
        vae=dict(act_fn="gelu"),
        text=dict(hidden_act="gelu", num_hidden_layers=1),
        unet=dict(
            down_block_types=["AttnDownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "AttnUpBlock2D"],
            mid_block_type="UNetMidBlock2D",
            attention_head_dim=8,
            layers_per_block=[1, 2],
            act_fn="gelu",
            conv_in_kernel=5,
            conv_out_kernel=1,
            norm_eps=1e-4,
        ),
        latent=(6, 10),
    ),
    "odd-widths": dict(
        vae=dict(
            block_out_channels=[6, 10, 14],
            down_block_types=["DownEncoderBlock2D"] * 3,
            up_block_types=["UpDecoderBlock2D"] * 3,
            norm_num_groups=2,
            use_quant_conv=False,
            use_post_quant_conv=False,
            mid_block_add_attention=False,
            shift_factor=0.1,
            latent_channels=6,
        ),
        text=dict(hidden_size=18, num_attention_heads=3, layer_norm_eps=1e-6),
        unet=dict(
            in_channels=6,
            out_channels=6,
            block_out_channels=[18, 30],
            attention_head_dim=[3, 5],
            norm_num_groups=6,
            cross_attention_dim=18,
            layers_per_block=2,
            act_fn="mish",
            downsample_padding=0,
        ),
        latent=(6, 6),
        image=(27, 21),
        prediction="v_prediction",
    ),
    # A whole pipeline, as small as it gets, for the tests that sample: tests/fixtures/micro (seed 11).
    "micro": dict(
        vae=dict(block_out_channels=[4, 8], norm_num_groups=2, mid_block_add_attention=False, sample_size=8),
        text=dict(hidden_size=8, intermediate_size=16, num_hidden_layers=1, max_position_embeddings=16),
        unet=dict(
            sample_size=4,
            block_out_channels=[8],
            down_block_types=["DownBlock2D"],
            up_block_types=["UpBlock2D"],
            cross_attention_dim=8,
            norm_num_groups=2,
        ),
        latent=(4, 4),
        prediction="v_prediction",
        half=True,
        pipeline=True,
    ),
    # The committed second fixture: tests/fixtures/odd-tiny (seed 5).
    "odd-tiny": dict(
        vae=dict(
            block_out_channels=[6, 12],
            norm_num_groups=3,
            use_quant_conv=False,
            use_post_quant_conv=False,
            mid_block_add_attention=False,
            latent_channels=6,
            scaling_factor=1.3,
        ),
        text=dict(vocab_size=90, hidden_size=12, num_hidden_layers=1, hidden_act="gelu", bos_token_id=88, eos_token_id=89, pad_token_id=89),
        unet=dict(
            in_channels=6,
            out_channels=6,
            block_out_channels=[12, 18, 18],
            down_block_types=["AttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
            up_block_types=["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
            attention_head_dim=[6, 3, 3],
            norm_num_groups=6,
            cross_attention_dim=12,
            resnet_time_scale_shift="scale_shift",
            use_linear_projection=True,
            flip_sin_to_cos=False,
            freq_shift=1,
        ),
        latent=(7, 6),
        prediction="v_prediction",
        half=True,
    ),
    "one-level": dict(
        vae={},
        text={},
        unet=dict(
            block_out_channels=[24],
            down_block_types=["CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D"],
            mid_block_type=None,
            only_cross_attention=True,
            center_input_sample=True,
            time_embedding_dim=20,
            timestep_post_act="silu",
            time_embedding_act_fn="relu",
            norm_num_groups=3,
            attention_head_dim=3,
        ),
        latent=(5, 8),
        prediction="sample",
    ),
    "four-levels": dict(
        vae=dict(
            block_out_channels=[8, 8, 16, 16],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            norm_num_groups=8,
        ),
        text=dict(max_position_embeddings=20),
        unet=dict(
            block_out_channels=[8, 16, 16, 24],
            down_block_types=["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
            up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
            layers_per_block=2,
            norm_num_groups=8,
            attention_head_dim=2,
            mid_block_scale_factor=1.5,
        ),
        latent=(8, 8),
    ),
    "old-names": dict(
        vae={},
        text={},
        unet=dict(use_linear_projection=True),
        latent=(8, 8),
        half=True,
        old_names=True,
        prediction="v_prediction",
    ),
}

SCALED = dict(num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
LEADING = dict(set_alpha_to_one=False, steps_offset=1, clip_sample=False)
SAMPLERS = {
    "ddim-leading-eps": ("DDIMScheduler", dict(**SCALED, **LEADING), {}),
    "ddim-trailing-v-zsnr": (
        "DDIMScheduler",
        dict(
            **SCALED,
            clip_sample=False,
            timestep_spacing="trailing",
            prediction_type="v_prediction",
            rescale_betas_zero_snr=True,
        ),
        {},
    ),
    "ddim-leading-eps-eta": ("DDIMScheduler", dict(**SCALED, **LEADING), dict(eta=0.6)),
    "ddpm-trailing-v": (
        "DDPMScheduler",
        dict(**SCALED, clip_sample=False, timestep_spacing="trailing", prediction_type="v_prediction"),
        {},
    ),
    "euler-leading-eps": ("EulerDiscreteScheduler", dict(**SCALED, steps_offset=1, timestep_spacing="leading"), {}),
    "euler-karras-v": (
        "EulerDiscreteScheduler",
        dict(**SCALED, use_karras_sigmas=True, prediction_type="v_prediction"),
        {},
    ),
    "dpmpp2m-trailing-v": (
        "DPMSolverMultistepScheduler",
        dict(**SCALED, timestep_spacing="trailing", prediction_type="v_prediction"),
        {},
    ),
    "dpmpp2m-karras-eps": ("DPMSolverMultistepScheduler", dict(**SCALED, use_karras_sigmas=True), {}),
    "flowmatch-euler-shift3": ("FlowMatchEulerDiscreteScheduler", dict(num_train_timesteps=1000, shift=3.0), {}),
}

TEXTS = [
    "a smiling person with curly red hair",
    "",
    "A SMILING   Person,\twearing\n round GLASSES!!",
    "it's the person's beard; they'll wink",
    "dragon xylophone 12 345",
    "naïve café ΩΔ 日本 😀",
    "word " * 40,
    "  leading and trailing  ",
]
CORPUS = "a person with curly red hair and round glasses smiling wearing the beard blue black hat shirt"


def perturb(model, generator):
    """Default initialisation plus noise on every parameter; norms stay near 1."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def byte_alphabet():
    """The printable stand-ins for the 256 bytes in GPT-2's and CLIP's vocabularies."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(rest))]


def write_tokenizer(folder, max_length):
    """A byte-pair tokenizer with a few merges, learned greedily from CORPUS."""
    words = [[*word[:-1], word[-1] + "</w>"] for word in CORPUS.split()]
    merges = []
    while True:
        counts = {}
        for word in words:
            for pair in zip(word, word[1:]):
                counts[pair] = counts.get(pair, 0) + 1
        if not counts or len(merges) >= 40:
            break
        best = max(sorted(counts), key=lambda pair: counts[pair])
        merges.append(best)
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = ["".join(best)]
                i += 1
    alphabet = byte_alphabet()
    tokens = [*alphabet, *(c + "</w>" for c in alphabet), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    vocab = {token: index for index, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, indent=0))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    tokenizer = CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=max_length
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def tokenizer_reference(tokenizer, max_length):
    cases = []
    for text in TEXTS:
        ids = tokenizer(text, padding="max_length", truncation=True, max_length=max_length).input_ids
        cases.append(dict(text=text, ids=ids, tokens=tokenizer.tokenize(text)))
    return dict(
        maxLength=max_length,
        bos=tokenizer.bos_token_id,
        eos=tokenizer.eos_token_id,
        pad=tokenizer.pad_token_id,
        cases=cases,
    )


def sampler_cases(generator):
    """Every scheduler against an analytic denoiser, so that only its own arithmetic is compared."""
    tensors, described = {}, {}
    shape = (1, 2, 4, 4)
    for name, (class_name, config, step) in SAMPLERS.items():
        scheduler = getattr(diffusers, class_name)(**config)
        scheduler.set_timesteps(STEPS)
        x = torch.randn(shape, generator=generator) * getattr(scheduler, "init_noise_sigma", 1.0)
        noises = torch.randn((STEPS, *shape), generator=generator)
        trajectory = [x]
        for t, noise in zip(scheduler.timesteps, noises):
            model_input = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
            output = 0.3 * model_input + 0.2 * torch.sin(t / 100)
            extra = {}
            if "eta" in step:
                extra = dict(eta=step["eta"], variance_noise=noise)
            if class_name == "DDPMScheduler":
                # DDPMScheduler.step draws its noise itself: hand it ours.
                original = diffusers.schedulers.scheduling_ddpm.randn_tensor
                diffusers.schedulers.scheduling_ddpm.randn_tensor = lambda *_, noise=noise, **__: noise
                x = scheduler.step(output, t, x).prev_sample
                diffusers.schedulers.scheduling_ddpm.randn_tensor = original
            else:
                x = scheduler.step(output, t, x, **extra).prev_sample
            trajectory.append(x)
        tensors[f"sampler.{name}.trajectory"] = torch.stack(trajectory)
        tensors[f"sampler.{name}.timesteps"] = scheduler.timesteps.float()
        tensors[f"sampler.{name}.noise"] = noises
        if hasattr(scheduler, "alphas_cumprod"):
            tensors[f"sampler.{name}.alphas_cumprod"] = scheduler.alphas_cumprod.float()
        described[name] = {"class": class_name, "config": config, "step": step}
    return tensors, described


@torch.no_grad()
def network_tensors(variant, vae, text, unet, generator):
    """Inputs and outputs of the three networks, and one guided generation."""
    height, width = variant["latent"]
    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    image_size = variant.get("image", (height * factor, width * factor))
    length, vocab = text.config.max_position_embeddings, text.config.vocab_size
    bos, pad = text.config.bos_token_id, text.config.pad_token_id
    ids = torch.randint(0, vocab - 2, (2, length), generator=generator)
    ids[:, 0] = bos
    ids[0, length // 2 :] = pad
    ids[1, length // 2 + 2 :] = pad
    hidden = text(ids).last_hidden_state
    image = torch.rand((2, vae.config.in_channels, *image_size), generator=generator) * 2 - 1
    posterior = vae.encode(image).latent_dist
    latents = torch.randn((2, vae.config.latent_channels, height, width), generator=generator)
    x = torch.randn((2, unet.config.in_channels, height, width), generator=generator)
    t = torch.tensor([3, 871])
    tensors = {
        "vae.in": image,
        "vae.mean": posterior.mean,
        "vae.logvar": posterior.logvar,
        "vae.latents": latents,
        "vae.decoded": vae.decode(latents).sample,
        "text.ids": ids.float(),
        "text.hidden": hidden,
        "unet.x": x,
        "unet.t": t.float(),
        "unet.out": unet(x, t, hidden).sample,
    }
    scheduler = DDIMScheduler(**SCALED, **LEADING, prediction_type=variant.get("prediction", "epsilon"))
    scheduler.set_timesteps(STEPS)
    empty = torch.full((1, length), pad)
    empty[0, 0] = bos
    context = torch.cat([text(empty).last_hidden_state, hidden[:1]])
    x = torch.randn((1, unet.config.in_channels, height, width), generator=generator)
    tensors["pipeline.init"] = x
    for step in scheduler.timesteps:
        unconditional, conditional = unet(torch.cat([x, x]), step, context).sample.chunk(2)
        x = scheduler.step(unconditional + GUIDANCE * (conditional - unconditional), step, x).prev_sample
    tensors["pipeline.latents"] = x
    tensors["pipeline.image"] = vae.decode(x / vae.config.scaling_factor).sample
    return tensors


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
