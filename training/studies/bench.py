"""The bench: pieces of work, what each needs, where its results lie, and a queue that may be stopped at any moment.

An item is done when results/NAME.json exists and says the same recipe as the study does now; it is at hand when
what it made (weights) lies on this machine as well. Each item runs in a process of its own with one thread of
arithmetic: small networks use two cores better side by side than together, and the seconds that a thread computed
are the same whatever else the machine does.
"""

import fcntl
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent

# glibc gives large blocks back to the kernel and asks for them again at every step: 10 to 40 in 100 of the time.
QUIET_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "2000000000",
    "MALLOC_TRIM_THRESHOLD_": "4000000000",
    "MALLOC_TOP_PAD_": "268435456",
}


@dataclass(frozen=True)
class Scale:
    """How large everything is: the studies themselves, or a rehearsal that goes through every line in minutes."""

    name: str
    shards: Path
    runs: Path
    results: Path
    weights: Path
    share: float = 1.0
    samples: int = 500
    reference: int = 10_000
    tested: int = 2000

    def steps(self, full: int) -> int:
        return max(4, round(full * self.share))

    def faces(self, full: int) -> int:
        return full if self.share == 1 else min(full, 16)


FULL = Scale(
    "full",
    shards=REPOSITORY / "data/shards",
    runs=REPOSITORY / "training/runs/studies",
    results=HERE / "results",
    weights=HERE / "weights",
)


def tiny(root: Path) -> Scale:
    """Every study on a handful of faces in `root`, which holds the shards too."""
    return Scale(
        "tiny",
        shards=root / "shards",
        runs=root / "runs",
        results=root / "results",
        weights=root / "weights",
        share=0.0005,
        samples=6,
        reference=80,
        tested=12,
    )


@dataclass(frozen=True)
class Item:
    """One piece of work. `core_minutes` is what it takes on one core of the machine in docs/RESULTS.md; `ships` says
    that what it makes is committed, under weights/, instead of staying on the machine that made it."""

    name: str
    recipe: dict
    work: Callable[["Desk"], dict]
    core_minutes: float
    needs: tuple[str, ...] = ()
    ships: bool = False


@dataclass
class Desk:
    """What an item works with: its folder for checkpoints, and what other items made."""

    item: Item
    scale: Scale
    items: dict[str, Item] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Checkpoints, logs and caches; never committed."""
        path = self.scale.runs / self.item.name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def product(self) -> Path:
        """Where what this item makes belongs."""
        return product_path(self.item, self.scale)

    @property
    def pictures(self) -> Path:
        """Sheets of samples, committed beside the numbers."""
        path = self.scale.results / self.item.name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def made_by(self, name: str) -> Path:
        return product_path(self.items[name], self.scale)

    def result_of(self, name: str) -> dict:
        result = result_of(self.items[name], self.scale)
        if result is None:
            raise SystemExit(f"{self.item.name}: expected the result of {name}, found none; run it first")
        return result


def product_path(item: Item, scale: Scale) -> Path:
    return (scale.weights if item.ships else scale.runs) / item.name / ("" if item.ships else "product")


def result_path(item: Item, scale: Scale) -> Path:
    return scale.results / f"{item.name}.json"


def same(a: object, b: object) -> bool:
    """Equal once both are JSON (where a tuple is a list)."""
    return json.loads(json.dumps(a)) == json.loads(json.dumps(b))


def result_of(item: Item, scale: Scale) -> dict | None:
    """The item's result, if it was made by the recipe of today."""
    path = result_path(item, scale)
    if not path.exists():
        return None
    result = json.loads(path.read_text())
    return result if same(result.get("recipe"), item.recipe) else None


def write_json(path: Path, value: dict) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".tmp").write_text(json.dumps(value, indent=1) + "\n")
    path.with_suffix(".tmp").replace(path)


def is_done(item: Item, scale: Scale) -> bool:
    return result_of(item, scale) is not None


def at_hand(item: Item, scale: Scale) -> bool:
    return is_done(item, scale) and product_path(item, scale).exists()


