"""Where trackers write, read back with the real packages, in one form; and what a run says should stand there."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from alviz import Run
from alviz.trackers import MLflow, TensorBoard, Tracker

Points = dict[str, list[tuple[int, float]]]
"""(labels, value) in the order written, by name."""


def written_by_tensorboard(tracker: TensorBoard, run: Run) -> Points:
    accumulator = events(tracker, run)
    return {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
        if tag != "steps"
    }


def events(tracker: TensorBoard, run: Run) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (folder,) = Path(tracker.folder).glob(f"*-{run.uid[:8]}")
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def written_by_mlflow(tracker: MLflow, run: Run) -> Points:
    client = mlflow_client(tracker)
    found = mlflow_run(tracker, run)
    histories = {name: client.get_metric_history(found.info.run_id, name) for name in found.data.metrics}
    return {name: [(point.step, point.value) for point in history] for name, history in histories.items()}


def mlflow_client(tracker: MLflow) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(str(tracker.uri))


def mlflow_run(tracker: MLflow, run: Run) -> Any:
    client = mlflow_client(tracker)
    where = client.get_experiment_by_name(tracker.experiment).experiment_id
    (found,) = client.search_runs([where], f"tags.`alviz.uid` = '{run.uid}'")
    return found


def written(tracker: Tracker, run: Run) -> Points:
    if isinstance(tracker, TensorBoard):
        return written_by_tensorboard(tracker, run)
    assert isinstance(tracker, MLflow)
    return written_by_mlflow(tracker, run)


def told(run: Run, tracker: Tracker, start: int = 0, until: int | None = None) -> Points:
    """Return what should stand there of cycles from `start` on, from the records of the run itself."""
    points: Points = {}

    def add(labels: int, numbers: Mapping[str, float | None]) -> None:
        for name, value in numbers.items():
            if value is not None and isfinite(value):
                # TensorBoard's files hold single precision.
                exact = float(np.float32(value)) if isinstance(tracker, TensorBoard) else float(value)
                points.setdefault(name, []).append((labels, exact))

    for cycle in range(start, run.fitted if until is None else until):
        record = run.record(cycle)
        add(record.labeled, {"cycle": cycle, **record.metrics, "picked": record.asked, "answered": record.answered})
        for name, values in record.per_class.items():
            add(record.labeled, {f"{name}/{number}": value for number, value in enumerate(values)})
        shared = run.owner(cycle) is not run
        paid = {name: phase.seconds for name, phase in record.phases.items()}
        if shared:
            paid = {name: seconds for name, seconds in paid.items() if name not in ("train", "embed", "validate")}
        add(record.labeled, {f"seconds/{name}": seconds for name, seconds in paid.items()})
    return points
