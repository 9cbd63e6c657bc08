"""A process is killed in mid-work: the run opens, and goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import runs

from alviz import CycleRunner, Pool, Run
from alviz.learners import Supervised
from alviz.store.files import leftovers

POINTS = 30


class Worker:
    """The other process; see worker.py."""

    def __init__(self, folder: Path) -> None:
        tests = Path(__file__).parents[1]
        paths = os.pathsep.join([str(tests), str(tests.parent)])
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def work(self, job: str, path: Path, at: int | None = None, **order: Any) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"job": job, "path": str(path), "at": at, **order}) + "\n")
        self.process.stdin.flush()
        return int(self._answer())

    def moments(self, job: str, path: Path, **order: Any) -> list[str]:
        """Do the job to its end and return all its moments."""
        log = self.folder / "moments.json"
        assert self.work(job, path, moments=str(log), **order) == 0
        return list(json.loads(log.read_text(encoding="utf-8")))

    def kill(self, job: str, path: Path, at: int, **order: Any) -> None:
        assert self.work(job, path, at, **order) == -signal.SIGKILL

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("worker"))
    yield worker
    worker.close()


def spread(moments: list[str], points: int) -> list[int]:
    """Return moments to die at: around every rename, in every phase, and evenly over the rest."""
    renames = [i for i, moment in enumerate(moments) if moment.startswith("os.rename")]
    special = {near for i in renames for near in (i, i + 1) if near < len(moments)}
    special |= {i for i, moment in enumerate(moments) if moment == "between query and label"}
    special |= {next(i for i, m in enumerate(moments) if m.startswith(phase)) for phase in ("train", "select", "label")}
    rest = [i for i in range(len(moments)) if i not in special]
    missing = max(0, points - len(special))
    return sorted(special | set(rest[:: max(1, len(rest) // missing)][:missing] if missing else []))


def check_equal(path: Path, pool: Pool, until: int, expected: dict[str, Any], reference: Run) -> None:
    """Check that the killed run opens, is consistent, and ends as the uninterrupted one."""
    opened = Run.open(path)
    assert 2 <= opened.closed <= opened.picked <= opened.fitted <= 3
    opened.frame()
    runner = CycleRunner.resume(path, pool)
    assert list(leftovers(path)) == []
    runner.run(until=until)
    assert runs.story(Run.open(path)) == expected
    assert runs.book(runner.history) == runs.book(reference)
    assert runs.files(path).keys() == runs.files(reference.path).keys()
    runner.close()


def before_and_after(make: Any, tmp_path: Path, until: int) -> tuple[Path, Run]:
    """Return a run of two closed cycles, and the same run gone on to `until`."""
    runner = make("start")
    runner.step()
    runner.step()
    runner.close()
    start, whole = tmp_path / "start", tmp_path / "whole"
    shutil.copytree(start, whole)
    reference = CycleRunner.resume(whole, runner.pool).run(until=until)
    assert runs.story(reference) == runs.story(make("in one go").run(until=until))
    return start, reference


def test_a_cycle_killed_at_thirty_points(worker: Worker, fast: Any, few: Pool, tmp_path: Path) -> None:
    start, reference = before_and_after(fast, tmp_path, until=3)
    expected = runs.story(reference)
    counted = tmp_path / "counted"
    shutil.copytree(start, counted)
    moments = worker.moments("cycle", counted)
    assert sum(moment.startswith("os.rename") for moment in moments) == 6  # three records, three folders
    points = spread(moments, POINTS)
    assert len(points) >= POINTS
    reached = set()
    for point in points:
        path = tmp_path / f"killed-{point}"
        shutil.copytree(start, path)
        worker.kill("cycle", path, point)
        killed = Run.open(path)
        reached.add((killed.fitted, killed.picked, killed.closed))
        check_equal(path, few, 3, expected, reference)
    # Dying happened in every stage: before each of the commits, and after the last.
    assert reached == {(2, 2, 2), (3, 2, 2), (3, 3, 2), (3, 3, 3)}


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Compute as the worker does: sums over more threads may differ in the last bit."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_a_killed_warm_start_goes_on_from_the_same_weights(
    worker: Worker, fast: Any, few: Pool, tmp_path: Path
) -> None:
    learner = Supervised(model="mlp", epochs=3, warm=True)
    start, reference = before_and_after(
        lambda name: fast(name, learner=learner, keep=("features", "probs", "scores")), tmp_path, until=3
    )
    expected = runs.story(reference)
    counted = tmp_path / "counted"
    shutil.copytree(start, counted)
    moments = worker.moments("cycle", counted)
    commits = [i for i, moment in enumerate(moments) if moment.startswith("os.rename") and "/." in moment]
    for point in (moments.index("train 2/3"), commits[1] + 1, commits[1] + 3, len(moments) - 2):
        path = tmp_path / f"killed-{point}"
        shutil.copytree(start, path)
        worker.kill("cycle", path, point)
        check_equal(path, few, 3, expected, reference)


def test_a_start_killed_anywhere_starts_again(worker: Worker, fast: Any, few: Pool, tmp_path: Path) -> None:
    expected = runs.story(fast("whole").run(cycles=1))
    names = runs.files(tmp_path / "whole").keys()
    moments = worker.moments("create", tmp_path / "counted")
    assert "os.rename" in " ".join(moments)
    for point in range(len(moments)):
        path = tmp_path / f"killed-{point}"
        worker.kill("create", path, point)
        runner = fast(path.name)
        runner.run(until=1)
        assert runs.story(runner.history) == expected
        assert runs.files(path).keys() == names
        runner.close()


def test_flattening_killed_anywhere_leaves_a_fork_or_a_root(
    worker: Worker, fast: Any, few: Pool, tmp_path: Path
) -> None:
    parent = fast("parent")
    parent.run(cycles=2)
    branch = parent.fork(2, sampler="entropy", path=tmp_path / "branch")
    branch.run(until=3)
    branch.close()
    expected, whole = runs.story(branch.history), tmp_path / "whole"
    shutil.copytree(branch.history.path, whole)
    moments = worker.moments("flatten", whole)
    names = runs.files(whole).keys()
    assert Run.open(whole).parent is None
    last_rename = max(i for i, moment in enumerate(moments) if moment.startswith("os.rename"))
    for point in sorted({*range(0, len(moments), max(1, len(moments) // 8)), last_rename, last_rename + 1}):
        path = tmp_path / f"killed-{point}"
        shutil.copytree(branch.history.path, path)
        worker.kill("flatten", path, point)
        killed = Run.open(path)
        assert (killed.parent is None) == (point > last_rename)
        assert runs.story(killed) == expected
        if killed.parent is not None:
            CycleRunner.resume(path, few).close()
            assert runs.files(path).keys() == runs.files(branch.history.path).keys()
            Run.open(path).flatten()
        assert runs.story(Run.open(path)) == expected
        assert runs.files(path).keys() == names


def test_restoring_killed_anywhere_can_be_done_again(worker: Worker, fast: Any, few: Pool, tmp_path: Path) -> None:
    full = fast("full")
    full.run(cycles=2)
    lean = fast("lean", keep=())
    lean.run(cycles=2)
    lean.close()
    counted = tmp_path / "counted"
    shutil.copytree(lean.history.path, counted)
    moments = worker.moments("restore", counted)
    for point in range(0, len(moments), max(1, len(moments) // 8)):
        path = tmp_path / f"killed-{point}"
        shutil.copytree(lean.history.path, path)
        worker.kill("restore", path, point)
        runner = CycleRunner.resume(path, few)
        assert list(leftovers(path)) == []
        runner.restore(0)
        runner.restore(1)
        for cycle in (0, 1):
            assert runs.story(runner.history)[f"fit {cycle}"] == runs.story(full.history)[f"fit {cycle}"]
            assert runs.story(runner.history)[f"pick {cycle}"] == runs.story(full.history)[f"pick {cycle}"]
        runner.close()
