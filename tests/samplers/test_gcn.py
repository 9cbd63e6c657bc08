"""The graph network: formulas by hand, and two routes to one answer."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from graphs.helpers import Matrix, seqgcn_matrix, unit
from torch.nn.functional import binary_cross_entropy

from alviz.graphs.affinity import mean_with_self
from alviz.graphs.dense import dense_graph
from alviz.graphs.knn import knn_graph
from alviz.samplers.gcn import IdentityGraph, OnesGraph, binary_loss, drop, forward, train_gcn

FEATURES = np.random.default_rng(0).gamma(1, size=(50, 7)).astype(np.float32)
V = torch.from_numpy(unit(FEATURES).astype(np.float32))
LABELED = torch.arange(50) % 4 == 0


def matrix(graph: str) -> tuple[Any, Matrix]:
    """An operator, and what it stands for."""
    S = unit(FEATURES) @ unit(FEATURES).T
    if graph == "knn":
        return mean_with_self(knn_graph(FEATURES, 49)), seqgcn_matrix(S, "row")
    if graph in ("row", "column"):
        return dense_graph(V, normalize=graph), seqgcn_matrix(S, graph)
    if graph == "ones":
        return OnesGraph(), seqgcn_matrix(np.ones((50, 50)), "row")
    return IdentityGraph(), np.eye(50)


def random_weights(layers: int, hidden: int = 9) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    sizes = [7, *[hidden] * (layers - 1), 1]
    g = torch.Generator().manual_seed(layers)
    weights = [torch.randn(a, b, generator=g) for a, b in pairwise(sizes)]
    return weights, [torch.randn(b, generator=g) for b in sizes[1:]]


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("graph", ["row", "column", "knn", "ones", "identity"])
def test_forward_equals_the_dense_network_of_the_paper(graph: str, layers: int) -> None:
    operator, A = matrix(graph)
    weights, biases = random_weights(layers)
    Z = V.double().numpy()
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        hidden = Z
        Z = A @ Z @ W.double().numpy() + b.double().numpy()
        if i < layers - 1:
            Z = np.maximum(Z, 0)
    logits, embedding = forward(operator, operator @ V, weights, biases, lambda H: H)
    np.testing.assert_allclose(logits, Z[:, 0], rtol=1e-5, atol=1e-5)
    if layers > 1:
        np.testing.assert_allclose(embedding, hidden, rtol=1e-5, atol=1e-5)
        assert (embedding >= 0).all()


def test_dropout_meets_every_hidden_layer_once_and_not_the_embedding() -> None:
    operator, _ = matrix("row")
    weights, biases = random_weights(3)
    seen: list[torch.Tensor] = []

    def zero(H: torch.Tensor) -> torch.Tensor:
        seen.append(H)
        return torch.zeros_like(H)

    logits, embedding = forward(operator, operator @ V, weights, biases, zero)
    assert [tuple(H.shape) for H in seen] == [(50, 9), (50, 9)]
    np.testing.assert_array_equal(embedding, seen[-1])
    np.testing.assert_allclose(logits, np.full(50, biases[-1].item()), rtol=1e-6)


def test_binary_loss_by_hand() -> None:
    # f = 1/2 and 4/5 labeled, 3/4 and 1/3 unlabeled.
    f = np.array([0.5, 0.75, 0.8, 1 / 3])
    logits = torch.from_numpy(np.log(f / (1 - f)))
    labeled = torch.tensor([True, False, True, False])
    expected = -(np.log(0.5) + np.log(0.8)) / 2 - 1.2 * (np.log(0.25) + np.log(2 / 3)) / 2
    assert binary_loss(logits, labeled, 1.2).item() == pytest.approx(expected, rel=1e-12)
    assert binary_loss(logits, labeled, 0.0).item() == pytest.approx(-np.log(0.4) / 2, rel=1e-12)


def test_binary_loss_of_extreme_logits_is_finite() -> None:
    logits = torch.tensor([-1000.0, 1000.0], requires_grad=True)
    loss = binary_loss(logits, torch.tensor([True, False]), 1.2)
    loss.backward()
    assert loss.item() == pytest.approx(2200)
    assert logits.grad.tolist() == pytest.approx([-1, 1.2])


@pytest.mark.parametrize("lam", [0.5, 1.2, 4.0])
def test_without_information_confidence_goes_to_one_over_one_plus_lambda(lam: float) -> None:
    torch.manual_seed(0)
    alike = torch.full((30, 4), 0.5)
    labeled = torch.arange(30) < 5
    network = train_gcn(
        dense_graph(alike), alike, labeled, lam=lam, hidden=16, dropout=0, weight_decay=0, lr=0.02, steps=300
    )
    np.testing.assert_allclose(network.confidence, 1 / (1 + lam), atol=1e-3)


def test_weights_start_uniform_within_one_over_root_of_the_outputs() -> None:
    torch.manual_seed(0)
    one_hot = torch.eye(40)
    start = train_gcn(IdentityGraph(), one_hot, torch.arange(40) < 3, hidden=100, steps=0)
    # The embedding is ReLU(W + b), W and b each uniform within ±1/10: triangular up to 2/10, half of it cut.
    assert 0.17 < start.embedding.max() <= 0.2
    assert 0.45 < (start.embedding == 0).mean() < 0.55
    assert start.embedding[start.embedding > 0].mean() == pytest.approx(0.2 / 3, rel=0.05)
    only = train_gcn(IdentityGraph(), one_hot, torch.arange(40) < 3, layers=1, steps=0)
    logits = np.log(only.confidence / (1 - only.confidence))
    assert 1 < np.abs(logits).max() <= 2
    assert start.losses.shape == (0,)


def test_training_equals_a_plain_dense_implementation() -> None:
    """The paper's equations with an explicit matrix, torch's own loss and Adam, from the same start."""
    A = torch.from_numpy(seqgcn_matrix(unit(FEATURES) @ unit(FEATURES).T, "row")).double()
    torch.manual_seed(4)
    parameters = []
    for inward, outward in ((7, 12), (12, 1)):
        for shape in ((inward, outward), (outward,)):
            draw = torch.empty(shape).uniform_(-(outward**-0.5), outward**-0.5)
            parameters.append(draw.double().requires_grad_())
    W1, b1, W2, b2 = parameters
    adam = torch.optim.Adam(parameters, lr=5e-3, weight_decay=1e-2)
    losses = []
    for _ in range(40):
        f = (A @ ((A @ V.double() @ W1 + b1).relu() @ W2) + b2).sigmoid()[:, 0]
        loss = binary_cross_entropy(f[LABELED], torch.ones_like(f[LABELED])) + 1.2 * binary_cross_entropy(
            f[~LABELED], torch.zeros_like(f[~LABELED])
        )
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    with torch.no_grad():
        f = (A @ ((A @ V.double() @ W1 + b1).relu() @ W2) + b2).sigmoid()[:, 0]
    torch.manual_seed(4)
    ours = train_gcn(dense_graph(V), V, LABELED, hidden=12, dropout=0, lr=5e-3, weight_decay=1e-2, steps=40)
    np.testing.assert_allclose(ours.losses, losses, rtol=1e-4)
    np.testing.assert_allclose(ours.confidence, f, atol=1e-4)
    assert losses[-1] < losses[0] - 0.05


def test_identity_is_the_discriminator_without_a_graph() -> None:
    """UncertainDiscriminator: two dense layers of torch on each row, from the same start."""
    discriminator = torch.nn.Sequential(torch.nn.Linear(7, 12), torch.nn.ReLU(), torch.nn.Linear(12, 1))
    torch.manual_seed(5)
    with torch.no_grad():
        for layer, (inward, outward) in zip((discriminator[0], discriminator[2]), ((7, 12), (12, 1)), strict=True):
            layer.weight.copy_(torch.empty(inward, outward).uniform_(-(outward**-0.5), outward**-0.5).T)
            layer.bias.uniform_(-(outward**-0.5), outward**-0.5)
    adam = torch.optim.Adam(discriminator.parameters(), lr=1e-2, weight_decay=5e-4)
    for _ in range(30):
        f = discriminator(V).sigmoid()[:, 0]
        loss = binary_cross_entropy(f[LABELED], torch.ones(int(LABELED.sum()))) + 1.2 * binary_cross_entropy(
            f[~LABELED], torch.zeros(int((~LABELED).sum()))
        )
        adam.zero_grad()
        loss.backward()
        adam.step()
    torch.manual_seed(5)
    ours = train_gcn(IdentityGraph(), V, LABELED, hidden=12, dropout=0, lr=1e-2, steps=30)
    np.testing.assert_allclose(ours.confidence, discriminator(V).sigmoid()[:, 0].detach(), atol=1e-5)


def test_dropout_keeps_the_mean_and_zeroes_its_share() -> None:
    Z = torch.full((200, 300), 2.0, requires_grad=True)
    dropped = drop(Z, 0.3, np.random.default_rng(0))
    assert dropped.unique().tolist() == [0, pytest.approx(2 / 0.7)]
    assert float((dropped == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert dropped.mean().item() == pytest.approx(2, abs=0.03)
    torch.testing.assert_close(drop(Z, 0.3, np.random.default_rng(0)), dropped)
    dropped.sum().backward()
    torch.testing.assert_close(Z.grad, dropped.detach() / 2)
    torch.testing.assert_close(drop(Z, 0.0, np.random.default_rng(0)), Z)


def test_dropout_acts_in_training_only() -> None:
    def trained(dropout: float, steps: int) -> Any:
        torch.manual_seed(1)
        return train_gcn(dense_graph(V), V, LABELED, hidden=8, dropout=dropout, steps=steps)

    np.testing.assert_array_equal(trained(0.9, 0).confidence, trained(0.0, 0).confidence)
    assert not np.allclose(trained(0.9, 5).losses, trained(0.0, 5).losses)


def test_labeled_nodes_end_up_more_confident() -> None:
    torch.manual_seed(0)
    apart = torch.zeros(60, 2)
    apart[:10, 0] = apart[10:, 1] = 1
    network = train_gcn(dense_graph(apart), apart, torch.arange(60) < 10, lr=0.01)
    assert network.confidence[:10].min() > 0.9
    assert network.confidence[10:].max() < 0.1
    assert network.losses[-1] < 0.2 < network.losses[0]
