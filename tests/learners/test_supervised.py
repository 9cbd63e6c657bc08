from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from learners.helpers import fit, per_class
from torch import nn

from alviz import datasets
from alviz.errors import InvalidInput
from alviz.learners import Previous, Supervised
from alviz.learners.linear import softmax
from alviz.learners.training import Scaling
from alviz.models.mlp import MLP
from alviz.models.small_cnn import SmallCNN

POOL = datasets.digits()
RNG = np.random.default_rng(0)
VECTORS = datasets.arrays(RNG.normal(size=(30, 6)), np.arange(30) % 3)
COLOR = datasets.arrays(RNG.integers(0, 256, (30, 9, 7, 3), dtype=np.uint8), np.arange(30) % 3)


@cache
def labels() -> Any:
    return per_class(POOL, 10)


@pytest.mark.parametrize(
    "learner",
    [
        Supervised(),
        Supervised(model="mlp"),
        Supervised(augment="shift", shift=1),
        Supervised(optimizer="sgd", lr=0.05, schedule="step"),
    ],
    ids=["small_cnn", "mlp", "augmented", "sgd"],
)
def test_accuracy_on_digits(learner: Supervised) -> None:
    # Chance is 10 %; seen from ten labels per class: 84 to 95 %.
    found = fit(learner, POOL, labels())
    assert found.metrics["accuracy"] > 0.75
    assert found.snapshot.probs is not None
    assert (found.snapshot.probs[labels()].argmax(1) == POOL.y[labels()]).mean() > 0.97


def rebuilt(model: nn.Module, weights: Any) -> nn.Module:
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return model.eval()


@pytest.mark.parametrize("augment", ["none", "shift", "shift_flip"])
def test_the_pool_is_scored_without_augmentation(augment: str) -> None:
    """The weights, an own pass over the unchanged images, the same numbers."""
    found = fit(Supervised(augment=augment, epochs=3), POOL, labels())
    model = rebuilt(SmallCNN((1, 8, 8), 10), found.weights)
    mean, std = POOL.X.mean(dtype=np.float64), POOL.X.std(dtype=np.float64)
    with torch.no_grad():
        x = torch.from_numpy(((POOL.X[:, None] - mean) / std).astype(np.float32))
        features, logits = model.body(x), model(x)
        test = model(torch.from_numpy(((POOL.X_test[:, None] - mean) / std).astype(np.float32)))
    np.testing.assert_allclose(found.snapshot.features, features, atol=1e-4)
    np.testing.assert_allclose(found.snapshot.probs, softmax(logits.numpy()), atol=1e-4)
    assert found.metrics["accuracy"] == pytest.approx((test.argmax(1).numpy() == POOL.y_test).mean(), abs=0.003)


def test_augmentation_changes_what_is_learned() -> None:
    results = [fit(Supervised(augment=a, epochs=3), POOL, labels()).snapshot.probs for a in ("none", "shift")]
    assert np.abs(results[0] - results[1]).max() > 0.01


def test_warm_starts_where_the_cycle_before_ended() -> None:
    before = fit(Supervised(epochs=20), POOL, labels())
    still = {"epochs": 1, "lr": 1e-8, "weight_decay": 0.0}
    warm = fit(Supervised(warm=True, **still), POOL, labels(), Previous(before.weights), seed=1)
    for name, value in warm.weights.items():
        np.testing.assert_allclose(value, before.weights[name], atol=1e-6)
    np.testing.assert_allclose(warm.snapshot.probs, before.snapshot.probs, atol=1e-4)
    scratch = fit(Supervised(**still), POOL, labels(), Previous(before.weights), seed=1)
    assert np.abs(scratch.weights["body.0.weight"] - before.weights["body.0.weight"]).max() > 0.1
    first = fit(Supervised(warm=True, **still), POOL, labels(), None, seed=1)
    np.testing.assert_array_equal(first.weights["body.0.weight"], scratch.weights["body.0.weight"])


def test_streams_decide_the_start_and_the_batches() -> None:
    a, b = (fit(Supervised(epochs=2), POOL, labels(), seed=seed).snapshot.probs for seed in (1, 2))
    assert np.abs(a - b).max() > 0.01


def test_weight_decay_shrinks_the_weights() -> None:
    sizes = [
        np.linalg.norm(fit(Supervised(weight_decay=wd, lr=0.01, epochs=10), POOL, labels()).weights["body.7.weight"])
        for wd in (0.0, 1.0)
    ]
    assert sizes[1] < 0.95 * sizes[0]


