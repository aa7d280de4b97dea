"""Goes on training a model from the page: its denoiser and text encoder, on more pictures, on as many machines as you have.

    python training/continue_run.py --model my-faces.zip --pictures FOLDER --out runs/my-faces --steps 20000
    accelerate launch --multi_gpu training/continue_run.py --model my-faces.zip --faces data/shards/train \
        --out runs/my-faces --steps 20000

FOLDER holds pictures with NAME.txt beside each, or a metadata.jsonl of {"file_name": ..., "text": ...}. The first stage
stays as it is, so latents keep their meaning. What the network predicts (noise, x0, v or a flow) the model's own
scheduler says. Writes a folder that the page opens, and StableDiffusionPipeline too.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from diffusers import DDPMScheduler
from diffusers.training_utils import EMAModel

from common import learning_rate
from opened import Faces, Pictures, model_folder, open_pipeline


class TextToLatent(torch.nn.Module):
    """The two networks that learn, so that one optimiser and one EMA hold both."""

    def __init__(self, unet, text_encoder):
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder

    def forward(self, x, t, ids):
        return self.unet(x, t, self.text_encoder(ids).last_hidden_state).sample


def noised(scheduler, z, noise):
    """(x_t, t, target) for one random timestep a picture: diffusion, or the straight lines of flow matching."""
    count = scheduler.config.num_train_timesteps
    # Stratified: one timestep from each of B equal slices, which steadies the loss.
    u = (torch.randperm(len(z), device=z.device) + torch.rand(len(z), device=z.device)) / len(z)
    if "FlowMatch" in type(scheduler).__name__:
        s = u[:, None, None, None]
        return (1 - s) * z + s * noise, u * count, noise - z
    t = (u * count).long().clamp(max=count - 1)
    forward = DDPMScheduler.from_config(scheduler.config)
    kind = forward.config.prediction_type
    target = {"epsilon": lambda: noise, "sample": lambda: z, "v_prediction": lambda: forward.get_velocity(z, noise, t)}[
        kind
    ]()
    return forward.add_noise(z, noise, t), t, target


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True, help="the zip, or the folder it was unpacked to")
    p.add_argument("--pictures", type=Path, help="a folder of pictures and captions")
    p.add_argument("--faces", type=Path, help="a folder that `npm run render-faces` wrote")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--steps", type=int, default=20000)
    p.add_argument("--batch", type=int, default=64, help="pictures a step on each device")
    p.add_argument(
        "--lr", type=float, default=5e-4, help="the peak; a third or less of the page's keeps what is learnt"
    )
    p.add_argument("--drop", type=float, default=0.1, help="share of captions replaced by the empty text")
    p.add_argument("--ema", type=float, default=0.9995)
    p.add_argument("--workers", type=int, default=0)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()
    if (args.pictures is None) == (args.faces is None):
        p.error("give either --pictures or --faces")

    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    set_seed(args.seed, device_specific=True)
    folder = model_folder(args.model)
    pipe = open_pipeline(folder)
    manifest = json.loads((folder / "manifest.json").read_text()) if (folder / "manifest.json").exists() else {}
    size = pipe.unet.config.sample_size * pipe.vae_scale_factor
    facts = manifest.get("recipe", {}).get("conditioning") == "facts"
    data = Pictures(args.pictures, size) if args.pictures else Faces(args.faces, size, facts)
    batch = min(args.batch, len(data))
    loader = torch.utils.data.DataLoader(data, batch, shuffle=True, drop_last=True, num_workers=args.workers)
    model = TextToLatent(pipe.unet, pipe.text_encoder).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, betas=(0.9, 0.99), weight_decay=0.01)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    ema = EMAModel(accelerator.unwrap_model(model).parameters(), decay=args.ema, use_ema_warmup=True, power=2 / 3)
    ema.to(accelerator.device)
    vae = pipe.vae.to(accelerator.device).eval().requires_grad_(False)
    curve, step, losses = learning_rate(args.lr), 0, []
    while step < args.steps:
        for pictures, texts in loader:
            texts = ["" if torch.rand(()) < args.drop else text for text in texts]
            ids = pipe.tokenizer(
                texts,
                padding="max_length",
                truncation=True,
                return_tensors="pt",
                max_length=pipe.tokenizer.model_max_length,
            ).input_ids.to(accelerator.device)
            with torch.no_grad():
                z = vae.encode(pictures).latent_dist.sample() * vae.config.scaling_factor
            x, t, target = noised(pipe.scheduler, z, torch.randn_like(z))
            loss = torch.nn.functional.mse_loss(model(x, t, ids).float(), target)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            for group in optimizer.param_groups:
                group["lr"] = curve(step, step / args.steps)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            ema.step(accelerator.unwrap_model(model).parameters())
            losses.append(loss.item())
            step += 1
            if step % 100 == 0 or step == args.steps:
                accelerator.print(json.dumps({"step": step, "loss": round(sum(losses) / len(losses), 5)}), flush=True)
                losses = []
            if step == args.steps:
                break

    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        ema.copy_to(accelerator.unwrap_model(model).parameters())
        pipe.to("cpu").save_pretrained(args.out)
        # transformers writes tokenizer.json; the page and older versions read these two.
        for name in ("vocab.json", "merges.txt"):
            if (folder / "tokenizer" / name).exists():
                shutil.copy(folder / "tokenizer" / name, args.out / "tokenizer" / name)
        archive = shutil.make_archive(str(args.out), "zip", args.out)
        print(f"{args.out}: {args.steps} more steps; the page opens {archive}")


if __name__ == "__main__":
    main()
