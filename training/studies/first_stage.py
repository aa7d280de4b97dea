"""The first stages of the studies: one recipe for every f and every number of channels (arXiv 2112.10752, section 3.1).

f = 1 has none, as in the paper (LDM-1): its latents are the pixels, each colour with mean 0 and deviation 1. All other
latents get the same: whole-set statistics are folded into the 1x1 convolutions, so that every denoiser meets numbers of
one size.

The shortcut of DC-AE (arXiv 2410.10733, section 3.2) adds to every halving what it would be without weights: pixels moved
into channels and averaged back to their number, and to every doubling the reverse. Where the number of channels stays,
as it does in diffusers' blocks, that is the mean of 2 x 2 pixels and the pixel repeated: both are convolutions, so the
shortcut is a first value of the weights that are there anyway, and the network stays an `AutoencoderKL`.
"""

import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from bench import Desk, Item, Scale
from common import Run, Shards, psnr, save_grid, to_bytes
from costs import first_stage_costs
from faces import split
from features import NAME as FEATURES_ITEM
from features import load_network, reference_statistics
from frechet import distance
from measure import edge_error, mean_and_error, radial_spectrum, ssim
from train_autoencoder import FEATURES, build, face_weight, normalise_latents, reconstruction_loss

# Widths by level; f = 2^(levels - 1). Nearly all of the arithmetic is in the first two, which all of them share.
WIDTHS = (16, 32, 48, 48, 48, 48)
STEPS, BATCH, RATE, KL = 6000, 8, 2e-3, 1e-4
SIDE = 64


def levels(f: int) -> int:
    return f.bit_length()


def widths(f: int) -> tuple[int, ...]:
    return WIDTHS[: levels(f)]


@torch.no_grad()
def begin_with_little_variance(vae: AutoencoderKL, log_variance: float = -6.0) -> None:
    """As torch starts an encoder, its latents are noise of variance 1 beside means near 0 (docs/LOG.md)."""
    c = vae.config.latent_channels
    vae.quant_conv.weight[c:] *= 0.1
    vae.quant_conv.bias[c:] = log_variance


@torch.no_grad()
def add_shortcuts(vae: AutoencoderKL) -> None:
    """Adds the shortcut to the first weights of every halving, every doubling and the decoder's first convolution."""
    for block in vae.encoder.down_blocks:
        for down in block.downsamplers or []:
            weight = down.conv.weight  # stride 2, padded at the end: taps 0 and 1 cover the 2 x 2 pixels
            channels = torch.arange(weight.shape[0])
            weight[channels, channels, :2, :2] += 0.25
    for block in vae.decoder.up_blocks:
        for up in block.upsamplers or []:
            weight = up.conv.weight
            channels = torch.arange(weight.shape[0])
            weight[channels, channels, 1, 1] += 1
    weight = vae.decoder.conv_in.weight  # every latent channel, repeated
    channels = torch.arange(weight.shape[0])
    weight[channels, channels % weight.shape[1], 1, 1] += 1


