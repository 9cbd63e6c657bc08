"""Workers and whole sweeps that are killed or interrupted: a step is lost at most, and the end is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
import runs
import workers

import alviz
from alviz import Pool, Sweep
from alviz.errors import AlvizWarning
from alviz.samplers.random import Random
from alviz.sweep import SweepProgress

GRID: dict[str, Any] = {"samplers": ["random", "margin"], "seeds": 1, "cycles": 2, "initial": 12, "budget": 5}
GRID |= {"cross_validate": 0, "threads": 1}


def stories(sweep: Sweep) -> dict[str, Any]:
    return {run.name: runs.story(run) for run in sweep.runs}


def learner(folder: Path, seconds: float) -> workers.Counting:
    return workers.Counting(log=str(folder / "log"), seconds=seconds)


class Killer:
    """Kills the worker of a run, once, when the run has so many steps and is in its next."""

    def __init__(self, sweep: Path, steps: int) -> None:
        self.sweep, self.steps = sweep, steps
        self.killed: str | None = None

    def __call__(self, progress: SweepProgress) -> None:
        for name, pid in workers.at_work(self.sweep).items():
            if self.killed is None and pid != os.getpid() and workers.steps(self.sweep / name) >= self.steps:
                os.kill(pid, signal.SIGKILL)
                self.killed = name


def test_a_worker_killed_in_mid_run_loses_a_step(few: Pool, tmp_path: Path) -> None:
    mine = learner(tmp_path, 0.7)
    whole = alviz.sweep(few, learners=mine, out=tmp_path / "whole", **GRID)
    in_one_go = workers.fits(tmp_path / "log")
    assert set(in_one_go.values()) == {1}
    assert len(in_one_go) == 1 + 2 * 2  # the root's, and two more of each run: its first is the root's
    (tmp_path / "log").unlink()
    kill = Killer(tmp_path / "sweep", 3)
    sweep = alviz.sweep(few, learners=mine, out=tmp_path / "sweep", workers=2, on_progress=kill, **GRID)
    assert kill.killed is not None
    assert sweep.complete
    assert sweep.failures == {}
    assert stories(sweep) == stories(whole)
    made = workers.fits(tmp_path / "log")
    assert made.keys() == in_one_go.keys()
    # joblib ends all workers when one dies: each of the two runs may have lost the fit that it was at, and no more.
    twice = [fit for fit, times in made.items() if times > 1]
    assert len(twice) <= 2
    assert set(made.values()) <= {1, 2}


def test_a_run_that_always_kills_its_worker_fails_and_the_others_are_made(few: Pool, tmp_path: Path) -> None:
    grid = {**GRID, "samplers": [workers.Fatal(), "random", "margin"]}
    mine = learner(tmp_path, 0.3)
    with pytest.warns(AlvizWarning, match="1 of 3 runs failed.*took its worker with it 3 times"):
        sweep = alviz.sweep(few, learners=mine, out=tmp_path / "sweep", workers=2, **grid)
    assert list(sweep.failures) == [next(cell.name for cell in sweep.cells if cell.sampler == "fatal")]
    assert [run.closed for run in sweep.runs] == [0, 2, 2]
    whole = alviz.sweep(few, learners=mine, out=tmp_path / "whole", **GRID)
    expected = stories(whole)
    assert {name: story for name, story in stories(sweep).items() if name in expected} == expected


# -- the sweeping process itself ------------------------------------------------------------------


@dataclass(frozen=True)
class Mine(workers.Counting):
    """What the script defines."""

    name: ClassVar[str] = "mine"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start the sweep of script.py, and wait until each of two workers began a fit of its run."""
    started: list[subprocess.Popen[str]] = []
    log = tmp_path / "log"

    def begun_fits() -> int:
        return log.read_text(encoding="ascii").count("\n") if log.exists() else 0

    def go() -> subprocess.Popen[str]:
        tests = Path(__file__).parents[1]
        begun = begun_fits()
        process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("script.py")),
                str(tmp_path / "sweep"),
                str(tmp_path / "log"),
                json.dumps(GRID),
            ],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]), "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        wait_for(
            lambda: (
                process.poll() is not None
                or (len(workers.at_work(tmp_path / "sweep")) == 2 and begun_fits() >= begun + 2)
            ),
            200,
        )
        assert process.poll() is None
        return process

    yield go
    for process in started:
        process.kill()
        process.communicate()


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "that took too long"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_sweep_that_is_interrupted_and_one_that_is_killed_leave_no_worker_and_can_be_gone_on_with(
    few: Pool, tmp_path: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    sweep, log = tmp_path / "sweep", tmp_path / "log"
    process = start()
    pids = set(workers.at_work(sweep).values())
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    assert process.wait(20) != 0
    assert time.monotonic() - asked < 10
    assert process.stderr is not None
    assert process.stderr.read().strip().endswith("KeyboardInterrupt")
    wait_for(lambda: all(map(gone, pids)), 1)

    process = start()
    pids = set(workers.at_work(sweep).values())
    process.kill()
    process.wait(20)
    wait_for(lambda: all(map(gone, pids)), 5)

    before = len(workers.fits(log))
    mine = Mine(log=str(log), seconds=1.0)
    ended = alviz.sweep(few, learners={"mine": mine}, out=sweep, **GRID)
    assert ended.complete
    assert before <= len(workers.fits(log)) == 5
    # Interrupted once and killed once, with two runs in work: each time one fit of each, at most, was made again.
    assert sum(workers.fits(log).values()) <= 5 + 2 * 2
    log.unlink()
    whole = alviz.sweep(few, learners={"mine": mine}, out=tmp_path / "whole", **GRID)
    assert stories(ended) == stories(whole)


def test_a_sweep_killed_at_many_moments_ends_as_if_nothing_had_happened(few: Pool, tmp_path: Path) -> None:
    mine = learner(tmp_path, 0.1)
    grid = {**GRID, "samplers": [Random(), "margin", "entropy"]}
    whole = alviz.sweep(few, learners=mine, out=tmp_path / "whole", **grid)
    expected, in_one_go = stories(whole), workers.fits(tmp_path / "log")
    (tmp_path / "log").unlink()
    sweep = tmp_path / "sweep"
    kills = 0

    def stages() -> int:
        return sum(workers.steps(run.parent) for run in sweep.glob("*/run.json"))

    while True:
        standing = stages()
        pid = os.fork()
        if pid == 0:
            try:
                alviz.sweep(few, learners=mine, out=sweep, **grid)
            finally:
                os._exit(0)
        # After one step more, or two, and a while into the next.
        ended, status = 0, 0
        while stages() <= standing + kills % 2 and not ended:
            time.sleep(0.001)
            ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            time.sleep(0.011 * kills)
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            break
        kills += 1
        assert stages() > standing
        assert len(Sweep.open(sweep, few).runs) <= 3
    assert kills >= 6
    ended = alviz.sweep(few, learners=mine, out=sweep, **grid)
    assert ended.complete
    assert stories(ended) == expected
    made = workers.fits(tmp_path / "log")
    assert made.keys() == in_one_go.keys()
    assert sum(made.values()) <= len(in_one_go) + kills