@pytest.mark.parametrize(("pool", "shape"), [(POOL, (1, 8, 8)), (COLOR, (3, 9, 7)), (VECTORS, (6,))], ids=repr)
def test_an_own_network_gets_the_shape_and_its_named_layer_is_the_features(pool: Any, shape: tuple[int, ...]) -> None:
    asked: list[Any] = []

    def factory(shape: tuple[int, ...], classes: int) -> nn.Module:
        asked.append((shape, classes))
        torch_size = int(np.prod(shape))
        return nn.Sequential(nn.Flatten(), nn.Linear(torch_size, 11), nn.Tanh(), nn.Linear(11, classes))

    learner = Supervised(model=factory, feature_layer="2", epochs=2)
    assert learner.check(pool) == {"features", "probs", "head", "predict"}
    found = fit(learner, pool, np.arange(12))
    assert set(asked) == {(shape, len(pool.classes))}
    features = found.snapshot.features
    assert features is not None
    assert features.shape == (len(pool), 11)
    scaling = Scaling.of(pool.X, True)
    x = scaling.apply(scaling.raw(pool.X, "cpu")).flatten(1).numpy()
    expected = np.tanh(x @ found.weights["1.weight"].T + found.weights["1.bias"])
    np.testing.assert_allclose(features, expected, atol=1e-5)


def test_a_layer_that_does_not_feed_the_classifier_gives_no_head() -> None:
    def factory(shape: tuple[int, ...], classes: int) -> nn.Module:
        return nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.Softplus(), nn.Linear(6, classes, bias=False))

    early = Supervised(model=factory, feature_layer="0", epochs=1)
    assert early.check(VECTORS) == {"features", "probs", "predict"}
    assert fit(early, VECTORS, [0, 1, 2]).snapshot.head is None
    late = fit(Supervised(model=factory, feature_layer="2", epochs=1), VECTORS, [0, 1, 2]).snapshot
    assert late.head is not None
    np.testing.assert_array_equal(late.head.bias, 0)
    np.testing.assert_allclose(softmax(late.features @ late.head.weight.T), late.probs, atol=1e-5)


def test_no_network_is_trained_that_does_not_fit() -> None:
    def untrainable(module: nn.Module) -> Any:
        return lambda shape, classes: module

    cases = [
        (Supervised(feature_layer="boddy"), POOL, r"'boddy'\. Did you mean 'body'.*layers: body, classifier, dropout;"),
        (Supervised(model=untrainable(nn.Sequential(nn.Linear(6, 7))), feature_layer="0"), VECTORS, r"\(7,\).*\(3,\)"),
        (Supervised(model=untrainable(nn.Sequential(nn.GRU(6, 3))), feature_layer="0"), VECTORS, "returns tuple"),
        (Supervised(model="small_cnn"), VECTORS, "holds vectors. Use model='mlp'"),
        (Supervised(augment="shift"), VECTORS, "Use augment='none'"),
        (Supervised(device="toaster"), POOL, "torch cannot use device='toaster' here"),
    ]
    if not torch.cuda.is_available():
        cases.append((Supervised(device="cuda"), POOL, "torch cannot use device='cuda' here"))
    for learner, pool, message in cases:
        with pytest.raises(InvalidInput, match=message):
            learner.check(pool)


def test_a_network_with_batch_norm_learns_from_an_uneven_number_of_labels() -> None:
    def factory(shape: tuple[int, ...], classes: int) -> nn.Module:
        body = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5))
        network = nn.Sequential()
        network.add_module("body", body)
        network.add_module("classifier", nn.Linear(16, classes))
        return network

    found = fit(Supervised(model=factory, batch=32, epochs=3), POOL, np.arange(33))
    assert int(found.weights["body.2.num_batches_tracked"]) == 6
    again = fit(Supervised(model=factory, batch=32, epochs=3, warm=True), POOL, np.arange(33), Previous(found.weights))
    assert int(again.weights["body.2.num_batches_tracked"]) == 12, "warm: buffers go on too"


def test_networks_that_alviz_ships() -> None:
    torch.manual_seed(0)
    assert SmallCNN((3, 32, 20), 5).body(torch.zeros(2, 3, 32, 20)).shape == (2, 64)
    assert SmallCNN((1, 4, 4), 5)(torch.zeros(1, 1, 4, 4)).shape == (1, 5)
    for model, x in ((SmallCNN((1, 8, 8), 5), torch.randn(50, 1, 8, 8)), (MLP((9,), 5), torch.randn(50, 9))):
        features = model.body(x)
        assert features.min() == 0
        assert features.max() > 0
        torch.testing.assert_close(model.classifier(features), model(x))
    # 8×8 keeps its detail; from 16×16 on the first pooling halves the image.
    kinds = [type(SmallCNN((1, s, s), 2).body[2]).__name__ for s in (8, 15, 16, 28)]
    assert kinds == ["Identity", "Identity", "MaxPool2d", "MaxPool2d"]
