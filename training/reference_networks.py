"""Random networks, and inputs and outputs of each and of one guided generation, for make_reference.py."""

import torch
from diffusers import DDIMScheduler

from reference_samplers import LEADING, SCALED, STEPS

GUIDANCE = 3.0


def perturb(model, generator):
    """Default initialisation plus noise on every parameter; norms stay near 1."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


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
