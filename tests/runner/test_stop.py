"""Stop, Ctrl-C, a second call, a full disk: what was finished stays, and the same call goes on."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections import namedtuple
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import runs

from alviz import CycleRunner, Pool, Progress, Run
from alviz.errors import AlvizWarning, DiskFull, RunnerBusy, Stopped
from alviz.store.files import leftovers

# At the first report of a phase: what is on disk then (fits, picks, labels after two closed cycles).
STATES = {"train": (2, 2, 2), "embed": (2, 2, 2), "select": (3, 2, 2), "label": (3, 3, 2)}


@pytest.fixture
def expected(fast: Any) -> dict[str, Any]:
    return runs.story(fast("whole").run(until=4))


def state(run: Run) -> tuple[int, int, int]:
    return run.fitted, run.picked, run.closed


@pytest.mark.parametrize("phase", STATES)
def test_stop_and_ctrl_c_leave_the_same_state_and_the_run_goes_on_from_it(
    fast: Any, tmp_path: Path, expected: dict[str, Any], phase: str
) -> None:
    left = []
    for how in ("stop", "interrupt"):
        runner = fast(how)
        runner.step()
        runner.step()

        def end(progress: Progress, runner: CycleRunner = runner, how: str = how) -> None:
            if progress.phase == phase:
                if how == "interrupt":
                    raise KeyboardInterrupt
                runner.stop()

        runner.on_progress = end
        with pytest.raises(Stopped if how == "stop" else KeyboardInterrupt):
            runner.run(until=4)
        assert state(runner.history) == STATES[phase]
        assert list(leftovers(tmp_path / how)) == []
        assert runner.busy is None
        left.append(set(runs.files(tmp_path / how)))
        runner.on_progress = None
        runner.run(until=4)
        assert runs.story(runner.history) == expected
    assert left[0] == left[1]


def test_a_stop_says_where_it_was(fast: Any) -> None:
    runner = fast()
    runner.on_progress = lambda progress: runner.stop()
    with pytest.raises(Stopped, match="Stopped in the train phase of cycle 0"):
        runner.step()


def test_a_stop_while_nothing_runs_stops_nothing(fast: Any) -> None:
    runner = fast()
    runner.stop()
    assert runner.step().cycle == 0


def test_a_second_call_is_told_the_phase_of_the_first(fast: Any) -> None:
    runner = fast()
    reached, go = threading.Event(), threading.Event()
    seen: list[Progress] = []

    def wait(progress: Progress) -> None:
        seen.append(progress)
        if progress.phase == "select":
            reached.set()
            assert go.wait(30)

    runner.on_progress = wait
    assert runner.busy is None
    thread = threading.Thread(target=runner.step)
    thread.start()
    try:
        assert reached.wait(30)
        assert runner.busy == "select"
        for call in (
            runner.step,
            runner.query,
            lambda: runner.label([0]),
            lambda: runner.run(cycles=1),
            lambda: runner.ask(0, "random"),
            lambda: runner.restore(0),
        ):
            with pytest.raises(RunnerBusy, match=r"in its select phase.*stop\(\)"):
                call()
        # Looking and setting the next sampler go on meanwhile.
        assert runner.history.fitted == 1
        runner.sampler = "random"
    finally:
        go.set()
        thread.join()
    assert runner.busy is None
    assert runner.history.record(0).sampler == {"name": "margin", "params": {}}
    assert [phase for phase, _ in groupby(progress.phase for progress in seen)] == ["train", "embed", "select", "label"]
    assert all(progress.cycle == 0 and 0 <= progress.done <= progress.total for progress in seen)
    runner.step()


def test_a_listener_that_calls_its_runner_is_refused_instead_of_waiting_forever(fast: Any) -> None:
    runner = fast()
    runner.on_progress = lambda progress: runner.step()
    with pytest.raises(RunnerBusy, match="train phase"):
        runner.step()
    runner.on_progress = None
    runner.step()


def test_a_learner_that_fails_leaves_the_runner_usable(fast: Any, tmp_path: Path, monkeypatch: Any) -> None:
    runner = fast()
    runner.step()
    before = runs.contents(tmp_path / "run")
    with monkeypatch.context() as broken:
        broken.setattr("alviz.learners.linear.fit_head", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            runner.step()
    assert runs.contents(tmp_path / "run") == before
    runner.step()


# -- a full disk ----------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", range(0, 24, 3))
def test_a_disk_that_fills_up_at_any_write_leaves_nothing_half_written(
    fast: Any, few: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    whole = fast("whole")
    whole.run(until=3)
    runner = fast("run")
    runner.run(until=1)
    real, calls = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls > nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="make the same call again"):
        runner.run(until=3)
    monkeypatch.setattr(os, "fsync", real)
    assert list(leftovers(tmp_path / "run")) == []
    reader = Run.open(tmp_path / "run", few)
    runs.story(reader)
    runner.run(until=3)
    assert runs.story(runner.history) == runs.story(whole.history)
    assert runs.files(tmp_path / "run").keys() == runs.files(tmp_path / "whole").keys()
    assert [answer["id"] for answer in runner.history.label_book()] == runner.history.labeled(3).ids[12:].tolist()


def test_a_start_on_a_full_disk_leaves_no_folder(fast: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFull):
            fast("run")
    assert not (tmp_path / "run").exists()
    fast("run").step()


Usage = namedtuple("Usage", "total used free")


def test_a_cycle_that_will_not_fit_is_refused_before_it_is_trained(
    fast: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = fast()
    runner.step()
    phases: list[str] = []
    runner.on_progress = lambda progress: phases.append(progress.phase)
    used = sum(
        path.stat().st_size for stage in ("fit", "pick") for path in (tmp_path / "run/cycles/0000" / stage).iterdir()
    )
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, used - 1))
        with pytest.raises(DiskFull, match="Nothing was started"):
            runner.step()
        assert phases == []
        patched.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, used))
        runner.step()


def test_a_run_that_may_not_fit_is_warned_of(fast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = fast()
    runner.step()
    used = sum(runs.files(runner.history.path / "cycles").values())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, 3 * used))
    with pytest.warns(AlvizWarning, match=r"9 cycles may take .* MB"):
        runner.run(cycles=8)
