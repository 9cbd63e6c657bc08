"""k-medians against the definition."""

import numpy as np
import pytest

from alviz.numeric.k_medians import city_block, k_medians


def cost(X: np.ndarray, centers: np.ndarray) -> float:
    return float(np.abs(X[:, None].astype(float) - centers[None]).sum(axis=2).min(axis=1).sum())


@pytest.mark.parametrize("seed", range(15))
def test_the_answer_is_what_it_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 1 + seed % 4)).astype(np.float32)
    if seed % 3 == 0:
        X = np.round(X)
    k = [1, 4, 9][seed % 3]
    found = k_medians(X, k, np.random.default_rng(seed), cap=50)
    D = np.abs(X[:, None].astype(float) - found.centers[None]).sum(axis=2)
    np.testing.assert_allclose(found.distances, D[np.arange(60), found.owner], atol=1e-5)
    np.testing.assert_allclose(found.distances, D.min(axis=1), atol=1e-5)
    assert (np.diff(found.costs) < 0).all(), "every round but the last, which changes nothing, lowers the cost"
    assert found.costs[-1] == pytest.approx(cost(X, found.centers), rel=1e-5)
    for place in np.unique(found.owner):
        members = X[found.owner == place].astype(float)
        at_median = np.abs(members - np.median(members, axis=0)).sum()
        assert np.abs(members - found.centers[place]).sum() == pytest.approx(at_median, rel=1e-5, abs=1e-5)


def test_by_hand() -> None:
    # The median of three per coordinate is no row: (1, 1), at 2 + 2 + 2... from (0, 1), (1, 5), (4, 0): 1, 4, 4.
    X = np.array([[0, 1], [1, 5], [4, 0]], dtype=np.float32)
    found = k_medians(X, 1, np.random.default_rng(0))
    assert found.centers.tolist() == [[1, 1]]
    assert found.distances.tolist() == [1, 4, 4]
    assert found.costs[-1] == 9
    assert city_block(X[:1], X).tolist() == [[0, 5, 5]]


@pytest.mark.parametrize("seed", range(5))
def test_separated_groups_are_found(seed: int) -> None:
    group = np.repeat(np.arange(4), 9)
    X = (30 * np.eye(4)[group] + np.random.default_rng(seed).normal(size=(36, 4))).astype(np.float32)
    found = k_medians(X, 4, np.random.default_rng(seed))
    assert len({(int(a), int(b)) for a, b in zip(group, found.owner, strict=True)}) == 4


def test_the_start_is_drawn_in_proportion_to_the_distance() -> None:
    # Drawn first is 0 or 3, its duplicate, in half of the cases; then 1, 2, 6 by their distances.
    X = np.array([[0.0], [1], [2], [0], [6]], dtype=np.float32)
    second = []
    for seed in range(1500):
        found = k_medians(X, 2, np.random.default_rng(seed), cap=0)
        if found.centers[0, 0] == 0:
            second.append(float(found.centers[1, 0]))
    values, counts = np.unique(second, return_counts=True)
    assert values.tolist() == [1, 2, 6]
    np.testing.assert_allclose(counts / len(second), [1 / 9, 2 / 9, 6 / 9], atol=0.06)


def test_more_centers_than_different_rows() -> None:
    found = k_medians(np.repeat(np.eye(3), 2, axis=0), 6, np.random.default_rng(0))
    assert found.costs.tolist() == [0]
    assert len(found.centers) == 6


def test_blocks_change_nothing_and_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    said: list[tuple[int, int]] = []
    whole = k_medians(X, 7, np.random.default_rng(0), progress=lambda *p: said.append(p))
    assert said == sorted(said)
    assert said[-1] == (20, 20)
    monkeypatch.setattr("alviz.numeric.blocks.ENTRIES", 1)
    cut = k_medians(X, 7, np.random.default_rng(0))
    np.testing.assert_array_equal(cut.owner, whole.owner)
    assert len(k_medians(X, 7, np.random.default_rng(0), cap=2).costs) == 3

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        k_medians(X, 7, np.random.default_rng(0), progress=stop)
