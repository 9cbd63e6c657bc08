"""REVIVAL's parts: formulas by hand, and two routes to one answer."""

from typing import Any

import numpy as np
import pytest
import torch
from graphs.helpers import Matrix, unit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from torch.nn.functional import cross_entropy

from alviz.graphs import _dgl
from alviz.graphs.affinity import affinity, kipf, messages
from alviz.graphs.knn import knn_graph
from alviz.samplers.propagator import (
    Propagator,
    adversarial_direction,
    adversarial_kl,
    boundary_limit,
    divergence,
    moved,
    output,
    train_propagator,
)

FEATURES = np.random.default_rng(0).gamma(1, size=(60, 7)).astype(np.float32)
V = torch.from_numpy(unit(FEATURES).astype(np.float32))
W = affinity(knn_graph(FEATURES, 4))
LABELED = np.array([59, 3, 17, 30, 44])
Y = np.array([0, 1, 2, 1, 0])


def dense_kipf(W: Any) -> Matrix:
    """Word by word: D̃^-½(W + I)D̃^-½."""
    loops = np.asarray(W.todense(), dtype=np.float64) + np.eye(W.shape[0])
    root = np.diag(loops.sum(axis=1) ** -0.5)
    return root @ loops @ root


@pytest.fixture(params=["dgl", "torch"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "torch":
        monkeypatch.setattr(_dgl, "load", lambda: None)
    elif _dgl.load() is None:
        pytest.skip("dgl is not installed")
    return str(request.param)


def test_normalization_of_four_nodes_by_hand(backend: str) -> None:
    # The path 0 - 1 - 2 and an isolated 3: degrees with loops 2, 3, 2, 1.
    path = csr_matrix(np.float32([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]))
    c = 6**-0.5
    expected = [[1 / 2, c, 0, 0], [c, 1 / 3, c, 0], [0, c, 1 / 2, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(messages(kipf(path)) @ torch.eye(4), expected, atol=1e-6)
    # Weights 3 and 1/2: degrees 4, 4.5, 1.5, 1.
    path.data[:] = [3, 3, 0.5, 0.5]
    a, b = 3 * (4 * 4.5) ** -0.5, 0.5 * (4.5 * 1.5) ** -0.5
    expected = [[1 / 4, a, 0, 0], [a, 2 / 9, b, 0], [0, b, 2 / 3, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(messages(kipf(path)) @ torch.eye(4), expected, atol=1e-6)


def random_propagator(dtype: torch.dtype = torch.float32, scale: float = 1.0) -> tuple[torch.Tensor, ...]:
    g = torch.Generator().manual_seed(3)
    return tuple((scale * torch.randn(shape, generator=g)).to(dtype) for shape in ((7, 9), (9,), (9, 3), (3,)))


def test_logits_equal_the_dense_network(backend: str) -> None:
    weights = random_propagator()
    A = dense_kipf(W)
    W1, b1, W2, b2 = (w.double().numpy() for w in weights)
    expected = A @ np.maximum(A @ V.double().numpy() @ W1 + b1, 0) @ W2 + b2
    network = Propagator(messages(kipf(W)), weights, np.zeros(0, np.float32))
    np.testing.assert_allclose(network(V), expected, rtol=1e-5, atol=1e-5)


def test_dgl_and_torch_agree_forward_and_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    if _dgl.load() is None:
        pytest.skip("dgl is not installed")
    towards = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
    found = {}
    for name in ("dgl", "torch"):
        if name == "torch":
            monkeypatch.setattr(_dgl, "load", lambda: None)
        features, weights = V.clone().requires_grad_(), [w.requires_grad_() for w in random_propagator()]
        logits = Propagator(messages(kipf(W)), tuple(weights), np.zeros(0, np.float32))(features)
        logits.backward(towards)
        found[name] = [logits.detach(), features.grad, *(w.grad for w in weights)]
    for ours, other in zip(found["dgl"], found["torch"], strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5, atol=1e-5)
        assert other.abs().max() > 0.5


def test_training_equals_a_plain_dense_implementation(backend: str) -> None:
    """All nodes, an explicit matrix, float64: leaving out what no label reaches changes nothing."""
    A = torch.from_numpy(dense_kipf(W))
    torch.manual_seed(4)
    W1, W2 = (torch.nn.init.xavier_uniform_(torch.empty(shape)) for shape in ((7, 12), (12, 4)))
    parameters = [p.double().requires_grad_() for p in (W1, torch.zeros(12), W2, torch.zeros(4))]
    W1, b1, W2, b2 = parameters
    adam = torch.optim.Adam(parameters, lr=2e-2, weight_decay=1e-2)
    losses = []
    for _ in range(40):
        logits = A @ (A @ V.double() @ W1 + b1).relu() @ W2 + b2
        loss = cross_entropy(logits[torch.from_numpy(LABELED)], torch.from_numpy(Y))
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    with torch.no_grad():
        logits = A @ (A @ V.double() @ W1 + b1).relu() @ W2 + b2
    torch.manual_seed(4)
    ours = train_propagator(kipf(W), V, LABELED, Y, 4, hidden=12, dropout=0, lr=2e-2, weight_decay=1e-2, steps=40)
    np.testing.assert_allclose(ours.losses, losses, rtol=1e-4)
    np.testing.assert_allclose(ours(V), logits, atol=1e-3)
    assert losses[-1] < 0.5 * losses[0]
    assert not any(w.requires_grad for w in ours.weights)


def test_start_is_glorot_uniform_with_zero_biases() -> None:
    torch.manual_seed(0)
    eye = torch.eye(100)
    W1, b1, W2, b2 = train_propagator(
        kipf(csr_matrix((100, 100), dtype=np.float32)), eye, LABELED, Y, 50, hidden=100, steps=0
    ).weights
    for weight, bound in ((W1, (6 / 200) ** 0.5), (W2, (6 / 150) ** 0.5)):
        assert 0.99 * bound < weight.abs().max() <= bound
        assert weight.abs().mean().item() == pytest.approx(bound / 2, rel=0.05)
    assert not b1.any()
    assert not b2.any()


def test_dropout_meets_the_hidden_layer_after_its_relu_and_only_in_training() -> None:
    seen: list[torch.Tensor] = []

    def zero(H: torch.Tensor) -> torch.Tensor:
        seen.append(H)
        return torch.zeros_like(H)

    weights = random_propagator()
    A = messages(kipf(W))
    logits = output(A, A @ V @ weights[0], weights, zero)
    np.testing.assert_allclose(logits, weights[3].expand(60, 3), rtol=1e-6)
    (hidden,) = seen
    np.testing.assert_allclose(hidden, (A @ V @ weights[0] + weights[1]).relu(), rtol=1e-6)

    def trained(dropout: float, steps: int) -> Propagator:
        torch.manual_seed(1)
        return train_propagator(kipf(W), V, LABELED, Y, 3, dropout=dropout, steps=steps)

    np.testing.assert_array_equal(trained(0.9, 0)(V), trained(0.0, 0)(V))
    assert not np.allclose(trained(0.9, 3).losses, trained(0.0, 3).losses, rtol=1e-2)
    network = trained(0.5, 3)
    np.testing.assert_array_equal(network(V), network(V))


def test_a_class_without_labels_becomes_unlikely_everywhere() -> None:
    torch.manual_seed(0)
    probs = train_propagator(kipf(W), V, LABELED, Y, 4)(V).softmax(1)
    assert probs.isfinite().all()
    assert probs[:, 3].max() < 0.05
    assert sorted(set(probs[torch.from_numpy(LABELED)].argmax(1).tolist())) == [0, 1, 2]


def test_divergence_is_kl_of_before_from_after() -> None:
    rng = np.random.default_rng(0)
    a, b = 3 * rng.normal(size=(2, 20, 5))
    p, q = softmax(a, 1), softmax(b, 1)
    expected = (p * (np.log(p) - np.log(q))).sum(1)
    np.testing.assert_allclose(divergence(torch.from_numpy(a), torch.from_numpy(b)), expected, rtol=1e-12)
    half, quarter = np.log([[0.5, 0.5]]), np.log([[0.25, 0.75]])
    by_hand = 0.5 * np.log(0.5 / 0.25) + 0.5 * np.log(0.5 / 0.75)
    assert divergence(torch.from_numpy(half), torch.from_numpy(quarter)).item() == pytest.approx(by_hand)


def test_divergence_of_small_steps_keeps_its_digits() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(50, 5)).astype(np.float32)
    step = (2.0**-12 * rng.integers(-4, 5, size=a.shape)).astype(np.float32)
    a = np.round(a * 1024).astype(np.float32) / 1024  # so that a + step is exact
    p = softmax(a.astype(np.float64), 1)
    second_order = ((p * step**2).sum(1) - (p * step).sum(1) ** 2) / 2
    np.testing.assert_allclose(divergence(torch.from_numpy(a), torch.from_numpy(a + step)), second_order, rtol=5e-3)


def test_divergence_of_extreme_logits_is_finite() -> None:
    a = torch.tensor([[1e4, 0.0, -1e4], [0.0, -1e4, -1e4]])
    b = torch.tensor([[0.0, 1e4, -1e4], [0.0, -1e4, -1e4]])
    assert divergence(a, b).tolist() == [1e4, 0]


def total_kl(classifier: Any, R: Matrix, u: int, xi: float, delta: Matrix) -> float:
    """Eq 4 and 5 in numpy and float64: Σᵢ KL(ȳᵢ ‖ ŷᵢ(R + ξΔ)) over the first u rows."""
    there = R.copy()
    there[:u] += xi * delta
    before, after = (log_softmax(classifier(x), axis=1)[:u] for x in (R, there))
    return float((np.exp(before) * (before - after)).sum())


def test_direction_is_the_gradient_of_the_explicit_formula() -> None:
    """Central differences in float64 on the dense network, every entry of Δ in turn, neighbors' effects included."""
    u, xi = 50, 0.05
    weights = random_propagator()
    W1, b1, W2, b2 = (w.double().numpy() for w in weights)
    A, R = dense_kipf(W), V.double().numpy()

    def dense(X: Matrix) -> Matrix:
        return A @ np.maximum(A @ X @ W1 + b1, 0) @ W2 + b2

    start = unit(np.random.default_rng(2).normal(size=(u, 7)))
    g, h = np.empty_like(start), 1e-5
    for i, j in np.ndindex(*start.shape):
        ahead, back = start.copy(), start.copy()
        ahead[i, j] += h
        back[i, j] -= h
        g[i, j] = (total_kl(dense, R, u, xi, ahead) - total_kl(dense, R, u, xi, back)) / (2 * h)
    network = Propagator(messages(kipf(W)), weights, np.zeros(0, np.float32))
    ours = adversarial_direction(network, V, torch.from_numpy(start.astype(np.float32)), xi)
    np.testing.assert_allclose(ours, unit(g), atol=2e-3)

    # And what becomes of it: a step of ε·s for all rows at once, s the mean norm of those that move.
    there = R.copy()
    there[:u] += 0.3 * np.linalg.norm(R[:u], axis=1).mean() * unit(g)
    p, q = (log_softmax(dense(x), axis=1)[:u] for x in (R, there))
    kl = adversarial_kl(network, V, torch.from_numpy(start.astype(np.float32)), xi=xi, epsilon=0.3)
    np.testing.assert_allclose(kl, (np.exp(p) * (p - q)).sum(1), rtol=2e-2, atol=1e-5)
    assert kl.dtype == np.float32
    assert kl.shape == (u,)


def linear(weight: Matrix, bias: Any = 0.0) -> Any:
    W, b = torch.from_numpy(weight.astype(np.float32)), torch.as_tensor(bias, dtype=torch.float32)
    return lambda R: R @ W.T + b


def test_direction_of_a_linear_model_is_one_power_iteration() -> None:
    """For small ξ the KL is ½ξ²ΔᵀHΔ with H = Wᵀ(diag p - ppᵀ)W, so that its gradient is HΔ."""
    rng = np.random.default_rng(0)
    weight, R = rng.normal(size=(4, 6)), rng.normal(size=(20, 6)).astype(np.float32)
    start = unit(rng.normal(size=(20, 6)))
    p = softmax(R @ weight.astype(np.float32).T, 1)
    expected = [weight.T @ (np.diag(q) - np.outer(q, q)) @ weight @ d for q, d in zip(p, start, strict=True)]
    ours = adversarial_direction(linear(weight), torch.from_numpy(R), torch.from_numpy(start.astype(np.float32)), 1e-3)
    np.testing.assert_allclose(ours, unit(expected), atol=5e-3)


def test_two_classes_are_pushed_straight_across_or_away() -> None:
    weight = np.array([[1.0, 0, 0], [-2, 4, 0]])
    R = torch.zeros(8, 3)
    start = torch.from_numpy(unit(np.random.default_rng(1).normal(size=(8, 3))).astype(np.float32))
    across = unit([weight[1] - weight[0]])[0]
    ours = adversarial_direction(linear(weight), R, start, 1e-2)
    expected = np.sign(start.numpy() @ across)[:, None] * across
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert set(ours[:, 1].sign().tolist()) == {-1, 1}


def test_rows_whose_gradient_is_zero_stay_where_they_are() -> None:
    # Row 1 is so sure that no probability but 0 and 1 is left; row 0 is not.
    weight, R = np.array([[1.0, 0], [0, 1]]), torch.tensor([[0.5, 0.0], [9e4, 0.0], [0.0, 0.0]])
    start = torch.tensor([[0.6, 0.8], [0.6, 0.8]])
    direction = adversarial_direction(linear(weight), R, start, 1e-2)
    assert direction[1].tolist() == [0, 0]
    assert direction[0].norm().item() == pytest.approx(1)
    kl = adversarial_kl(linear(weight), R, start, xi=1e-7, epsilon=1e-5)
    assert kl[1] == 0
    assert kl[0] > 0
    assert adversarial_kl(linear(np.zeros((2, 2))), R, start).tolist() == [0, 0]
    # No feature at all: the steps have the length of the mean row, zero.
    assert adversarial_kl(linear(weight), torch.zeros(3, 2), start).tolist() == [0, 0]


def test_tiny_gradients_still_give_a_direction() -> None:
    weight, start = np.array([[1.0, 0], [0, 1]]), torch.tensor([[0.6, 0.8]])
    sure, surer = (adversarial_direction(linear(weight), torch.tensor([[a, -a]]), start, 1e-2) for a in (12.0, 30.0))
    np.testing.assert_allclose(sure.abs(), [[0.5**0.5] * 2], atol=1e-2)
    assert surer.norm().item() == pytest.approx(1, abs=1e-6)


def test_steps_have_their_length_and_only_the_first_rows_take_them() -> None:
    calls: list[NDArray[np.float32]] = []
    weight = np.random.default_rng(0).normal(size=(3, 7))

    def classifier(R: torch.Tensor) -> torch.Tensor:
        calls.append(R.detach().numpy().copy())
        return linear(weight)(R)

    features = torch.from_numpy(FEATURES)
    start = torch.from_numpy(unit(np.random.default_rng(1).normal(size=(40, 7))).astype(np.float32))
    adversarial_kl(classifier, features, start, xi=0.02, epsilon=0.7)
    lengths = sorted(
        {round(float(x), 3) for R in calls for x in np.linalg.norm(R[:40] - FEATURES[:40], axis=1)} - {0.0}
    )
    s = np.linalg.norm(FEATURES[:40], axis=1).mean()
    np.testing.assert_allclose([lengths[0], lengths[-1]], [0.02 * s, 0.7 * s], atol=2e-3)
    for R in calls:
        np.testing.assert_array_equal(R[40:], FEATURES[40:])
    np.testing.assert_array_equal(moved(features, torch.ones(2, 7))[:2], FEATURES[:2] + 1)


def test_the_scale_of_the_features_does_not_matter_with_a_head_that_undoes_it() -> None:
    weight = np.random.default_rng(0).normal(size=(3, 7))
    start = torch.from_numpy(unit(np.random.default_rng(1).normal(size=(60, 7))).astype(np.float32))
    one = adversarial_kl(linear(weight), torch.from_numpy(FEATURES), start)
    other = adversarial_kl(linear(weight / 50), torch.from_numpy(50 * FEATURES), start)
    np.testing.assert_allclose(one, other, rtol=1e-3)


def test_boundary_limit_of_six_by_hand() -> None:
    kl = np.float32([0.1, 0.9, 0.4, 0.4, 0.7, 0.0])
    entropy = np.float32([1.0, 0.2, 0.3, 0.6, 0.3, 0.9])
    picked, within, scores = boundary_limit(kl, entropy, 3, 2)
    assert within.tolist() == [1, 4, 2]  # of the two with 0.4 the first
    assert picked.tolist() == [2, 4]  # equal entropy: the lowest, not the larger KLD
    np.testing.assert_allclose(scores, [-0.3, 0.2, 0.3, 0, 0.3, -0.4], atol=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_boundary_limit_against_sorted_lists(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kl, entropy = rng.gamma(1, size=(2, 30)).astype(np.float32)
    if seed % 2:
        kl, entropy = np.round(kl), np.round(entropy)
    n = int(rng.integers(1, 15))
    M = [n, 30, int(rng.integers(n, 31))][seed % 3]
    first = sorted(range(30), key=lambda i: (-kl[i], i))[:M]
    picked, within, scores = boundary_limit(kl, entropy, M, n)
    assert within.tolist() == first
    assert picked.tolist() == sorted(first, key=lambda i: (-entropy[i], i))[:n]
    assert (np.diff(scores[picked]) <= 0).all()
    assert scores[picked].min() >= np.delete(scores, picked).max(initial=-np.inf)
    others = np.setdiff1d(np.arange(30), first)
    np.testing.assert_allclose(scores[others], kl[others] - kl[first].min(), atol=1e-6)
