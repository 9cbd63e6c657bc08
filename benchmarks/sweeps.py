"""What a sweep costs beside its runs, and what it takes to look at a large one.

    python benchmarks/sweeps.py --out sweeps/bench          # overhead of one worker; two workers against one, in turn
    python benchmarks/sweeps.py --out sweeps/bench --large  # 1,000 runs of 10 cycles: `alviz show`, size on disk

*Overhead* is the wall time of a sweep in this process against the seconds that its runs recorded for their phases: a
small CNN on digits, the seven samplers of `claims.py`, 10 cycles. The same with two seeds is then made by one worker
with one thread and by two with one thread each, which are started anew.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import alviz
from alviz.cli import main as command

SAMPLERS = ("random", "margin", "coreset", "uncertain_gcn", "core_gcn", "revival", "jlp")
# Fast ones: a thousand runs are there to be listed.
MANY = (
    "random",
    "margin",
    "entropy",
    "least_confidence",
    "coreset",
    "badge",
    "k_median",
    "maxherding",
    "typiclust",
    "cdal",
)


def recorded(made: alviz.Sweep) -> float:
    """Return the seconds of all phases of all runs and of their roots, each fit once."""
    roots = {cell.root for cell in made.cells}
    runs = [*made.runs, *(alviz.Run.open(made.path / root, made.pool) for root in roots)]
    total = 0.0
    for run in runs:
        for cycle in range(run.fitted):
            for stage in ("fit", "pick", "labels"):
                if run.owner(cycle, stage) is run and run.folder(cycle, stage).is_dir():
                    total += sum(phase["seconds"] for phase in run.stage(cycle, stage)["phases"].values())
    return total


def timed(out: Path, **changes: Any) -> tuple[float, alviz.Sweep]:
    """Return the seconds of a sweep, and the sweep."""
    shutil.rmtree(out, ignore_errors=True)
    told: dict[str, Any] = {"samplers": SAMPLERS, "seeds": 1, "cycles": 10, "initial": 20, "budget": 20, **changes}
    pool = alviz.datasets.digits()
    start = time.perf_counter()
    made = alviz.sweep(pool, out=out, **told)
    return time.perf_counter() - start, made


def overhead(out: Path) -> None:
    """Print the wall time against the recorded seconds, and two workers against one."""
    timed(out / "warm", seeds=1, cycles=1)  # torch is imported, the pool is read
    seconds, made = timed(out / "alone")
    phases = recorded(made)
    print(
        f"one worker: {seconds:.1f} s, its phases {phases:.1f} s, {seconds / phases:.3f}x, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    one, _ = timed(out / "one", seeds=2, threads=1)
    two, _ = timed(out / "two", seeds=2, workers=2, threads=1)
    print(f"one worker with one thread {one:.1f} s, two with one each {two:.1f} s with their start, {one / two:.2f}x")


def large(out: Path) -> None:
    """Print what 1,000 runs of 10 cycles take on disk, and how long `alviz show` takes."""
    digits = alviz.datasets.digits()
    pool = digits.subset(300, seed=0)
    start = time.perf_counter()
    made = alviz.sweep(
        pool, MANY, "linear", 100, cycles=10, initial=20, budget=5, keep=(), out=out / "large", workers=2, threads=1
    )
    print(f"{len(made.runs)} runs of 10 cycles: {time.perf_counter() - start:.0f} s if none was there")
    files = [path for path in made.path.rglob("*") if path.is_file()]
    size, blocks = (
        sum(values) for values in zip(*((f.stat().st_size, 512 * f.stat().st_blocks) for f in files), strict=True)
    )
    print(f"{len(files):,} files, {size / 1e6:.0f} MB, {blocks / 1e6:.0f} MB of blocks")
    for _ in range(3):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            command(["show", str(made.path)])
        print(f"alviz show: {time.perf_counter() - start:.2f} s, load {os.getloadavg()[0]:.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", alviz.AlvizWarning)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (large if arguments.large else overhead)(arguments.out)


if __name__ == "__main__":
    main()
