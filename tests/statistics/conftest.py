"""One real run to copy from, and real runs of two samplers in three seeds that share their first fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import runs
from statistics_made import Values, remade

from alviz import CycleRunner, Pool, Run


@pytest.fixture(scope="session")
def template(few: Pool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 12, 17, 22 and 27 labels."""
    path = tmp_path_factory.mktemp("template") / "run"
    with_runner = CycleRunner(few, path=path, **runs.FAST)
    with_runner.run(until=3)
    with_runner.close()
    return path


@pytest.fixture
def make(template: Path, tmp_path: Path) -> Callable[..., list[Run]]:
    """Make runs with chosen values by sampler and seed."""

    def made(values: Values, folder: str = "runs", metric: str = "accuracy") -> list[Run]:
        return remade(template, tmp_path / folder, values, metric)

    return made


@pytest.fixture(scope="session")
def paired(few: Pool, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """margin and random in seeds 0..2, forks of one root each."""
    folder = tmp_path_factory.mktemp("paired")
    found: list[Run] = []
    settings: dict[str, Any] = {**runs.FAST, "sampler": "random"}
    for seed in range(3):
        root = CycleRunner(few, path=folder / f"root-{seed}", **{**settings, "seed": seed})
        root.query()
        for sampler in ("margin", "random"):
            fork = root.fork(at=0, sampler=sampler, path=folder / f"{sampler}-{seed}")
            fork.run(until=3)
            fork.close()
            found.append(Run.open(folder / f"{sampler}-{seed}", few))
        root.close()
    return found
