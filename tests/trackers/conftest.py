"""The two trackers, each writing to a folder of the test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alviz.trackers import MLflow, TensorBoard, Tracker


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of MLflow: making its tables takes a second or two."""
    pytest.importorskip("mlflow")
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def mlflow(database: Path, tmp_path: Path) -> MLflow:
    folder = tmp_path / "mlflow"
    folder.mkdir()
    shutil.copy(database, folder / "mlflow.db")
    return MLflow(folder)


@pytest.fixture
def tensorboard(tmp_path: Path) -> TensorBoard:
    pytest.importorskip("tensorboard")
    return TensorBoard(tmp_path / "tensorboard")


@pytest.fixture(params=["tensorboard", "mlflow"])
def tracker(request: pytest.FixtureRequest) -> Tracker:
    made: Tracker = request.getfixturevalue(request.param)
    return made
