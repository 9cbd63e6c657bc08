"""What a runner tells its trackers: every step once, whatever happens between; and a failing one costs nothing."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
import runs
from trackers.destinations import told, written

import alviz
from alviz import CycleRunner, Pool, Progress, Run
from alviz.errors import AlvizWarning, InvalidInput, Stopped, UnknownName
from alviz.trackers import Log, MLflow, Step, TensorBoard, Tracker


@dataclass(frozen=True)
class Heard(Tracker):
    """Keeps what it is told in a list; fails when it is told."""

    name: ClassVar[str] = "heard"
    heard: list[str] = field(default_factory=list)
    fails_at: int | None = None
    opens: bool = True

    def open(self, run: Run) -> Log:
        if not self.opens:
            raise ConnectionError("no server there")
        return _List(self)


class _List(Log):
    def __init__(self, tracker: Heard) -> None:
        self.tracker = tracker

    def tell(self, step: Step) -> None:
        if step.number == self.tracker.fails_at:
            raise TimeoutError("the server went away")
        self.tracker.heard.append(f"{step.stage} {step.record.cycle}")

    def end(self) -> None:
        self.tracker.heard.append("end")


def test_every_number_of_a_run_stands_at_its_number_of_labels(fast: Any, tracker: Tracker) -> None:
    runner = fast(trackers=[tracker])
    run = runner.run(until=3)
    found = written(tracker, run)
    assert found == told(run, tracker)
    assert [labels for labels, _ in found["accuracy"]] == [12, 17, 22, 27]
    assert [value for _, value in found["picked"]] == [5, 5, 5]
    names = {"cycle", "accuracy", "class_accuracy/0", "seconds/train", "seconds/select", "seconds/label", "answered"}
    assert names <= found.keys()


def test_a_step_is_told_as_soon_as_it_is_committed(fast: Any) -> None:
    tracker = Heard()
    runner = fast(trackers=[tracker])
    assert tracker.heard == []
    runner.query()
    assert tracker.heard == ["fit 0", "pick 0"]
    runner.label()
    assert tracker.heard == ["fit 0", "pick 0", "labels 0"]
    runner.close()
    assert tracker.heard[3:] == ["end"]


@pytest.mark.parametrize("phase", ["train", "select", "label"])
def test_a_run_that_was_stopped_and_resumed_is_told_once(fast: Any, tracker: Tracker, phase: str) -> None:
    runner = fast(trackers=[tracker])
    runner.step()

    def stop(progress: Progress) -> None:
        if progress.phase == phase:
            runner.stop()

    runner.on_progress = stop
    with pytest.raises(Stopped):
        runner.run(until=3)
    run = fast(trackers=[tracker]).run(until=3)
    assert written(tracker, run) == told(run, tracker)


def test_a_tracker_that_comes_late_is_told_what_was_before(fast: Any, few: Pool, tracker: Tracker) -> None:
    runner = fast()
    runner.run(until=1)
    runner.query()
    runner = CycleRunner.resume(runner.history.path, few, trackers=tracker)
    assert written(tracker, runner.history) == told(runner.history, tracker)
    runner.run(until=3)
    assert written(tracker, runner.history) == told(runner.history, tracker)


def test_a_tracker_that_was_away_for_a_while_gets_what_it_missed(fast: Any, few: Pool, tracker: Tracker) -> None:
    run = fast(trackers=[tracker]).run(until=1)
    fast().run(until=2)
    fast(trackers=[tracker]).run(until=3)
    assert written(tracker, run) == told(run, tracker)


def test_two_trackers_hear_the_same(fast: Any, tensorboard: TensorBoard, mlflow: MLflow) -> None:
    runner = fast(trackers=[tensorboard, mlflow])
    assert runner.trackers == (tensorboard, mlflow)
    run = runner.run(until=2)
    for tracker in runner.trackers:
        assert written(tracker, run) == told(run, tracker)


def test_a_fork_is_told_from_its_own_cycle_on(fast: Any, tmp_path: Path, tracker: Tracker) -> None:
    parent = fast(trackers=[tracker])
    parent.run(until=3)
    fork = parent.fork(1, "random", path=tmp_path / "fork")
    assert fork.trackers == parent.trackers
    run = fork.run(until=3)
    found = written(tracker, run)
    assert [labels for labels, _ in found["accuracy"]] == [17, 22, 27]
    assert found == told(run, tracker, start=1)
    # The fit at the fork is its parent's: the number is there, what it cost is not counted twice.
    assert run.owner(1) is not run
    assert [labels for labels, _ in found["seconds/train"]] == [22, 27]
    assert written(tracker, parent.history) == told(parent.history, tracker)


def test_a_recorded_run_is_sent_without_a_runner(fast: Any, few: Pool, tracker: Tracker) -> None:
    runner = fast()
    runner.run(until=2)
    runner.close()
    run = Run.open(runner.history.path)
    assert alviz.trackers.log(run, tracker) == 3 * 2 + 1
    assert written(tracker, run) == told(run, tracker)
    assert alviz.trackers.log(run, tracker) == 0
    assert written(tracker, run) == told(run, tracker)


def test_the_run_is_the_same_with_and_without(fast: Any, tmp_path: Path, tracker: Tracker) -> None:
    plain = fast("plain").run(until=2)
    tracked = fast("tracked", trackers=[tracker]).run(until=2)
    assert runs.story(tracked) == runs.story(plain)
    assert tracked.config == plain.config
    assert runs.files(tmp_path / "tracked").keys() == runs.files(tmp_path / "plain").keys()


@pytest.mark.parametrize(
    ("fails", "heard"), [({"opens": False}, []), ({"fails_at": 4}, ["fit 0", "pick 0", "labels 0"])]
)
def test_a_tracker_that_fails_is_reported_once_and_left_out(
    fast: Any, tensorboard: TensorBoard, fails: dict[str, Any], heard: list[str]
) -> None:
    expected = runs.story(fast("plain").run(until=3))
    broken = Heard(**fails)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runner = fast("tracked", trackers=[broken, tensorboard])
        run = runner.run(until=3)
        runner.close()
    (warning,) = caught
    assert warning.category is AlvizWarning
    text = str(warning.message)
    assert "'heard' failed" in text
    assert "ConnectionError: no server there" in text or "TimeoutError: the server went away" in text
    assert "alviz.trackers.log(run, tracker)" in text
    assert broken.heard[:3] == heard
    assert "end" not in broken.heard
    assert runs.story(run) == expected
    assert written(tensorboard, run) == told(run, tensorboard)


def test_a_recorded_run_that_cannot_be_sent_says_why(fast: Any) -> None:
    run = fast().run(until=1)
    with pytest.raises(ConnectionError, match="no server there"):
        alviz.trackers.log(run, Heard(opens=False))


def test_a_tracker_that_cannot_look_back_hears_from_now_on_or_all_when_asked(fast: Any, few: Pool) -> None:
    runner = fast()
    runner.run(until=1)
    tracker = Heard()
    resumed = CycleRunner.resume(runner.history.path, few, trackers=[tracker])
    resumed.step()
    assert tracker.heard == ["pick 1", "labels 1"]
    everything = Heard()
    alviz.trackers.log(resumed.history, everything)
    assert everything.heard == ["fit 0", "pick 0", "labels 0", "fit 1", "pick 1", "labels 1", "end"]


def test_a_runner_that_was_taken_over_does_not_end_the_run(fast: Any) -> None:
    tracker = Heard()
    older = fast(trackers=[tracker])
    older.step()
    newer = fast(trackers=[tracker])
    older.close()
    assert "end" not in tracker.heard
    newer.close()
    assert tracker.heard[-1] == "end"


def test_what_was_not_measured_is_left_out(few: Pool, tmp_path: Path, tensorboard: TensorBoard) -> None:
    assert few.X_test is not None
    assert few.y_test is not None
    seen = few.y_test != 3
    pool = alviz.datasets.arrays(few.X, few.y, few.X_test[seen], few.y_test[seen], classes=few.classes)
    run = CycleRunner(pool, path=tmp_path / "run", trackers=tensorboard, **runs.FAST).run(until=1)
    found = written(tensorboard, run)
    assert "class_accuracy/3" not in found
    assert {"class_accuracy/2", "class_accuracy/4"} <= found.keys()


def test_a_tracker_travels_to_another_process(fast: Any, tracker: Tracker, monkeypatch: Any, tmp_path: Path) -> None:
    travelled = pickle.loads(pickle.dumps(tracker))  # noqa: S301  its own, of the line before
    assert travelled == tracker
    assert alviz.trackers.make(tracker.config()) == tracker
    runner = fast(trackers=[tracker])
    runner.step()
    monkeypatch.chdir(tmp_path.parent)
    run = fast(trackers=[travelled]).run(until=2)
    assert written(tracker, run) == told(run, tracker)


def test_places_are_whole_wherever_the_worker_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert TensorBoard().folder == str(tmp_path / "tensorboard")
    assert MLflow().uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert MLflow("here").uri == MLflow(tmp_path / "here").uri == f"sqlite:///{tmp_path}/here/mlflow.db"
    assert MLflow("sqlite:///some.db").uri == f"sqlite:///{tmp_path}/some.db"
    assert MLflow("https://mlflow.example.org").uri == "https://mlflow.example.org"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    assert MLflow().uri == "http://localhost:5000"
    assert list(tmp_path.iterdir()) == []


def test_bad_trackers_are_refused_before_anything_is_written(
    fast: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for given, error, words in [
        (["tensorbord"], UnknownName, "Did you mean 'tensorboard'"),
        ([TensorBoard], InvalidInput, "TensorBoard is a class"),
        ([3], InvalidInput, "3 is no tracker"),
        ([Heard(), Heard()], InvalidInput, "given twice"),
    ]:
        with pytest.raises(error, match=words):
            fast(trackers=given)
    monkeypatch.setattr("alviz.trackers.base.find_spec", lambda name: None)
    for name in ("tensorboard", "mlflow"):
        with pytest.raises(InvalidInput, match=rf"pip install 'alviz\[{name}\]'"):
            fast(trackers=name)
    assert list(tmp_path.iterdir()) == []
