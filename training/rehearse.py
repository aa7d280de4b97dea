"""Runs every command of this folder once, on a handful of faces and for a few steps: `bash training/test.sh` calls it.

    python training/rehearse.py FOLDER

FOLDER gets faces, runs and models and may be thrown away. The commands stand in the order of README.md and use what those
before them made. Each runs in a child of this process, which has loaded PyTorch and diffusers once for all. A script of
this folder that is not in the list is a failure: it would never be tried.
"""

import argparse
import ast
import contextlib
import io
import os
import runpy
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
SHIPPED = REPOSITORY / "public/weights"


def faces(folder: Path, split: str, count: int, *options: str) -> None:
    """Draws faces with the repository's own generator, in the project's Node."""
    run = [
        "npm",
        "run",
        "--silent",
        "render-faces",
        "--",
        "--split",
        split,
        "--count",
        str(count),
        "--out",
        str(folder),
    ]
    subprocess.run([*run, *options], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)


def step_case(folder: Path) -> None:
    """What `npm run bench:training` hands to time_step.py."""
    code = (
        "const { writeStepCase } = await import('./tools/lib/stepCase.ts');"
        f"await writeStepCase({str(folder)!r}, 'minute', 'denoiser'); process.exit(0);"
    )
    node = REPOSITORY / "node_modules/.bin/node"
    subprocess.run([node, "--input-type=module", "-e", code], cwd=REPOSITORY, check=True)


