"""The networks that alviz ships and other people's: what they compute, what they learn, what they cannot take."""

import io
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs
import torch
import torchvision
from learners.helpers import fit
from torch import nn
from torch.nn import functional

from alviz import CycleRunner, Pool, datasets, learners, models
from alviz.errors import AlvizWarning, InvalidInput
from alviz.graphs.dense import dense_graph
from alviz.learners import VGG11, ResNet18, Supervised
from alviz.learners.linear import softmax
from alviz.learners.loss_prediction import LossPrediction
from alviz.models.wrn28 import WRN28

RNG = np.random.default_rng(0)


def images(side: int, *channels: int, n: int = 8) -> Pool:
    return datasets.arrays(RNG.integers(0, 256, (n, side, side, *channels), dtype=np.uint8), np.arange(n) % 2)


VECTORS = datasets.arrays(RNG.normal(size=(8, 6)), np.arange(8) % 2)


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [
        ("resnet18", (3, 32, 32), 11_173_962),  # the number that others report for ten classes
        ("resnet18", (1, 28, 28), 11_173_962 - 2 * 64 * 9),
        # 3×3 convolutions with bias, two per channel for the normalization, one linear layer.
        ("vgg11", (3, 32, 32), 9_220_480 + 2 * 2752 + 512 * 10 + 10),
        ("vgg11", (1, 32, 32), 9_231_114 - 2 * 64 * 9),
        ("vgg16", (3, 32, 32), 14_714_688 + 2 * 4224 + 512 * 10 + 10),
        # Weights; bias, length and two of the normalization per channel; the classifier and its lengths.
        ("cnn13", (3, 32, 32), 3_116_416 + 4 * 2048 + 128 * 10 + 10 + 10),
        ("cnn13", (1, 28, 28), 3_125_908 - 2 * 128 * 9),
        ("wrn28", (3, 32, 32), 1_467_610),  # 1.47 M in MixMatch
    ],
)
def test_number_of_parameters(name: str, shape: tuple[int, ...], parameters: int) -> None:
    assert sum(p.numel() for p in models.get(name)(shape, 10).parameters()) == parameters


def test_wide_resnets_are_as_large_as_published() -> None:
    """Table 4 of Wide Residual Networks: 36.5 M with k = 10; exactly what others count."""
    with torch.device("meta"):
        wide = WRN28((3, 32, 32), 10, width=10)
        assert sum(p.numel() for p in wide.parameters()) == 36_479_194
        assert wide.body(torch.empty(2, 3, 32, 32)).shape == (2, 640)


def assert_same_in_both_modes(
    ours: Callable[[Any], Any], theirs: Callable[[Any], Any], *modules: nn.Module, x: Any
) -> None:
    for training in (False, True):
        for module in modules:
            module.train(training)
        with torch.no_grad():
            torch.testing.assert_close(ours(x), theirs(x))


def test_resnet18_is_that_of_torchvision_with_another_stem() -> None:
    torch.manual_seed(0)
    ours, theirs = models.get("resnet18")((3, 32, 32), 7), torchvision.models.resnet18(num_classes=7)
    theirs.conv1, theirs.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
    weights = {name.removeprefix("body.").replace("classifier", "fc"): w for name, w in ours.state_dict().items()}
    theirs.load_state_dict(weights)
    assert_same_in_both_modes(ours, theirs, ours, theirs, x=torch.randn(3, 3, 32, 32))


@pytest.mark.parametrize(("name", "configuration"), [("vgg11", "A"), ("vgg16", "D")])
def test_the_convolutions_of_vgg_are_those_of_torchvision(name: str, configuration: str) -> None:
    torch.manual_seed(0)
    ours, theirs = (
        models.get(name)((3, 32, 32), 7),
        torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs[configuration], batch_norm=True),
    )
    weights = [w for name, w in ours.state_dict().items() if name.startswith("body.")]
    theirs.load_state_dict(dict(zip(theirs.state_dict(), weights, strict=True)))
    x = torch.randn(3, 3, 64, 32)
    assert_same_in_both_modes(ours.get_submodule("body"), lambda x: theirs(x).mean((2, 3)), ours, theirs, x=x)


