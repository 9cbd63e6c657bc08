import numpy as np
import pytest
from samplers.heads import ask_head, head_of

from alviz.errors import MissingNeeds
from alviz.learners.linear import softmax
from alviz.samplers.alfa_mix import AlfaMix, class_anchors, flipping_epsilon
from alviz.snapshot import Head
from alviz.testing import check_sampler

SCATTERED = [0, 7, 8, 29]


def data(n: int = 30, d: int = 6, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, Head]:
    rng = np.random.default_rng(seed)
    X = rng.gamma(1, size=(n, d)).astype(np.float32)
    return X, head_of(0.5 * rng.normal(size=(classes, d)), rng.normal(size=classes))


def mixed_flips(X: np.ndarray, anchors: np.ndarray, head: Head, epsilon: float) -> np.ndarray:
    """Eq 2, 5 and 6 word by word, an anchor and an example at a time."""
    W, b = head.weight.astype(np.float64), head.bias.astype(np.float64)
    flips = np.zeros(len(X), dtype=bool)
    for i, z in enumerate(X.astype(np.float64)):
        logits = W @ z + b
        p = np.exp(logits - logits.max())
        p /= p.sum()
        gradient = W.T @ (p - np.eye(len(b))[logits.argmax()])
        for anchor in anchors:
            gap = anchor - z
            moves = gap != 0
            alpha = np.zeros(len(z))
            share = epsilon / np.sqrt(len(z)) * np.linalg.norm(gap) / np.linalg.norm(gradient[moves])
            alpha[moves] = share * gradient[moves] / gap[moves]
            mix = alpha * anchor + (1 - alpha) * z
            flips[i] |= (W @ mix + b).argmax() != logits.argmax()
    return flips


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("epsilon", [0.2, 0.7, 2.0])
def test_what_flips_is_what_flips_when_features_are_mixed(seed: int, epsilon: float) -> None:
    X, head = data(seed=seed)
    labels = np.array([1, 1, 3, 0])
    anchors = class_anchors(X[SCATTERED], labels)
    candidates = np.setdiff1d(np.arange(30), SCATTERED)
    expected = mixed_flips(X[candidates], anchors, head, epsilon)
    assert ((flipping_epsilon(X[candidates], anchors, head) < epsilon) == expected).all()
    selection = AlfaMix(epsilon=epsilon).select(ask_head(3, X, head, SCATTERED, labels))
    assert selection.extra["flipped"] == expected.sum()
    assert ((selection.scores[candidates] > 1 / (1 + epsilon)) == expected).all()


def test_units_that_died_do_not_move() -> None:
    X, head = data()
    X[:, 2] = 0
    heavy = Head(head.weight.copy(), head.bias)
    heavy.weight[:, 2] = [9, -9, 4, -3]
    anchors = class_anchors(X[SCATTERED], np.array([1, 1, 3, 0]))
    X = np.delete(X, SCATTERED, axis=0)
    np.testing.assert_allclose(flipping_epsilon(X, anchors, heavy), flipping_epsilon(X, anchors, head))
    expected = mixed_flips(X, anchors, heavy, 0.5)
    assert 0 < expected.sum() < len(X)
    assert ((flipping_epsilon(X, anchors, heavy) < 0.5) == expected).all()


def test_anchors_are_means_of_the_labeled_of_each_class() -> None:
    X = np.array([[0.0, 1], [2, 3], [4, 5]], dtype=np.float32)
    np.testing.assert_array_equal(class_anchors(X, np.array([4, 1, 4])), [[2, 3], [2, 3]])
    np.testing.assert_array_equal(class_anchors(X, np.array([4, 1, 1])), [[3, 4], [0, 1]])


def test_one_example_by_hand() -> None:
    # Logits z and -z: ∇ points to 0, the boundary, 3 away. The anchors lie 1 and 6 away: ε·6 > 3 needs ε > 1/2.
    anchors = np.array([[4.0], [-3.0]])
    found = flipping_epsilon(np.array([[3.0]], dtype=np.float32), anchors, head_of([[1.0], [-1]]))
    np.testing.assert_allclose(found, [0.5])


def test_a_prediction_that_no_mix_flips_scores_zero_and_comes_last() -> None:
    # Feature 1 decides nothing and class 2 can never win: with both rows of W equal there is no gradient.
    head = head_of([[1.0, 0], [1, 0]], [1, 0])
    X = np.random.default_rng(0).random((6, 2))
    selection = AlfaMix().select(ask_head(4, X, head, [1], [0]))
    assert selection.extra["flipped"] == 0
    assert selection.ids.tolist() == [0, 2, 3, 4], "ties to the lowest id"
    assert (selection.scores[selection.ids] == 0).all()


def test_with_too_few_flips_those_that_flip_next() -> None:
    X, head = data(60)
    query = ask_head(30, X, head, SCATTERED)
    selection = AlfaMix(epsilon=0.3).select(query)
    flipped = selection.extra["flipped"]
    assert 0 < flipped < 30
    best = query.candidates[np.argsort(-selection.scores[query.candidates], kind="stable")]
    assert set(selection.ids.tolist()) == set(best[:30].tolist())
    assert selection.ids[flipped:].tolist() == best[flipped:30].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_one_pick_of_each_region_that_flips(seed: int) -> None:
    # Two directions on the boundary of classes 0 and 1, 20 and 10 examples, and 30 far from it.
    rng = np.random.default_rng(0)
    X = 0.01 * rng.normal(size=(60, 3))
    X[:20, 1] += 1
    X[20:30, 2] += 1
    X[30:, 0] += 5
    X[0, 0] = 5
    selection = AlfaMix().select(ask_head(2, X, head_of([[1.0, 0, 0], [-1, 0, 0]]), [0], seed=seed))
    first, second = selection.ids
    assert first < 20 <= second < 30
    assert selection.extra["gain"].tolist() == [19, 10]


def test_scaled_features_cluster_by_direction() -> None:
    rng = np.random.default_rng(0)
    X = np.repeat([[0.0, 1, 0], [0, 0, 1]], 15, axis=0) * rng.uniform(1, 50, size=(30, 1))
    X[:, 0] = 0.01 * rng.normal(size=30)
    X[0] = [60, 0, 0]
    selection = AlfaMix(epsilon=100.0).select(ask_head(2, X, head_of([[1.0, 0, 0], [-1, 0, 0]]), [0]))
    assert sorted(selection.ids // 15) == [0, 1]


def test_certain_predictions_keep_their_gradient() -> None:
    X = np.array([[900.0], [400.0], [-1.0]], dtype=np.float32)
    head = head_of([[1.0], [-1]])
    assert softmax(X @ head.weight.T)[0, 1] == 0, "float32 sees no doubt"
    found = flipping_epsilon(X, np.array([[-100.0]]), head)
    np.testing.assert_allclose(found[1], 400 / 500)


def test_without_labels_it_says_what_is_missing() -> None:
    X, head = data()
    with pytest.raises(MissingNeeds, match="alfa_mix mixes in the features of labeled examples, and there are none"):
        AlfaMix().select(ask_head(3, X, head))


@pytest.mark.parametrize("sampler", [AlfaMix(), AlfaMix(epsilon=5.0)], ids=repr)
def test_contract(sampler: AlfaMix) -> None:
    check_sampler(sampler)