def stored_drawing(folder: Path) -> None:
    """What the page stores beside a model for check_zip.py: here diffusers' own drawing."""
    import torch
    from safetensors.torch import save_file

    from opened import open_pipeline

    pipe = open_pipeline(folder)
    side, prompt = pipe.unet.config.sample_size, "a smile"
    init = torch.randn(1, pipe.unet.config.in_channels, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        latents = pipe(prompt, latents=init, num_inference_steps=2, guidance_scale=2.5, output_type="latent").images
        image = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
    told = {"prompt": prompt, "numInferenceSteps": "2", "guidanceScale": "2.5", "backend": "diffusers"}
    save_file({"init": init, "latents": latents, "image": image}, folder / "check.safetensors", told)


def all_studies(root: Path) -> None:
    """The whole queue as on a machine with a card (which is not needed for it)."""
    script = HERE / "studies/gpu.sh"
    environment = {**os.environ, "PYTHON": sys.executable}
    command = ["bash", script, "--jobs", "2", "--minutes", "6", "--pack", root / "pack.tar.gz", "all", "--tiny", root]
    done = subprocess.run(command, env=environment, check=True, text=True, stdout=subprocess.PIPE)
    print(done.stdout)
    if "FAILED" in done.stdout or not (root / "pack.tar.gz").exists():
        raise SystemExit("expected every item to be done, and a pack of results")


def prepare(root: Path) -> None:
    """What the commands find when they start: faces of three sizes and other wordings."""
    for split in ("train", "validation", "test", "heldout"):
        # the studies take their faces from `train` and `test`, and need enough of each kind
        faces(root / "shards" / split, split, {"train": 80, "test": 40}.get(split, 24), "--facts")
        faces(root / "shards-128" / split, split, 24, "--size", "128", "--facts")
    faces(root / "shards-judge", "heldout", 24, "--seed", "judge-1", "--captions", "0")
    for size in (32,):
        for split in ("train", "test"):
            faces(root / "shards-32" / split, split, 24, "--size", str(size), "--captions", "1", "--facts")
    for name in ("shards", "shards-128"):
        out = root / name / "wordings.jsonl"
        node = REPOSITORY / "node_modules/.bin/node"
        subprocess.run(
            [node, "tools/write-wordings.ts", "--out", out], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL
        )
    step_case(root / "step-case")


def commands(root: Path) -> list[list[object]]:
    """Every command with arguments of a rehearsal: [script, argument ...]. A function instead of a script is called."""
    r = root / "runs"
    weights, large = root / "weights", ["--shards", root / "shards-128"]
    small = ["--shards", root / "shards"]
    few = ["--steps", 2, "--batch", 4]
    model, student = weights / "faces", weights / "faces-turbo"
    judge = ["--classifier", r / "classifier"]
    measured = [*judge, "--count", 24]
    studied = ["--tiny", root, "--jobs", 2]
    return [
        # Faces of 64 x 64, one command a stage
        ["train_autoencoder.py", *small, *few, "--widths", 8, 8, 8, 8, "--out", r / "vae"],
        ["build_tokenizer.py", *small, "--out", r / "tokenizer"],
        ["train_text_encoder.py", *small, *few, "--width", 32, "--tokenizer", r / "tokenizer", "--out", r / "text"],
        [
            *(
                "train_denoiser.py",
                *small,
                *few,
                "--widths",
                16,
                16,
                "--vae",
                r / "vae/vae",
                "--tokenizer",
                r / "tokenizer",
            ),
            *("--text-encoder", r / "text/text_encoder", "--typed", 0.5, "--out", r / "denoiser"),
        ],
        [
            *("export.py", *small, "--name", "faces", "--vae", r / "vae", "--denoiser", r / "denoiser"),
            *("--tokenizer", r / "tokenizer", "--text-encoder", r / "text", "--out", model),
        ],
        # The classifier, and what is measured with it
        [
            *("train_classifier.py", *small, "--steps", 20, "--batch", 8, "--extra", root / "shards-judge"),
            *("--out", r / "classifier"),
        ],
        [
            *("export_judge.py", *small, "--classifier", r / "classifier", "--large", root / "shards-128"),
            *("--out", weights / "judge", "--check", root / "checks/judge"),
        ],
        [
            *("evaluate.py", *small, "--model", model, *measured, "--wordings", 2, "--reference", 12, "--steps", 2),
            *("--samples", r / "samples", "--pictures", root / "card", "--bfloat16", "--into-manifest"),
            *("--out", r / "metrics.json"),
        ],
        [
            *(
                "measure_guidance.py",
                *small,
                "--model",
                model,
                *measured,
                "--scales",
                1.5,
                "--reference",
                12,
                "--steps",
                2,
            ),
            *("--out", r / "guidance.json"),
        ],
        # 8 bits, and back
        ["quantize.py", "--model", model, "--least", 64, "--out", weights / "faces-int8"],
        ["unpack.py", "--model", weights / "faces-int8", "--out", weights / "faces-plain"],
        [
            *("measure_int8.py", *small, "--model", model, "--packed", weights / "faces-int8", *measured, "--steps", 2),
            *("--layers", 1, "--out", r / "int8.json"),
        ],
        ["export_onnx.py", model, root / "denoiser.onnx"],
        # The model of 128 x 128 starts from these
        [
            *("train_autoencoder.py", *large, *few, "--widths", 8, 8, 8, 8, "--start", r / "vae/vae"),
            *("--out", r / "vae-128"),
        ],
        [
            *("train_denoiser.py", *large, *few, "--vae", r / "vae-128/vae", "--tokenizer", r / "tokenizer"),
            *("--text-encoder", r / "text/text_encoder", "--grow", r / "denoiser/unet", "--out", r / "denoiser-128"),
        ],
        # Its student
        [
            *("train_turbo.py", *small, *few, "--teacher", model, "--count", 8, "--held-out", 4, "--out", r / "turbo"),
            *("--paths", r / "paths"),
        ],
        ["export_turbo.py", "--name", "faces-turbo", "--base", model, "--run", r / "turbo", "--out", student],
        [
            *("measure_turbo.py", *small, "--teacher", model, "--students", r / "turbo", *measured, "--steps", 2),
            *("--out", r / "turbo.json"),
        ],
        # Chapter 4's three
        [
            *(
                "train_autoencoder.py",
                *small,
                *few,
                "--widths",
                8,
                8,
                8,
                8,
                8,
                8,
                8,
                "--latent-channels",
                6,
                "--no-attention",
            ),
            *("--unit", "--few-latents", "--lesson", 0.5, "--kl-warmup", 0.3, "--no-flip", "--out", r / "six"),
        ],
        [
            *("measure_six.py", *small, "--vae", r / "six/vae", "--classifier", r / "classifier", "--count", 24),
            *("--moved", 4, "--out", r / "six.json"),
        ],
        [
            *("export_first_stage.py", *small, "--run", r / "six", "--name", "faces-six", "--title", "Six"),
            *("--metrics", r / "six.json", "--out", weights / "faces-six"),
        ],
        *(
            [
                *("train_upsampling.py", *small, *few, "--upsample", kind, "--latents", r / "denoiser/latents.pt"),
                *("--keep", 0, 2, "--out", r / f"up-{kind}"),
            ]
            for kind in ("resize", "conv_transpose")
        ),
        [
            *("measure_upsampling.py", *small, "--runs", r / "up-resize", r / "up-conv_transpose", "--count", 4),
            *("--kinds", "resize", "conv_transpose", "--vae", r / "vae/vae", "--out", r / "upsampling.json"),
        ],
        [
            *("export_first_stage.py", *small, "--run", r / "up-resize", "--step", 2, "--upsample", "resize"),
            *(
                "--vae",
                model / "vae",
                "--name",
                "faces-up-resize",
                "--title",
                "Up",
                "--out",
                weights / "faces-up-resize",
            ),
        ],
        ["check_first_stages.py", *small, "--weights", SHIPPED, "--out", root / "checks/first-stages"],
        ["check_diffusers.py", "--model", model, "--steps", 2, "--count", 1, "--out", root / "checks/faces"],
        # A model from the page
        [stored_drawing, model],
        ["check_zip.py", model, "--out", root / "zip.png"],
        ["continue_run.py", "--model", model, "--faces", root / "shards/train", *few, "--out", r / "continued"],
        ["train_classifier.py", "--shards", root / "shards-32", *few, "--out", r / "classifier-32"],
        [
            *(
                "evaluate_run.py",
                "--model",
                model,
                *small,
                "--classifier",
                r / "classifier",
                "--count",
                4,
                "--steps",
                2,
            ),
        ],
        # References for the tests in TypeScript, comparisons
        ["make_reference.py", "--variant", "plain", "--out", root / "reference"],
        ["make_training_reference.py", "--out", root / "training-reference"],
        ["train_clip.py", *small, *few, "--width", 32, "--tokenizer", r / "tokenizer", *judge, "--out", r / "clip"],
        ["time_step.py", root / "step-case", "--threads", 1],
        # The studies
        ["studies/costs.py", "--out", root / "costs.json"],
        ["studies/run.py", "plan", *studied],
        [all_studies, root],
        ["studies/run.py", "plan", *studied],
        ["studies/run.py", "tables", *studied],
    ]


def own_child(command: list[object], output: Path) -> int:
    """The exit code of a command that runs in a fork of this process; what it says goes to `output`."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with open(output, "w") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                code = in_this_process(command)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_this_process(command: list[object]) -> int:
    script, *arguments = command
    sys.stdin = io.StringIO("1\n")  # time_step.py waits for numbers
    try:
        if callable(script):
            script(*arguments)
        else:
            sys.argv = [str(script), *map(str, arguments)]
            sys.path.insert(0, str((HERE / script).parent))
            runpy.run_path(str(HERE / script), run_name="__main__")
    except SystemExit as end:
        if end.code not in (0, None):
            print(end.code)
        return 0 if end.code is None else end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def is_command(path: Path) -> bool:
    """Does the file do something when it is run?"""
    return any(
        isinstance(node, ast.If) and "__main__" in ast.dump(node.test) for node in ast.parse(path.read_text()).body
    )


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--only", help="commands whose name has this, in a folder where those before them have run")
    args = p.parse_args()
    root = args.folder.resolve()
    todo = commands(root)
    tried = {HERE / str(command[0]) for command in todo if not callable(command[0])}
    there = {path for path in HERE.rglob("*.py") if "runs" not in path.parts and is_command(path)}
    forgotten = sorted(str(path.relative_to(HERE)) for path in there - tried - {Path(__file__)})

    if args.only is None:
        shutil.rmtree(root, ignore_errors=True)
        (root / "output").mkdir(parents=True)
        prepare(root)
    os.chdir(REPOSITORY)
    sys.path.insert(0, str(HERE))
    import diffusers  # noqa: F401  (loaded once, for all)
    import torch  # noqa: F401
    import transformers  # noqa: F401
    from diffusers import StableDiffusionPipeline  # noqa: F401

    failed = []
    for number, command in enumerate(todo):
        name = command[0].__name__ if callable(command[0]) else str(command[0])
        if args.only is not None and args.only not in name:
            continue
        output, begin = root / "output" / f"{number:02d}-{Path(name).stem}.txt", time.monotonic()
        code = own_child(command, output)
        print(f"{'ok    ' if code == 0 else 'FAILED'} {name} {time.monotonic() - begin:.1f} s", flush=True)
        if code != 0:
            failed.append(name)
            print("\n".join(output.read_text().splitlines()[-25:]), flush=True)
    for name in forgotten:
        print(f"FAILED {name}: it is not in the list of {Path(__file__).name}")
    failures = len(failed) + len(forgotten)
    print(f"{len(todo) - len(failed)} passed, {failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
