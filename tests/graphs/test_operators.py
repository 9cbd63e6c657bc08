"""The graphs that a network multiplies with, against the matrices that they stand for."""

import numpy as np
import pytest
import torch
from graphs.helpers import seqgcn_matrix, unit

from alviz.errors import AlvizWarning, InvalidInput
from alviz.graphs import _dgl, knn_graph
from alviz.graphs.affinity import mean_with_self
from alviz.graphs.dense import dense_graph
from alviz.graphs.knn import unit_rows
from alviz.samplers.gcn import IdentityGraph, OnesGraph


@pytest.fixture(params=["dgl", "torch"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "torch":
        monkeypatch.setattr(_dgl, "load", lambda: None)
    elif _dgl.load() is None:
        pytest.skip("dgl is not installed")
    return str(request.param)


@pytest.mark.parametrize("normalize", ["row", "column"])
@pytest.mark.parametrize("n", [2, 37, 400])
def test_dense_graph_equals_the_explicit_matrix(n: int, normalize: str) -> None:
    rng = np.random.default_rng(n)
    V, H = unit(rng.gamma(1, size=(n, 12))), rng.normal(size=(n, 5))
    expected = seqgcn_matrix(V @ V.T, normalize) @ H
    product = dense_graph(torch.from_numpy(V.astype(np.float32)), normalize=normalize) @ torch.from_numpy(
        H.astype(np.float32)
    )
    np.testing.assert_allclose(product, expected, rtol=1e-5, atol=1e-5)


def test_degrees_of_the_dense_graph() -> None:
    V = unit(np.random.default_rng(0).gamma(1, size=(50, 6)))
    degrees = dense_graph(torch.from_numpy(V.astype(np.float32))).degrees[:, 0]
    np.testing.assert_allclose(degrees, (V @ V.T - np.eye(50)).sum(1), rtol=1e-5)


def test_dense_graph_of_three_nodes_by_hand() -> None:
    # Angles 0°, 60° and 60°: similarities 1/2 to the first, 1 between the others.
    half = 3**0.5 / 2
    V = torch.tensor([[1, 0], [0.5, half], [0.5, half]])
    one = torch.eye(3)
    np.testing.assert_allclose(dense_graph(V).degrees[:, 0], [1, 1.5, 1.5], rtol=1e-6)
    rows = [[1, 0.5, 0.5], [1 / 3, 1, 2 / 3], [1 / 3, 2 / 3, 1]]
    np.testing.assert_allclose(dense_graph(V) @ one, rows, atol=1e-6)
    np.testing.assert_allclose(dense_graph(V, normalize="column") @ one, np.transpose(rows), atol=1e-6)


def test_degrees_that_are_not_positive_are_refused_with_count_and_remedy() -> None:
    V = unit_rows(np.array([[1, 0], [1, 0.1], [1, 0.2], [-1, 0], [0, 0]], dtype=np.float32))
    message = r"2 of 5 nodes have none, the first is 3 with -2\.98.*ReLU.*negative='relu'.*graph='knn'"
    with pytest.raises(InvalidInput, match=message):
        dense_graph(torch.from_numpy(V))
    with pytest.raises(InvalidInput, match="the first is 70 with"):
        dense_graph(torch.from_numpy(V), ids=np.array([40, 50, 60, 70, 80]))


@pytest.mark.parametrize("n", [2, 9])
def test_ones_and_identity_against_their_matrices(n: int) -> None:
    H = np.random.default_rng(n).normal(size=(n, 3)).astype(np.float32)
    ones = (np.ones((n, n)) - np.eye(n)) / (n - 1) + np.eye(n)
    np.testing.assert_allclose(OnesGraph() @ torch.from_numpy(H), ones @ H, atol=1e-6)
    np.testing.assert_allclose(ones, seqgcn_matrix(np.ones((n, n)), "row"), atol=1e-12)
    np.testing.assert_array_equal(IdentityGraph() @ torch.from_numpy(H), H)


# Unit rows at 0°, 30°, 90° and 180°. Nearest of each: 0 → 1 (√3/2), 1 → 0 (√3/2), 2 → 1 (1/2), 3 → 2 (0).
ANGLES = np.deg2rad([0, 30, 90, 180])
FOUR = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
FOUR[2, 0] = FOUR[3, 1] = 0  # no rounding noise where the similarity is 0


@pytest.mark.parametrize("normalize", ["row", "column"])
def test_knn_operator_on_four_nodes_by_hand(normalize: str, backend: str) -> None:
    # Edges that are kept: 0-1 with a = √3/2 and 1-2 with 1/2. Degrees a, a + 1/2, 1/2, 0.
    a = 3**0.5 / 2
    by_row = np.array(
        [
            [1, 1, 0, 0],
            [a / (a + 0.5), 1, 0.5 / (a + 0.5), 0],
            [0, 1, 1, 0],
            [0, 0, 0, 1],
        ]
    )
    expected = by_row if normalize == "row" else by_row.T
    A = mean_with_self(knn_graph(FOUR, 1), normalize=normalize)
    np.testing.assert_allclose(A @ torch.eye(4), expected, atol=1e-6)


def test_knn_operator_with_all_neighbors_is_the_dense_graph(backend: str) -> None:
    features = np.random.default_rng(3).gamma(1, size=(60, 8)).astype(np.float32)
    H = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    for normalize in ("row", "column"):
        sparse = mean_with_self(knn_graph(features, 59), normalize=normalize) @ H
        dense = dense_graph(torch.from_numpy(unit_rows(features)), normalize=normalize) @ H
        np.testing.assert_allclose(sparse, dense, atol=1e-5)


def test_dgl_and_torch_agree_with_their_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    if _dgl.load() is None:
        pytest.skip("dgl is not installed")
    graph = knn_graph(np.random.default_rng(1).gamma(1, size=(300, 10)).astype(np.float32), 7)
    generator = torch.Generator().manual_seed(0)
    H, towards = torch.randn(300, 6, generator=generator), torch.randn(300, 6, generator=generator)
    found = {}
    for name in ("dgl", "torch"):
        if name == "torch":
            monkeypatch.setattr(_dgl, "load", lambda: None)
        leaf = H.clone().requires_grad_()
        product = mean_with_self(graph) @ leaf
        product.backward(towards)
        found[name] = (product.detach(), leaf.grad)
    for ours, other in zip(found["dgl"], found["torch"], strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-6, atol=1e-6)
    assert found["torch"][1].abs().max() > 1


def test_dgl_is_really_used_where_it_is_there() -> None:
    if _dgl.load() is None:
        pytest.skip("dgl is not installed")
    A = mean_with_self(knn_graph(FOUR, 1))
    assert type(A._graph).__module__.startswith("dgl")
    assert A._graph.num_nodes() == 4


@pytest.mark.parametrize("failure", [ImportError("no dgl"), OSError("libdgl.so: cannot open")])
def test_a_dgl_that_does_not_load_is_said_once(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without_dgl(name: str, *rest: object, **more: object) -> object:
        if name == "dgl":
            raise failure
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_dgl)
    load = _dgl.load.__wrapped__  # the cache of this process stays
    with pytest.warns(AlvizWarning, match="passes messages with torch instead"):
        assert load() is None
