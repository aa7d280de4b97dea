"""A student that draws in 1, 2 or 4 network calls what its teacher draws in 24: guidance and most steps are baked in.

    python training/train_turbo.py --teacher public/weights/faces-64 --jumps 2 --out training/runs/turbo-64

The teacher's guided path from a noise to a picture is kept at a few points (teacher_paths.py); the student, a copy of
the teacher's denoiser, learns to jump from one to the next in a single DDIM step (progressive distillation, arXiv
2202.00512, with all halvings in one; guidance as in arXiv 2210.03142, for one fixed scale). From the same noise it
draws the same picture. It needs no sampler of its own: DDIM, trailing timesteps, guidance 1.
Stop it at any time: the same command resumes at the last checkpoint, and paths once drawn are kept.
"""

import argparse
import time
from copy import deepcopy
from pathlib import Path

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import logging

from common import Run, Shards, learning_rate, save_grid
from manifest import read_manifest
from opened import in_bfloat16, open_pipeline
from teacher_paths import KEPT, follow, teacher_paths
from train_autoencoder import FEATURES, face_weight
from train_text_encoder import tokenize

NOISE_LEVELS = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "rescale_betas_zero_snr",
    "prediction_type",
    "steps_offset",
)


def student_scheduler(teacher):
    """The student's sampler: DDIM with the teacher's noise levels, from the noisiest to none."""
    shared = {key: teacher.config[key] for key in NOISE_LEVELS if key in teacher.config}
    if shared.get("prediction_type") != "v_prediction":
        raise ValueError(f"expected a teacher that predicts v, got {shared.get('prediction_type')}")
    return DDIMScheduler(**shared, timestep_spacing="trailing", clip_sample=False, set_alpha_to_one=True)


class Jumps:
    """The steps of a student's DDIM: timesteps (J,), and the rotation of (x, v) that each step is (arXiv 2202.00512,
    appendix D): x' = cos x - sin v, with the cosine and sine of the angle between two noise levels."""

    def __init__(self, scheduler, count, device):
        scheduler.set_timesteps(count)
        self.timesteps = scheduler.timesteps.to(device)
        bars = torch.cat([scheduler.alphas_cumprod[scheduler.timesteps.cpu()], torch.ones(1)]).double()
        angle = torch.atan2((1 - bars).sqrt(), bars.sqrt())
        turn = (angle[:-1] - angle[1:]).float().to(device)
        self.cos, self.sin = turn.cos(), turn.sin()

    def target(self, x, reached, jump):
        """The v that takes x (B, C, s, s) to the state `reached` in step `jump` (B,)."""
        cos, sin = self.cos[jump][:, None, None, None], self.sin[jump][:, None, None, None]
        return (cos * x - reached) / sin


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--teacher", type=Path, required=True, help="a model folder that diffusers opens")
    p.add_argument("--shards", type=Path, default=Path("data/shards"), help="for their captions")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--paths", type=Path, help="where the teacher's paths are kept; OUT/paths by default")
    p.add_argument("--count", type=int, default=10000, help="paths to learn from")
    p.add_argument("--jumps", type=int, choices=[1, 2, 4], default=2, help="network calls a picture")
    p.add_argument(
        "--start",
        type=Path,
        help="a unet folder to start from, instead of the teacher's: for one jump, a student of two",
    )
    p.add_argument("--guidance", type=float, help="what the teacher's manifest recommends, by default")
    p.add_argument("--teacher-steps", type=int, default=12)
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--minutes", type=float, help="bounds the training, not the drawing of the paths")
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--lr", type=float, default=3e-4)
    p.add_argument("--box-weight", type=float, default=3.0, help="weight of the latents under eyes and mouth")
    p.add_argument("--held-out", type=int, default=128, help="paths of validation captions, to measure with")
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()
    if args.teacher_steps % KEPT:
        p.error(f"--teacher-steps: expected a multiple of {KEPT}, got {args.teacher_steps}")

    logging.set_verbosity_error()  # a caption that does not fit is cut, as everywhere: no warning for each
    pipe = open_pipeline(args.teacher)
    unet = UNet2DConditionModel.from_pretrained(args.start) if args.start else deepcopy(pipe.unet)
    in_bfloat16(pipe).to("cuda" if torch.cuda.is_available() else "cpu")
    folder = args.paths or args.out / "paths"
    guidance = args.guidance if args.guidance is not None else read_manifest(args.teacher)["sampling"]["guidanceScale"]
    drawing = {"steps": args.teacher_steps, "guidance": guidance}
    captions, states = teacher_paths(pipe, Shards(args.shards / "train"), folder, args.count, **drawing)
    texts, ends = teacher_paths(
        pipe,
        Shards(args.shards / "validation"),
        folder / "held-out",
        args.held_out,
        seed=10**6,
        chunk=args.held_out,
        empty=0,
        **drawing,
    )

    run = Run(args.out, unet, lr=args.lr, steps=args.steps, minutes=args.minutes, seed=args.seed, ema_decay=0.999)
    run.schedule = learning_rate(args.lr, warmup=20)  # the start is a good one
    device = run.accelerator.device
    scheduler = student_scheduler(pipe.scheduler)
    jumps = Jumps(scheduler, args.jumps, device)
    student = StableDiffusionPipeline(
        **{**pipe.components, "unet": unet, "scheduler": scheduler}, requires_safety_checker=False
    )
    student.set_progress_bar_config(disable=True)
    states = states[:, :: KEPT // args.jumps].to(device)
    ids = tokenize(pipe.tokenizer, captions)
    weight = face_weight(states.shape[-1], FEATURES, args.box_weight).to(device)
    noise, truth = ends[:, 0].float().to(device), ends[:, -1].float().to(device)

    def drawn():
        """Where the student ends from the held-out noise, with its averaged weights."""
        with run.averaged():
            unet.eval()
            reached = follow(student, texts, noise, steps=args.jumps, guidance=1, kept=1)[:, -1]
            unet.train()
        return reached

    def distance():
        """How far that is from where the teacher ends, of the variance of the teacher's latents."""
        return round(((drawn() - truth).pow(2).mean() / truth.var()).item(), 5)

    if run.step == 0:
        run.log(paths=len(captions), jumps=args.jumps, distance=distance())
    saved, losses = time.monotonic(), []
    while not run.done():
        index = torch.randint(len(states), (args.batch,))
        jump = (torch.arange(args.batch) % args.jumps).to(device)
        x, reached = (states[index.to(device), jump + i].float() for i in (0, 1))
        with torch.no_grad():
            context = pipe.text_encoder(ids[index].long().to(device)).last_hidden_state
        v = run.model(x, jumps.timesteps[jump], context).sample
        loss = ((v.float() - jumps.target(x, reached, jump)).pow(2) * weight).mean()
        run.update(loss)
        losses.append(loss.item())
        if run.step % 50 == 0:
            values = {"distance": distance()} if run.step % 250 == 0 else {}
            run.log(loss=round(sum(losses) / len(losses), 5), **values)
            losses = []
        if time.monotonic() - saved > 180:
            run.save()
            saved = time.monotonic()
    run.save()
    run.log(images=run.step * args.batch, distance=distance())
    with run.averaged():
        unet.save_pretrained(args.out / "unet")
    scheduler.save_pretrained(args.out / "scheduler")
    with torch.no_grad():
        both = torch.cat([truth[:8], drawn()[:8]]) / pipe.vae.config.scaling_factor
        save_grid(pipe.vae.decode(both).sample, args.out / "samples.png", len(both) // 2)


if __name__ == "__main__":
    main()
