"""Every registered sampler and learner keeps the promises of its kind, whatever its parameters."""

from dataclasses import fields, replace
from typing import Any

import pytest

from alviz import learners, samplers
from alviz.learners import Linear, Supervised
from alviz.samplers import CoreGCN, Coreset, Revival, UncertainGCN
from alviz.testing import check_learner, check_sampler
from alviz.testing.learners import made_up_pool

# The contract does not depend on how long anything trains.
QUICK = {"steps": 15, "epochs": 4}
LARGE = {"resnet18", "vgg11"}


def quick(part: Any) -> Any:
    changes = {f.name: QUICK[f.name] for f in fields(part) if f.name in QUICK}
    return replace(part, **changes | ({"epochs": 1} if part.name in LARGE else {}))


def test_the_seven_samplers_of_the_first_release_are_registered() -> None:
    expected = {"core_gcn", "coreset", "entropy", "least_confidence", "margin", "random", "uncertain_gcn"}
    assert expected <= set(samplers.names())
    assert {"linear", "supervised"} <= set(learners.names())


@pytest.mark.parametrize("name", samplers.names())
def test_registered_sampler(name: str) -> None:
    check_sampler(quick(samplers.make(name)))


@pytest.mark.parametrize("name", learners.names())
def test_registered_learner(name: str) -> None:
    check_learner(quick(learners.make(name)))


@pytest.mark.parametrize(
    "sampler",
    [
        Coreset(),
        UncertainGCN(graph="knn", k=5),
        UncertainGCN(graph="knn", k=1000, normalize="column"),  # more neighbors than there are nodes
        UncertainGCN(graph="ones", layers=1),
        UncertainGCN(graph="identity", layers=3, dropout=0.0),
        UncertainGCN(normalize="column", negative="relu", lam=0.0),
        CoreGCN(graph="knn", k=3, layers=3),
        CoreGCN(graph="identity", hidden=1),
        Revival(parts="LP+VAG", weights="cosine", dropout=0.0),
        Revival(parts="VAG+BL", m_factor=1.0),
        Revival(parts="LP+BL", k=1, hidden=1),
        Revival(k=1000, m_factor=1e6, epsilon=0.0),  # more neighbors than there are nodes, more candidates too
    ],
    ids=repr,
)
def test_sampler_with_other_parameters(sampler: Any) -> None:
    check_sampler(quick(sampler))


@pytest.mark.parametrize(
    "learner",
    [
        Linear(C=100.0),
        Supervised(model="mlp", optimizer="sgd", schedule="step", warm=True),
        Supervised(augment="shift_flip", warm=True, batch=4),
        Supervised(augment="shift", schedule="constant", standardize=False),
        Supervised(optimizer="sgd", momentum=0.0, weight_decay=0.0, batch=1),
        Supervised(model="mlp", dropout=0.5),
        Supervised(dropout=0.3, warm=True, augment="shift"),
        Supervised(model="wrn28", dropout=0.3, optimizer="rmsprop"),
    ],
    ids=repr,
)
def test_learner_with_other_parameters(learner: Any) -> None:
    check_learner(quick(learner))


def test_the_13_layer_cnn_on_the_least_images() -> None:
    learner = Supervised(model="cnn13", dropout=0.5, warm=True, schedule="long_cosine")
    check_learner(quick(learner), made_up_pool("image", side=12))
