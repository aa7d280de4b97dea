"""What diffusers' schedulers do to an analytic denoiser, for make_reference.py."""

import diffusers
import torch

STEPS = 10
DENOISER = "model_output = 0.3 * x + 0.2 * sin(t / 100)"

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
        for t, noise in zip(scheduler.timesteps, noises, strict=False):
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
