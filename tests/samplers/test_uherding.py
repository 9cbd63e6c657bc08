"""UHerding: covering weighed by uncertainty, and its two parameters that follow the labels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import InvalidInput
from alviz.numeric.calibration import expected_calibration_error, tempered
from alviz.record import Labels
from alviz.samplers.margin import margin
from alviz.samplers.maxherding import MaxHerding
from alviz.samplers.query import Query
from alviz.samplers.uherding import TEMPERATURES, UHerding, held_out_temperature, smallest_distance, uncertainty
from alviz.testing import check_sampler

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(30, 4)).astype(np.float32)
PROBS = RNG.dirichlet([0.4, 0.4, 0.4], size=30).astype(np.float32)
SCATTERED = [3, 11, 12, 20, 29]


def question(n: int, labeled: Any = SCATTERED, values: Any = None, **more: Any) -> Query:
    query = ask(n, labeled, **{"features": FEATURES, "probs": PROBS, **more})
    values = np.arange(len(labeled)) % 3 if values is None else np.asarray(values)
    return replace(query, labels=Labels(query.labels.ids, values.astype(np.int64)))


def test_equals_greedy_on_the_whole_matrix() -> None:
    V = FEATURES / np.linalg.norm(FEATURES, axis=1, keepdims=True)
    D = np.linalg.norm(V[:, None].astype(float) - V[None], axis=2)
    sigma = D[np.ix_(SCATTERED, SCATTERED)][np.triu_indices(5, 1)].min()
    selection = UHerding(calibrate=False).select(question(7))
    assert selection.extra["radius"] == pytest.approx(sigma, rel=1e-6)
    K, u = np.exp(-((D / sigma) ** 2)), 1 - margin(PROBS.astype(float))
    centers = list(SCATTERED)
    for pick, gain in zip(selection.ids, selection.extra["gain"], strict=True):
        values = (u[:, None] * np.maximum(K - K[:, centers].max(axis=1)[:, None], 0)).sum(axis=0) / u.sum()
        values[centers] = -1
        assert pick == values.argmax()
        assert gain == pytest.approx(values.max(), abs=1e-6)
        centers.append(pick)


def test_equal_uncertainty_or_no_labels_is_max_herding() -> None:
    flat = np.full((30, 3), 1 / 3, dtype=np.float32)
    expected = MaxHerding(sigma=0.6).select(question(6)).ids.tolist()
    assert UHerding(sigma=0.6, shrink=False).select(question(6, probs=flat)).ids.tolist() == expected
    cold = UHerding(sigma=0.6).select(question(6, []))
    assert cold.ids.tolist() == MaxHerding(sigma=0.6).select(question(6, [])).ids.tolist()
    assert cold.extra["radius"] == 0.6


def test_a_vanishing_radius_picks_the_most_uncertain() -> None:
    sampler = UHerding(sigma=1e-3, calibrate=False)
    selection = sampler.select(question(6))
    u = 1 - margin(PROBS)
    u[SCATTERED] = -1
    assert selection.ids.tolist() == np.argsort(-u, kind="stable")[:6].tolist()


def test_the_radius_shrinks_with_the_labels_and_minds_no_duplicates() -> None:
    features = FEATURES.copy()
    features[21] = 2 * features[20]  # the same direction
    radii = [
        UHerding(calibrate=False).select(question(2, some, features=features)).extra["radius"]
        for some in ([3], [20, 21], [3, 20, 21], [3, 11, 20, 21], [*range(3, 22)])
    ]
    assert radii[:2] == [1, 1]
    assert (np.diff(radii) <= 0).all()
    assert radii[-1] > 1e-3
    assert smallest_distance(np.array([[0.0], [3], [3], [5]])) == 2
    assert smallest_distance(np.ones((3, 2))) == np.inf


def test_uncertainty_by_hand() -> None:
    p = np.array([[0.5, 0.3, 0.2], [1, 0, 0], [0.9, 0.1, 0]])
    np.testing.assert_allclose(uncertainty(p), [0.8, 0, 0.2])
    # √p: √0.9 : √0.1 = 3 : 1.
    np.testing.assert_allclose(uncertainty(p, 2.0)[1:], [0, 0.5])
    assert uncertainty(np.full((1, 3), 1 / 3), 9.0)[0] == pytest.approx(1)


def test_calibration_error_by_hand() -> None:
    probs = np.array([[0.95, 0.05], [0.92, 0.08], [0.4, 0.6], [1.0, 0.0]])
    # Bins of a fifteenth: 0.95, 0.92 are not in one with 1.0; 14/15 = 0.933.
    expected = (abs(1 - 0.95 + 0 - 1.0) + abs(1 - 0.92) + abs(0 - 0.6)) / 4
    assert expected_calibration_error(probs, np.array([True, True, False, False])) == pytest.approx(expected)
    assert expected_calibration_error(np.array([[0.5, 0.5]] * 4), np.array([True, False] * 2)) == 0
    np.testing.assert_allclose(tempered(np.array([[0.0, -np.inf, 2.0]]), 2.0), [[1 / (1 + np.e), 0, np.e / (1 + np.e)]])


def test_the_temperature_is_that_of_what_was_held_out() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    clear = (X[:, 0] > 0).astype(np.int64)
    noise = rng.integers(2, size=400)
    cold = held_out_temperature(X, clear, np.random.default_rng(0))
    hot = held_out_temperature(X, noise, np.random.default_rng(0))
    assert cold < 1.1
    assert hot > 2
    # Each class is known once: the others are equally likely at any temperature, and it stays as it is.
    assert held_out_temperature(np.eye(5), np.arange(5), np.random.default_rng(0)) == pytest.approx(1)
    # One class is left after the other was held out.
    assert held_out_temperature(np.eye(2), np.arange(2), np.random.default_rng(0)) in TEMPERATURES
    selection = question(4)
    UHerding().select(selection)
    assert selection.noted["temperature"] in TEMPERATURES


def test_a_width_of_zero_is_one_sentence() -> None:
    with pytest.raises(InvalidInput) as caught:
        UHerding(sigma=0)
    assert str(caught.value) == "UHerding: sigma is 0, expected at least 0.001 and at most 10.0."


@pytest.mark.parametrize(
    "sampler", [UHerding(), UHerding(shrink=False, calibrate=False), UHerding(reference=15)], ids=repr
)
def test_contract(sampler: UHerding) -> None:
    check_sampler(sampler)
