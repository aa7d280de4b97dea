"""The studies of chapters 3, 5 and 9: the same recipe, one thing changed.

    python training/studies/run.py plan            what is done, what is left, how long it takes
    python training/studies/run.py all             everything that is left, in order of worth
    python training/studies/run.py memory          one study (factor, bias, memory), with what it needs
    python training/studies/run.py factor/f8-c3    everything whose name begins so
    python training/studies/run.py all --tiny FOLDER    a rehearsal of every kind of item, in minutes

Stop it at any moment: the same command goes on at the last checkpoints. To give it only what nobody else wants, begin it
with `chrt --idle 0`. With a GPU it runs there; --jobs says how many networks learn side by side.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import bench  # noqa: E402  (its folder has to be on the path first)

# What a rehearsal goes through: every kind of item, every line of every study.
REHEARSED = (
    "features/",
    "factor/f8-c3/first-stage",
    "factor/f1-c3/first-stage",
    "factor/f32-c64/",
    "factor/f8-c3/denoiser-0",
    "factor/f1-c3/rates",
    "memory/20/",
    "bias/90-",
)


def queue(tiny: bool = False) -> list[bench.Item]:
    """All items, in order of worth."""
    import bias
    import factor
    import features
    import memory

    ordered = [
        features.item(),
        *factor.first_stages()[:2],
        *factor.rate_items(),
        *factor.first_stages(),
        *factor.denoisers(seed=0),
        *memory.items(),
        *bias.items(),
        *factor.series(factor.B),
        *factor.series(factor.C),
        *factor.denoisers(seed=1),
    ]
    if tiny:
        ordered = [item for item in ordered if item.name.startswith(REHEARSED)]
    return list({item.name: item for item in ordered}.values())


def chosen(items: list[bench.Item], what: str) -> list[bench.Item]:
    """What a name stands for, and all that it needs."""
    if what == "all":
        return items
    by_name = {item.name: item for item in items}
    names: set[str] = set()

    def add(name: str) -> None:
        if name not in names:
            names.add(name)
            for needed in by_name[name].needs:
                add(needed)

    for item in items:
        if item.name == what or item.name.startswith(f"{what}/") or item.name.startswith(f"{what}-"):
            add(item.name)
    if not names:
        studies = sorted({item.name.split("/")[0] for item in items})
        raise SystemExit(
            f"No study or item is called {what}. There are: all, plan, {', '.join(studies)}, {', '.join(by_name)}"
        )
    return [item for item in items if item.name in names]


def plan(items: list[bench.Item], scale: bench.Scale, jobs: int) -> None:
    left = bench.wanted(items, scale)
    minutes = 0.0
    for item in items:
        result = bench.result_of(item, scale)
        stale = bench.result_path(item, scale).exists() and result is None
        if result is not None:
            state = "done" + ("" if item not in left else ", to be made again: its weights are not on this machine")
        else:
            state = "the recipe has changed" if stale else "to do"
        if item in left:
            minutes += item.core_minutes
            state += f", {item.core_minutes:g} min of one core"
        print(f"{item.name:40} {state}")
    hours = minutes / 60
    print(
        f"\n{len(items) - len(left)} of {len(items)} done. Left: {hours:.1f} hours of one core"
        f" (a CPU as in docs/RESULTS.md), {hours / jobs:.1f} hours with {jobs} at a time and nothing else running."
    )


def tables(items: list[bench.Item], scale: bench.Scale) -> None:
    """What is there of the first stages, learning rates and denoisers, as docs/RESULTS.md has it."""
    results = {item.name: result for item in items if (result := bench.result_of(item, scale)) is not None}
    print("| first stage | parameters | PSNR, dB | SSIM | distance | core-seconds | commit |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for name, r in sorted(results.items()):
        if "first-stage" not in name or r["psnr"] is None:
            continue
        kind = f"f = {r['f']}, {r['channels']} channels{', shortcut' if name.endswith('shortcut') else ''}"
        psnr, ssim, frechet = r["psnr"], r["ssim"], r["frechet"]["reconstructions"]
        print(
            f"| {kind} | {r['costs']['parameters']:,} | {psnr['value']:.2f} ± {psnr['standardError']:.2f}"
            f" | {ssim['value']:.4f} | {frechet['value']:.2f} ± {frechet['standardError']:.2f}"
            f" | {r['coreSeconds']:.0f} | {r['commit']} |"
        )
    print("\n| learning rate | " + " | ".join(name for name in sorted(results) if name.endswith("rates")) + " |")
    tried = [results[name]["tried"] for name in sorted(results) if name.endswith("rates")]
    print("| --- |" + " ---: |" * len(tried))
    for row in zip(*tried, strict=True):
        print(f"| {row[0]['learningRate']:g} | " + " | ".join(f"{each['loss']:.3f}" for each in row) + " |")
    print(
        "\n| denoiser | training steps | core-seconds | sampling steps | guidance | distance | facts right | a picture, core-seconds |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for _, r in sorted(results.items()):
        if "sampling" not in r:
            continue
        looks = [*r["training"], *r["sampling"], *([r["lowGuidance"]] if r.get("lowGuidance") else [])]
        for look in {(k["step"], k["samplingSteps"], k["guidance"]): k for k in looks}.values():
            frechet, right = look["frechet"], look["accuracy"]
            low, high = right["interval"] or (right["value"], right["value"])
            print(
                f"| f = {r['f']}, {r['channels']} channels | {look['step']:,} | {look['coreSeconds']:.0f}"
                f" | {look['samplingSteps']} | {look['guidance']:g}"
                f" | {frechet['value']:.2f} ± {frechet['standardError']:.2f}"
                f" | {100 * right['value']:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
                f" | {look['coreSecondsPicture']:.3f} |"
            )


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", help="plan, tables, all, a study, or how the names of items begin")
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="items side by side, each on one core")
    p.add_argument("--tiny", type=Path, metavar="FOLDER", help="rehearse on the faces of FOLDER/shards")
    args = p.parse_args()

    if args.what not in ("plan", "tables"):
        bench.quietly()
    scale = bench.tiny(args.tiny) if args.tiny else bench.FULL
    items = queue(tiny=args.tiny is not None)
    if args.what == "plan":
        plan(items, scale, args.jobs)
    elif args.what == "tables":
        tables(items, scale)
    else:
        failed = bench.Queue(chosen(items, args.what), scale, args.jobs).run()
        sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