@pytest.mark.parametrize(
    ("name", "layers", "channels", "sides"),
    [
        ("resnet18", "layer", (64, 128, 256, 512), (32, 16, 8, 4)),
        ("vgg11", "block", (64, 128, 256, 512, 512), (16, 8, 4, 2, 1)),
        ("vgg16", "block", (64, 128, 256, 512, 512), (16, 8, 4, 2, 1)),
        ("wrn28", "group", (32, 64, 128), (32, 16, 8)),
    ],
)
def test_stages_by_name_initial_weights_and_the_head(
    name: str, layers: str, channels: tuple[int, ...], sides: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    model = models.get(name)((2, 32, 32), 5).eval()
    seen: list[Any] = []
    for number in range(1, len(channels) + 1):
        stage = model.get_submodule(f"body.{layers}{number}")
        stage.register_forward_hook(lambda _module, _inputs, output: seen.append(tuple(output.shape[1:])))
    with torch.no_grad():
        x = torch.randn(40, 2, 32, 32)
        features = model.get_submodule("body")(x)
        assert seen == [(c, side, side) for c, side in zip(channels, sides, strict=True)]
        assert features.shape == (40, channels[-1])
        assert features.min() >= 0
        assert (features > 0).float().mean() > 0.3
        torch.testing.assert_close(model.get_submodule("classifier")(features), model(x))
    # He et al. 2015: the variance of a convolution's weights is 2 / (outputs × 9).
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            assert float(module.weight.detach().std()) == pytest.approx((2 / (module.out_channels * 9)) ** 0.5, rel=0.1)


@pytest.mark.parametrize(
    ("model", "side", "width"),
    [("resnet18", 32, 512), ("vgg11", 32, 512), ("vgg16", 32, 512), ("cnn13", 12, 128), ("wrn28", 9, 128)],
)
@pytest.mark.parametrize("channels", [(), (3,)], ids=["gray", "color"])
def test_the_snapshot_has_features_and_the_head_that_makes_the_probabilities(
    model: str, side: int, width: int, channels: Any
) -> None:
    pool, learner = images(side, *channels), Supervised(model=model, epochs=1)
    assert learner.check(pool) == {"features", "probs", "head", "predict"}
    snapshot = fit(learner, pool, [0, 1, 2]).snapshot
    assert snapshot.features is not None
    assert snapshot.head is not None
    assert snapshot.features.shape == (8, width)
    assert snapshot.features.min() >= 0 or model == "cnn13"
    again = softmax(snapshot.features @ snapshot.head.weight.T + snapshot.head.bias)
    np.testing.assert_allclose(again, snapshot.probs, atol=1e-5)


def test_cnn13_layer_by_layer() -> None:
    """Table 5 of Mean Teachers, written out with functions; running averages and lengths are not at their initial 1."""
    torch.manual_seed(0)
    model = models.get("cnn13")((3, 32, 32), 10)
    for _ in range(3):
        model(3 * torch.randn(8, 3, 32, 32))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("original0", "bias")) or weight.ndim == 1:
                weight.uniform_(-0.5, 1.5)
    w = model.eval().state_dict()

    def weight(name: str) -> Any:
        length, direction = (w[f"{name}.parametrizations.weight.original{i}"] for i in (0, 1))
        return length * direction / direction.flatten(1).norm(dim=1).view(-1, *[1] * (direction.ndim - 1))

    def convolve(x: Any, name: str, index: int, padding: int) -> Any:
        x = functional.conv2d(x, weight(f"{name}.{index}"), w[f"{name}.{index}.bias"], padding=padding)
        mean, var, scale, bias = (
            w[f"{name}.{index + 1}.{what}"].view(-1, 1, 1) for what in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / (var + 1e-5).sqrt() * scale + bias
        return torch.where(x > 0, x, 0.1 * x)

    inputs = x = torch.randn(5, 3, 32, 32)
    sizes = []
    for number, padding in ((1, 1), (2, 1), (3, 0)):
        for index in (0, 3, 6):
            x = convolve(x, f"body.block{number}", index, padding)
            sizes.append(tuple(x.shape[1:]))
        x = functional.max_pool2d(x, 2) if number < 3 else functional.avg_pool2d(x, 6).flatten(1)
    assert sizes == [(128, 32, 32)] * 3 + [(256, 16, 16)] * 3 + [(512, 6, 6), (256, 6, 6), (128, 6, 6)]
    features = x / (x**2).sum(1, keepdim=True).sqrt()
    assert features.min() < 0
    with torch.no_grad():
        torch.testing.assert_close(model.get_submodule("body")(inputs), features)
        torch.testing.assert_close(model(inputs), features @ weight("classifier").T + w["classifier.bias"])


def test_a_block_of_wrn28_normalizes_before_it_convolves() -> None:
    torch.manual_seed(0)
    model = WRN28((3, 8, 8), 4)
    model(torch.randn(16, 3, 8, 8))
    w, x = model.eval().state_dict(), torch.randn(2, 32, 8, 8)

    def active(x: Any, name: str) -> Any:
        names = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(w[f"{name}.{what}"] for what in names)).relu()

    for name, shortcut, stride in (("body.group2.0", True, 2), ("body.group1.2", False, 1)):
        first = active(x, f"{name}.normalize1")
        inner = functional.conv2d(first, w[f"{name}.convolution1.weight"], padding=1, stride=stride)
        second = active(inner, f"{name}.normalize2")
        residual = functional.conv2d(second, w[f"{name}.convolution2.weight"], padding=1)
        beside = functional.conv2d(first, w[f"{name}.shortcut.weight"], stride=stride) if shortcut else x
        with torch.no_grad():
            torch.testing.assert_close(model.get_submodule(name)(x), residual + beside)


