"""Where the runs of a sweep are made on this machine: threads, a full disk, two sweeps at once, parts of one's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import runs
import workers

import alviz
from alviz import Pool, Sweep
from alviz.errors import AlvizWarning, DiskFull, InvalidInput, NoScheduler, RunLocked
from alviz.store.files import leftovers
from alviz.store.lock import acquire

GRID: dict[str, Any] = {"samplers": ["random", "margin"], "seeds": 1, "cycles": 2, "initial": 12, "budget": 5}
GRID |= {"learners": "linear", "cross_validate": 0, "threads": 1}
Make = Callable[..., Sweep]


@pytest.fixture
def make(few: Pool, tmp_path: Path) -> Make:
    return lambda name, **changes: alviz.sweep(few, out=tmp_path / name, **{**GRID, **changes})


def stories(sweep: Sweep) -> dict[str, Any]:
    return {run.name: runs.story(run) for run in sweep.runs}


# -- threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", [1, 2])
def test_every_library_has_the_threads_that_were_asked_for(make: Make, processes: int) -> None:
    import torch

    before, environment = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    sweep = make("sweep", learners=workers.Threads(), samplers="random", cycles=1, workers=processes, threads=2)
    (run,) = sweep.runs
    for cycle in (0, 1):
        assert set(run.record(cycle).metrics.values()) == {2.0}
        assert set(run.record(cycle).metrics) == {"torch", "faiss", "least", "most", "environment"}
    assert torch.get_num_threads() == before
    assert os.environ.get("OMP_NUM_THREADS") == environment


# -- what ends a sweep ----------------------------------------------------------------------------


def test_a_disk_that_is_full_for_one_worker_stops_all_and_the_same_call_goes_on(
    make: Make, few: Pool, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    # The other run would take minutes: it is stopped.
    asked: dict[str, Any] = {"samplers": [workers.Filling(flag=str(flag)), "margin"], "workers": 2}
    asked["learners"] = workers.Counting(log=str(tmp_path / "log"), seconds=0.2)
    with pytest.raises(DiskFull, match="make the same call again"):
        make("sweep", cycles=25, budget=2, **asked)
    stopped = Sweep.open(tmp_path / "sweep", few)
    assert workers.at_work(stopped.path).keys() <= {cell.name for cell in stopped.cells}
    assert all(run.picked < 25 for run in stopped.runs)
    assert [run.picked for run in stopped.runs if "filling" in run.name] == [0]
    for run in stopped.runs:
        runs.story(run)
    before = len(workers.fits(tmp_path / "log"))
    flag.unlink()
    with pytest.raises(alviz.errors.ConfigMismatch):
        make("sweep", cycles=2, budget=5, **asked)
    asked["workers"] = 1
    ended = make("sweep", cycles=3, budget=2, **asked)
    assert all(run.fitted >= 4 for run in ended.runs)
    # The other run may have had its four fits: nobody has taken it up again then.
    assert not any(list(leftovers(run.path)) for run in ended.runs if "filling" in run.name)
    assert before < len(workers.fits(tmp_path / "log"))


def test_two_sweeps_do_not_write_one_folder(make: Make, tmp_path: Path) -> None:
    make("sweep", samplers="random", cycles=1)
    lock = acquire(tmp_path / "sweep")
    before = runs.contents(tmp_path / "sweep")
    try:
        with pytest.raises(RunLocked, match=rf"by process {os.getpid()} on .*Wait for that sweep .*Sweep.open"):
            make("sweep", cycles=2)
        assert runs.contents(tmp_path / "sweep") == before
    finally:
        lock.release()
    assert make("sweep", cycles=2).complete


def test_a_run_that_somebody_else_goes_on_with_fails_alone(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = make("sweep", cycles=1)
    monkeypatch.setattr(import_module("alviz.sweep.job"), "_PATIENCE_SECONDS", 0.3)
    lock = acquire(sweep.runs[0].path)
    try:
        with pytest.warns(AlvizWarning, match=r"1 of 2 runs failed.*RunLocked.*is being written by process"):
            again = make("sweep", cycles=2)
        assert [run.closed for run in again.runs] == [1, 2]
    finally:
        lock.release()
    assert make("sweep", cycles=2).complete


# -- parts of one's own ---------------------------------------------------------------------------

NOWHERE = """
from dataclasses import dataclass
from alviz.learners.linear import Linear

@dataclass(frozen=True)
class Lost(Linear):
    name = "lost"
"""


@pytest.fixture
def lost() -> Iterator[Any]:
    """Return a learner of a module that no other process finds."""
    module = ModuleType("nowhere_to_be_found")
    sys.modules[module.__name__] = module
    exec(NOWHERE, module.__dict__)
    yield module.Lost()
    del sys.modules[module.__name__]


def test_a_learner_that_workers_cannot_import_is_refused_in_words(make: Make, lost: Any) -> None:
    with pytest.raises(InvalidInput, match=r"defined in the notebook or script.*nowhere_to_be_found"):
        make("sweep", learners=lost, workers=2)


def test_a_learner_that_cannot_be_sent_is_refused_in_words(make: Make) -> None:
    from threading import Lock

    class Locked(workers.Counting):
        name = "locked"

    mine = Locked()
    object.__setattr__(mine, "lock", Lock())
    with pytest.raises(InvalidInput, match=r"cannot be sent to another process.*lock"):
        make("sweep", learners=mine, workers=2)


# -- Ray ------------------------------------------------------------------------------------------


def test_a_backend_that_does_not_exist_and_a_scheduler_for_processes(make: Make) -> None:
    with pytest.raises(InvalidInput, match="expected one of 'processes', 'dask', 'ray'"):
        make("sweep", backend="slurm")
    with pytest.raises(InvalidInput, match="goes with backend='dask' or 'ray'"):
        make("sweep", scheduler="tcp://here:8786")


@pytest.mark.skipif("ALVIZ_RAY" not in os.environ, reason="Ray takes a minute to start: set ALVIZ_RAY=1")
@pytest.mark.filterwarnings("default")
def test_ray_makes_the_same(make: Make, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    whole = make("whole")
    sweep = make("sweep", backend="ray", workers=2)
    assert sweep.complete
    assert stories(sweep) == stories(whole)
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert not ray.is_initialized()


def test_a_ray_cluster_that_is_not_there(make: Make) -> None:
    pytest.importorskip("ray")
    with pytest.raises(NoScheduler, match=r"No Ray cluster answers at '127\.0\.0\.1:1'.*ray start --head"):
        make("nobody", backend="ray", scheduler="127.0.0.1:1")
