"""Adjacency accuracy of recorded cycles."""

from pathlib import Path

import numpy as np
import pytest

import alviz
from alviz.analysis import adjacency_accuracy
from alviz.errors import InvalidInput
from alviz.graphs import knn_graph
from alviz.graphs.knn import CACHE


def test_it_is_that_of_the_features_and_computed_once(tmp_path: Path) -> None:
    pool = alviz.datasets.digits().subset(300)
    runner = alviz.CycleRunner(pool, "linear", "margin", budget=10, path=tmp_path / "run")
    runner.run(until=1)
    run = alviz.Run.open(tmp_path / "run")
    found = alviz.adjacency(run, 1, k=7)
    features = run.snapshot(1).features
    assert features is not None
    expected = adjacency_accuracy(knn_graph(features, 7), pool.y, 10)
    assert (found.plain, found.weighted, found.chance, found.k) == (
        expected.plain,
        expected.weighted,
        expected.chance,
        7,
    )
    assert 0.8 < found.plain < 1
    np.testing.assert_array_equal(found.per_class, expected.per_class)
    searches = CACHE.searches
    again = alviz.adjacency(alviz.Run.open(tmp_path / "run"), 1, k=7)
    assert again.plain == found.plain
    np.testing.assert_array_equal(again.per_class, found.per_class)
    frame = alviz.adjacency_frame(run, k=7)
    assert frame.index.tolist() == [20, 30]
    assert frame.loc[30, "plain"] == found.plain
    assert CACHE.searches == searches  # the features of cycle 0 are the same
    (tmp_path / "run/maps/adjacency-0001-k7.json").write_text("{")
    assert alviz.adjacency(run, 1, k=7).plain == found.plain


def test_a_sampler_that_looks_at_the_whole_graph_records_it(tmp_path: Path) -> None:
    pool = alviz.datasets.digits().subset(300)
    runner = alviz.CycleRunner(pool, "linear", "jlp", budget=5, path=tmp_path / "run")
    runner.run(until=1)
    extra = runner.history.selection(0).extra
    assert extra["adjacency_accuracy"] == alviz.adjacency(runner.history, 0, k=int(extra["adjacency_k"])).plain


@pytest.mark.parametrize("k", [0, 60, 1.5])
def test_k_that_cannot_be(tmp_path: Path, k: int) -> None:
    runner = alviz.CycleRunner(alviz.datasets.digits().subset(60), "linear", path=tmp_path / "run")
    runner.run(until=0)
    with pytest.raises(InvalidInput, match="k is"):
        alviz.adjacency(runner.history, 0, k=k)
