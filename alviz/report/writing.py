"""Writing a report: checked, asked, laid out, and then there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

from alviz import maps
from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.maps.base import BASE_SIZE
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.report import about, curves
from alviz.report.asked import Answers, ask_all
from alviz.report.branches import Branches
from alviz.report.page import embedded, page, room_left
from alviz.report.points import Points
from alviz.report.sheets import MOST_BYTES, sheets, wanted
from alviz.samplers import Sampler
from alviz.scenes import catalog, recorded_ids
from alviz.store import Run
from alviz.store.files import no_room

# Bytes beside what is counted: the frame of the page.
_SPARE = 20_000


def report(
    *runs: Run,
    path: str | PathLike[str],
    method: str | Sequence[str] = "tsne",
    base: int | None = BASE_SIZE,
    compare: Sequence[str | Sampler] = (),
    compare_at: Collection[int] | None = None,
    pool: Pool | None = None,
    title: str = "",
    command: str = "",
    progress: Report = silent,
) -> Path:
    """Write runs on one pool as one HTML file that needs no network and no kernel.

    The page steps through the cycles of every run on the selection map, beside test accuracy, adjacency accuracy
    (where it was computed before, or the pool has at most 5,000 examples), the agreement of the picks, thumbnails,
    costs, and what the runs were made with. With one map method it takes at most 3 MB and 12 bytes for each point
    of the base sample and each fit; a further one adds 6 bytes to the 12. Thumbnails take what room there is, up to
    1.5 MB, and the page says how many it leaves out.

    Parameters
    ----------
    *runs : Run
        Runs that differ in their seed alone are one line with a band in the curves.
    path : path
        The file to write; one that is there is replaced when the new one is complete.
    method : str or sequence of str
        Map methods (``alviz.maps.names()``); layouts that are not beside the runs yet are computed and kept there.
    base : int or None
        Points of the base sample, beside which all labeled and picked examples are on the map; None for all.
    compare : sequence of str or Sampler
        Samplers that are asked what they would pick at each fit.
    compare_at : collection of int, optional
        The cycles at which they are asked; all by default.
    pool : Pool, optional
        For runs whose recipe cannot load it; without a pool there are no thumbnails.
    title : str
        By default the name of the pool.
    command : str
        What the page says made it; by default the call.
    progress : callable
        Called with (phase, done, total), phase one of ask, adjacency, map, thumbnails, write; what it raises ends
        the work and leaves no file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidInput
        For runs without a fit or on different pools, and a path that cannot be written.
    MissingNeeds, ArrayDropped
        If a compared sampler cannot answer.
    """
    branches = Branches.of(runs, pool)
    if base is not None:
        base = whole("base", base, 1)
    methods = _methods(method)
    file = Path(path)
    with _replacing(file) as draft:
        answers = ask_all(branches, compare, compare_at, progress)
        adjacency = curves.adjacency_accuracy(branches, progress)
        points = Points(answers, base)
        points.fill(methods, progress)
        told = {
            "title": title or str(branches.runs[0].header["pool"]["name"]),
            "command": command or _call(branches, file, methods, compare),
            "accuracy": curves.accuracy(branches),
            "adjacency": adjacency,
            **_content(answers, points, methods),
        }
        ids = wanted(answers, points.rows.ids)
        used = points.columns.size + len(embedded(told)) + _SPARE
        room = room_left(len(points.base), sum(1 for _ in points.fits()), len(methods), used)
        told["thumbnails"] = sheets(branches.pool, ids, min(room, MOST_BYTES), progress)
        progress("write", 0, 1)
        told["columns"] = points.columns.told
        draft.write_text(page(told["title"], told, told["alviz"]), encoding="utf-8")
        progress("write", 1, 1)
    return file


def _content(answers: Answers, points: Points, methods: Sequence[str]) -> dict[str, Any]:
    """Return all that a page says, but for columns, curves and thumbnails."""
    from alviz import __version__

    branches = answers.branches
    runs = branches.runs
    longest = max(run.fitted for run in runs)
    titles = maps.titles()
    return {
        "alviz": __version__,
        "written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "catalog": _shown(answers, points),
        "methods": [
            {"name": name, "title": titles[name]}
            for name in methods
            if any(key.startswith(f"layout|{name}|") for key in points.columns.told)
        ],
        "cycles": [about.cycles(run) for run in runs],
        "between": [answers.between(cycle) for cycle in range(longest)],
        "asked": [[answers.matrix(branch, cycle) for cycle in range(run.fitted)] for branch, run in enumerate(runs)],
        "pool": about.pool_facts(branches),
        "pooled": branches.pool is not None,
        "madeWith": about.made_with(branches),
        "rowNames": about.row_names(branches, recorded_ids(runs).tolist()),
    }


def _shown(answers: Answers, points: Points) -> dict[str, Any]:
    """Return the catalog with the colorings that the page's columns can paint."""
    branches = answers.branches
    told = catalog(branches.runs, branches.names, answers.marks)
    kinds = {key.split("|")[0] for key in points.columns.told}
    needs = {"right": "prediction", "class": "truth"}
    told["colorings"] = {name: kind for name, kind in told["colorings"].items() if needs.get(name, name) in kinds}
    return told


def _methods(given: str | Sequence[str]) -> list[str]:
    names = [given] if isinstance(given, str) else list(dict.fromkeys(given))
    if not names:
        raise InvalidInput(f"method is empty, expected one of {', '.join(maps.names())}.")
    return [maps.make(name).name for name in names]


def _call(branches: Branches, file: Path, methods: Sequence[str], compare: Sequence[str | Sampler]) -> str:
    """Return the command line that makes the same page."""
    words = ["alviz report", *(run.name for run in branches.runs), "-o", file.name, "--method", *methods]
    names = [name if isinstance(name, str) else name.name for name in compare]
    return " ".join([*words, *(["--compare", *names] if names else [])])


@contextmanager
def _replacing(file: Path) -> Iterator[Path]:
    """Yield a file beside `file` to write; it takes its name when the block ends well, else it is removed.

    It is made at once, so that a path that cannot be written is known before the work.
    """
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder, expected a file to write, for example {file / 'report.html'}.")
    if not file.parent.is_dir():
        raise InvalidInput(f"There is no folder {file.parent} to write {file.name} into: make it first.")
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        draft.touch()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror or error}.") from error
    try:
        with no_room(file):
            yield draft
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
