"""What MLflow holds of a run beside its metrics, a step that was told by halves, and several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from trackers.destinations import mlflow_client, mlflow_run, told, written

from alviz.trackers import MLflow


def test_settings_are_parameters_and_origin_is_tags(fast: Any, mlflow: MLflow) -> None:
    run = fast(trackers=[mlflow]).history
    data = mlflow_run(mlflow, run).data
    assert data.params["learner"] == "linear"
    assert data.params["sampler"] == "margin"
    assert data.params["learner.C"] == str(run.config["learner"]["params"]["C"])
    assert (data.params["budget"], data.params["seed"], data.params["subset"]) == ("5", "3", "null")
    assert data.tags["alviz.uid"] == run.uid
    assert data.tags["alviz.pool_digest"] == run.header["pool"]["digest"]
    assert data.tags["mlflow.runName"] == run.name
    assert "alviz.parent" not in data.tags


def test_a_long_list_of_ids_is_cut(fast: Any, mlflow: MLflow) -> None:
    run = fast(trackers=[mlflow], initial=list(range(150))).history
    value = mlflow_run(mlflow, run).data.params["initial"]
    assert value.startswith("[0, 1, 2")
    assert value.endswith("…")
    assert len(value) == 500


def test_a_fork_is_shown_below_its_parent(fast: Any, tmp_path: Path, mlflow: MLflow) -> None:
    parent = fast(trackers=[mlflow])
    parent.step()
    fork = parent.fork(1, "random", path=tmp_path / "fork").history
    tags = mlflow_run(mlflow, fork).data.tags
    assert (tags["alviz.parent"], tags["alviz.parent_name"], tags["alviz.at"]) == (parent.history.uid, "run", "1")
    assert tags["mlflow.parentRunId"] == mlflow_run(mlflow, parent.history).info.run_id


def test_a_fork_whose_parent_is_not_there_stands_alone(fast: Any, tmp_path: Path, mlflow: MLflow) -> None:
    parent = fast()
    parent.step()
    fork = parent.fork_of(
        parent.history, 1, "random", "linear", "truth", pool=parent.pool, path=tmp_path / "fork", trackers=[mlflow]
    )
    run = fork.run(until=2)
    tags = mlflow_run(mlflow, run).data.tags
    assert tags["alviz.parent"] == parent.history.uid
    assert "mlflow.parentRunId" not in tags
    assert written(mlflow, run) == told(run, mlflow, start=1)


def test_the_status_follows_the_runner(fast: Any, mlflow: MLflow) -> None:
    runner = fast(trackers=[mlflow])
    runner.step()
    assert mlflow_run(mlflow, runner.history).info.status == "RUNNING"
    runner.close()
    assert mlflow_run(mlflow, runner.history).info.status == "FINISHED"
    runner = fast(trackers=[mlflow])
    assert mlflow_run(mlflow, runner.history).info.status == "RUNNING"
    runner.step()
    assert written(mlflow, runner.history) == told(runner.history, mlflow)


@pytest.mark.parametrize("missing", [1, 4])
def test_steps_that_were_logged_but_not_noted_leave_no_second_point(fast: Any, mlflow: MLflow, missing: int) -> None:
    runner = fast(trackers=[mlflow])
    run = runner.run(until=2)
    there = mlflow_run(mlflow, run)
    assert there.data.tags["alviz.steps"] == "7"
    mlflow_client(mlflow).set_tag(there.info.run_id, "alviz.steps", str(7 - missing))
    fast(trackers=[mlflow]).run(until=3)
    assert written(mlflow, run) == told(run, mlflow)
    assert mlflow_run(mlflow, run).data.tags["alviz.steps"] == "10"


def test_points_stand_at_the_time_of_their_commit(fast: Any, mlflow: MLflow) -> None:
    run = fast(trackers=[mlflow]).run(until=1)
    history = mlflow_client(mlflow).get_metric_history(mlflow_run(mlflow, run).info.run_id, "accuracy")
    times = [(run.folder(cycle, "fit") / "fit.json").stat().st_mtime for cycle in (0, 1)]
    assert [point.timestamp for point in history] == [int(time * 1000) for time in times]


PROGRAM = """
import sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="invalid escape sequence", category=DeprecationWarning)
warnings.filterwarnings("ignore", message=".*pkg_resources.*")
import alviz, runs
runner = alviz.CycleRunner(runs.few(), path=sys.argv[1], trackers=[alviz.trackers.MLflow(sys.argv[2])], **runs.FAST)
runner.run(until=1)
"""


def test_processes_that_start_together_on_a_new_database_and_end_without_a_word(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    names = ("one", "two")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / name), str(tmp_path / "new")],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    from alviz import Run

    tracker = MLflow(tmp_path / "new")
    for name in names:
        run = Run.open(tmp_path / name)
        assert written(tracker, run) == told(run, tracker)
        assert mlflow_run(tracker, run).info.status == "FINISHED"
