import numpy as np
import pytest
from learners.helpers import fit, per_class
from sklearn.linear_model import LogisticRegression

from alviz import datasets
from alviz.learners import Linear
from alviz.learners.linear import softmax, vectors

POOL = datasets.digits()
PIXELS = POOL.X.reshape(len(POOL), -1) / 255


def test_accuracy_on_digits() -> None:
    # Chance is 10 %; seen: 90 % from ten labels per class.
    assert fit(Linear(), POOL, per_class(POOL, 10)).metrics["accuracy"] > 0.85
    assert fit(Linear(), POOL, np.arange(len(POOL))).metrics["accuracy"] > 0.95


@pytest.mark.parametrize("seen", [[3, 8], [0, 4, 9], list(range(10))], ids=len)
def test_probabilities_are_those_of_scikit_learn_and_zero_for_classes_without_a_label(seen: list[int]) -> None:
    ids = np.flatnonzero(np.isin(POOL.y, seen))[:80]
    assert set(POOL.y[ids]) == set(seen)
    ours = fit(Linear(C=0.5), POOL, ids).snapshot
    reference = LogisticRegression(C=0.5, max_iter=1000).fit(PIXELS[ids].astype(np.float32), POOL.y[ids])
    assert ours.probs is not None
    np.testing.assert_allclose(ours.probs[:, seen], reference.predict_proba(PIXELS), atol=2e-3)
    unseen = np.setdiff1d(np.arange(10), seen)
    assert (ours.probs[:, unseen] == 0).all()
    assert (ours.probs.argmax(1) == reference.predict(PIXELS)).mean() > 0.998


def test_one_class_is_certain() -> None:
    ids = np.flatnonzero(POOL.y == 7)[:3]
    found = fit(Linear(), POOL, ids)
    expected = np.zeros(10)
    expected[7] = 1
    np.testing.assert_array_equal(found.snapshot.probs, np.tile(expected, (len(POOL), 1)))
    assert found.metrics["accuracy"] == pytest.approx((POOL.y_test == 7).mean())


def test_a_stronger_penalty_means_smaller_weights() -> None:
    ids = per_class(POOL, 5)
    norms = [np.linalg.norm(fit(Linear(C=C), POOL, ids).weights["weight"]) for C in (0.01, 1, 100)]
    assert norms[0] < norms[1] < norms[2]


def test_features_are_the_examples_before_and_after_the_first_label() -> None:
    cold = fit(Linear(), POOL, []).snapshot
    assert cold.gives == {"features"}
    np.testing.assert_allclose(cold.features, PIXELS, atol=1e-7)
    np.testing.assert_array_equal(fit(Linear(), POOL, [1, 2, 3]).snapshot.features, cold.features)


def test_vectors_stay_and_images_are_scaled() -> None:
    X = np.array([[1.5, -2], [300, 0]], dtype=np.float32)
    np.testing.assert_array_equal(vectors(X), X)
    image = np.array([[[0, 51], [255, 102]]], dtype=np.uint8)
    np.testing.assert_allclose(vectors(image), [[0, 0.2, 1, 0.4]], atol=1e-7)


def test_softmax_of_worked_and_extreme_rows() -> None:
    rows = np.array([[0, np.log(3)], [1e4, -1e4], [-1e4, -1e4]], dtype=np.float32)
    np.testing.assert_allclose(softmax(rows), [[0.25, 0.75], [1, 0], [0.5, 0.5]], atol=1e-6)