@pytest.mark.parametrize(
    ("name", "side", "regime"),
    [
        # Features of length one want a long classifier, which takes a large rate: the paper's.
        ("cnn13", 12, {"optimizer": "sgd", "lr": 0.2, "epochs": 60}),
        ("wrn28", 8, {"lr": 1e-3, "epochs": 60}),
        ("vgg16", 32, {"lr": 1e-3, "epochs": 30}),
    ],
)
def test_ten_images_are_learned_by_heart(name: str, side: int, regime: Any) -> None:
    pool = images(side, 3, n=10)
    found = fit(Supervised(model=name, batch=10, weight_decay=0.0, **regime), pool, np.arange(10))
    assert -np.log(found.snapshot.probs[np.arange(10), pool.y]).mean() < 0.05


def test_features_of_cnn13_have_length_one_and_signs() -> None:
    """The dense graph takes them as long as every node has a positive degree, and says what to do where one has not."""
    found = fit(Supervised(model="cnn13", epochs=20, optimizer="sgd", lr=0.2), images(12, n=12), np.arange(12))
    features = torch.from_numpy(found.snapshot.features)
    torch.testing.assert_close(features.norm(dim=1), torch.ones(12))
    assert features.min() < -0.02
    assert dense_graph(features).degrees.min() > 0
    with pytest.raises(InvalidInput, match=r"features of mixed sign cause it.*negative='relu'"):
        dense_graph(torch.cat([features, -features]))


@pytest.mark.parametrize(
    ("model", "side", "widths"),
    [("cnn13", 12, [128, 256, 128]), ("wrn28", 8, [32, 64, 128]), ("vgg16", 32, [64, 128, 256, 512])],
)
def test_a_loss_head_reads_the_blocks(model: str, side: int, widths: list[int]) -> None:
    learner, pool = Supervised(model=model, epochs=1, loss_head=True), images(side)
    assert "loss" in learner.check(pool)
    predicted = fit(learner, pool, [0, 1, 2]).snapshot.loss
    assert predicted is not None
    assert np.isfinite(predicted).all()
    network = models.get(model)((1, side, side), 2)
    blocks = LossPrediction(network, torch.zeros(2, 1, side, side)).head.blocks
    assert [block.get_submodule("0").in_features for block in blocks] == widths


@pytest.mark.parametrize("model", ["cnn13", "wrn28"])
def test_weights_come_back_from_the_disk(model: str, tmp_path: Path) -> None:
    """Warm starts go on from them and predictions are those of the snapshot, stochastic passes differ."""
    pool = images(12, n=16)
    learner = Supervised(model=model, epochs=2, dropout=0.3, warm=True)
    runner = CycleRunner(pool, learner, "margin", initial=6, budget=2, path=tmp_path / "run")
    runner.run(until=1)
    runner.close()
    first, second = (runner.history.weights(cycle) for cycle in (0, 1))
    probs = runner.history.snapshot(1).probs
    fresh = models.get(model)((1, 12, 12), 2).state_dict()
    assert first.keys() == second.keys() == fresh.keys()
    assert int(second[next(name for name in fresh if name.endswith("tracked"))]) == 4, "two steps in each of two fits"
    np.testing.assert_allclose(learner.predict(pool, second, pool.X, lambda *_: None), probs, atol=1e-5)
    one, two, again = (
        learner.predict(pool, second, pool.X, lambda *_: None, np.random.default_rng(seed)) for seed in (0, 1, 0)
    )
    assert np.abs(one - two).max() > 1e-4
    np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("name", ["resnet18", "vgg11"])
