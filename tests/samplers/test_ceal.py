from dataclasses import replace

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import InvalidInput
from alviz.samplers import Entropy
from alviz.samplers.ceal import CEAL
from alviz.testing import check_sampler

PROBS = np.random.default_rng(0).dirichlet([0.05] * 4, size=60).astype(np.float32)
SCATTERED = [0, 7, 31, 59]


def normalized_entropy(p: np.ndarray) -> float:
    return -sum(float(x) * np.log(float(x)) for x in p if x > 0) / np.log(len(p))


def test_four_examples_by_hand() -> None:
    # Entropies as shares of log 2: 1, 0, h(.01) = .0808, h(.02) = .1414; the threshold is .1.
    probs = [[0.5, 0.5], [0, 1], [0.99, 0.01], [0.02, 0.98]]
    selection = CEAL().select(ask(1, probs=probs))
    assert selection.ids.tolist() == [0]
    assert selection.extra["pseudo_ids"].tolist() == [1, 2]
    assert selection.extra["pseudo_labels"].tolist() == [1, 0]
    assert selection.extra["threshold"] == 0.1


@pytest.mark.parametrize("cycle", [0, 50, 200])
def test_picks_are_those_of_entropy_and_the_rest_is_as_sure_as_the_threshold_wants(cycle: int) -> None:
    query = replace(ask(6, SCATTERED, probs=PROBS), cycle=cycle)
    selection = CEAL(threshold=0.3).select(query)
    plain = Entropy().select(query)
    assert selection.ids.tolist() == plain.ids.tolist()
    np.testing.assert_array_equal(selection.scores, plain.scores)
    rest = [i for i in range(60) if i not in SCATTERED and i not in selection.ids]
    sure = [i for i in rest if normalized_entropy(PROBS[i]) < 0.3 - 0.00033 * cycle]
    assert 0 < len(sure) < len(rest)
    assert selection.extra["pseudo_ids"].tolist() == sure
    assert selection.extra["pseudo_labels"].tolist() == [int(PROBS[i].argmax()) for i in sure]
    assert selection.extra["pseudo_ids"].dtype == selection.extra["pseudo_labels"].dtype == np.int64


def test_the_threshold_falls_to_zero_and_no_further() -> None:
    query = ask(2, probs=PROBS)
    counts = [len(CEAL(decay=0.05).select(replace(query, cycle=c)).extra["pseudo_ids"]) for c in range(4)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[1] > counts[2] == counts[3] == 0
    assert CEAL(decay=0.05).select(replace(query, cycle=9)).extra["threshold"] == 0


def test_as_sure_as_the_threshold_is_not_surer() -> None:
    # A certain row has entropy 0 and two equal classes of two have 1: both lie on a threshold, none below.
    probs = [[1, 0], [0.5, 0.5], [0.5, 0.5], [0, 1]]
    assert len(CEAL(threshold=0.0).select(ask(1, probs=probs)).extra["pseudo_ids"]) == 0
    selection = CEAL(threshold=1.0).select(ask(1, probs=probs))
    assert selection.ids.tolist() == [1], "the lower id of a tie"
    assert 2 not in selection.extra["pseudo_ids"].tolist()


def test_none_below_gives_empty_arrays() -> None:
    extra = CEAL().select(ask(1, probs=np.full((5, 3), 1 / 3))).extra
    assert extra["pseudo_ids"].shape == extra["pseudo_labels"].shape == (0,)
    assert extra["pseudo_ids"].dtype == extra["pseudo_labels"].dtype == np.int64


def test_picks_labeled_and_what_is_no_candidate_get_no_pseudo_label() -> None:
    probs = np.tile(np.float32([1, 0]), (10, 1))
    selection = CEAL().select(ask(2, [4], probs=probs, candidates=[1, 2, 5, 9]))
    assert selection.ids.tolist() == [1, 2]
    assert selection.extra["pseudo_ids"].tolist() == [5, 9]


def test_a_threshold_is_a_share() -> None:
    with pytest.raises(InvalidInput, match=r"threshold is 1\.5, expected at least 0\.0 and at most 1\.0"):
        CEAL(threshold=1.5)


@pytest.mark.parametrize("sampler", [CEAL(), CEAL(threshold=1.0, decay=0.0)], ids=repr)
def test_contract(sampler: CEAL) -> None:
    check_sampler(sampler)
