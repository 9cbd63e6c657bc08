"""Making a sweep: roots first, then every sampler as a fork of its root; what is there is never made again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from alviz import oracles
from alviz.assembly import check_parts, run_folder
from alviz.checks import whole
from alviz.errors import AlvizWarning, InvalidInput
from alviz.initial import initial_ids, usual_initial
from alviz.open_cycle import FOLDS
from alviz.pool import Pool
from alviz.store.arrays import KEEP, check_keep
from alviz.store.lock import acquire
from alviz.sweep import failures, plan
from alviz.sweep.call import called
from alviz.sweep.deaths import clear_marks, outcomes
from alviz.sweep.folder import Sweep
from alviz.sweep.grid import Grid, grid
from alviz.sweep.job import Job, Outcome, Settings, check_versions
from alviz.sweep.places import Place
from alviz.sweep.pools import forget, send
from alviz.sweep.progress import SweepProgress, Watch, complete
from alviz.sweep.threads import share
from alviz.sweep.workers import place
from alviz.trackers import Tracker
from alviz.trackers.tracking import made


def sweep(
    pool: Pool,
    samplers: Any,
    learners: Any = "supervised",
    seeds: Any = range(5),
    *,
    cycles: int,
    initial: Any = None,
    budget: int = 20,
    subset: int | None = None,
    oracle: Any = "truth",
    keep: Sequence[str] = KEEP,
    cross_validate: int = FOLDS,
    out: str | PathLike[str] | None = None,
    workers: int = 1,
    threads: int | None = None,
    backend: str = "processes",
    scheduler: Any = None,
    trackers: str | Tracker | Sequence[str | Tracker] = (),
    note: Any = None,
    on_progress: Callable[[SweepProgress], None] | None = None,
) -> Sweep:
    """Run every learner with every sampler and every seed, each an ordinary run in one folder.

    Runs of one learner and seed are paired: all samplers are forks at cycle 0 of one root, so that they share the
    initial set, the first weights and the first fit, which is computed once. Calling it again on the same folder goes
    on from what is there, to the last finished step of every run; more samplers, learners, seeds and cycles may be
    asked for then.

    Parameters
    ----------
    pool : Pool
    samplers, learners : name, instance, sequence of either, or mapping
        The keys of a mapping are the names in the grid; else parameters that are not the defaults are part of them.
    seeds : int or sequence of int
        How many, or which.
    cycles : int
        Acquisitions of every run, which ends with a last fit.
    initial, budget, subset, oracle, keep, cross_validate
        Those of `CycleRunner`, for all runs.
    out : path, optional
        The folder of the sweep; a temporary one by default.
    workers : int
        How many processes on this machine; 1 stays in this one. With Ray, how many runs at once; dask has its own.
    threads : int, optional
        Of BLAS, torch and faiss in each worker: by default an equal share of the cores on this machine, and 1 on a
        cluster. One worker leaves it as it is.
    backend : {"processes", "dask", "ray"}
        Clusters see the same file system: the folder, and the files of the pool's recipe.
    scheduler : str or distributed.Client, optional
        Where the cluster is.
    trackers : sequence of str or Tracker
        What every run is logged to; see `alviz.trackers`.
    note : JSON value, optional
        Kept beside the sweep.
    on_progress : callable, optional
        Called with a `SweepProgress` twice a second, in another thread.

    Returns
    -------
    Sweep
        With `failures`, if some runs failed; a warning says so.

    Raises
    ------
    InvalidInput
        For a grid that is empty, or holds a run twice.
    MissingNeeds
        If a learner of the grid does not give what a sampler needs.
    ConfigMismatch, NotARun
        If the folder holds another sweep, or something else.
    RunLocked
        If another process makes this sweep.
    DiskFull, WorkerMismatch, WorkerDied, NoScheduler
        All finished steps are kept.
    """
    asked = grid(samplers, learners, seeds)
    wanted = _Wanted(
        asked,
        whole("cycles", cycles, 1),
        Settings(
            usual_initial(pool, False) if initial is None else _plain(initial),
            whole("budget", budget, 1),
            None if subset is None else whole("subset", subset, 1),
            oracles.make(oracle),
            tuple(check_keep(keep if isinstance(keep, str) else tuple(keep))),
            whole("cross_validate", cross_validate, 0),
        ),
        made(trackers),
    )
    workers, threads = _shares(backend, whole("workers", workers, 1), threads)
    wanted = replace(wanted, cycles=_check(pool, wanted))
    folder = run_folder(out)
    plan.prepare(folder)
    with _alone(folder):
        told = plan.settle(folder, pool, asked, _recorded(wanted.settings), wanted.cycles, note)
        check_versions(told["versions"])
        with called(folder) as call, place(backend, workers, threads, scheduler, told["versions"]) as where:
            _make(folder, call, pool, wanted, where, threads, told["versions"], on_progress)
    found = Sweep(folder, plan.read(folder), pool)
    _warn(found)
    return found


@dataclass(frozen=True)
class _Wanted:
    """What a call asks for."""

    grid: Grid
    cycles: int
    settings: Settings
    trackers: tuple[Tracker, ...]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = acquire(folder, "Wait for that sweep or end that process; alviz.Sweep.open(...) reads the sweep meanwhile.")
    try:
        yield
    finally:
        lock.release()


def _make(
    folder: Path,
    call: str,
    pool: Pool,
    wanted: _Wanted,
    where: Place,
    threads: int | None,
    versions: Mapping[str, str | None],
    on_progress: Callable[[SweepProgress], None] | None,
) -> None:
    """Make all that is not there yet: roots, and when they are there, what forks them."""
    cells = [cell for cell in wanted.grid.cells if not complete(folder / cell.name, wanted.cycles)]
    if not cells:
        return
    sent = pool if where.here else send(pool, folder)
    grid = wanted.grid
    clear_marks(folder)

    def job(name: str, learner: str, seed: int) -> Job:
        part = grid.learners[learner]
        return Job(folder, call, name, None, part, None, seed, 0, wanted.settings, sent, threads, versions)

    roots = {cell.root: job(cell.root, cell.learner, cell.seed) for cell in cells}
    jobs = [
        replace(
            roots[cell.root],
            name=cell.name,
            root=cell.root,
            sampler=grid.samplers[cell.sampler],
            cycles=wanted.cycles,
            trackers=wanted.trackers,
        )
        for cell in cells
    ]
    try:
        with Watch(folder, wanted.grid.cells, wanted.cycles, where.workers, on_progress) as watch:
            lost = {}
            for outcome in outcomes(
                folder, where, [root for name, root in roots.items() if not complete(folder / name, 0)]
            ):
                if outcome.error:
                    lost[outcome.name] = outcome
            for each in [each for each in jobs if each.root in lost]:
                _note(folder, watch, replace(lost[str(each.root)], name=each.name, seconds=0.0))
            for outcome in outcomes(folder, where, [each for each in jobs if each.root not in lost]):
                _note(folder, watch, outcome)
    finally:
        forget(folder)


def _note(folder: Path, watch: Watch, outcome: Outcome) -> None:
    if outcome.error:
        failures.write(folder, outcome)
    else:
        failures.clear(folder, outcome.name)
    watch.ended(outcome)


def _check(pool: Pool, wanted: _Wanted) -> int:
    """Refuse what cannot work, before anything is trained or written; return the acquisitions that the pool has for."""
    if wanted.settings.oracle.name == "human":
        raise InvalidInput("A sweep answers by itself: oracle is 'human', expected 'truth' or a noisy one.")
    for learner in wanted.grid.learners.values():
        for sampler in wanted.grid.samplers.values():
            check_parts(pool, learner, sampler, wanted.settings.oracle)
    started = max(len(initial_ids(pool, wanted.settings.initial, seed)) for seed in wanted.grid.seeds)
    most = -(-(len(pool) - started) // wanted.settings.budget)
    if wanted.cycles > most:
        warnings.warn(
            f"cycles is {wanted.cycles}, and the pool is labeled whole after {most} acquisitions of "
            f"{wanted.settings.budget} from {started}: there are {most} cycles.",
            AlvizWarning,
            stacklevel=4,
        )
    return min(wanted.cycles, most)


def _shares(backend: str, workers: int, threads: int | None) -> tuple[int, int | None]:
    if threads is not None:
        return workers, whole("threads", threads, 1)
    if backend != "processes":
        return workers, 1
    return workers, None if workers == 1 else share(workers)


def _plain(initial: Any) -> Any:
    """Return `initial` as JSON says it: a number, a word, or a list of ids."""
    if isinstance(initial, str):
        return initial
    return initial.tolist() if hasattr(initial, "tolist") else initial if isinstance(initial, int) else list(initial)


def _recorded(settings: Settings) -> dict[str, Any]:
    return {
        "initial": settings.initial,
        "budget": settings.budget,
        "subset": settings.subset,
        "oracle": settings.oracle.config(),
        "keep": list(settings.keep),
        "cross_validate": settings.cross_validate,
    }


def _warn(found: Sweep) -> None:
    failed = failures.read(found.path)
    if failed:
        name, (error, _) = next(iter(failed.items()))
        warnings.warn(
            f"{len(failed)} of {len(found.cells)} runs failed, the first is {name!r}: {error} Sweep.failures has the "
            "tracebacks; the same call makes them again.",
            AlvizWarning,
            stacklevel=3,
        )
