"""Fixtures that many tests use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import runs

import alviz
from alviz import CycleRunner, Pool


@pytest.fixture(scope="session")
def digits() -> Pool:
    return alviz.datasets.digits()


@pytest.fixture(scope="session")
def few() -> Pool:
    return runs.few()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data sets that are not part of the repository."""
    folder = Path(os.environ.get("ALVIZ_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}: set ALVIZ_DATA")
    return folder


@pytest.fixture
def fast(few: Pool, tmp_path: Path) -> Callable[..., CycleRunner]:
    """Make a runner of the fast configuration in ``tmp_path / name``; keyword arguments change it."""

    def make(name: str = "run", **changes: Any) -> CycleRunner:
        return CycleRunner(few, path=tmp_path / name, **{**runs.FAST, **changes})

    return make
