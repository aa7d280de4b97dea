"""One of the two decoders of the checkerboard figure, trained on the frozen latents of another first stage.

    python training/train_upsampling.py --upsample resize --latents training/runs/denoiser-64b/latents.pt \
        --out training/runs/up-resize

Run it once for each kind: same seed, so the same first numbers, the same batches in the same order, as many steps.
Loss: squared error, nothing that would punish a checkerboard more than any other error. The weights at the steps
in --keep stay in the run's folder, the first of them before any training.
"""

import argparse
import time
from pathlib import Path

import torch

from common import Run, Shards, psnr, save_grid
from train_denoiser import cached_latents
from upsampling import UPSAMPLE_TYPES, LatentDecoder


def keep(run, model):
    """Stores the averaged weights of this moment as float32 tensors: snapshots/<step>.pt."""
    folder = run.folder / "snapshots"
    folder.mkdir(exist_ok=True)
    with run.averaged():
        torch.save({k: v.detach().clone() for k, v in model.state_dict().items()}, folder / f"{run.step:06d}.pt")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--shards", type=Path, default=Path("data/shards"))
    p.add_argument(
        "--latents", type=Path, required=True, help="posterior means of the training set (train_denoiser.py)"
    )
    p.add_argument(
        "--vae", type=Path, default=Path("training/runs/vae-64/vae"), help="used if --latents is not there yet"
    )
    p.add_argument("--upsample", choices=UPSAMPLE_TYPES, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--widths", type=int, nargs="+", default=[16, 24, 32, 48])
    p.add_argument("--steps", type=int, default=800)
    p.add_argument("--keep", type=int, nargs="*", default=[0, 25, 100, 300])
    p.add_argument("--batch", type=int, default=6)
    p.add_argument("--lr", type=float, default=1.2e-3)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()

    train = Shards(args.shards / "train")
    torch.manual_seed(args.seed)
    model = LatentDecoder(args.upsample, args.widths, train.size)
    print(f"{sum(w.numel() for w in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    run = Run(args.out, model, lr=args.lr, steps=args.steps, seed=args.seed, weight_decay=1e-4, ema_decay=0.999)
    device = run.accelerator.device
    vae = None
    if not args.latents.exists():
        from diffusers import AutoencoderKL

        vae = AutoencoderKL.from_pretrained(args.vae).to(device)
    means, _ = cached_latents(args.latents, vae, train, device)
    saved, total = time.monotonic(), 0.0
    while not run.done():
        if run.step in args.keep:
            keep(run, model)
        index = torch.randint(train.count, (args.batch,))
        x = train.batch(index.numpy()).to(device)
        with run.accelerator.autocast():
            y = run.model(means[index].float())
        loss = (y.float() - x).pow(2).mean()
        run.update(loss)
        total += loss.item()
        if run.step % 100 == 0:
            run.log(loss=round(total / 100, 6))
            total = 0.0
        if time.monotonic() - saved > 120:
            run.save()
            saved = time.monotonic()
    run.save()
    keep(run, model)
    with run.averaged(), torch.no_grad():
        x, y = train.batch(torch.arange(16).numpy()).to(device), model(means[:16].float())
        save_grid(torch.cat([x, y]), args.out / "reconstructions.png", 8)
        run.log(psnr=round(psnr(y, x).mean().item(), 2))


if __name__ == "__main__":
    main()
