"""What recorded weights say of any examples, with dropout and without; and dropout as a parameter of networks."""

from typing import Any

import numpy as np
import pytest
import torch
from learners.helpers import fit
from torch import nn

from alviz import datasets, learners, models
from alviz.errors import InvalidInput, MissingNeeds, Stopped
from alviz.learners import VGG11, Learner, Linear, ResNet18, Supervised
from alviz.learners.linear import softmax
from alviz.part import silent
from alviz.testing.learners import made_up_pool

RNG = np.random.default_rng(0)
IMAGES, VECTORS = made_up_pool("image"), made_up_pool("vector")
SMALL = datasets.arrays(RNG.integers(0, 256, (6, 32, 32), dtype=np.uint8), np.arange(6) % 2)
HALF = np.arange(0, 48, 2)


def predict(learner: Any, pool: Any, found: Any, X: Any, seed: int | None = None) -> Any:
    return learner.predict(pool, found.weights, X, silent, None if seed is None else np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("learner", "pool"),
    [
        (Linear(), IMAGES),
        (Linear(), VECTORS),
        (Supervised(epochs=3), IMAGES),
        (Supervised(epochs=3, standardize=False, dropout=0.4), IMAGES),
        (Supervised(epochs=3, dropout=0.4), VECTORS),
        (Supervised(model="resnet18", epochs=2, batch=8, dropout=0.2), IMAGES),
    ],
    ids=repr,
)
def test_the_snapshot_again_and_other_examples_as_a_test_split_would_see_them(learner: Any, pool: Any) -> None:
    found = fit(learner, pool, HALF)
    np.testing.assert_allclose(predict(learner, pool, found, pool.X), found.snapshot.probs, atol=1e-5)
    # Examples scaled by the pool's mean and deviation, not by their own.
    some = predict(learner, pool, found, pool.X[5:7])
    np.testing.assert_allclose(some, found.snapshot.probs[5:7], atol=1e-5)
    other = pool.X[::-1] // 2 if pool.kind == "image" else pool.X[::-1] / 2
    scored = predict(learner, pool, found, other)
    assert np.abs(scored - found.snapshot.probs[::-1]).max() > 5e-3
    np.testing.assert_allclose(scored.sum(axis=1), 1, atol=1e-5)


def dropped_input(shape: tuple[int, ...], classes: int) -> nn.Module:
    """A linear classifier that drops a half of its inputs in training."""
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(int(np.prod(shape)), classes))


def test_every_pass_drops_each_input_or_doubles_it() -> None:
    """With one input there are two predictions: of 0 and of twice the input, as often as not."""
    x = np.repeat(np.linspace(-2, 2, 40, dtype=np.float32), 10)[:, None]
    pool = datasets.arrays(x, (x[:, 0] > 0).astype(int))
    learner = Supervised(model=dropped_input, feature_layer="0", epochs=20, standardize=False)
    assert learner.check(pool) == {"features", "probs", "head", "predict", "stochastic"}
    found = fit(learner, pool, np.arange(0, 400, 3))
    w, b = found.weights["2.weight"][:, 0], found.weights["2.bias"]
    one, none = softmax(2 * x * w + b), softmax(0 * x * w + b)
    passes = np.stack([predict(learner, pool, found, x, seed) for seed in range(20)])
    doubled = np.isclose(passes, one, atol=1e-5).all(axis=2)
    dropped = np.isclose(passes, none, atol=1e-5).all(axis=2)
    assert (doubled | dropped).all()
    assert abs(doubled[:, np.abs(x[:, 0]) > 0.1].mean() - 0.5) < 0.03  # of 7,600 draws: five standard errors
    np.testing.assert_allclose(predict(learner, pool, found, x), softmax(x * w + b), atol=1e-5)


