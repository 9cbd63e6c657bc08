import numpy as np
import pytest

from alviz.numeric import nearest as nearest_module
from alviz.numeric.entropy import entropy
from alviz.numeric.nearest import nearest_squared
from alviz.numeric.top import top


def test_entropy_of_worked_rows() -> None:
    p = np.array([[0.5, 0.5, 0], [1, 0, 0], [0.25, 0.25, 0.5], [0, 0, 0]], dtype=np.float32)
    expected = [np.log(2), 0, 1.5 * np.log(2), 0]
    np.testing.assert_allclose(entropy(p), expected, atol=1e-7)
    assert entropy(p).dtype == np.float32


def test_entropy_of_rows_that_underflow_is_not_nan() -> None:
    tiny = np.array([[1, np.float32(1e-45), 0], [np.nextafter(np.float32(0), np.float32(1)), 1, 0]], dtype=np.float32)
    assert (entropy(tiny) >= 0).all()
    np.testing.assert_allclose(entropy(tiny), 0, atol=1e-6)


def test_top_takes_the_highest_first_and_the_lowest_position_of_a_tie() -> None:
    assert top(np.array([1.0, 3.0, 2.0, 3.0, 2.0]), 4).tolist() == [1, 3, 2, 4]
    assert top(np.zeros(100), 5).tolist() == [0, 1, 2, 3, 4]
    assert top(np.array([-np.inf, -1.0, np.inf]), 3).tolist() == [2, 1, 0]


@pytest.mark.parametrize("block", [1, 7, 4_194_304])
def test_nearest_squared_equals_brute_force_in_any_block_size(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_module, "_BLOCK", block)
    rng = np.random.default_rng(0)
    X, centers = rng.normal(size=(40, 5)), rng.normal(size=(9, 5))
    expected = ((X[:, None] - centers[None]) ** 2).sum(2).min(1)
    np.testing.assert_allclose(nearest_squared(X, centers), expected, rtol=1e-12)


def test_nearest_squared_keeps_small_distances_far_from_the_origin() -> None:
    X = 1e8 + np.array([[0.0], [0.5], [3.0]])
    np.testing.assert_array_equal(nearest_squared(X, X[:1]), [0, 0.25, 9])


def test_without_centers_everything_is_infinitely_far() -> None:
    assert np.isposinf(nearest_squared(np.zeros((3, 2)), np.zeros((0, 2)))).all()
