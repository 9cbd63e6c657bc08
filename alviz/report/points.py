"""The points of a page's map: which they are, where they lie in each cycle, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures import ranks
from alviz.maps import Layouts
from alviz.maps.base import BASE_SIZE, base_sample
from alviz.part import Report, silent
from alviz.report.asked import Answers
from alviz.report.branches import Branches
from alviz.report.columns import Columns
from alviz.scenes import NONE, Rows, Scene, codes, fit_name, head, recorded_ids, trust, wanted
from alviz.store import Run


class Points:
    """Fills the columns of a page.

    What a page can work out itself is not in it: who is labeled when, right or wrong, colors.

    Parameters
    ----------
    answers : Answers
    base : int or None
        Points of the base sample; None for the whole pool.
    """

    def __init__(self, answers: Answers, base: int | None = BASE_SIZE) -> None:
        self._answers = answers
        self._branches: Branches = answers.branches
        self.columns = Columns()
        size = self._branches.runs[0].size
        self._layouts = Layouts(max(size, 1) if base is None else base)
        self.base = base_sample(size, size if base is None else base)
        self.rows = Rows(self.base, size)
        self.rows.add(recorded_ids(self._branches.runs))
        for branch, run in enumerate(self._branches.runs):
            for cycle in range(run.fitted):
                for mark in answers.marks(branch, cycle):
                    self.rows.add(mark.ids)

    def fits(self) -> Iterator[tuple[Run, int]]:
        """Yield every fit once: those that forks share with their parents are one."""
        seen = set()
        for run in self._branches.runs:
            for cycle in range(run.fitted):
                name = fit_name(run, cycle)
                if name not in seen:
                    seen.add(name)
                    yield run, cycle

    def fill(self, methods: Sequence[str], report: Report = silent) -> None:
        """Compute every column; layouts that are not kept beside the runs are computed."""
        self.columns.add("ids", self.rows.ids.astype(np.uint32))
        self._add_truth()
        for branch in range(len(self._branches.runs)):
            self._add_labels(branch)
            self._add_marks(branch)
        for run, cycle in self.fits():
            self._add_prediction(run, cycle)
        self._add_layouts(methods, report)

    def _add_truth(self) -> None:
        """Add what the pool knows; what only an answer tells is the page's to add from the cycle on."""
        pool, classes = self._branches.pool, len(self._branches.runs[0].classes)
        truth = np.full(self._branches.runs[0].size, -1) if pool is None else pool.y
        self.columns.add("truth", counted(truth[self.rows.ids], classes))

    def _add_labels(self, branch: int) -> None:
        """Add when each point of a run was labeled, 0 at the start and k + 1 in cycle k, and as what."""
        run = self._branches.runs[branch]
        last = Scene(run, run.fitted - 1, run.record(run.fitted - 1), run.labeled(run.fitted - 1), None, None)
        self.columns.add(f"acquired|{branch}", counted(last.acquired[self.rows.ids], run.fitted))
        # Without a pool the truth of a scene is what was answered.
        self.columns.add(f"answer|{branch}", counted(last.truth[self.rows.ids], len(run.classes)))

    def _add_marks(self, branch: int) -> None:
        """Add picks; of those on disk also how wanted each was, and where each example stood among the candidates."""
        run = self._branches.runs[branch]
        for cycle in range(run.fitted):
            marks = self._answers.marks(branch, cycle)
            for mark in marks:
                if mark.key not in self.columns:
                    self.columns.add(mark.key, mark.ids.astype(np.uint32))
            picked = run.selection(cycle)
            if picked is not None and f"score|{marks[0].key}" not in self.columns:
                self.columns.add(f"score|{marks[0].key}", percentiles(picked.scores)[self.rows.ids])
                self.columns.add(f"wanted|{marks[0].key}", percents(wanted(picked)))

    def _add_prediction(self, run: Run, cycle: int) -> None:
        name = fit_name(run, cycle)
        if not run.has(cycle, "fit", "probs"):
            return
        probs = run.array(cycle, "fit", "probs")
        scene = Scene(run, cycle, run.record(cycle), run.labeled(cycle), probs, None)
        self.columns.add(f"prediction|{name}", counted(scene.prediction[self.rows.ids], len(run.classes)))
        surest = np.asarray(probs[self.rows.ids], dtype=np.float32).max(axis=1)
        self.columns.add(f"sure|{name}", percents(surest))
        for coloring in ("entropy", "margin"):
            shares = codes(scene, coloring)[self.rows.ids]
            self.columns.add(f"{coloring}|{name}", percents(np.where(shares == NONE, -1.0, shares / (NONE - 1))))

    def _add_layouts(self, methods: Sequence[str], report: Report) -> None:
        shown = [(run, cycle) for run, cycle in self.fits() if run.has(cycle, "fit", "features")]
        whole = len(methods) * len(shown)
        for done, (method, (run, cycle)) in enumerate((method, fit) for method in methods for fit in shown):

            def progress(part: int, total: int, done: int = done) -> None:
                report("map", round(1000 * (done + part / max(total, 1))), 1000 * whole)

            layout = self._layouts.of(run, cycle, method, self.rows.ids, progress)
            key = f"layout|{layout.method}|{fit_name(run, cycle)}"
            self.columns.add_places(key, self.rows.place(layout), {"head": head(layout), "right": trust(layout)})


def counted(labels: NDArray[np.int64], n: int) -> NDArray[Any]:
    """Return numbers 0..n-1 as uint8, or uint16 where there are more; the dtype's largest for negative ones."""
    kind = np.uint8 if n <= NONE else np.uint16
    return np.where(labels < 0, np.iinfo(kind).max, labels).astype(kind)


def percents(shares: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return shares 0..1 as whole percents, 255 for negative ones and NaN: finer than a color or a text tells."""
    there = shares >= 0
    return np.where(there, np.rint(100 * np.where(there, shares, 0).clip(0, 1)), NONE).astype(np.uint8)


def percentiles(scores: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the share of other candidates below each score, equal ones counted half, in percents rounded down."""
    shares = ranks(scores).astype(np.float64)
    # A share in single precision may fall a hair short of the percent that it is.
    return np.where(shares < 0, NONE, np.floor(100 * shares + 1e-4)).astype(np.uint8)
