"""Recorded runs that figures are made of: two samplers in two seeds, on the first of the digits."""

from __future__ import annotations

import pytest
import runs

from alviz import CycleRunner, Pool, Run


@pytest.fixture(scope="session")
def recorded(few: Pool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Runs by their folder's name: margin-0, margin-1, random-0 and random-1, of three acquisitions."""
    folder = tmp_path_factory.mktemp("paper")
    found = {}
    for sampler in ("margin", "random"):
        for seed in (0, 1):
            name = f"{sampler}-{seed}"
            runner = CycleRunner(few, path=folder / name, **{**runs.FAST, "sampler": sampler, "seed": seed})
            runner.run(until=3)
            runner.close()
            found[name] = Run.open(folder / name, few)
    return found
