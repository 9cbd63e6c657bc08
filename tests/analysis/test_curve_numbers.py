"""Areas under curves and labels to reach a value: small curves worked out by hand."""

import numpy as np
import pytest

from alviz.analysis import area_under_curve, labels_to_reach
from alviz.errors import InvalidInput

LABELS = [10, 20, 40]
CURVES = np.array([[0.2, 0.6, 0.8], [0.5, 0.5, 0.5], [0.1, 0.9, 0.7]])


def test_the_area_is_trapezoids_over_the_range() -> None:
    # (10 · (0.2 + 0.6) / 2 + 20 · (0.6 + 0.8) / 2) / 30 = (4 + 14) / 30
    np.testing.assert_allclose(area_under_curve(LABELS, CURVES), [18 / 30, 0.5, (5 + 16) / 30])
    np.testing.assert_allclose(area_under_curve(LABELS, CURVES[0]), 0.6)


def test_a_range_cuts_the_lines_between_fits() -> None:
    # From 15 (0.4) to 30 (0.7): (5 · (0.4 + 0.6) / 2 + 10 · (0.6 + 0.7) / 2) / 15
    np.testing.assert_allclose(area_under_curve(LABELS, CURVES[0], 15, 30), (2.5 + 6.5) / 15)
    np.testing.assert_allclose(area_under_curve(LABELS, CURVES[0], 10, 20), 0.4)
    # Within one trapezoid, and down to one point.
    np.testing.assert_allclose(area_under_curve(LABELS, CURVES[0], 25, 35), 0.7)
    np.testing.assert_allclose(area_under_curve(LABELS, CURVES[0], 30, 30), 0.7)
    np.testing.assert_allclose(area_under_curve([10], [[0.3], [0.4]]), [0.3, 0.4])


def test_parts_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(0)
    labels, values = np.cumsum(rng.integers(1, 9, 12)), rng.random((3, 12))
    low, high = labels[0], labels[-1]
    middle = (low + high) / 2 + 0.3
    parts = [area_under_curve(labels, values, *ends) * (ends[1] - ends[0]) for ends in ((low, middle), (middle, high))]
    np.testing.assert_allclose(sum(parts), area_under_curve(labels, values) * (high - low))
    fine = np.linspace(low, high, 200_001)
    dense = [np.interp(fine, labels, one).mean() for one in values]
    np.testing.assert_allclose(area_under_curve(labels, values), dense, atol=1e-4)


def test_a_hole_makes_no_area() -> None:
    found = area_under_curve(LABELS, [[0.2, np.nan, 0.8], [0.2, 0.6, 0.8]])
    np.testing.assert_allclose(found, [np.nan, 0.6])
    # The hole lies outside of the range.
    np.testing.assert_allclose(area_under_curve(LABELS, [0.2, 0.6, np.nan], 10, 20), 0.4)


def test_labels_to_reach_a_value_lie_between_fits() -> None:
    # 0.7 lies halfway from 0.6 to 0.8; the flat one never gets there; the last one passes it on its way to 0.9.
    np.testing.assert_allclose(labels_to_reach(LABELS, CURVES, 0.7), [30, np.nan, 10 + 10 * 0.6 / 0.8])
    # At a fit, at the last one, and at the first.
    np.testing.assert_allclose(labels_to_reach(LABELS, CURVES, 0.6), [20, np.nan, 10 + 10 * 0.5 / 0.8])
    np.testing.assert_allclose(labels_to_reach(LABELS, CURVES[:1], 0.8), [40])
    np.testing.assert_allclose(labels_to_reach(LABELS, CURVES, 0.1), [10, 10, 10])
    np.testing.assert_array_equal(labels_to_reach(LABELS, CURVES, 0.95), [np.nan] * 3)


def test_the_first_crossing_counts() -> None:
    assert labels_to_reach([0, 10, 20, 30], [0.0, 1.0, 0.0, 1.0], 0.5) == 5


def test_where_lower_is_better_the_curve_comes_down() -> None:
    np.testing.assert_allclose(labels_to_reach(LABELS, 1 - CURVES, 0.3, higher=False), [30, np.nan, 17.5])


def test_a_hole_reaches_nothing_and_starts_no_line() -> None:
    assert labels_to_reach([10, 20, 30], [0.1, np.nan, 0.9], 0.5) == 30
    assert np.isnan(labels_to_reach([10, 20, 30], [0.1, 0.2, np.nan], 0.5))


def test_curves_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"labels \(k,\) and values \(..., k\), got \(3,\) and \(2,\)"):
        area_under_curve(LABELS, [1, 2])
    with pytest.raises(InvalidInput, match="ascend"):
        labels_to_reach([10, 10, 20], [0, 1, 2], 1)
    with pytest.raises(InvalidInput, match="from 5 to 40 labels was asked for, the curve goes from 10 to 40"):
        area_under_curve(LABELS, CURVES, 5)
