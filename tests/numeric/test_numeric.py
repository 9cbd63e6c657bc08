import numpy as np

from alviz.numeric.entropy import entropy
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
