"""A sweep as it stands on disk: reads only, and always what is there now."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alviz import recorded
from alviz.errors import InvalidInput, PoolMissing, UnknownName
from alviz.pool import Pool
from alviz.store import Run
from alviz.sweep import agreements, failures, plan
from alviz.sweep.grid import Cell, cells_of
from alviz.sweep.progress import complete

if TYPE_CHECKING:
    import pandas as pd


class Sweep:
    """A recorded sweep. Open it with `Sweep.open`.

    Attributes
    ----------
    path : Path
    plan : dict
        What ``sweep.json`` says.
    """

    def __init__(self, path: Path, plan: dict[str, Any], pool: Pool | None = None) -> None:
        self.path = path
        self.plan = plan
        self._pool = pool
        self._runs: dict[str, Run] = {}

    @classmethod
    def open(cls, path: str | PathLike[str], pool: Pool | None = None) -> Sweep:
        """Open a sweep for reading.

        Parameters
        ----------
        path : path
        pool : Pool, optional
            Needed only for images, and only where its recipe cannot load it.

        Raises
        ------
        NotARun, NewerSchema, DamagedFile
        """
        folder = Path(path).absolute()
        return cls(folder, plan.read(folder), pool)

    @classmethod
    def example(cls, name: str) -> Sweep:
        """Open a recorded sweep that comes with alviz; `Run.example` opens one run of it.

        Parameters
        ----------
        name : str
            One of ``alviz.recorded.names()``.

        Raises
        ------
        UnknownName
        """
        return cls.open(recorded.find(name).path)

    def __repr__(self) -> str:
        cells, done, failed = self.cells, sum(self._complete(cell) for cell in self.cells), len(self.failures)
        ended = f"{done} of {len(cells)} runs complete" + (f", {failed} failed" if failed else "")
        kinds = [f"{len(self.plan['samplers'])} samplers", f"{len(self.plan['seeds'])} seeds"]
        if len(self.plan["learners"]) > 1:
            kinds.insert(0, f"{len(self.plan['learners'])} learners")
        return f"Sweep({self.name!r}, {' × '.join(kinds)}, {ended})"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def note(self) -> Any:
        """What whoever made it left beside it, such as the preset; None for nothing."""
        return self.plan["note"]

    @property
    def cells(self) -> list[Cell]:
        """Every run of the grid, seed by seed; also those that are not there yet."""
        return cells_of(self.plan["learners"], self.plan["samplers"], self.plan["seeds"])

    @property
    def runs(self) -> list[Run]:
        """The runs that have a fit, seed by seed; the roots, which are nobody's run, are left out."""
        found = []
        for cell in self.cells:
            if cell.name not in self._runs and (self.path / cell.name / "run.json").is_file():
                self._runs[cell.name] = Run.open(self.path / cell.name, self._pool)
            if cell.name in self._runs:
                found.append(self._runs[cell.name])
        return found

    def run(self, sampler: str, seed: int | None = None, learner: str | None = None) -> Run:
        """Return one run; the first seed and learner by default.

        Raises
        ------
        UnknownName
            If the grid has no such sampler or learner.
        InvalidInput
            If it has no such seed, or the run is not there yet.
        """
        learner = next(iter(self.plan["learners"])) if learner is None else learner
        seed = self.plan["seeds"][0] if seed is None else seed
        for kind, name in (("sampler", sampler), ("learner", learner)):
            if name not in self.plan[f"{kind}s"]:
                raise UnknownName(f"{kind} in the sweep {self.name!r}", name, self.plan[f"{kind}s"])
        cell = Cell(learner, sampler, seed)
        found = next((run for run in self.runs if run.name == cell.name), None)
        if found is None:
            raise InvalidInput(
                f"The sweep {self.name!r} has no run {cell.name!r}"
                + (f" yet: {self!r}." if cell in self.cells else f": its seeds are {self.plan['seeds']}.")
            )
        return found

    def agreement(self, cycle: int | None = None, seed: int | None = None) -> pd.DataFrame:
        """Return how far samplers agree at cycles of this sweep, as it was recorded; `alviz.compare` finds it anew.

        At one run's cycles every sampler was asked what it would pick.

        Parameters
        ----------
        cycle, seed : int, optional
            Only those.

        Returns
        -------
        DataFrame
            One row per seed, cycle and two samplers ``a`` and ``b``: ``picks`` in common (Jaccard), rank correlation
            of their ``scores``, and what `Comparison.agreement` says of their pseudo-labels.

        Raises
        ------
        InvalidInput
            If nothing was recorded, for that cycle or seed or at all.
        """
        import pandas as pd

        rows = agreements.read(self.path)
        frame = pd.DataFrame([row for row in rows if cycle in (None, row["cycle"]) and seed in (None, row["seed"])])
        if frame.empty:
            there = sorted({row["cycle"] for row in rows}), sorted({row["seed"] for row in rows})
            known = (
                f"There is at cycles {there[0]} of seeds {there[1]}."
                if rows
                else "There is none: alviz.compare(run, cycle, samplers)."
            )
            asked = ", ".join(
                f"{name}={value}" for name, value in (("cycle", cycle), ("seed", seed)) if value is not None
            )
            raise InvalidInput(f"The sweep {self.name!r} records no agreement{asked and f' for {asked}'}. {known}")
        return frame

    @property
    def failures(self) -> dict[str, str]:
        """The traceback of every run that failed, by its name."""
        return {name: traceback for name, (_, traceback) in self.errors.items()}

    @property
    def errors(self) -> dict[str, tuple[str, str]]:
        """What every run that failed raised, in a line and as a traceback, by its name."""
        return failures.read(self.path)

    @property
    def complete(self) -> bool:
        """Whether every run of the grid has its last fit."""
        return all(self._complete(cell) for cell in self.cells)

    @property
    def pool(self) -> Pool:
        """The examples: as given, or loaded by the recipe.

        Raises
        ------
        PoolMissing
        """
        if self._pool is None:
            runs = self.runs
            if not runs:
                raise PoolMissing(
                    f"The sweep {self.name!r} has no run yet: pass the pool, Sweep.open(path, pool=pool)."
                )
            self._pool = runs[0].pool
        return self._pool

    def _complete(self, cell: Cell) -> bool:
        return complete(self.path / cell.name, self.plan["cycles"])
