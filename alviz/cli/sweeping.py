"""``alviz sweep``: many runs into one folder, from a file or a preset, with how far they are."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alviz.errors import InvalidInput

if TYPE_CHECKING:
    from alviz.registry import PartRegistry
    from alviz.sweep import Sweep, SweepProgress

_EXAMPLE = """a FILE.toml:
  data = "digits"                          # or { name = "parquet:table.parquet", label = "species" }
  samplers = ["random", "margin", { name = "typiclust", clusters = 100 }]
  learners = ["linear"]                    # default: supervised
  seeds = 5                                # how many, or which: [0, 1, 2]
  cycles = 10
  initial = 20
  budget = 20
  out = "sweeps/digits"

examples:
  alviz sweep digits.toml --workers 2
  alviz sweep digits.toml --seeds 18       # goes on: seeds that are there are not made again
  alviz sweep digits.toml --backend dask --scheduler tcp://host:8786
  alviz sweep --preset seqgcn-cifar10 --scale 0.01 --seeds 2 --data DATA --out sweeps/seqgcn
  alviz show sweeps/digits
"""

# What a file may say, beside the data and the parts: parameters of `alviz.sweep`.
_KEYS = (
    *("cycles", "initial", "budget", "subset", "keep", "cross_validate"),
    *("workers", "threads", "backend", "scheduler", "note"),
)
_FROM_SHELL = ("workers", "threads", "backend", "scheduler")
_PARTS = ("data", "samplers", "learners", "seeds", "oracle", "trackers", "out")


def add_sweep(commands: Any) -> None:
    """Add ``sweep`` to the commands."""
    parser = commands.add_parser(
        "sweep",
        help="run many samplers, learners and seeds into one folder, or go on with it",
        description="Run every learner with every sampler and every seed, paired by seed.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.toml", help="what to run; paths start from it")
    parser.add_argument("--preset", metavar="NAME", help="a paper's protocol instead: see `alviz presets`")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="of a preset: less epochs, pool and cycles, such as 0.01"
    )
    parser.add_argument("--data", metavar="PATH", help="of a preset: where its data is")
    parser.add_argument("--samplers", nargs="+", metavar="NAME", help="these alone, or more")
    parser.add_argument("--seeds", type=int, metavar="N", help="how many")
    parser.add_argument("--out", type=Path, help="the folder of the sweep")
    parser.add_argument("--workers", type=int, metavar="N", help="processes on this machine (default: 1)")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="of each worker (default: an equal share of the cores)"
    )
    parser.add_argument(
        "--backend", choices=("processes", "dask", "ray"), help="where runs are made (default: processes)"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a cluster that is running")
    parser.set_defaults(command=sweep)


def sweep(arguments: argparse.Namespace) -> int:
    """Run what a file or a preset says, print the table, and say which runs failed: exit code 1 if any did."""
    from alviz.cli.showing import show_sweep

    if (arguments.file is None) == (arguments.preset is None):
        raise InvalidInput("Give either a FILE.toml or --preset NAME: alviz sweep --help shows both.")
    if arguments.preset is None:
        return show_sweep(_from_file(arguments))
    from alviz.presets import parity

    made = _from_preset(arguments)
    code = show_sweep(made)
    print(parity(made))
    return code


def _from_preset(arguments: argparse.Namespace) -> Sweep:
    from alviz import presets

    if arguments.out is None:
        raise InvalidInput("--preset needs --out, the folder of the sweep.")
    given = {name: getattr(arguments, name) for name in (*_FROM_SHELL, "seeds", "samplers", "data")}
    with _Bar() as bar:
        return presets.run(
            arguments.preset,
            scale=arguments.scale,
            out=arguments.out,
            on_progress=bar.update,
            reading=bar.reading,
            **{name: value for name, value in given.items() if value is not None},
        )


def _from_file(arguments: argparse.Namespace) -> Sweep:
    from alviz import sweep as run
    from alviz.cli.running import pool_of

    told = read(arguments.file)
    given = {name: told[name] for name in _KEYS if name in told}
    given |= {name: value for name in _FROM_SHELL if (value := getattr(arguments, name)) is not None}
    # Parts first: they are checked in no time, a pool may take its time to be read.
    parts = made_parts(told, arguments.samplers)
    out = arguments.out if arguments.out is not None else told.get("out")
    if out is None:
        raise InvalidInput(f'{arguments.file} says no folder: add out = "sweeps/name", or give --out.')
    seeds = told.get("seeds", 5) if arguments.seeds is None else arguments.seeds
    data = told.get("data", "digits")
    params = {} if isinstance(data, str) else {name: value for name, value in data.items() if name != "name"}
    with _Bar() as bar:
        pool = pool_of(data if isinstance(data, str) else data["name"], params, bar.reading)
        return run(pool, seeds=seeds, out=out, on_progress=bar.update, **parts, **given)


def read(path: Path) -> dict[str, Any]:
    """Return what a sweep's file says; its paths start from where it stands.

    Raises
    ------
    InvalidInput
        If it cannot be read, or says what is unknown.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is no TOML: {error}. `alviz sweep --help` shows one.") from error
    known = (*_PARTS, *_KEYS)
    for name in told:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise InvalidInput(f"{path} says {name!r}, which is unknown. {hint}Known: {', '.join(known)}.")
    for name in ("samplers", "cycles"):
        if name not in told:
            raise InvalidInput(f"{path} does not say {name}. `alviz sweep --help` shows a whole file.")
    if isinstance(told.get("data"), Mapping) and "name" not in told["data"]:
        raise InvalidInput(f'{path}: data says no name, expected data = {{ name = "parquet:FILE", ... }}.')
    return _from_where_it_stands(told, path.parent)


