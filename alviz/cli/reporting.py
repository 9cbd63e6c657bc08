"""``alviz report``: runs as one page that needs no kernel."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alviz.errors import InvalidInput

if TYPE_CHECKING:
    from alviz.pool import Pool

_METHOD = "map methods, see alviz.maps.names() (default: tsne); layouts that are missing are computed"
_BASE = "points of the base sample that maps are computed on, or 'all' (default: 20000)"
_COMPARE = "samplers that are asked what they would pick at each cycle"


def add_report(commands: Any) -> None:
    """Add the command to the parser's commands."""
    one = commands.add_parser("report", help="write runs as one page that needs no kernel and no network")
    one.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders, all on one pool")
    one.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the page, for example report.html")
    one.add_argument("--method", nargs="+", default=["tsne"], metavar="NAME", help=_METHOD)
    one.add_argument("--base", default=None, metavar="N", help=_BASE)
    one.add_argument("--compare", nargs="+", default=[], metavar="SAMPLER", help=_COMPARE)
    one.add_argument("--at", nargs="+", type=int, metavar="CYCLE", help="ask them at these cycles only")
    one.add_argument("--data", metavar="NAME[:PATH]", help="the pool, where the runs cannot load it by themselves")
    one.add_argument("--title", default="", help="by default the name of the pool")
    one.set_defaults(command=report)


def report(arguments: argparse.Namespace) -> int:
    """Write a report, with a progress bar, and print where it is and how large."""
    from alviz.maps.base import BASE_SIZE
    from alviz.report import report as write
    from alviz.store import Run

    base = BASE_SIZE if arguments.base is None else _base(arguments.base)
    pool = _pool(arguments.data)
    runs = [Run.open(path, pool) for path in arguments.runs]
    with _Bar() as bar:
        path = write(
            *runs,
            path=arguments.out,
            method=arguments.method,
            base=base,
            compare=arguments.compare,
            compare_at=arguments.at,
            pool=pool,
            title=arguments.title,
            command=_command(arguments),
            progress=bar.update,
        )
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB): open it in a browser, it needs nothing else.")
    return 0


def _base(given: str) -> int | None:
    if given == "all":
        return None
    try:
        return int(given)
    except ValueError as error:
        raise InvalidInput(f"--base is {given!r}, expected a number or 'all'.") from error


def _pool(spec: str | None) -> Pool | None:
    from alviz import datasets

    return None if spec is None else datasets.load(spec)


def _command(arguments: argparse.Namespace) -> str:
    """Return the command as it was given, in one order."""
    words = ["alviz", "report", *map(str, arguments.runs), "-o", str(arguments.out), "--method", *arguments.method]
    for name in ("base", "data", "title"):
        if getattr(arguments, name):
            words += [f"--{name}", getattr(arguments, name)]
    if arguments.compare:
        words += ["--compare", *arguments.compare]
    if arguments.at:
        words += ["--at", *map(str, arguments.at)]
    return shlex.join(words)


class _Bar:
    """One progress bar: what is being done for the page."""

    _WORDS = {  # noqa: RUF012 - never changed
        "ask": "asking samplers",
        "adjacency": "adjacency accuracy",
        "map": "maps",
        "thumbnails": "thumbnails",
        "write": "writing",
    }

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description:<18}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, transient=True)
        self._task = self._progress.add_task("reading", total=1)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def update(self, phase: str, done: int, total: int) -> None:
        words = self._WORDS.get(phase, phase)
        self._progress.update(self._task, description=words, completed=done, total=max(1, total))
