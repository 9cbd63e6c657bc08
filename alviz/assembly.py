"""Putting a run together: parts that go with each other, made anew or from a record."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from alviz.asking import LABELS, MODEL, TRUTH, check_needs, knows_truth
from alviz.checks import whole
from alviz.errors import InvalidInput, UnknownName
from alviz.learners import Learner
from alviz.oracles import Oracle
from alviz.pool import Pool
from alviz.samplers import Sampler
from alviz.store import Run, Store
from alviz.store.arrays import check_keep
from alviz.store.writer import resume_equal


def check_parts(pool: Pool, learner: Learner, sampler: Sampler, oracle: Oracle) -> None:
    """Refuse parts that do not go together, before anything is trained or written."""
    check_needs(sampler, at_most(learner.check(pool), oracle), f"the learner {learner.name!r}")


def at_most(gives: frozenset[str], oracle: Oracle) -> frozenset[str]:
    """Return the most that samplers will find in a run whose learner gives `gives`."""
    return gives | LABELS | (TRUTH if knows_truth(oracle.config()) else frozenset())


def recorded_part(kind: Any, config: dict[str, Any], given: Any, what: str) -> Any:
    """Return the part of a recorded config: the one given if there is one, else made by its name."""
    if given is not None:
        part = kind.make(given)
        if part.config() != config:
            raise InvalidInput(f"The run was made with the {what} {config}, not {part.config()}.")
        return part
    try:
        return kind.make(config)
    except (UnknownName, InvalidInput, TypeError) as error:
        raise InvalidInput(
            f"The {what} of this run cannot be made from its record ({config}): {error} "
            f"Pass it: CycleRunner.resume(path, {what}=...)."
        ) from error


def last_sampler(run: Run) -> dict[str, Any]:
    """Return the config of the sampler that was set when the run picked last."""
    picked = run.picked
    if picked and (run.at is None or picked > run.at):
        return dict(run.stage(picked - 1, "pick")["wanted"])
    return dict(run.config["sampler"])


def stays_whole(run: Run, cycle: int, sampler: Sampler) -> bool:
    """Whether ``keep=`` leaves what a sampler may look at in a fit; weights are for those that ask the model."""
    names = run.stage(cycle, "fit")["arrays"]
    return all(run.keeps(name) for name in names if name != "weights" or sampler.at(cycle).needs & MODEL)


def forked(
    run: Run,
    at: int,
    pool: Pool,
    learner: Learner,
    sampler: Sampler,
    oracle: Oracle,
    path: str | PathLike[str] | None,
    keep: Sequence[str] | None,
) -> Store:
    """Return the writer of a fork of a run: of the one that stands at `path` and was made just so, else of a new one.

    The fit at the fork is shared while the learner is the same and the run keeps all that the sampler may look at.
    """
    if whole("at", at, 0) > run.closed:
        raise InvalidInput(
            f"A fork is made at a cycle from 0 to {run.closed}, got {at}: cycles before it must be labeled."
        )
    check_parts(pool, learner, sampler, oracle)
    config = {**run.config, "learner": learner.config(), "sampler": sampler.config()}
    if keep is not None:
        config["keep"] = check_keep(keep if isinstance(keep, str) else tuple(keep))
    store = None if path is None else resume_equal(Path(path), pool, run.seed, config, run, at)
    if store is not None:
        return store
    same = at < run.fitted and run.stage(at, "fit")["learner"] == learner.config()
    shares = same and stays_whole(run, at, sampler)
    return Store.create(run_folder(path), pool, run.seed, config, run.initial, run, at, shares)


def run_folder(path: str | PathLike[str] | None) -> Path:
    """Return the run folder; a temporary one is removed at the end of the process, since forks may stand on it."""
    if path is not None:
        return Path(path).absolute()
    folder = Path(tempfile.mkdtemp(prefix="alviz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
