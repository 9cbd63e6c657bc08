import numpy as np

from alviz.maps import Layout
from alviz.scenes import Rows


def layout(ids: list[int]) -> Layout:
    xy = np.array([[id, -id] for id in ids], dtype=np.float32)
    return Layout(np.array(ids), xy, "pca", "PCA", 0, "digits", None)


def test_points_keep_their_places_when_others_come() -> None:
    rows = Rows([2, 5, 7], size=10)
    assert rows.add([7, 9, 1, 9]).tolist() == [1, 9]
    assert rows.ids.tolist() == [2, 5, 7, 1, 9]
    assert rows.add([5, 9]).tolist() == []
    assert rows.add([0]).tolist() == [0]
    assert rows.ids.tolist() == [2, 5, 7, 1, 9, 0]
    assert len(rows) == 6


def test_points_lie_where_the_layout_says_or_nowhere() -> None:
    rows = Rows([2, 5, 7], size=10)
    rows.add([1])
    xy = rows.place(layout([1, 3, 5, 7]))
    np.testing.assert_array_equal(xy, np.array([[np.nan] * 2, [5, -5], [7, -7], [1, -1]], dtype=np.float32))


def test_a_layout_of_the_same_points_is_taken_as_it_is() -> None:
    given = layout([2, 5, 7])
    assert Rows([2, 5, 7], size=10).place(given) is given.xy