def wanted(items: list[Item], scale: Scale) -> list[Item]:
    """What is left, in order: items without a result, and those whose weights such an item needs and this machine has
    not got."""
    by_name = {item.name: item for item in items}
    chosen: set[str] = set()

    def want(item: Item) -> None:
        if item.name in chosen:
            return
        chosen.add(item.name)
        for name in item.needs:
            if not at_hand(by_name[name], scale):
                want(by_name[name])

    for item in items:
        if not is_done(item, scale):
            want(item)
    # What is needed comes before what needs it; otherwise the order of the list.
    ordered: list[Item] = []

    def place(item: Item) -> None:
        if item in ordered:
            return
        for name in item.needs:
            if name in chosen:
                place(by_name[name])
        ordered.append(item)

    for item in items:
        if item.name in chosen:
            place(item)
    return ordered


def run_item(item: Item, items: list[Item], scale: Scale) -> None:
    """In this process, from its last checkpoint to its result."""
    from manifest import commit

    desk = Desk(item, scale, {other.name: other for other in items})
    with open(desk.folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever works on the same item elsewhere ends first
        if at_hand(item, scale):
            return
        _finish(desk, item.work(desk), commit())


def _finish(desk: Desk, result: dict, commit: str) -> None:
    item, scale = desk.item, desk.scale
    desk.product.mkdir(parents=True, exist_ok=True)
    write_json(
        result_path(item, scale),
        {
            "item": item.name,
            "recipe": item.recipe,
            "commit": commit,
            "date": time.strftime("%Y-%m-%d"),
            "machine": machine(),
            **result,
        },
    )


def machine() -> str:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    name = next((row.split(":", 1)[1].strip() for row in _cpuinfo() if row.startswith("model name")), "CPU")
    return f"{name}, {torch.get_num_threads()} thread" + "s" * (torch.get_num_threads() > 1)


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def quietly() -> None:
    """Begins this program anew where its environment does not suit small networks: one thread of arithmetic (more with
    STUDY_THREADS), and memory that is kept."""
    threads = os.environ.get("STUDY_THREADS", "1")
    wanted_environment = {**QUIET_MEMORY, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    if any(os.environ.get(name) != value for name, value in wanted_environment.items()):
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted_environment})


class Queue:
    """Runs what is left, up to `jobs` items at a time, each in a process of its own: a fork of this one, which has loaded
    PyTorch already but computed nothing with it."""

    def __init__(self, items: list[Item], scale: Scale, jobs: int):
        self.items, self.scale, self.jobs = items, scale, jobs
        self.by_name = {item.name: item for item in items}
        self.running: dict[str, multiprocessing.Process] = {}
        self.failed: set[str] = set()
        self.stopped_by: int | None = None

    def run(self) -> int:
        """The number of items that failed; those that need one of them are not tried. Stopped by a signal, it ends what
        runs and then itself."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        while self.stopped_by is None and (self._start() or self.running):
            self._collect()
            time.sleep(0.2)
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.join(10)
            process.kill()
            process.join()
        if self.stopped_by is not None:
            sys.exit(128 + self.stopped_by)
        return len(self.failed)

    def _stop(self, number: int, _frame: object) -> None:
        self.stopped_by = number

    def _log(self, item: Item) -> Path:
        return self.scale.runs / item.name / "output.txt"

    def _start(self) -> bool:
        """Starts what can be started; was there anything?"""
        started = False
        for item in wanted(self.items, self.scale):
            if len(self.running) >= self.jobs or self.stopped_by is not None:
                break
            if item.name in self.running or item.name in self.failed:
                continue
            if not all(at_hand(self.by_name[name], self.scale) for name in item.needs):
                continue
            print(f"{time.strftime('%H:%M:%S')} {item.name}: begins ({self._log(item)})", flush=True)
            process = multiprocessing.get_context("fork").Process(target=self._child, args=(item,))
            process.start()
            self.running[item.name] = process
            started = True
        return started

    def _child(self, item: Item) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._log(item).parent.mkdir(parents=True, exist_ok=True)
        output = os.open(self._log(item), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = sys.stderr = os.fdopen(output, "w", buffering=1)
        run_item(item, self.items, self.scale)

    def _collect(self) -> None:
        for name, process in list(self.running.items()):
            if process.exitcode is None:
                continue
            del self.running[name]
            if process.exitcode == 0:
                print(f"{time.strftime('%H:%M:%S')} {name}: done", flush=True)
                continue
            self.failed.add(name)
            log = self._log(self.by_name[name])
            print(f"{time.strftime('%H:%M:%S')} {name}: FAILED with {process.exitcode}; the end of {log}:", flush=True)
            print("\n".join(log.read_text().splitlines()[-15:]), flush=True)