def test_defaults_are_those_of_seqgcn(name: str) -> None:
    protocol = {
        "model": name, "optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": False, "weight_decay": 5e-4,
        "batch": 128, "epochs": 200, "schedule": "step", "augment": "shift_flip", "shift": 4, "warm": False,
        "feature_layer": "body", "standardize": True, "device": "cpu",
    }  # fmt: skip
    assert learners.make(name).config() == {"name": name, "params": protocol}
    with pytest.raises(InvalidInput, match="lr is 11, expected at least"):
        learners.get(name)(lr=11)
    with pytest.raises(InvalidInput, match=f"model is 'mlp', expected one of '{name}'"):
        learners.get(name)(model="mlp")


def test_nesterov_is_a_choice_that_only_momentum_has() -> None:
    def probs(**changes: Any) -> Any:
        return fit(Supervised(optimizer="sgd", epochs=3, **changes), VECTORS, np.arange(6)).snapshot.probs

    np.testing.assert_array_equal(probs(), probs(nesterov=True))
    assert np.abs(probs() - probs(nesterov=False)).max() > 1e-5
    np.testing.assert_array_equal(probs(momentum=0), probs(momentum=0, nesterov=False))


def flat(shape: tuple[int, ...], classes: int) -> nn.Module:
    return nn.Sequential(OrderedDict(body=nn.Flatten(), classifier=nn.Linear(shape[0], classes)))


def test_a_step_of_rmsprop() -> None:
    """The first one divides a gradient g, decay included, by √(0.01 g²): ten rates against its sign, as torch does."""
    options: dict[str, Any] = {"optimizer": "rmsprop", "schedule": "constant", "standardize": False, "epochs": 1}
    before = fit(Supervised(model=flat, **options, lr=1e-8, weight_decay=0.0), VECTORS, np.arange(6)).weights
    after = fit(Supervised(model=flat, **options, lr=0.01, weight_decay=0.2), VECTORS, np.arange(6)).weights
    model = flat((6,), 2)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in before.items()})
    loss = functional.cross_entropy(model(torch.tensor(VECTORS.X[:6].tolist())), torch.arange(6) % 2)
    loss.backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None
        gradient = (weight.grad + 0.2 * weight).detach().numpy()
        np.testing.assert_allclose(after[name], before[name] - 0.1 * np.sign(gradient), atol=1e-5)
    torch.optim.RMSprop(model.parameters(), lr=0.01, weight_decay=0.2).step()
    for name, weight in model.named_parameters():
        np.testing.assert_allclose(after[name], weight.detach().numpy(), atol=1e-5)


@pytest.fixture(scope="module")
def cifar(data: Path) -> Pool:
    """64 images of four classes, and 80 to test on."""
    archive = data / "cifar10-jpeg.zip"
    if not archive.is_file():
        pytest.skip(f"no {archive}")
    from PIL import Image

    classes = ("airplane", "automobile", "frog", "horse")
    with zipfile.ZipFile(archive) as zipped:

        def read(split: str, n: int) -> Any:
            names = [f"{split}/{name}/{i:04}.jpg" for i in range(n) for name in classes]
            return np.stack([np.asarray(Image.open(io.BytesIO(zipped.read(name)))) for name in names])

        X, X_test = read("train", 16), read("test", 20)
    return datasets.arrays(X, np.arange(64) % 4, X_test, np.arange(80) % 4, classes=classes, name="cifar")


@pytest.mark.parametrize(
    ("model", "step", "rate"),
    [("vgg11", 1, {"lr": 3e-4}), ("resnet18", 2, {"lr": 0.01, "optimizer": "sgd"})],
    ids=["vgg11", "resnet18"],
)
def test_learning_64_real_images(model: str, step: int, rate: Any, cifar: Pool) -> None:
    # ResNet-18 sees every second pixel, a quarter of the work. Chance is 25 %; seen on unseen images: 50 to 58 %.
    pool = datasets.arrays(
        cifar.X[:, ::step, ::step], cifar.y, cifar.X_test[:, ::step, ::step], cifar.y_test, classes=cifar.classes
    )
    found = fit(Supervised(model=model, epochs=5, batch=8, **rate), pool, np.arange(64))
    assert (found.snapshot.probs.argmax(1) == pool.y).mean() > 0.9
    assert found.metrics["accuracy"] > 0.38


def squeezenet(shape: tuple[int, ...], classes: int) -> nn.Module:
    return torchvision.models.squeezenet1_1(num_classes=classes)