def test_the_stream_decides_a_pass_and_nothing_else_is_drawn_from() -> None:
    learner = Supervised(model="mlp", epochs=3, dropout=0.3)
    found = fit(learner, VECTORS, HALF)
    state = torch.random.get_rng_state()
    first, again, other = (predict(learner, VECTORS, found, VECTORS.X, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    plain = predict(learner, VECTORS, found, VECTORS.X)
    np.testing.assert_array_equal(plain, predict(learner, VECTORS, found, VECTORS.X))
    mean = np.mean([predict(learner, VECTORS, found, VECTORS.X, seed) for seed in range(60)], axis=0)
    assert np.abs(mean - plain).mean() < 0.3 * np.abs(first - plain).mean() + 0.02
    assert torch.equal(state, torch.random.get_rng_state())


class Normalized(nn.Sequential):
    """Batch normalization, and dropout that drops next to nothing."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(shape[0], 4), nn.BatchNorm1d(4), nn.Dropout(1e-9))
        self.classifier = nn.Linear(4, classes)


def test_batch_normalization_keeps_its_averages_in_a_pass() -> None:
    learner = Supervised(model=Normalized, epochs=2)
    assert "stochastic" in learner.check(VECTORS)
    found = fit(learner, VECTORS, HALF)
    plain = predict(learner, VECTORS, found, VECTORS.X[:3])
    np.testing.assert_allclose(predict(learner, VECTORS, found, VECTORS.X[:3], 1), plain, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape", "places"),
    [
        ("mlp", (6,), ["body.dropout1", "dropout"]),
        ("small_cnn", (1, 8, 8), ["body.dropout", "dropout"]),
        ("resnet18", (1, 8, 8), ["dropout"]),
        ("vgg11", (3, 32, 32), ["dropout"]),
        ("vgg16", (3, 32, 32), ["dropout"]),
        ("cnn13", (3, 12, 12), ["body.dropout1", "body.dropout2"]),
        ("wrn28", (3, 8, 8), [f"body.group{g}.{b}.dropout" for g in (1, 2, 3) for b in range(4)]),
    ],
)
def test_where_networks_drop_and_that_their_weights_are_the_same_with_and_without(
    name: str, shape: tuple[int, ...], places: list[str]
) -> None:
    networks = []
    for more in ({}, {"dropout": 0.0}, {"dropout": 0.25}):
        torch.manual_seed(0)
        networks.append(models.get(name)(shape, 3, **more))
    first, *others = (network.state_dict() for network in networks)
    for other in others:
        assert other.keys() == first.keys()
        assert all(torch.equal(first[key], other[key]) for key in first)
    active = {key: m.p for key, m in networks[2].named_modules() if isinstance(m, nn.Dropout)}
    assert active == dict.fromkeys(places, 0.25)
    assert all(m.p == 0 for network in networks[:2] for m in network.modules() if isinstance(m, nn.Dropout))
    # Without dropout, or in evaluation, one function.
    x = torch.randn(4, *shape)
    plain, dropping = networks[1].eval()(x), networks[2].eval()(x)
    torch.testing.assert_close(plain, dropping)
    torch.testing.assert_close(networks[2].classifier(networks[2].body(x)), dropping)
    for module in networks[2].modules():
        if isinstance(module, nn.Dropout):
            module.train()
    assert not torch.allclose(networks[2](x), dropping)


def test_the_order_of_layers_with_dropout() -> None:
    kinds = [type(layer).__name__ for layer in models.get("mlp")((6,), 3, (8, 8, 8), dropout=0.5).body]
    assert kinds == ["Flatten", *["Linear", "ReLU", "Dropout"] * 2, "Linear", "ReLU"]
    kinds = [type(layer).__name__ for layer in models.get("small_cnn")((1, 8, 8), 3, dropout=0.5).body]
    assert kinds[-5:] == ["AdaptiveMaxPool2d", "Flatten", "Dropout", "Linear", "ReLU"]


def test_training_drops_and_the_snapshot_does_not() -> None:
    plain, dropped = (fit(Supervised(epochs=3, dropout=share), IMAGES, HALF) for share in (0.0, 0.5))
    assert np.abs(plain.snapshot.probs - dropped.snapshot.probs).max() > 0.01
    snapshot = dropped.snapshot
    again = softmax(snapshot.features @ snapshot.head.weight.T + snapshot.head.bias)
    np.testing.assert_allclose(again, snapshot.probs, atol=1e-5)


def test_a_learner_without_dropout_is_recorded_as_before_there_was_any() -> None:
    for name in ("supervised", "resnet18", "vgg11"):
        plain, dropping = learners.make(name), learners.get(name)(dropout=0.3)
        assert "dropout" not in plain.config()["params"]
        assert plain.config() == learners.get(name)(dropout=0).config()
        assert dropping.config()["params"]["dropout"] == 0.3
        for learner in (plain, dropping):
            assert learners.make(learner.config()) == learner


@pytest.mark.parametrize(
    ("learner", "pool", "more"),
    [
        (Linear(), VECTORS, {"predict"}),
        (Supervised(), IMAGES, {"predict"}),
        (Supervised(dropout=0.1), VECTORS, {"predict", "stochastic"}),
        (ResNet18(), IMAGES, {"predict"}),
        (ResNet18(dropout=0.1), IMAGES, {"predict", "stochastic"}),
        (VGG11(dropout=0.1), SMALL, {"predict", "stochastic"}),
        (Supervised(model=dropped_input, feature_layer="0"), IMAGES, {"predict", "stochastic"}),
    ],
    # Neither sets nor functions have a text that is the same in two processes.
    ids=["linear", "cnn", "mlp, dropout", "resnet18", "resnet18, dropout", "vgg11, dropout", "own, dropout"],
)
def test_what_a_learner_says_it_gives(learner: Any, pool: Any, more: set[str]) -> None:
    assert learner.check(pool) == {"features", "probs", "head"} | more


class Bare(Learner):
    name = "bare"
    gives = frozenset({"features"})

    def fit(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def test_what_cannot_be_asked_is_one_sentence() -> None:
    mlp, linear = Supervised(model="mlp", epochs=1), Linear()
    plain, flat = fit(mlp, VECTORS, HALF), fit(linear, VECTORS, HALF)
    cases: list[tuple[Any, type[Exception], str]] = [
        (lambda: predict(Bare(), VECTORS, plain, VECTORS.X), MissingNeeds, "'bare' cannot be asked about other"),
        (lambda: predict(mlp, VECTORS, plain, VECTORS.X, 1), MissingNeeds, "has no dropout, and so no stochastic"),
        (lambda: predict(linear, VECTORS, flat, VECTORS.X, 1), MissingNeeds, "'linear' has no dropout"),
        (
            lambda: predict(mlp, IMAGES, plain, IMAGES.X),
            InvalidInput,
            r"of another network: body.1.weight is \(128, 5\), expected \(128, 64\)",
        ),
        (lambda: predict(mlp, VECTORS, flat, VECTORS.X), InvalidInput, "bias is .*expected no such weights"),
        (
            lambda: Supervised(model=Normalized, dropout=0.1).check(VECTORS),
            InvalidInput,
            "Normalized takes no dropout, and dropout is 0.1",
        ),
    ]
    for call, error, message in cases:
        with pytest.raises(error, match=message) as refused:
            call()
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("learner", [Linear(), Supervised(model="mlp", epochs=1)], ids=lambda learner: learner.name)
def test_no_examples_and_a_stop(learner: Any) -> None:
    found = fit(learner, VECTORS, HALF)
    assert predict(learner, VECTORS, found, VECTORS.X[:0]).shape == (0, 3)

    def stop(*_: Any) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        learner.predict(VECTORS, found.weights, VECTORS.X, stop)
