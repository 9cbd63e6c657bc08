"""The largest pure radius against the definition."""

import numpy as np
import pytest

from alviz.numeric.purity import largest_pure, nearest_other


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("alpha", [0.5, 0.9, 1.0])
def test_the_purity_reaches_alpha_at_it_and_not_beyond(seed: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 3)).astype(np.float32)
    group = rng.integers(3, size=30)
    distances = nearest_other(X, group, np.arange(30))
    D = np.linalg.norm(X[:, None].astype(np.float64) - X[None], axis=2)
    differs = group[:, None] != group
    np.testing.assert_allclose(distances, np.where(differs, D, np.inf).min(axis=1), rtol=1e-12)

    def share_of_pure_balls(delta: float) -> float:
        return float(1 - ((distances[:, None] >= D) & (delta >= D) & differs).any(axis=1).mean())

    delta = largest_pure(distances, alpha)
    assert share_of_pure_balls(delta) >= alpha - 1e-9
    assert share_of_pure_balls(delta * (1 + 1e-6)) < alpha


def test_by_hand_and_with_one_group() -> None:
    # 0, 1 | 3, 7: nearest of the other group at 3, 2, 2, 6.
    X = np.array([[0.0], [1], [3], [7]], dtype=np.float32)
    distances = nearest_other(X, np.array([0, 0, 1, 1]), np.arange(4))
    assert distances.tolist() == [3, 2, 2, 6]
    assert largest_pure(distances, 1.0) == pytest.approx(2)
    assert largest_pure(distances, 1.0) < 2
    assert largest_pure(distances, 0.5) == pytest.approx(3)
    assert largest_pure(distances, 0.25) == pytest.approx(6)
    assert largest_pure(nearest_other(X, np.zeros(4, np.int64), np.arange(4)), 0.95) == np.inf


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, group, rows = rng.normal(size=(100, 3)).astype(np.float32), rng.integers(4, size=100), np.arange(5, 80)
    whole = nearest_other(X, group, rows)
    said: list[tuple[int, int]] = []
    monkeypatch.setattr("alviz.numeric.blocks.ENTRIES", 1)
    np.testing.assert_array_equal(nearest_other(X, group, rows, lambda *p: said.append(p)), whole)
    assert said == [(start, 75) for start in range(0, 75, 16)]