def plain_resnet(shape: tuple[int, ...], classes: int) -> nn.Module:
    return torchvision.models.resnet18(num_classes=classes)


@pytest.mark.parametrize(
    ("factory", "layer", "gives"),
    [(squeezenet, "features", {"features", "probs"}), (plain_resnet, "avgpool", {"features", "probs", "head"})],
)
def test_a_network_of_torchvision_by_factory_and_layer(factory: Any, layer: str, gives: set[str]) -> None:
    learner, pool = Supervised(model=factory, feature_layer=layer, epochs=1), images(32, 3)
    assert learner.check(pool) - {"predict", "stochastic"} == gives
    found = fit(learner, pool, [0, 1, 2, 3])
    assert found.snapshot.gives == gives
    model = factory((3, 32, 32), 2)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in found.weights.items()})
    mean, std = pool.X.mean((0, 1, 2), dtype=np.float64), pool.X.std((0, 1, 2), dtype=np.float64)
    x = torch.from_numpy(((pool.X - mean) / std).astype(np.float32)).permute(0, 3, 1, 2)
    seen: list[Any] = []
    model.eval().get_submodule(layer).register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        np.testing.assert_allclose(found.snapshot.probs, softmax(model(x).numpy()), atol=1e-4)
    np.testing.assert_allclose(found.snapshot.features, seen[0].flatten(1), atol=1e-3)


def test_a_network_of_three_channels_is_given_the_one_of_gray_images_three_times() -> None:
    """It learns what it learns from gray images in color, and says so before a run begins; colors are let through."""
    gray, learner = images(32), Supervised(model=plain_resnet, feature_layer="avgpool", epochs=2)
    color = datasets.arrays(np.repeat(gray.X[..., None], 3, axis=3), np.arange(8) % 2)
    with pytest.warns(AlvizWarning, match="reads three channels and the images have one: it is given that one three"):
        assert learner.check(gray) == learner.check(color)
    ours, theirs = (fit(learner, pool, np.arange(6)) for pool in (gray, color))
    assert ours.weights.keys() == theirs.weights.keys()
    np.testing.assert_allclose(ours.snapshot.features, theirs.snapshot.features, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ours.snapshot.probs, theirs.snapshot.probs, rtol=0, atol=1e-4)
    again = learner.predict(gray, ours.weights, gray.X, lambda *_: None)
    np.testing.assert_allclose(again, ours.snapshot.probs, rtol=0, atol=1e-5)
    # Inner layers are left alone, and so are networks that read one channel.
    with pytest.raises(InvalidInput, match=r"shape \(1, 32, 32\): .*channels"):
        Supervised(model=fixed(nn.Conv2d(1, 1, 3), nn.Conv2d(3, 4, 3))).check(gray)
    Supervised(model="resnet18").check(gray)


class Picky(nn.Module):
    """A person's own network that says what it takes."""

    least = 12

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.body, self.classifier = nn.Flatten(), nn.Linear(int(np.prod(shape)), classes)


def fixed(*layers: nn.Module) -> Any:
    def factory(shape: tuple[int, ...], classes: int) -> nn.Module:
        model = nn.Sequential()
        model.add_module("body", nn.Sequential(*layers))
        return model

    return factory


class Auxiliary(nn.Sequential):
    def forward(self, x: Any) -> Any:
        logits = super().forward(x)
        return (logits, logits) if self.training else logits


