"""What a step does: it makes the picks that are shown real, and goes to the next cycle."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from alviz.errors import InvalidInput
from alviz.samplers import Sampler
from alviz.store import Run
from alviz.views.branch import Branch, Report

FIT, GO, RUN, FORK = "fit", "go", "run", "fork"


@dataclass(frozen=True)
class Plan:
    """What the next step of a branch is.

    Attributes
    ----------
    kind : {"fit", "go", "run", "fork"}
        A first fit; on to a cycle that is there; a new cycle; a new branch.
    branch : Branch
        Where it happens; for a fork, the branch that is forked.
    until : int
        The cycle that is fitted afterwards.
    code : str
        Python that does the same.
    """

    kind: str
    branch: Branch
    until: int
    code: str


def plan(branches: Sequence[Branch], branch: Branch, cycle: int, sampler: Sampler) -> Plan:
    """Return what a step from `cycle` of `branch` with `sampler` does."""
    if branch.run.fitted == 0:
        return Plan(FIT, branch, 0, "runner.run(until=0)")
    recorded, until = branch.recorded(cycle), cycle + 1
    if recorded is None:
        line = f"runner.run(until={until})"
        if sampler.config() != branch.sampler.config():
            line = f"runner.sampler = {sampler_code(sampler)}; {line}"
        return Plan(RUN, branch, until, line)
    if recorded == sampler.config():
        if until < branch.run.fitted:
            return Plan(GO, branch, until, f"explorer.go({until})")
        return Plan(RUN, branch, until, f"runner.run(until={until})")
    twin = _twin(branches, branch, cycle, sampler)
    if twin is not None:
        kind = GO if until < twin.run.fitted else RUN
        return Plan(kind, twin, until, f"explorer.go({until}, branch={list(branches).index(twin)})")
    return Plan(FORK, branch, until, f"runner.fork(at={cycle}, sampler={sampler_code(sampler)}).run(until={until})")


def check(step: Plan) -> None:
    """Refuse a step that would change a run that was opened to look at.

    Raises
    ------
    InvalidInput
    """
    if step.kind != GO and step.branch.runner is None:
        run = step.branch.run
        raise InvalidInput(
            f"Run {run.name!r} was opened to look at. To go on with it, show its runner: "
            f"alviz.Explorer(alviz.CycleRunner.resume({str(run.path)!r}))."
        )


def prepare(step: Plan, sampler: Sampler) -> Branch:
    """Return the branch that a step leads to, made if it is a fork; nothing is trained yet."""
    check(step)
    branch = step.branch
    if step.kind != FORK or branch.runner is None:
        return branch
    at = step.until - 1
    fork = branch.runner.fork(at=at, sampler=sampler, path=_fork_path(branch.run, at, sampler))
    return Branch(fork.history, fork)


def carry_out(step: Plan, branch: Branch, sampler: Sampler, report: Report) -> None:
    """Compute a step on the branch that it was prepared with."""
    if step.kind == GO or branch.runner is None:
        return
    if step.kind == RUN:
        branch.runner.sampler = sampler
    with branch.runner.reporting(report):
        branch.runner.run(until=step.until)


def sampler_code(sampler: Sampler) -> str:
    """Return Python that makes a sampler, parameters at their defaults left out."""
    changed = [
        f"{f.name}={getattr(sampler, f.name)!r}" for f in fields(sampler) if getattr(sampler, f.name) != f.default
    ]
    kind = type(sampler)
    where = "alviz.samplers" if kind.__module__.startswith("alviz.samplers.") else kind.__module__
    return f"{where}.{kind.__qualname__}({', '.join(changed)})"


def _twin(branches: Sequence[Branch], branch: Branch, at: int, sampler: Sampler) -> Branch | None:
    """Return the branch that already went this way from the same fit, so that no fork is made twice."""
    fit = branch.run.owner(at)
    for other in branches:
        if at < other.run.fitted and other.run.owner(at).uid == fit.uid:
            config = other.recorded(at) or (other.sampler.config() if other.run.at == at else None)
            if config == sampler.config():
                return other
    return None


def _fork_path(run: Run, at: int, sampler: Sampler) -> Path | None:
    """Return a folder beside the run's: a free one, or that of the same fork, made another day.

    A run in a temporary folder gets temporary forks.
    """
    if run.path.resolve().parent == Path(tempfile.gettempdir()).resolve():
        return None
    stem, number = f"{run.name}-fork{at}-{sampler.name}", 1
    while True:
        path = run.path.parent / (stem if number == 1 else f"{stem}-{number}")
        if not path.exists() or _is_fork(path, run, at, sampler):
            return path
        number += 1


def _is_fork(path: Path, run: Run, at: int, sampler: Sampler) -> bool:
    if not (path / "run.json").is_file():
        return False
    other = Run.open(path)
    parent = other.header["parent"]
    same = parent is not None and parent["uid"] == run.uid and parent["at"] == at
    return same and other.config["sampler"] == sampler.config()
