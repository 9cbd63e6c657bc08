"""One writer per run, any number of readers."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import runs

from alviz import CycleRunner, Pool, Run
from alviz.errors import AlvizError, RunLocked, RunnerBusy, StoreError


def test_a_run_that_another_process_writes_is_refused_and_read(
    fast: Any, few: Pool, tmp_path: Path, other_process: Any
) -> None:
    runner = fast("run")
    runner.run(cycles=1)
    runner.close()
    with other_process(tmp_path / "run") as pid:
        before = runs.contents(tmp_path / "run")
        with pytest.raises(RunLocked, match=f"process {pid} on"):
            CycleRunner.resume(tmp_path / "run", few)
        with pytest.raises(RunLocked, match="reads the run meanwhile"):
            fast("run")
        reader = Run.open(tmp_path / "run", few)
        assert reader.closed == 1
        runs.story(reader)
        assert runs.contents(tmp_path / "run") == before
    # The process was killed: the system gave the lock back.
    CycleRunner.resume(tmp_path / "run", few).step()


def test_what_a_killed_writer_left_is_not_removed_under_a_living_one(
    fast: Any, few: Pool, tmp_path: Path, other_process: Any
) -> None:
    fast("run").close()
    half = tmp_path / "run" / ".run.json.1.tmp"
    with other_process(tmp_path / "run"):
        half.write_text("")
        with pytest.raises(RunLocked):
            CycleRunner.resume(tmp_path / "run", few)
        assert half.exists()
    CycleRunner.resume(tmp_path / "run", few)
    assert not half.exists()


def test_opening_a_run_again_takes_it_over_from_an_idle_runner(fast: Any, few: Pool, tmp_path: Path) -> None:
    older = fast("run")
    older.step()
    newer = fast("run")
    assert newer.history.closed == 1
    newer.step()
    before = runs.contents(tmp_path / "run")
    trained: list[str] = []
    older.on_progress = lambda progress: trained.append(progress.phase)
    calls = (older.step, older.query, lambda: older.run(cycles=1), lambda: older.run(until=2), lambda: older.restore(0))
    for write in calls:
        with pytest.raises(StoreError, match="newer one took the run over"):
            write()
    # Refused before any work, not at its end.
    assert trained == []
    assert runs.contents(tmp_path / "run") == before
    newest = CycleRunner.resume(tmp_path / "run", few)
    with pytest.raises(StoreError):
        newer.step()
    newest.step()
    # Looking is still possible through each of them.
    assert [runner.history.closed for runner in (older, newer, newest)] == [3, 3, 3]


def test_a_label_of_an_older_runner_is_refused(fast: Any, tmp_path: Path) -> None:
    older = fast("run")
    selection = older.query()
    fast("run")
    before = runs.contents(tmp_path / "run")
    with pytest.raises(StoreError, match="took the run over"):
        older.label(selection.ids)
    assert runs.contents(tmp_path / "run") == before


def test_a_refused_resume_leaves_the_open_runner_its_run(fast: Any, few: Pool, digits: Pool, tmp_path: Path) -> None:
    runner = fast("run")
    for wrong in ({"pool": digits}, {"pool": few, "learner": "supervised"}, {"pool": few, "sampler": "entropy"}):
        with pytest.raises(AlvizError, match=r"is not the pool|was made with the"):
            CycleRunner.resume(tmp_path / "run", **wrong)
    runner.step()


def test_a_busy_runner_is_not_taken_over(fast: Any, few: Pool, tmp_path: Path) -> None:
    runner = fast("run")
    reached, go = threading.Event(), threading.Event()

    def wait(progress: Any) -> None:
        if progress.phase == "embed":
            reached.set()
            assert go.wait(30)

    runner.on_progress = wait
    thread = threading.Thread(target=runner.step)
    thread.start()
    try:
        assert reached.wait(30)
        for other in (lambda: fast("run"), lambda: CycleRunner.resume(tmp_path / "run", few), runner.history.delete):
            with pytest.raises(RunnerBusy, match="embed phase"):
                other()
    finally:
        go.set()
        thread.join()
    assert runner.history.closed == 1
    runner.step()


def test_a_closed_runner_lets_go(fast: Any, tmp_path: Path, other_process: Any) -> None:
    runner = fast("run")
    runner.close()
    with other_process(tmp_path / "run"):
        pass
    with pytest.raises(StoreError, match="was closed"):
        runner.step()
