from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from alviz import datasets
from alviz.errors import InvalidInput, MissingNeeds
from alviz.samplers import Coreset, Entropy, Margin, Query, Sampler
from alviz.samplers.adapters import as_query_function
from alviz.samplers.alfa_mix import AlfaMix
from alviz.samplers.badge import BADGE
from alviz.samplers.base import highest
from alviz.samplers.ceal import CEAL
from alviz.seeding import stream
from alviz.selection import Selection


def two_parts(classes: int = 10) -> tuple[Any, Any, Any]:
    digits = datasets.digits()
    keep = np.flatnonzero(digits.y < classes)
    X, y = digits.X[keep].reshape(len(keep), -1) / 255, digits.y[keep]
    return X[60:200], X[:60], y[:60]


def learner(classes: int = 10, names: Any = None) -> tuple[Any, Any]:
    """What modAL's ActiveLearner looks like to a query strategy, and the pool."""
    pool, X, y = two_parts(classes)
    y = y if names is None else np.asarray(names)[y]
    estimator = LogisticRegression(max_iter=500).fit(X, y)
    given = SimpleNamespace(estimator=estimator, X_training=X, y_training=y, predict_proba=estimator.predict_proba)
    return given, pool


def test_it_picks_what_the_probabilities_say() -> None:
    given, pool = learner()
    ids, scores = as_query_function("margin")(given, pool, 5)
    probs = np.sort(given.predict_proba(pool), axis=1)
    margins = probs[:, -1] - probs[:, -2]
    assert ids.tolist() == np.argsort(margins, kind="stable")[:5].tolist()
    np.testing.assert_allclose(scores, -margins[ids], atol=1e-6)
    assert len(as_query_function(Entropy())(given, pool)[0]) == 1, "one unless more are asked for"


def test_training_examples_are_what_is_labeled() -> None:
    given, pool = learner()
    ids, _ = as_query_function("coreset")(given, pool, 6)
    everything = np.concatenate([pool, given.X_training])
    labeled = np.arange(len(pool), len(everything))
    assert ids.tolist() == Coreset().select(ask(6, labeled, features=everything)).ids.tolist()
    alone, _ = as_query_function("coreset")(given.estimator, pool, 6)
    assert alone.tolist() == Coreset().select(ask(6, features=pool)).ids.tolist(), "nothing labeled is known"


class Seen(Exception):
    """Carries the query out."""


class Look(Sampler):
    name = "look"

    def select(self, query: Query) -> Selection:
        raise Seen(query)


def seen(given: Any, pool: Any) -> Query:
    with pytest.raises(Seen) as caught:
        as_query_function(Look())(given, pool, 3)
    return caught.value.args[0]


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_head_explains_the_probabilities(classes: int) -> None:
    query = seen(*learner(classes))
    logits = query.features @ query.head.weight.T + query.head.bias
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares / shares.sum(axis=1, keepdims=True), query.probs, atol=1e-4)
    assert len(query.probs) == len(query.features) == len(query.candidates) + len(query.labels)


def test_labels_are_places_among_the_classes_whatever_they_are_called() -> None:
    named = seen(*learner(3, ["zebra", "ape", "cat"]))
    given, _ = learner(3)
    order = np.array([2, 0, 1])  # zebra, ape, cat, sorted
    assert named.labels.values.tolist() == order[given.y_training].tolist()
    assert named.task.classes == ("ape", "cat", "zebra")  # type: ignore[attr-defined]
    assert named.labels.ids.tolist() == list(range(len(named.candidates), named.size))


def test_samplers_that_draw_use_the_stream_of_the_call() -> None:
    given, pool = learner()
    first, second = as_query_function(BADGE(), seed=4), as_query_function(BADGE(), seed=4)
    calls = [first(given, pool, 8)[0].tolist() for _ in range(2)]
    assert calls == [second(given, pool, 8)[0].tolist() for _ in range(2)]
    assert calls[0] != calls[1]
    assert first.cycle == 2
    query = seen(given, pool)
    assert query.rng.bit_generator.state == stream(0, 0, "sampler").bit_generator.state


def test_samplers_that_count_cycles_see_the_calls() -> None:
    class Cycle(CEAL):
        def select(self, query: Query) -> Selection:
            return highest(query, np.full(len(query.candidates), float(query.cycle)))

    given, pool = learner()
    function = as_query_function(Cycle())
    assert [float(function(given, pool, 1)[1][0]) for _ in range(3)] == [0, 1, 2]


def test_what_the_classifier_does_not_have_is_missed() -> None:
    given, pool = learner()
    tree = DecisionTreeClassifier(random_state=0).fit(given.X_training, given.y_training)
    assert len(as_query_function("margin")(tree, pool, 3)[0]) == 3
    with pytest.raises(MissingNeeds, match="no head"):
        as_query_function(AlfaMix())(SimpleNamespace(**{**vars(given), "estimator": tree}), pool, 3)
    with pytest.raises(MissingNeeds, match="no probs"):
        as_query_function("margin")(LogisticRegression(), pool, 3)
    assert len(as_query_function("coreset")(LogisticRegression(), pool, 3)[0]) == 3


def test_a_linear_layer_that_explains_nothing_is_no_head() -> None:
    given, pool = learner(3)
    odd = SimpleNamespace(**{**vars(given), "predict_proba": lambda X: np.full((len(X), 3), 1 / 3)})
    with pytest.raises(MissingNeeds, match="no head"):
        as_query_function(AlfaMix())(odd, pool, 3)


def test_images_are_flattened() -> None:
    pool, _, _ = two_parts()
    images = pool.reshape(-1, 8, 8)
    assert as_query_function("coreset")(LogisticRegression(), images, 4)[0].tolist() == (
        as_query_function("coreset")(LogisticRegression(), pool, 4)[0].tolist()
    )


@pytest.mark.parametrize(
    ("pool", "n", "message"),
    [
        (np.zeros((4, 2)), 5, "n_instances is 5, expected at most 4"),
        (np.zeros((4, 2)), 0, "n_instances"),
        (np.zeros(4), 1, r"X_pool has shape \(4,\)"),
        (np.full((4, 2), np.nan), 1, "expected rows of finite numbers"),
        ([["a", "b"]], 1, "X_pool is list, expected an array of numbers"),
    ],
)
def test_bad_input(pool: Any, n: int, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        as_query_function("coreset")(LogisticRegression(), pool, n)


def test_modal_asks_it() -> None:
    models = pytest.importorskip("modAL.models")
    pool, X, y = two_parts()
    for n in (1, 2, 5):
        active = models.ActiveLearner(LogisticRegression(max_iter=500), as_query_function(Margin()), X, y)
        ids, examples = active.query(pool, n_instances=n)
        expected = as_query_function("margin")(active, pool, n)[0]
        assert np.asarray(ids).tolist() == expected.tolist()
        np.testing.assert_array_equal(examples, pool[expected])
