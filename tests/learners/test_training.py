"""The parts of training, each against numbers worked out by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from alviz.errors import InvalidInput
from alviz.learners import training
from alviz.learners.training import Scaling, describe, flip, learning_rate, shift, shuffled_batches


def nothing(done: int, total: int) -> None:
    """Report to nobody."""


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("cosine", {0: 1, 0.25: 0.8535534, 0.5: 0.5, 1: 0}),
        ("long_cosine", {0: 1, 0.525: 0.5, 0.7: 0.25, 1: 0.00558459}),
        ("step", {0: 1, 0.79: 1, 0.8: 0.1, 0.99: 0.1}),
        ("constant", {0: 1, 0.5: 1, 0.99: 1}),
    ],
)
def test_schedule(schedule: str, factors: dict[float, float]) -> None:
    for done, factor in factors.items():
        assert learning_rate(schedule, done) == pytest.approx(factor, abs=1e-7)


@pytest.mark.parametrize(("n", "batch"), [(1, 1), (1, 32), (33, 32), (100, 32), (64, 32), (7, 3), (5, 100)])
def test_batches_cover_every_row_once_in_even_sizes(n: int, batch: int) -> None:
    torch.manual_seed(0)
    batches = list(shuffled_batches(n, batch))
    sizes = [len(rows) for rows in batches]
    assert sorted(torch.cat(batches).tolist()) == list(range(n))
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= batch
    assert len(sizes) == -(-n // batch)
    if n > 30:
        assert torch.cat(batches).tolist() != torch.cat(list(shuffled_batches(n, batch))).tolist(), "each epoch anew"


def test_scaling_by_channel_entry_and_pool() -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (9, 4, 5), dtype=np.uint8)
    color = rng.integers(0, 256, (9, 4, 5, 3), dtype=np.uint8)
    rows = rng.normal(3, 5, size=(9000, 4)).astype(np.float32)  # more than one block
    cases = [(grey, None, grey[:, None]), (color, (0, 1, 2), color.transpose(0, 3, 1, 2)), (rows, 0, rows)]
    for X, axes, moved in cases:
        scaling = Scaling.of(X, True)
        np.testing.assert_allclose(scaling.mean.squeeze(), X.mean(axis=axes, dtype=np.float64), rtol=1e-6)
        np.testing.assert_allclose(scaling.std.squeeze(), X.std(axis=axes, dtype=np.float64), rtol=1e-6)
        inputs = scaling.apply(scaling.raw(X, "cpu"))
        shape = (1, -1) + (1,) * (moved.ndim - 2)
        expected = (moved - scaling.mean.reshape(shape)) / scaling.std.reshape(shape)
        np.testing.assert_allclose(inputs, expected, atol=1e-6)
        assert inputs.dtype == torch.float32


def test_without_standardizing_images_go_to_zero_one_and_vectors_stay() -> None:
    image = np.array([[[0, 255]], [[51, 102]]], dtype=np.uint8)
    scaling = Scaling.of(image, False)
    np.testing.assert_allclose(scaling.apply(scaling.raw(image, "cpu")).flatten(), [0, 1, 0.2, 0.4], atol=1e-7)
    rows = np.array([[1000, -3]], dtype=np.float32)
    scaling = Scaling.of(rows, False)
    np.testing.assert_array_equal(scaling.apply(scaling.raw(rows, "cpu")), rows)


def test_constant_entries_become_zero_and_small_variation_still_counts() -> None:
    rng = np.random.default_rng(0)
    n = 20_000
    years = (2000 + rng.integers(0, 2, n) / 8).astype(np.float32)  # a spread of 3e-5 of the mean
    X = np.stack([np.full(n, 0.1), np.full(n, -1e6), np.zeros(n), years, rng.normal(0, 1e-8, n)], 1).astype(np.float32)
    scaling = Scaling.of(X, True)
    inputs = scaling.apply(scaling.raw(X, "cpu")).numpy()
    assert (inputs[:, :3] == 0).all()
    np.testing.assert_allclose(inputs[:, 3:].std(0), 1, rtol=1e-2)
    black = np.zeros((5, 8, 8), np.uint8)
    scaling = Scaling.of(black, True)
    assert (scaling.apply(scaling.raw(black, "cpu")) == 0).all()


IMAGE = torch.arange(1.0, 10).view(1, 1, 3, 3)  # 1 2 3 / 4 5 6 / 7 8 9


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (1, 1, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (0, 0, [[5, 4, 5], [2, 1, 2], [5, 4, 5]]),  # down and right by one, reflected in
        (2, 1, [[4, 5, 6], [7, 8, 9], [4, 5, 6]]),  # up by one
        (1, 2, [[2, 3, 2], [5, 6, 5], [8, 9, 8]]),  # left by one
    ],
)
def test_shift_of_a_worked_image(row: int, column: int, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    offsets = iter([row, column])
    monkeypatch.setattr(torch, "randint", lambda low, high, size: torch.full(size, next(offsets)))
    np.testing.assert_array_equal(shift(IMAGE, 1)[0, 0], expected)


def test_every_image_is_shifted_by_its_own_draw_and_channels_together() -> None:
    torch.manual_seed(0)
    gradient = torch.arange(8.0).view(1, 1, 8, 1) * 100 + torch.arange(8.0)
    x = torch.cat([gradient, -gradient], dim=1).expand(600, 2, 8, 8)
    moved = shift(x, 2)
    np.testing.assert_array_equal(moved[:, 1], -moved[:, 0])
    # The entry at (4, 4) is read from rows and columns 2..6.
    seen, counts = np.unique(moved[:, 0, 4, 4].numpy(), return_counts=True)
    assert seen.tolist() == [100.0 * r + c for r in range(2, 7) for c in range(2, 7)]
    assert counts.min() > 5
    assert shift(IMAGE, 16).shape == IMAGE.shape, "a small image bounds the shift"


def test_flip_of_a_worked_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda n: torch.tensor([0.2, 0.7]))
    flipped = flip(IMAGE.expand(2, 1, 3, 3))
    np.testing.assert_array_equal(flipped[0, 0], [[3, 2, 1], [6, 5, 4], [9, 8, 7]])
    np.testing.assert_array_equal(flipped[1], IMAGE[0])


def test_about_half_are_flipped() -> None:
    torch.manual_seed(0)
    share = (flip(IMAGE.expand(2000, 1, 3, 3))[:, 0, 0, 0] == 3).float().mean()
    assert 0.45 < share < 0.55


def as_it_is(batch: torch.Tensor) -> torch.Tensor:
    return batch


def train(model: nn.Module, x: Any, y: Any, **changes: Any) -> list[float]:
    """Train by plain gradient descent; return the learning rate of every step."""
    rates: list[float] = []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    optimizer.register_step_pre_hook(lambda opt, *_: rates.append(opt.param_groups[0]["lr"]))
    options = {"epochs": 1, "batch": 100, "schedule": "constant", "progress": nothing, "augment": as_it_is, **changes}
    training.train(model, optimizer, torch.as_tensor(x), torch.as_tensor(y), **options)
    return rates


def test_one_step_is_the_gradient_of_the_mean_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)).astype(np.float32), rng.integers(0, 4, 12)
    model = nn.Linear(3, 4)
    W, b = model.weight.detach().numpy().copy(), model.bias.detach().numpy().copy()
    train(model, x, y)
    p = np.exp(x @ W.T + b)
    p /= p.sum(1, keepdims=True)
    error = (p - np.eye(4)[y]) / 12
    np.testing.assert_allclose(model.weight.detach(), W - 0.5 * error.T @ x, atol=1e-6)
    np.testing.assert_allclose(model.bias.detach(), b - 0.5 * error.sum(0), atol=1e-6)


def test_rate_falls_over_all_steps_and_progress_counts_them() -> None:
    said: list[tuple[int, int]] = []
    x, y = np.zeros((10, 2), np.float32), np.zeros(10, np.int64)
    rates = train(
        nn.Linear(2, 2), x, y, epochs=5, batch=5, schedule="cosine", progress=lambda *report: said.append(report)
    )
    np.testing.assert_allclose(rates, [0.25 * (1 + np.cos(np.pi * i / 10)) for i in range(10)])
    assert said == [(i, 10) for i in range(11)]


def test_training_augments_every_batch_and_is_in_training_mode() -> None:
    seen: list[tuple[bool, int]] = []
    model = nn.Linear(2, 2)

    def augment(batch: torch.Tensor) -> torch.Tensor:
        seen.append((model.training, len(batch)))
        return batch

    model.eval()
    train(model, np.zeros((7, 2), np.float32), np.zeros(7, np.int64), batch=4, epochs=2, augment=augment)
    assert sorted(seen) == [(True, 3), (True, 3), (True, 4), (True, 4)]


def look(model: nn.Module, layer: nn.Module, X: Any) -> Any:
    X = np.asarray(X, dtype=np.float32)
    return describe(model, layer, Scaling.of(X, False), X, "cpu", nothing)


def test_describe_is_in_evaluation_mode_and_in_order_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_ROWS", 4)
    X = np.random.default_rng(0).normal(size=(11, 3)).astype(np.float32)
    model = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.9), nn.BatchNorm1d(5), nn.Linear(5, 2))
    features, logits = look(model, model[1], X)
    W, b = (p.detach().numpy() for p in model[0].parameters())
    np.testing.assert_allclose(features, X @ W.T + b, atol=1e-6)
    W, b = (p.detach().numpy() for p in model[3].parameters())
    np.testing.assert_allclose(logits, features / np.sqrt(1 + 1e-5) @ W.T + b, atol=1e-6)
    assert not model[1]._forward_hooks, "the hook is gone"


@pytest.mark.parametrize(("pixels", "starts"), [(10**6, [0, 5]), (40, [0, 2, 4, 5]), (3, [0, 1, 2, 3, 4, 5])])
def test_large_images_go_through_few_at_a_time(pixels: int, starts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_PIXELS", pixels)
    X = np.random.default_rng(0).integers(0, 256, (5, 4, 5, 3), dtype=np.uint8)
    model, said = nn.Sequential(nn.Flatten(), nn.Linear(60, 2)), []
    features, logits = describe(
        model, model[0], Scaling.of(X, False), X, "cpu", lambda done, total: said.append((done, total))
    )
    assert said == [(start, 5) for start in starts]
    np.testing.assert_allclose(features, X.transpose(0, 3, 1, 2).reshape(5, -1) / 255, atol=1e-6)
    assert logits.shape == (5, 2)


def test_features_are_what_the_layer_gave_even_if_the_next_one_works_in_place() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True), nn.Linear(3, 2))
    X = np.random.default_rng(0).normal(size=(20, 2))
    features, _ = look(model, model[0], X)
    assert features.min() < 0
    W, b = (p.detach().numpy() for p in model[0].parameters())
    np.testing.assert_allclose(features, X @ W.T + b, atol=1e-6)


class Recurrent(nn.Module):
    """Its layer returns a tuple, and it has one that is never run."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.unused = nn.GRU(2, 3, batch_first=True), nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gru(x[:, None])[0][:, 0]


def test_layers_that_say_nothing_usable_are_refused() -> None:
    model = Recurrent()
    with pytest.raises(InvalidInput, match="feature layer returns tuple, expected a tensor"):
        look(model, model.gru, np.zeros((3, 2)))
    with pytest.raises(InvalidInput, match="never runs its feature layer"):
        look(model, model.unused, np.zeros((3, 2)))
    flat = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    with pytest.raises(InvalidInput, match=r"network returns \(3,\), expected a tensor"):
        look(flat, flat[0], np.zeros((3, 2)))
