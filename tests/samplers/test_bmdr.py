"""BMDR: its program, its regression, and the two criteria by themselves."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask
from scipy.optimize import minimize as scipy_minimize

from alviz.errors import InvalidInput
from alviz.numeric.kernel_features import kernel_features
from alviz.record import Labels
from alviz.samplers.bmdr import BMDR, discriminative, plus_minus, regress, representative
from alviz.samplers.query import Query
from alviz.testing import check_sampler

FEATURES = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
SCATTERED = [3, 11, 12, 20, 29]
REST = np.setdiff1d(np.arange(30), SCATTERED)


def question(n: int, labeled: Any = SCATTERED, values: Any = None, **more: Any) -> Query:
    query = ask(n, labeled, **{"features": FEATURES, **more})
    values = np.arange(len(labeled)) % 2 if values is None else np.asarray(values)
    return replace(query, labels=Labels(query.labels.ids, values.astype(np.int64)))


def matrix(sigma: float = 1.0) -> np.ndarray:
    V = FEATURES / np.linalg.norm(FEATURES, axis=1, keepdims=True).astype(float)
    return np.exp(-((V[:, None] - V[None]) ** 2).sum(axis=2) / sigma**2)


@pytest.mark.parametrize("seed", range(5))
def test_the_representative_part_is_the_discrepancy_of_the_two_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    K, l, u, b = matrix(), 5, 25, int(rng.integers(1, 24))  # noqa: E741
    Z = kernel_features(FEATURES / np.linalg.norm(FEATURES, axis=1, keepdims=True), 1.0, 64, rng)
    program = representative(Z[SCATTERED], Z[REST], b)

    def part(alpha: np.ndarray) -> float:
        return float(0.5 * ((program.Z.T @ alpha) ** 2).sum() + program.q @ alpha)

    def discrepancy(alpha: np.ndarray) -> float:
        weights = np.zeros(30)
        weights[SCATTERED] = 1 / (l + b)
        weights[REST] = alpha / (l + b) - (1 - alpha) / (u - b)
        return float(weights @ K @ weights)

    scale = 0.5 / (1 / (l + b) + 1 / (u - b)) ** 2
    first, second = (rng.permutation(np.repeat([1.0, 0.0], [b, u - b])) for _ in range(2))
    assert part(first) - part(second) == pytest.approx(scale * (discrepancy(first) - discrepancy(second)), abs=1e-4)


def test_without_labels_the_weights_are_those_of_the_best_match() -> None:
    K, b = matrix(), 4
    selection = BMDR(steps=5000).select(question(b, []))
    weights = selection.extra["weights"].astype(float)
    assert weights.sum() == pytest.approx(b, abs=1e-4)
    linear = -b / 30 * K.sum(axis=1)

    def objective(a: np.ndarray) -> float:
        return float(0.5 * a @ K @ a + linear @ a)

    best = scipy_minimize(
        objective,
        np.full(30, b / 30),
        jac=lambda a: K @ a + linear,
        bounds=[(0, 1)] * 30,
        constraints={"type": "eq", "fun": lambda a: a.sum() - b, "jac": lambda a: np.ones(30)},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert objective(weights) == pytest.approx(best.fun, abs=1e-4)
    assert weights[selection.ids].min() >= np.delete(weights, selection.ids).max() - 1e-6
    np.testing.assert_array_equal(selection.extra["gain"], selection.extra["weights"][selection.ids])
    np.testing.assert_allclose(selection.scores, -1000 * (linear + 0.5), rtol=1e-4)


def test_without_the_discrepancy_it_picks_nearest_to_the_boundary() -> None:
    # β = 0, one turn: kernel ridge regression on the labels, the smallest |f|.
    K = matrix()
    y = 2.0 * (np.arange(5) % 2) - 1
    f = K[np.ix_(REST, SCATTERED)] @ np.linalg.solve(K[np.ix_(SCATTERED, SCATTERED)] + 0.1 * np.eye(5), y)
    selection = BMDR(beta=0.0, rounds=1).select(question(6))
    expected = REST[np.argsort(np.abs(f))[:6]]
    assert sorted(selection.ids.tolist()) == sorted(expected.tolist())
    np.testing.assert_allclose(selection.scores[REST], -(f**2 + 2 * np.abs(f)), atol=1e-4)
    assert selection.extra["gain"].tolist() == [1] * 6


@pytest.mark.parametrize("columns", [1, 3])
def test_the_regression_is_the_optimum(columns: int) -> None:
    rng = np.random.default_rng(columns)
    Z, Q = rng.normal(size=(9, 6)), rng.normal(size=(4, 6))
    Y = np.sign(rng.normal(size=(9, columns)))

    def objective(flat: np.ndarray) -> float:
        w = flat.reshape(6, columns)
        return float(((Y - Z @ w) ** 2).sum() + 0.3 * (w**2).sum() + discriminative(Q @ w).sum())

    found = regress(Z, Y, Q, 0.3)
    for _ in range(200):
        assert objective(found.ravel()) <= objective(found.ravel() + 1e-2 * rng.normal(size=6 * columns)) + 1e-6
    plain = regress(Z, Y, Q[:0], 0.3)
    np.testing.assert_allclose(plain, np.linalg.solve(Z.T @ Z + 0.3 * np.eye(6), Z.T @ Y))
    assert np.abs(Q @ found).sum() < np.abs(Q @ plain).sum(), "the worst labels pull the batch to the boundary"


def test_worst_labels_and_targets_by_hand() -> None:
    # (1 + |f|)² − 1 per class.
    np.testing.assert_allclose(discriminative(np.array([[0.0], [1], [-0.5]])), [0, 3, 1.25])
    assert discriminative(np.array([[1.0, -0.5]]))[0] == 4.25
    assert plus_minus(np.array([4, 7, 7])).tolist() == [[1], [-1], [-1]]
    assert plus_minus(np.array([0, 2, 1])).tolist() == [[1, -1, -1], [-1, -1, 1], [-1, 1, -1]]


@pytest.mark.parametrize("components", [512, 100])
def test_weights_go_to_each_group_as_far_as_labels_do_not(components: int) -> None:
    group = np.repeat(np.arange(4), 30)
    features = 10 * np.eye(4)[group] + np.random.default_rng(1).normal(size=(120, 4))
    sampler = BMDR(components=components, beta=1e5)

    def shares(labeled: list[int], n: int) -> np.ndarray:
        query = question(n, labeled, features=features)
        weights = sampler.select(query).extra["weights"]
        return np.bincount(group, weights=np.nan_to_num(weights), minlength=4)

    exact = components == 512
    np.testing.assert_allclose(shares([], 4), [1, 1, 1, 1], atol=0.01 if exact else 0.3)
    warm = shares([5, 40], 2)
    np.testing.assert_allclose(warm, [0, 0, 1, 1], atol=0.15 if exact else 0.4)


def test_a_kernel_width_of_zero_is_one_sentence() -> None:
    with pytest.raises(InvalidInput) as caught:
        BMDR(sigma=0)
    assert str(caught.value) == "BMDR: sigma is 0, expected at least 0.001 and at most 100.0."


@pytest.mark.parametrize("sampler", [BMDR(), BMDR(beta=0.0), BMDR(components=8, rounds=2)], ids=repr)
def test_contract(sampler: BMDR) -> None:
    check_sampler(sampler)
