"""The relaxed quadratic program against scipy, and its projection against the definition."""

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from alviz.numeric.capped_simplex import minimize, project


@pytest.mark.parametrize("seed", range(20))
def test_the_projection_is_the_nearest_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    b = int(rng.integers(0, n + 1))
    v = rng.normal(size=n) * 10 ** rng.uniform(-3, 3)
    x = project(v, b)
    assert x.sum() == pytest.approx(b, abs=1e-9 * n)
    assert x.min() >= 0
    assert x.max() <= 1
    # Nearest: no feasible direction leads nearer, (v − x)·(y − x) ≤ 0 for corners y.
    for _ in range(30):
        y = np.zeros(n)
        y[rng.permutation(n)[:b]] = 1
        assert (v - x) @ (y - x) <= 1e-7 * np.abs(v).max() * n


def test_a_projection_by_hand() -> None:
    # 2 is cut to 1; what is left, 1, is shared by 0.9 and 0.5 less 0.2 each.
    np.testing.assert_allclose(project(np.array([2, 0.9, 0.5, -3]), 2), [1, 0.7, 0.3, 0], atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_it_finds_the_optimum_that_scipy_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    Z, q, c, b = rng.normal(size=(12, 5)), rng.normal(size=12), 10 ** rng.uniform(-1, 2), int(rng.integers(1, 11))

    def objective(a: np.ndarray) -> float:
        return float(c / 2 * ((Z.T @ a) ** 2).sum() + q @ a)

    expected = scipy_minimize(
        objective,
        np.full(12, b / 12),
        jac=lambda a: c * (Z @ (Z.T @ a)) + q,
        bounds=[(0, 1)] * 12,
        constraints={"type": "eq", "fun": lambda a: a.sum() - b, "jac": lambda a: np.ones(12)},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    found = minimize(Z, c, q, b, steps=5000, tolerance=1e-12)
    assert found.sum() == pytest.approx(b)
    assert objective(found) <= expected.fun + 1e-6 * max(1, abs(expected.fun))


def test_without_the_square_it_is_the_smallest() -> None:
    q = np.array([3.0, 1, 2, 1, 5])
    assert minimize(np.ones((5, 2)), 0.0, q, 3).tolist() == [0, 1, 1, 1, 0]
    assert minimize(np.ones((5, 2)), 0.0, q, 1).tolist() == [0, 1, 0, 0, 0]


def test_it_ticks_and_stops() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minimize(np.ones((5, 2)), 1.0, np.ones(5), 3, tick=stop)
