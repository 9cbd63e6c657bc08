from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import InvalidInput
from alviz.samplers.coreset import Coreset
from alviz.samplers.robust_coreset import RobustCoreset, outlier_count
from alviz.testing import check_sampler


def near(X: Any, labeled: Any, picks: Any) -> Any:
    """Return each row's distance to the nearest labeled or picked one."""
    centers = np.concatenate([np.asarray(labeled, dtype=np.int64), picks])
    return np.sqrt(((X[:, None] - X[centers]) ** 2).sum(axis=2)).min(axis=1)


@pytest.mark.parametrize(
    "sampler",
    [RobustCoreset(), RobustCoreset(outliers=0.1, gap=0.0), RobustCoreset(time_limit=0.0)],
    ids=repr,
)
def test_contract(sampler: RobustCoreset) -> None:
    check_sampler(sampler)


def test_worked_example_with_scattered_labels() -> None:
    # Two groups of three, a labeled one far off (id 3), and an outlier (id 5).
    X = np.array([[0], [11], [1], [-50], [10], [100], [2], [12.0]])
    query = ask(2, [3], features=X)
    found = RobustCoreset(outliers=0.15).select(query)
    assert found.ids.tolist() == [1, 2]
    assert found.extra["outliers"].tolist() == [5]
    assert (found.extra["radius"], found.extra["gap"]) == (1, 0)
    np.testing.assert_array_equal(found.extra["gain"], [61, 10])
    np.testing.assert_array_equal(found.scores, [50, 61, 51, np.nan, 60, 150, 52, 62])
    pulled = RobustCoreset(outliers=0.1).select(query)
    assert 5 in pulled.ids
    assert pulled.extra["outliers"].tolist() == []


def test_no_worse_than_the_core_set_and_what_it_says_of_itself_is_so() -> None:
    better = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(90, 3)).astype(np.float32).astype(np.float64)
        labeled = rng.permutation(90)[: 10 * (seed % 2)]
        query = ask(8, labeled, features=X)
        found = RobustCoreset(outliers=0.0).select(query)
        greedy = Coreset().select(query)
        np.testing.assert_array_equal(found.scores, greedy.scores)
        reached = near(X, labeled, found.ids).max()
        assert found.extra["radius"] == pytest.approx(reached, rel=1e-12)
        better += reached < near(X, labeled, greedy.ids).max()
        noted = query.noted
        assert noted["upper"][-1] == found.extra["radius"]
        assert 1 - noted["lower"][-1] / noted["upper"][-1] == pytest.approx(found.extra["gap"], abs=1e-12)
        assert found.extra["gap"] <= 0.01
        assert noted["upper"].shape == noted["lower"].shape == noted["seconds"].shape
        assert noted["upper"][0] == pytest.approx(near(X, labeled, greedy.ids).max(), rel=1e-12)
        assert f"radius {reached:.6g}" in noted["outcome"]
    assert better == 6


def test_without_time_the_picks_are_the_core_set_s_and_it_says_so() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    for labeled in ([], [50, 3, 17]):
        query = ask(6, labeled, features=X)
        found, greedy = RobustCoreset(time_limit=0.0).select(query), Coreset().select(query)
        assert found.ids.tolist() == greedy.ids.tolist()
        np.testing.assert_array_equal(found.extra["gain"], greedy.extra["gain"])
        assert query.noted["outcome"].startswith(
            "Nothing better was found within 0 seconds, so the greedy selection stands: radius "
        )
        assert query.noted["seconds"].tolist() == [0]


def test_outcome_in_words() -> None:
    line = np.array([[4], [0], [1], [2], [6], [7], [8.0]])
    query = ask(2, [0], features=line)
    RobustCoreset().select(query)
    assert query.noted["outcome"] == "Better than greedy, whose radius is 2: radius 1, none goes below 1."
    query = ask(2, [0], features=np.array([[0], [3], [-3.0]]))
    RobustCoreset().select(query)
    assert query.noted["outcome"] == "The greedy selection is as good as asked for: radius 0, none goes below 0."


def test_outliers_are_a_share_of_the_candidates_rounded_down() -> None:
    assert [outlier_count(1e-4, n) for n in (1, 9_999, 10_000, 50_000)] == [0, 0, 1, 5]
    assert [outlier_count(0.29, 100), outlier_count(0.1, 30), outlier_count(0.1, 39)] == [29, 3, 3]
    assert outlier_count(0.0, 10**6) == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"outliers": -0.1}, "outliers"), ({"gap": 2.0}, "gap"), ({"time_limit": -1.0}, "time_limit")],
)
def test_parameters_out_of_bounds_are_refused(parameters: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidInput, match=f"{message} is .*, expected"):
        RobustCoreset(**parameters)