def _from_where_it_stands(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    data = told.get("data", "digits")
    spec = data if isinstance(data, str) else data["name"]
    name, colon, path = spec.partition(":")
    if colon:
        spec = f"{name}:{folder / path}"
        told["data"] = spec if isinstance(data, str) else {**data, "name": spec}
    if "out" in told:
        told["out"] = folder / told["out"]
    return told


def made_parts(told: Mapping[str, Any], only: list[str] | None = None) -> dict[str, Any]:
    """Return the samplers, learners, oracle and trackers that a file names, as `alviz.sweep` takes them."""
    from alviz import learners, oracles, samplers, trackers

    wanted = told["samplers"] if only is None else only
    found: dict[str, Any] = {
        "samplers": _parts("samplers", samplers.registry, wanted),
        "learners": _parts("learners", learners.registry, told.get("learners", "supervised")),
    }
    if "oracle" in told:
        found["oracle"] = _parts("oracle", oracles.registry, [told["oracle"]])[0]
    if "trackers" in told:
        found["trackers"] = _parts("trackers", trackers.registry, told["trackers"])
    return found


def _parts(kind: str, registry: PartRegistry[Any], given: Any) -> list[Any]:
    """Return parts by ``"name"`` or ``{name = "...", parameter = value}``."""
    from alviz.cli.running import part

    found = []
    for one in [given] if isinstance(given, str | Mapping) else given:
        if isinstance(one, Mapping) and "name" not in one:
            raise InvalidInput(f'{kind}: {dict(one)} says no name, expected {{ name = "...", ... }}.')
        name = one if isinstance(one, str) else one["name"]
        params = {} if isinstance(one, str) else {key: value for key, value in one.items() if key != "name"}
        found.append(part(registry, name, params))
    return found


class _Bar:
    """One progress bar: acquisitions of all runs, and the time that is left."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total} acquisitions  {task.fields[more]}"),
        )
        self._progress = Progress(*columns, transient=True)
        self._task = self._progress.add_task("reading", total=None, more="")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def reading(self, done: int, total: int) -> None:
        """Show how much of a pool is read."""
        self._progress.update(self._task, description="reading", completed=done, total=max(1, total))

    def update(self, told: SweepProgress) -> None:
        """Show how far the sweep is."""
        failed = f", {told.failed} failed" if told.failed else ""
        self._progress.update(
            self._task,
            description=f"{told.runs}/{told.runs_of} runs{failed}",
            completed=told.acquisitions,
            total=told.acquisitions_of,
            more=f"{left(told.seconds_left)}  {', '.join(told.running[:2])}",
        )


def left(seconds: float | None) -> str:
    """Return how much time is left, in words."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} left" if hours else f"{minutes}:{rest:02d} left"
