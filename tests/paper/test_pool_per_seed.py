"""Seeds may have a pool each, drawn anew: runs are compared within a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import runs

import alviz
from alviz import Run
from alviz.errors import InvalidInput
from alviz.paper.inputs import checked_runs
from alviz.paper.seeds import by_configuration


@pytest.fixture
def drawn(tmp_path: Path) -> list[Run]:
    """Return random and margin with two seeds, each seed on a pool of its own."""
    return [
        run
        for seed in (0, 1)
        for run in alviz.sweep(
            drawn_pool(seed), ["random", "margin"], "linear", [seed], cycles=1, initial=60, out=tmp_path / str(seed)
        ).runs
    ]


def drawn_pool(seed: int) -> alviz.Pool:
    """Return 130 of the digits."""
    all_of_them = runs.few(200)
    rows = np.random.default_rng(seed).choice(200, 130, replace=False)
    return alviz.datasets.arrays(
        all_of_them.X[rows],
        all_of_them.y[rows],
        all_of_them.X_test,
        all_of_them.y_test,
        classes=all_of_them.classes,
        name="drawn",
    )


def test_seeds_with_a_pool_each_are_one_configuration(drawn: list[Run]) -> None:
    assert len({run.header["pool"]["digest"] for run in drawn}) == 2
    groups = by_configuration(drawn)

    assert [(group.name, [run.seed for run in group.runs]) for group in groups] == [
        ("random", [0, 1]),
        ("margin", [0, 1]),
    ]
    found = alviz.Statistics(drawn).curves().set_index(["name", "labels"])
    by_hand = np.mean([run.record(1).metrics["accuracy"] for run in drawn[1::2]])
    assert found.loc[("margin", 80), "mean"] == pytest.approx(by_hand)


def test_runs_of_one_seed_on_two_pools_are_refused(drawn: list[Run], tmp_path: Path) -> None:
    other = alviz.sweep(drawn_pool(2), "coreset", "linear", [1], cycles=1, initial=60, out=tmp_path / "other").runs

    with pytest.raises(InvalidInput, match="pass runs of one seed on one pool"):
        by_configuration([*drawn, *other])
    with pytest.raises(InvalidInput, match="pass runs on one pool"):
        checked_runs(drawn)


def test_pools_of_another_name_size_or_classes_are_refused(drawn: list[Run], tmp_path: Path, few: alviz.Pool) -> None:
    two = few.y < 2
    assert few.y_test is not None
    pool = alviz.datasets.arrays(few.X[two], few.y[two], few.X_test, few.y_test % 2, classes=["a", "b"])
    other = alviz.sweep(pool, "random", "linear", [2], cycles=1, initial=10, budget=5, out=tmp_path / "two").runs

    with pytest.raises(InvalidInput, match=r"different pools \('drawn' with 130 examples, 'arrays' with"):
        by_configuration([*drawn, *other])
