from collections import Counter

import numpy as np
import pytest
from samplers.helpers import ask
from samplers.modeled import ask_passes, random_passes

from alviz.errors import InvalidInput
from alviz.samplers import LeastConfidence
from alviz.samplers.variation_ratios import VariationRatios, variation_ratio
from alviz.testing import check_sampler

PASSES = random_passes(T=9, seed=2)


def test_it_keeps_the_contract() -> None:
    for sampler in (VariationRatios(), VariationRatios(ratio="votes"), VariationRatios(passes=0)):
        check_sampler(sampler)


def test_votes_counted_one_by_one() -> None:
    found = variation_ratio(PASSES, "votes")
    for i in range(PASSES.shape[1]):
        votes = Counter(int(p.argmax()) for p in PASSES[:, i])
        assert found[i] == pytest.approx(1 - votes.most_common(1)[0][1] / 9)


def test_a_worked_example_where_the_two_ratios_differ() -> None:
    # Two weak votes for the first class, one strong one for the second.
    passes = np.array([[[0.6, 0.4]], [[0.6, 0.4]], [[0.0, 1.0]]])
    assert variation_ratio(passes, "votes")[0] == pytest.approx(1 / 3)
    assert variation_ratio(passes, "mean")[0] == pytest.approx(0.4)


def test_the_ends_of_its_range() -> None:
    alike, split = np.tile([0.0, 1.0, 0.0], (6, 1, 1)), np.eye(3)[np.arange(6) % 3][:, None]
    for ratio in ("mean", "votes"):
        assert variation_ratio(alike, ratio)[0] == 0
        assert variation_ratio(split, ratio)[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("ratio", ["mean", "votes"])
def test_picks_are_ids_among_scattered_labels(ratio: str) -> None:
    labeled, candidates = [0, 3, 17, 29], np.array([1, 4, 5, 9, 16, 18, 28])
    selection = VariationRatios(9, ratio).select(ask_passes(4, PASSES, labeled, candidates=candidates))
    expected = variation_ratio(PASSES, ratio)
    best = sorted(expected[candidates])[-4:]
    assert sorted(expected[selection.ids]) == best  # of equal ones any: they are drawn
    assert len(set(selection.ids.tolist())) == 4
    if ratio == "mean":
        assert selection.ids.tolist() == sorted(candidates.tolist(), key=lambda i: -expected[i])[:4]


def test_without_passes_it_is_least_confidence() -> None:
    for ratio in ("mean", "votes"):
        ours = VariationRatios(0, ratio).select(ask(6, [4, 20], probs=PASSES[0]))
        theirs = LeastConfidence().select(ask(6, [4, 20], probs=PASSES[0]))
        assert ours.ids.tolist() == theirs.ids.tolist()
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-6)


def test_bad_parameters() -> None:
    with pytest.raises(InvalidInput, match="expected one of 'mean', 'votes'"):
        VariationRatios(ratio="mode")
    with pytest.raises(InvalidInput, match="passes is -1"):
        VariationRatios(passes=-1)
