"""Agreement of two propagations, worked out by hand."""

import numpy as np
import pytest

from alviz.analysis import agreement
from alviz.errors import InvalidInput
from alviz.graphs.propagate import Propagated


def propagated(labels: list[int], weights: list[float]) -> Propagated:
    return Propagated(np.zeros((len(labels), 3), np.float32), np.array(labels), np.array(weights, dtype=np.float32))


FIRST = propagated([0, 1, 2, 0, 1], [0.4, 0.2, 0.6, 0.0, 0.9])
SECOND = propagated([0, 1, 1, 2, 0], [0.2, 0.4, 0.2, 0.2, 0.9])
TRUTH = np.array([0, 2, 1, 0, 1])


def test_by_hand() -> None:
    # Weights 0.3, 0.3, 0.4, 0.1; row 4 was labeled. They agree on rows 0 (right) and 1 (wrong); of the second,
    # row 2 is right and row 3 is not.
    found = agreement(FIRST, SECOND, np.arange(4), TRUTH)
    assert found.weighted == pytest.approx(0.6 / 1.1)
    assert found.plain == 0.5
    assert found.accuracy_agree == pytest.approx(0.5)
    assert found.accuracy_disagree == pytest.approx(0.4 / 0.5)
    assert found.weight_agree == pytest.approx(0.3)
    assert found.weight_disagree == pytest.approx(0.25)


def test_unknown_truth_is_left_out_of_the_accuracies_only() -> None:
    truth = np.array([0, -1, -1, -1, 1])
    found = agreement(FIRST, SECOND, np.arange(4), truth)
    assert found.weighted == pytest.approx(0.6 / 1.1)
    assert found.accuracy_agree == pytest.approx(1)
    assert np.isnan(found.accuracy_disagree)


def test_with_itself_it_is_whole() -> None:
    found = agreement(FIRST, FIRST, np.arange(4), TRUTH)
    assert found.weighted == found.plain == 1
    assert np.isnan(found.weight_disagree)
    assert np.isnan(found.accuracy_disagree)


def test_where_nothing_reaches_or_nothing_is_left() -> None:
    none = propagated([-1] * 5, [0.0] * 5)
    assert np.isnan(agreement(none, none, np.arange(4), TRUTH).weighted)
    assert agreement(none, none, np.arange(4), TRUTH).plain == 1
    with pytest.raises(InvalidInput, match="none is left"):
        agreement(FIRST, SECOND, np.arange(0), TRUTH)
