"""A sweep as it stands on disk: reads only, and always what is there now."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from alviz.errors import InvalidInput, PoolMissing, UnknownName
from alviz.pool import Pool
from alviz.store import Run
from alviz.sweep import failures, plan
from alviz.sweep.grid import Cell
from alviz.sweep.progress import complete


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
        told = self.plan
        return [
            Cell(learner, sampler, seed)
            for seed in told["seeds"]
            for learner in told["learners"]
            for sampler in told["samplers"]
        ]

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

    @property
    def failures(self) -> dict[str, str]:
        """The traceback of every run that failed, by its name."""
        return {name: traceback for name, (_, traceback) in failures.read(self.path).items()}

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