class Pixels:
    """The first stage of f = 1: none. Pixels with mean 0 and deviation 1 of each colour."""

    channels, f = 3, 1

    def __init__(self, faces: Shards):
        x = faces.batch(np.arange(0, faces.count, max(1, faces.count // 4000)))
        self.mean, self.deviation = (v.view(1, 3, 1, 1) for v in (x.mean((0, 2, 3)), x.std((0, 2, 3))))

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (B, 3, S, S) -> mean and deviation of their latents; the latter is 0."""
        z = (x - self.mean) / self.deviation
        return z, torch.zeros_like(z)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return z.cpu() * self.deviation + self.mean


class Autoencoder:
    """A trained first stage; its latents have mean 0 and deviation 1 in every channel."""

    def __init__(self, folder: Path):
        self.vae = AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32).eval().requires_grad_(False)
        self.vae.to("cuda" if torch.cuda.is_available() else "cpu")
        self.channels = self.vae.config.latent_channels
        self.f = 2 ** (len(self.vae.config.block_out_channels) - 1)

    @torch.no_grad()
    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        posterior = self.vae.encode(x.to(self.vae.device)).latent_dist
        scale = self.vae.config.scaling_factor
        return posterior.mean.cpu() * scale, posterior.std.cpu() * scale

    @torch.no_grad()
    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return self.vae.decode(z.to(self.vae.device) / self.vae.config.scaling_factor).sample.cpu()


def train(desk: Desk, f: int, channels: int, shortcut: bool, seed: int) -> dict:
    """Trains one, keeps it in half precision as it ships, and measures that."""
    faces, test = split(desk.scale, "train"), split(desk.scale, "test")
    torch.manual_seed(seed)
    model = build(widths(f), SIDE, channels, attention=False)
    begin_with_little_variance(model)
    if shortcut:
        add_shortcuts(model)
    run = Run(desk.folder, model, lr=RATE, steps=desk.scale.steps(STEPS), seed=seed, weight_decay=1e-4, ema_decay=0.999)
    device = run.accelerator.device
    weight = face_weight(SIDE, FEATURES, 2.5).to(device)
    saved, total = time.monotonic(), 0.0
    while not run.done():
        index = torch.randint(faces.count, (BATCH,)).numpy()
        x = faces.batch(index, flip=torch.rand(BATCH) < 0.5).to(device)
        with run.accelerator.autocast():
            posterior = run.model.encode(x).latent_dist
            y = run.model.decode(posterior.sample()).sample
        kl = 0.5 * (posterior.mean.float().pow(2) + posterior.var.float() - 1 - posterior.logvar.float())
        reconstruction = reconstruction_loss(y.float(), x, weight)
        run.update(reconstruction + KL * kl.mean())
        total += reconstruction.item()
        if run.step % 250 == 0:
            run.log(loss=round(total / 250, 5), kl=round(kl.mean().item(), 3), core=round(run.core_seconds / 60, 2))
            total = 0.0
        if time.monotonic() - saved > 60:
            run.save()
            saved = time.monotonic()
    run.save()
    with run.averaged():
        normalise_latents(model, faces, unit=True)
        model.half().save_pretrained(desk.product)
    (desk.product / "diffusion_pytorch_model.safetensors").chmod(0o644)
    stage = Autoencoder(desk.product)
    return {
        "f": f,
        "channels": channels,
        "steps": run.step,
        "images": run.step * BATCH,
        "faces": faces.count,
        "seconds": round(run.seconds, 1),
        "coreSeconds": round(run.core_seconds, 1),
        "config": kept_config(stage.vae),
        "costs": first_stage_costs(stage.vae, SIDE),
        **measured(desk, stage, test),
    }


def kept_config(model) -> dict:
    """The settings that a reader of the result needs to build the network."""
    return {k: v for k, v in dict(model.config).items() if v is not None and not k.startswith("_")}


def measured(desk: Desk, stage: Pixels | Autoencoder, test: Shards) -> dict:
    """How near reconstructions of test faces are, what the distance makes of them, and the latents' spectra."""
    scale = desk.scale
    network = load_network(desk.made_by(FEATURES_ITEM))
    reference = reference_statistics(desk)
    rows, pictures, latents = [], [], []
    for i in range(0, min(scale.tested, test.count), 50):
        x = test.batch(np.arange(i, min(i + 50, scale.tested, test.count)))
        z, _ = stage.encode(x)
        y = stage.decode(z).clamp(-1, 1)
        rows.append(torch.stack([psnr(y, x).double(), ssim(y, x), edge_error(y, x).double()], 1))
        pictures.append(to_bytes(y))
        latents.append(z.numpy())
    values, rebuilt, z = torch.cat(rows), np.concatenate(pictures), np.concatenate(latents)
    save_sheet(desk, "reconstructions", test.batch(np.arange(8)), torch.from_numpy(rebuilt[:8]))
    count = min(scale.samples, len(rebuilt))
    exact = isinstance(stage, Pixels)  # what is left of them is rounding
    return {
        "tested": len(rebuilt),
        "psnr": None if exact else mean_and_error(values[:, 0], 3),
        "ssim": mean_and_error(values[:, 1], 5),
        "edgeError": mean_and_error(values[:, 2], 3),
        "frechet": {
            "count": count,
            "reference": min(scale.reference, split(scale, "train").count),
            "floor": distance(network.features(test.images[:count]), reference),
            "reconstructions": distance(network.features(rebuilt[:count]), reference),
        },
        "spectra": radial_spectrum(z),
    }


def save_sheet(desk: Desk, name: str, originals: torch.Tensor, rebuilt: torch.Tensor) -> None:
    """Eight test faces above what the first stage makes of them."""
    y = rebuilt.permute(0, 3, 1, 2).float() / 127.5 - 1
    save_grid(torch.cat([originals, y]), desk.pictures / f"{name}.webp", 8)


def item(name: str, f: int, channels: int, *, shortcut: bool = False, seed: int = 0, ships: bool = False) -> Item:
    recipe = {
        "f": f,
        "channels": channels,
        "shortcut": shortcut,
        "widths": widths(f),
        "steps": STEPS,
        "batch": BATCH,
        "learningRate": RATE,
        "klWeight": KL,
        "seed": seed,
    }
    return Item(
        name,
        recipe,
        lambda desk: train(desk, f, channels, shortcut, seed),
        core_minutes=15,
        needs=(FEATURES_ITEM,),
        ships=ships,
    )


def pixels_item(name: str) -> Item:
    """f = 1: nothing to train, but its floor and its spectra are measured like everybody's."""

    def work(desk: Desk) -> dict:
        faces, test = split(desk.scale, "train"), split(desk.scale, "test")
        desk.product.mkdir(parents=True, exist_ok=True)
        (desk.product / "README.md").write_text("f = 1 has no first stage: its latents are the pixels.\n")
        stage = Pixels(faces)
        scale = {k: [round(float(v), 6) for v in getattr(stage, k).flatten()] for k in ("mean", "deviation")}
        return {"f": 1, "channels": 3, "faces": faces.count, "pixels": scale, **measured(desk, stage, test)}

    return Item(name, {"f": 1, "channels": 3}, work, core_minutes=1, needs=(FEATURES_ITEM,), ships=True)


def open_stage(folder: Path, scale: Scale) -> Pixels | Autoencoder:
    """What an item of this file made."""
    return Autoencoder(folder) if (folder / "config.json").exists() else Pixels(split(scale, "train"))