def test_what_a_network_cannot_take_is_one_sentence() -> None:
    small, gray, color = images(16, 3), images(32), images(32, 3)
    wide = datasets.arrays(np.zeros((4, 31, 90), np.uint8), np.arange(4) % 2)
    cases: list[tuple[Any, Pool, str]] = [
        (VGG11(), VECTORS, r"VGG11 reads images, Pool\(.*\) holds vectors\. Use model='mlp'"),
        (ResNet18(), VECTORS, "ResNet18 reads images"),
        (Supervised(model="vgg11"), VECTORS, "VGG11 reads images"),
        (Supervised(model=Picky), VECTORS, "Picky reads images"),
        (Supervised(model="vgg16"), small, "VGG16 takes images of at least 32×32"),
        (Supervised(model="cnn13"), images(11), r"CNN13 takes images of at least 12×12, .*11×11.*size=12"),
        (Supervised(model="cnn13"), VECTORS, "CNN13 reads images"),
        (Supervised(model="wrn28"), VECTORS, "WRN28 reads images"),
        (VGG11(), small, r"VGG11 takes images of at least 32×32, Pool\(.*16×16.*smaller.*small_cnn.*size=32"),
        (VGG11(), wide, r"at least 32×32, Pool\(.*31×90"),
        (Supervised(model=Picky), images(11), "at least 12×12"),
        (Supervised(model=fixed(nn.Flatten(), nn.Linear(3072, 2))), small, r"shape \(3, 16, 16\): mat1 and mat2"),
        (Supervised(model=fixed(nn.Conv2d(2, 4, 3))), gray, r"shape \(1, 32, 32\): .*channels"),
        (Supervised(model=fixed(nn.Conv2d(3, 4, 3), nn.MaxPool2d(99))), color, "Output size is too small"),
        (Supervised(model=lambda *_: Auxiliary(nn.Flatten()), feature_layer="0"), color, "in training, returns tuple"),
        (ResNet18(feature_layer="layer4"), color, "no layer named 'layer4'. Did you mean 'body.layer4'.*: body, class"),
        (VGG11(feature_layer="penultimate"), color, "no layer named 'penultimate'. Its outermost layers: body, class"),
        (Supervised(model=lambda *_: nn.Linear(6, 2)), VECTORS, "Its outermost layers: none"),
    ]
    for learner, pool, message in cases:
        with pytest.raises(InvalidInput, match=message) as refused:
            learner.check(pool)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 360


@pytest.mark.parametrize("side", [1, 5, 33])
def test_sizes_that_some_networks_do_take(side: int) -> None:
    for learner in (Supervised(model=model, epochs=1) for model in ("resnet18", "small_cnn", "wrn28")):
        learner.check(images(side))
        probs = fit(learner, images(side), [0, 1]).snapshot.probs
        np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)


class Normalized(nn.Sequential):
    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(shape[0], 4), nn.BatchNorm1d(4))
        self.classifier = nn.Linear(4, classes)


def test_an_example_alone_in_its_batch_teaches_what_batch_normalization_lets_through() -> None:
    """One value per channel is normalized to zero: only the last bias learns, by lr (1 - p) and no more."""
    options: dict[str, Any] = {"optimizer": "sgd", "momentum": 0.0, "weight_decay": 0.0, "lr": 0.5}
    learner = Supervised(model=Normalized, epochs=1, schedule="constant", **options)
    before = fit(Supervised(model=Normalized, epochs=1, **{**options, "lr": 1e-8}), VECTORS, [3]).weights
    after = fit(learner, VECTORS, [3]).weights
    np.testing.assert_allclose(after["body.0.weight"], before["body.0.weight"], atol=1e-4)
    p = softmax(before["classifier.bias"][None])[0]
    np.testing.assert_allclose(after["classifier.bias"], before["classifier.bias"] - 0.5 * (p - [0, 1]), atol=1e-5)
    assert int(after["body.1.num_batches_tracked"]) == 1


@pytest.mark.parametrize(("labels", "batch"), [(1, 32), (3, 1), (3, 2)])
def test_batch_normalization_takes_any_number_of_labels(labels: int, batch: int) -> None:
    found = fit(ResNet18(epochs=2, batch=batch), images(8), np.arange(labels))
    assert np.isfinite(found.snapshot.features).all()


def test_running_averages_stay_in_a_run_and_come_back_when_they_were_dropped(few: Pool, tmp_path: Path) -> None:
    learner = ResNet18(epochs=2, lr=0.01, warm=True)
    setting: dict[str, Any] = {"sampler": "margin", "initial": 12, "budget": 4, "seed": 1}
    whole = CycleRunner(few, learner, path=tmp_path / "whole", **setting)
    whole.run(until=1)
    lean = CycleRunner(few, learner, path=tmp_path / "lean", keep=("features", "probs", "head"), **setting)
    lean.step()
    lean.close()
    lean = CycleRunner.resume(tmp_path / "lean", pool=few)
    lean.run(until=1)
    assert runs.story(lean.history)["fit 1"] == runs.story(whole.history)["fit 1"], "warm over dropped weights"
    lean.restore(0)  # a warning would say that something differs
    assert runs.story(lean.history) == runs.story(whole.history)
    for cycle, steps in ((0, 2), (1, 4)):
        ours, theirs = (runner.history.weights(cycle) for runner in (lean, whole))
        assert ours.keys() == theirs.keys()
        assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)
        count = ours["body.bn1.num_batches_tracked"]
        assert (int(count), count.dtype, count.shape) == (steps, np.int64, ())
