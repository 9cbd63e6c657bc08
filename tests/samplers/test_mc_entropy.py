import numpy as np
import pytest
from samplers.helpers import ask
from samplers.modeled import ask_passes, random_passes

from alviz.samplers import Entropy
from alviz.samplers.bald import mutual_information
from alviz.samplers.mc_entropy import MCEntropy, predictive_entropy
from alviz.testing import check_sampler

PASSES = random_passes(seed=1)


def test_it_keeps_the_contract() -> None:
    check_sampler(MCEntropy())
    check_sampler(MCEntropy(passes=0))


def test_the_entropy_of_the_mean_by_hand() -> None:
    found = predictive_entropy([np.array([[1.0, 0.0], [0.9, 0.1]]), np.array([[0.0, 1.0], [0.7, 0.3]])])
    np.testing.assert_allclose(found, [np.log(2), -0.8 * np.log(0.8) - 0.2 * np.log(0.2)])


def test_it_is_what_bald_leaves_plus_the_mean_entropy() -> None:
    logs = np.log(np.where(PASSES > 0, PASSES, 1).astype(np.float64))
    expected = mutual_information(PASSES) - (PASSES * logs).sum(axis=2).mean(axis=0)
    np.testing.assert_allclose(predictive_entropy(PASSES), expected, atol=1e-9)


def test_sure_passes_that_disagree_are_wanted_before_unsure_ones_that_do_not() -> None:
    disagree, unsure, sure = [[1, 0], [0, 1]], [[0.6, 0.4], [0.6, 0.4]], [[1, 0], [1, 0]]
    passes = np.stack([sure, unsure, disagree, sure], axis=1)
    selection = MCEntropy(passes=2).select(ask_passes(3, passes, [3]))
    assert selection.ids.tolist() == [2, 1, 0]


def test_without_passes_it_is_maximum_entropy_of_the_prediction() -> None:
    query = {"labeled": [2, 11], "probs": PASSES[0], "candidates": np.arange(12, 30, 2)}
    ours, theirs = (sampler.select(ask(5, **query)) for sampler in (MCEntropy(passes=0), Entropy()))
    assert ours.ids.tolist() == theirs.ids.tolist()
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-6)
    assert MCEntropy(passes=0).needs == {"probs"}
    assert MCEntropy(passes=1).needs == {"stochastic"}


@pytest.mark.parametrize("passes", [1, 7])
def test_as_many_passes_as_asked_are_made(passes: int) -> None:
    query = ask_passes(3, PASSES)
    scores = MCEntropy(passes=passes).select(query).scores
    np.testing.assert_allclose(scores, predictive_entropy(PASSES[:passes]), atol=1e-6)
