"""Sweeps on a dask cluster: a real scheduler here, and workers in processes of their own."""

from __future__ import annotations

import _thread
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import runs
import workers

import alviz
from alviz import Pool, Sweep
from alviz.errors import AlvizWarning, InvalidInput, NoScheduler, WorkerMismatch
from alviz.sweep import SweepProgress

pytest.importorskip("distributed")

GRID: dict[str, Any] = {"samplers": ["random", "margin"], "seeds": 1, "cycles": 2, "initial": 12, "budget": 5}
GRID |= {"cross_validate": 0, "threads": 1}
Make = Callable[..., Sweep]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counted") / "log"


@pytest.fixture(scope="module")
def learner(log: Path) -> workers.Counting:
    return workers.Counting(log=str(log), seconds=0.7)


@pytest.fixture(scope="module")
def whole(few: Pool, learner: workers.Counting, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the runs come to in this process."""
    return stories(alviz.sweep(few, learners=learner, out=tmp_path_factory.mktemp("whole"), **GRID))


@pytest.fixture
def make(few: Pool, learner: workers.Counting, tmp_path: Path, cluster: Any) -> Make:
    told = {"learners": learner, "backend": "dask", "scheduler": cluster.scheduler_address, **GRID}
    return lambda **changes: alviz.sweep(few, out=tmp_path / "sweep", **{**told, **changes})


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("alviz.sweep.on_dask"), "ANSWER_SECONDS", 1)


def stories(sweep: Sweep) -> dict[str, Any]:
    return {run.name: runs.story(run) for run in sweep.runs}


def test_a_worker_killed_in_mid_run_loses_a_step_and_the_run_goes_on_elsewhere(
    make: Make, whole: dict[str, Any], log: Path, tmp_path: Path
) -> None:
    log.unlink()
    killed: dict[str, int] = {}

    def kill(progress: SweepProgress) -> None:
        for name, pid in workers.at_work(tmp_path / "sweep").items():
            if not killed and workers.steps(tmp_path / "sweep" / name) >= 2:
                os.kill(pid, signal.SIGKILL)
                killed[name] = pid

    sweep = make(on_progress=kill)
    assert len(killed) == 1
    assert os.getpid() not in killed.values()
    assert sweep.complete
    assert sweep.failures == {}
    assert stories(sweep) == whole
    made = workers.fits(log)
    assert len(made) == 5
    assert sum(made.values()) <= 5 + 1


def test_a_client_is_taken_and_left_open_and_an_interrupted_sweep_is_gone_on_with_at_once(
    make: Make, few: Pool, cluster: Any, tmp_path: Path
) -> None:
    from distributed import Client

    flag = tmp_path / "flag"
    changes = {"samplers": [workers.Stuck(flag=str(flag)), "margin"], "learners": "linear"}
    whole = alviz.sweep(few, out=tmp_path / "whole", **{**GRID, **changes})
    flag.touch()
    asked: list[float] = []

    def interrupt(progress: SweepProgress) -> None:
        if not asked and progress.runs == 1 and not flag.exists():
            asked.append(time.monotonic())
            _thread.interrupt_main()

    with Client(cluster.scheduler_address, set_as_default=False) as client:
        with pytest.raises(KeyboardInterrupt):
            make(scheduler=client, on_progress=interrupt, **changes)
        assert time.monotonic() - asked[0] < 5
        # A worker is in the run yet, and nobody can end it: it sees that it is not wanted, and lets go of the run.
        sweep = make(scheduler=client, **changes)
        assert time.monotonic() - asked[0] < 20
        assert client.status == "running"
        assert sweep.failures == {}
        assert stories(sweep) == stories(whole)
        assert client.futures == {}
    assert workers.at_work(sweep.path) == {}
    with pytest.raises(InvalidInput, match="connected and not asynchronous"):
        make(scheduler=client, cycles=3, **changes)


def test_a_run_that_fails_is_told_and_the_others_are_made(make: Make) -> None:
    mine = workers.Failing()
    with pytest.warns(AlvizWarning, match="1 of 2 runs failed.*ZeroDivisionError: on purpose"):
        sweep = make(samplers=[mine, "random"], learners="linear", cycles=1)
    assert [run.fitted for run in sweep.runs] == [1, 2]
    assert "in select" in next(iter(sweep.failures.values()))


@pytest.mark.filterwarnings("ignore:Mismatched versions found")  # dask sees it, too, and goes on
def test_a_worker_with_another_version_is_refused_by_name(make: Make, cluster: Any, tmp_path: Path) -> None:
    from distributed import Client

    # Metadata that is found before the real one: this worker takes its numpy for another.
    other = tmp_path / "numpy-9.9.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 9.9.9\n", encoding="ascii")
    tests = Path(__file__).parents[1]
    paths = [str(tmp_path), str(tests), str(tests.parent)]
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address, *options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            with Client(cluster.scheduler_address, set_as_default=False) as client:
                client.wait_for_workers(3, timeout=60)
            with pytest.raises(WorkerMismatch, match=rf"Process {worker.pid} on .* has numpy 9\.9\.9, not "):
                make()
        finally:
            worker.kill()
    assert Sweep.open(tmp_path / "sweep").runs == []


# -- schedulers that do not answer ----------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_a_scheduler_that_says_nothing_and_one_that_is_not_there(make: Make) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for nobody in (address, "tcp://127.0.0.1:1", "nonsense://here", ""):
            began = time.monotonic()
            with pytest.raises(NoScheduler, match=r"No dask scheduler answers at .* Start one with `dask scheduler`"):
                make(scheduler=nobody)
            assert time.monotonic() - began < 4
    with pytest.raises(InvalidInput, match="name the scheduler that is running"):
        make(scheduler=None)


@pytest.mark.usefixtures("short")
def test_a_scheduler_without_workers(make: Make) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(NoScheduler, match=r"has no worker after 1 seconds\. Start some: dask worker .* --nthreads 1"),
    ):
        make(scheduler=empty.scheduler_address)
