import numpy as np
import pytest
from samplers.helpers import ask

from alviz import samplers
from alviz.samplers import Entropy, LeastConfidence, Margin, Random
from alviz.samplers.least_confidence import least_confidence
from alviz.samplers.margin import margin

# Row by row: sure, three-way split, two-way split, lopsided, one class, zeros and a one.
PROBS = np.array(
    [[0.8, 0.1, 0.1], [0.4, 0.3, 0.3], [0.5, 0.5, 0.0], [0.5, 0.3, 0.2], [1, 0, 0], [0, 0, 1]], dtype=np.float32
)


def test_scores_of_worked_rows() -> None:
    np.testing.assert_allclose(least_confidence(PROBS), [0.2, 0.6, 0.5, 0.5, 0, 0], atol=1e-6)
    np.testing.assert_allclose(margin(PROBS), [0.7, 0.1, 0, 0.2, 1, 1], atol=1e-6)
    expected = [0.6390319, 1.0888999, 0.6931472, 1.0296530, 0, 0]
    np.testing.assert_allclose(Entropy().select(ask(1, probs=PROBS)).scores, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("sampler", "order"),
    [(LeastConfidence(), [1, 2, 3, 0, 4, 5]), (Margin(), [2, 1, 3, 0, 4, 5]), (Entropy(), [1, 3, 2, 0, 4, 5])],
    ids=["least_confidence", "margin", "entropy"],
)
def test_order_of_the_picks(sampler: samplers.Sampler, order: list[int]) -> None:
    assert sampler.select(ask(6, probs=PROBS)).ids.tolist() == order  # equal scores: lowest id first
    some = sampler.select(ask(3, labeled=[0, 1], probs=PROBS, candidates=[2, 3, 5]))
    assert some.ids.tolist() == [i for i in order if i in (2, 3, 5)]
    assert np.isnan(some.scores[[0, 1, 4]]).all()


@pytest.mark.parametrize("name", ["least_confidence", "margin", "entropy", "coreset"])
def test_ties_go_to_the_lowest_id(name: str) -> None:
    alike = ask(4, labeled=[0, 3], probs=np.full((9, 2), 0.5), features=np.ones((9, 2)))
    assert samplers.make(name).select(alike).ids.tolist() == [1, 2, 4, 5]


def test_margin_of_two_classes_and_of_ties_at_the_top() -> None:
    rows = np.array([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]], dtype=np.float32)
    np.testing.assert_allclose(margin(rows), [0.8, 0.8, 0], atol=1e-6)
    np.testing.assert_allclose(margin(np.array([[0.4, 0.4, 0.2]])), [0], atol=1e-12)


def test_random_draws_without_replacement() -> None:
    picked = Random().select(ask(100, probs=np.ones((100, 2)))).ids
    assert sorted(picked.tolist()) == list(range(100))
    assert picked.tolist() != sorted(picked.tolist())


def test_random_is_uniform_over_the_candidates_and_over_the_order() -> None:
    rng = np.random.default_rng(5)
    draws, size, n = 4000, 12, 3
    chosen, first = np.zeros(size), np.zeros(size)
    candidates = np.arange(1, 2 * size, 2)
    for _ in range(draws):
        ids = Random().select(ask(n, labeled=[0, 4], probs=np.ones((30, 2)), candidates=candidates, seed=rng)).ids
        chosen[(ids - 1) // 2] += 1
        first[(ids[0] - 1) // 2] += 1
    # Chi-square with 11 degrees of freedom: above 31.3 once in a thousand (the picks of one draw exclude each other,
    # which makes the first statistic smaller still).
    for counts, expected in ((chosen, draws * n / size), (first, draws / size)):
        assert ((counts - expected) ** 2 / expected).sum() < 31.3
