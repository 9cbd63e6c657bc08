"""Label propagation and jLP against dense inverses, and by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from graphs.helpers import Matrix
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_matrix

from alviz.errors import InvalidInput
from alviz.graphs import joint as joint_module
from alviz.graphs import knn_graph, propagate
from alviz.graphs.graph import Graph
from alviz.graphs.joint import joint_label_propagation
from alviz.graphs.propagate import (
    Propagation,
    conjugate_gradients,
    propagate_labels,
    read_labels,
    similarity,
)


def random_graph(n: int, seed: int, k: int = 6, dim: int = 5) -> csr_matrix:
    features = np.random.default_rng(seed).gamma(1, size=(n, dim)).astype(np.float32)
    return similarity(knn_graph(features, k))


def with_duplicates(seed: int) -> csr_matrix:
    features = np.random.default_rng(seed).gamma(1, size=(30, 4)).astype(np.float32)
    return similarity(knn_graph(np.repeat(features, 3, axis=0), 5))


def with_islands(seed: int) -> csr_matrix:
    """Three components and four isolated nodes, their ids mixed."""
    parts = [random_graph(n, seed + n) for n in (40, 25, 15)] + [csr_matrix((1, 1), dtype=np.float32)] * 4
    order = np.random.default_rng(seed).permutation(84)
    return csr_matrix(block_diag(parts).tocsr()[order][:, order], dtype=np.float32)


GRAPHS: dict[str, Callable[[int], csr_matrix]] = {
    "one piece": lambda seed: random_graph(90, seed),
    "mutual": lambda seed: similarity(
        knn_graph(np.random.default_rng(seed).gamma(1, size=(90, 3)).astype(np.float32), 4), symmetrize="mutual"
    ),
    "duplicates": with_duplicates,
    "islands": with_islands,
    "path": lambda seed: csr_matrix(np.eye(60, k=1) + np.eye(60, k=-1), dtype=np.float32),
    "no edge": lambda seed: csr_matrix((20, 20), dtype=np.float32),
}


def system(W: Any, alpha: float = 0.99) -> Matrix:
    """I − α𝒲, dense, in float64."""
    W = W.toarray().astype(np.float64)
    degrees = W.sum(axis=1)
    scale = np.divide(1, np.sqrt(degrees), out=np.zeros_like(degrees), where=degrees > 0)
    return np.eye(len(W)) - alpha * scale[:, None] * W * scale


# Edges 0-1 of weight 1, 1-2 of weight 3; node 3 stands alone. Degrees 1, 4, 3, 0; 𝒲₀₁ = 1/2, 𝒲₁₂ = 3/√12 = √3/2.
FOUR = csr_matrix(np.array([[0, 1, 0, 0], [1, 0, 3, 0], [0, 3, 0, 0], [0, 0, 0, 0]], dtype=np.float32))


def test_system_on_four_nodes_by_hand() -> None:
    # α = 1/2: I − α𝒲 has −a = −1/4 and −b = −√3/4 beside the diagonal. Its determinant is 1 − a² − b² = 3/4.
    a, b = 0.25, 3**0.5 / 4
    inverse = np.array([[1 - b**2, a, a * b, 0], [a, 1, b, 0], [a * b, b, 1 - a**2, 0], [0, 0, 0, 0.75]]) / 0.75
    np.testing.assert_allclose(Propagation(FOUR, 0.5).solve(torch.eye(4)).X, inverse, atol=1e-6)


def test_labels_on_four_nodes_by_hand() -> None:
    # Columns 0 and 2 of the inverse above, on the nodes that they reach: class 0 is node 0, class 1 is node 2.
    a, b = 0.25, 3**0.5 / 4
    Z = np.array([[1 - b**2, a * b], [a, b], [a * b, 1 - a**2]])
    probs = Z / Z.sum(axis=1, keepdims=True)
    weights = 1 + (probs * np.log(probs)).sum(axis=1) / np.log(2)
    found = propagate_labels(FOUR, [2, 0], [1, 0], 2, alpha=0.5, variant="paper")
    np.testing.assert_allclose(found.probs, [*probs, [0, 0]], atol=1e-6)
    np.testing.assert_allclose(found.weights, [*weights, 0], atol=1e-6)
    assert found.labels.tolist() == [0, 1, 1, -1]
    code = propagate_labels(FOUR, [2, 0], [1, 0], 2, alpha=0.5)
    np.testing.assert_allclose(code.weights, [*weights / weights.max(), 0], atol=1e-6)


def test_similarity_is_the_cube_of_the_cosine_both_ways() -> None:
    # 0 → 1 of 0.5, 1 → 0 of 0.5, 1 → 2 of 0.2, 2 → 3 of −0.4, 3 → 2 of 0.
    indices, weights = np.array([1, 0, 2, 3, 2]), np.array([0.5, 0.5, 0.2, -0.4, 0], dtype=np.float32)
    graph = Graph(np.array([0, 1, 3, 4, 5]), indices, weights)
    union, mutual = similarity(graph).toarray(), similarity(graph, symmetrize="mutual").toarray()
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = 2 * 0.125
    expected[1, 2] = expected[2, 1] = 0.008
    np.testing.assert_allclose(union, expected, rtol=1e-6)
    expected[1, 2] = expected[2, 1] = 0
    np.testing.assert_allclose(mutual, expected / 2, rtol=1e-6)
    with pytest.raises(InvalidInput, match="symmetrize is 'sum', expected one of 'union', 'mutual'"):
        similarity(graph, symmetrize="sum")


@pytest.mark.parametrize("kind", GRAPHS)
def test_conjugate_gradients_equal_a_dense_solve(kind: str) -> None:
    W = GRAPHS[kind](0)
    B = np.random.default_rng(1).normal(size=(W.shape[0], 5))
    X, iterations, residuals = Propagation(W).solve(torch.from_numpy(B.astype(np.float32)))
    expected = np.linalg.solve(system(W), B)
    assert np.abs(X.numpy() - expected).max() <= 2e-5 * np.abs(expected).max()
    assert (residuals <= 1e-6).all()
    assert iterations.max() <= 200


def test_a_column_does_not_depend_on_its_neighbors_and_stops_when_it_is_solved() -> None:
    W, n = random_graph(300, 2), 300
    A = torch.from_numpy(system(W).astype(np.float32))
    hard = torch.from_numpy(np.random.default_rng(0).normal(size=n).astype(np.float32))
    easy = torch.from_numpy(np.sqrt(W.toarray().sum(axis=1)))  # the leading eigenvector
    zero = torch.zeros(n)
    tiny, huge = 1e-30 * hard, 1e30 * hard
    products: list[int] = []

    class Counting:
        def __matmul__(self, Z: torch.Tensor) -> torch.Tensor:
            products.append(Z.shape[1])
            return A @ Z

    X, iterations, residuals = conjugate_gradients(Counting(), torch.stack([hard, zero, easy, tiny, huge], 1))
    for i, b in enumerate((hard, zero, easy, tiny, huge)):
        alone = conjugate_gradients(A, b[:, None])
        np.testing.assert_allclose(X[:, i], alone.X[:, 0], rtol=1e-4, atol=1e-6 * float(alone.X.abs().max()))
        assert abs(iterations[i] - alone.iterations[0]) <= 1
    assert iterations[1] == 0
    assert residuals[1] == 0
    assert (X[:, 1] == 0).all()
    assert products[0] == 4, "a right-hand side of zeros is solved before the first product"
    assert products == sorted(products, reverse=True)
    assert sum(products) == iterations.sum(), "a solved column leaves the block"
    assert len(set(iterations.tolist())) > 2
    np.testing.assert_allclose(X[:, 3] * 1e30, X[:, 0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(X[:, 4] * 1e-30, X[:, 0], rtol=1e-4, atol=1e-4)


def test_columns_that_leave_do_not_hold_up_the_others() -> None:
    A = torch.from_numpy(system(clustered(400, 3)).astype(np.float32))
    rng = np.random.default_rng(0)
    # Powers of A make right-hand sides that are ever easier to solve.
    smooth = torch.from_numpy(rng.normal(size=(400, 1)).astype(np.float32))
    B = torch.cat([torch.linalg.matrix_power(torch.eye(400) - A / 2, power) @ smooth for power in range(0, 400, 20)], 1)
    together = conjugate_gradients(A, B).iterations
    alone = np.array([conjugate_gradients(A, b[:, None]).iterations[0] for b in B.T])
    assert len(set(alone.tolist())) > 4
    assert (together - alone).max() <= 3


def test_the_cap_ends_it_and_the_residual_says_so() -> None:
    A = torch.from_numpy(system(random_graph(300, 3)).astype(np.float32))
    B = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    X, iterations, residuals = conjugate_gradients(A, B, cap=4)
    assert iterations.tolist() == [4, 4]
    true = (B - A @ X).norm(dim=0) / B.norm(dim=0)
    np.testing.assert_allclose(residuals, true, rtol=1e-3)
    assert (residuals > 1e-4).all()
    nothing = conjugate_gradients(A, B, cap=0)
    assert (nothing.X == 0).all()
    np.testing.assert_allclose(nothing.residuals, 1)
    looser = conjugate_gradients(A, B, rtol=1e-2)
    assert (looser.residuals <= 1e-2).all()
    assert (looser.iterations < conjugate_gradients(A, B).iterations).all()


def test_more_than_the_precision_there_is_ends_without_nan() -> None:
    X, iterations, _ = Propagation(FOUR).solve(torch.eye(4), rtol=0)
    np.testing.assert_allclose(X, np.linalg.inv(system(FOUR)), rtol=1e-4)
    assert iterations.max() < 20


def dense_labels(W: Any, ids: NDArray[Any], values: NDArray[Any], classes: int, variant: str) -> tuple[Any, Any, Any]:
    """§ Eq 8-10 word by word, in float64."""
    Y = np.zeros((W.shape[0], classes))
    for i, c in zip(ids, values, strict=True):
        Y[i, c] = 1 / (values == c).sum() if variant == "code" else 1
    Z = 0.01 * np.linalg.inv(system(W)) @ Y  # Eq 9 with its factor
    Z[np.abs(Z) < 1e-14] = 0
    probs, labels, weights = np.zeros_like(Z), np.full(len(Z), -1), np.zeros(len(Z))
    for i, z in enumerate(Z):
        if z.sum() > 0:
            probs[i] = z / z.sum()
            p = probs[i][probs[i] > 0]
            labels[i], weights[i] = z.argmax(), 1 + (p * np.log(p)).sum() / np.log(classes)
    return probs, labels, weights / weights.max() if variant == "code" else weights


@pytest.mark.parametrize("variant", ["code", "paper"])
@pytest.mark.parametrize("kind", ["one piece", "mutual", "duplicates", "islands"])
@pytest.mark.parametrize("seed", range(3))
def test_labels_equal_a_dense_solve(kind: str, variant: str, seed: int) -> None:
    W = GRAPHS[kind](seed)
    rng = np.random.default_rng(seed)
    ids = rng.permutation(W.shape[0])[:12]
    values = rng.choice(4, size=12, p=[0.6, 0.2, 0.0, 0.2])  # class 2 has no label, class 0 most
    probs, labels, weights = dense_labels(W, ids, values, 4, variant)
    found = propagate_labels(W, ids, values, 4, variant=variant)
    np.testing.assert_allclose(found.probs, probs, atol=1e-4)
    np.testing.assert_allclose(found.weights, weights, atol=1e-4)
    lead = np.sort(probs, axis=1)[:, -1] - np.sort(probs, axis=1)[:, -2]
    sure = (lead > 1e-3) | (labels < 0)
    assert sure.mean() > 0.9
    assert found.labels[sure].tolist() == labels[sure].tolist()
    assert (found.probs[:, 2] == 0).all()
    assert (found.probs.dtype, found.labels.dtype, found.weights.dtype) == (np.float32, np.int64, np.float32)
    assert found.weights.max() == 1 or variant == "paper"


def test_the_variants_differ_where_labels_are_unbalanced() -> None:
    W = random_graph(200, 5)
    ids, values = np.arange(20), np.array([0] * 17 + [1] * 3)
    code, paper = (propagate_labels(W, ids, values, 2, variant=v) for v in ("code", "paper"))
    assert (paper.labels == 0).mean() > (code.labels == 0).mean() + 0.1


def test_where_no_label_reaches_there_is_no_label_no_weight_and_no_nan() -> None:
    W = csr_matrix(block_diag([random_graph(30, 0), random_graph(20, 1), csr_matrix((2, 2))]).tocsr(), dtype=np.float32)
    found = propagate_labels(W, [3, 40 + 10], [1, 0], 3)
    reached = np.arange(52) < 30
    reached[50] = True  # isolated, but labeled
    assert found.labels[~reached].tolist() == [-1] * 21
    assert (found.labels[:30] == 1).all()
    assert found.labels[50] == 0
    np.testing.assert_allclose(found.weights, reached.astype(float), atol=1e-6)
    np.testing.assert_allclose(found.probs.sum(axis=1), reached.astype(float), atol=1e-6)


def test_one_class_is_certain_where_it_reaches() -> None:
    for variant in ("code", "paper"):
        found = propagate_labels(FOUR, [0], [0], 1, variant=variant)
        assert found.labels.tolist() == [0, 0, 0, -1]
        assert found.weights.tolist() == [1, 1, 1, 0]


def test_without_certainty_anywhere_weights_are_zero_and_not_nan() -> None:
    found = read_labels(np.full((3, 4), 0.25, dtype=np.float32), divide=True)
    assert found.weights.tolist() == [0, 0, 0]
    assert found.labels.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([], [], 2), "no node is labeled"),
        (([0, 4], [0, 1], 2), "labeled must be distinct nodes, 0..3"),
        (([0, 0], [0, 1], 2), "labeled must be distinct nodes"),
        (([-1], [0], 2), "labeled must be distinct nodes"),
        (([0.5], [0], 2), "labeled must be distinct nodes"),
        (([0, 1], [0, 2], 2), "values must be a class, 0..1, for each of 2"),
        (([0, 1], [0, -1], 2), "values must be a class"),
        (([0, 1], [0], 2), "values must be a class"),
        (([0, 1], [0.0, 1.0], 2), "values must be a class"),
    ],
)
def test_labels_that_do_not_fit(given: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        propagate_labels(FOUR, *given)


def test_parameters_that_do_not_fit() -> None:
    with pytest.raises(InvalidInput, match="variant is 'both', expected one of 'code', 'paper'"):
        propagate_labels(FOUR, [0], [0], 2, variant="both")
    for alpha in (1.0, -0.1, float("nan")):
        with pytest.raises(InvalidInput, match="expected at least 0 and below 1"):
            Propagation(FOUR, alpha)


# Joint label propagation


def joint(W: Any, labeled: Any, n: int, candidates: Any = None, **more: Any) -> Any:
    return joint_label_propagation(W, labeled, np.arange(W.shape[0]) if candidates is None else candidates, n, **more)


def check_picks(W: Any, labeled: Any, candidates: Any, found: Any, relative: float = 1e-5) -> None:
    """Each pick has the lowest h of its moment, by a solve from scratch in float64; 0 means exactly none."""
    inverse = 0.01 * np.linalg.inv(W if isinstance(W, np.ndarray) else system(W))
    inverse[np.abs(inverse) < 1e-17] = 0
    nodes = list(labeled)
    left = np.zeros(len(inverse), dtype=bool)
    left[candidates] = True
    left[nodes] = False
    start = inverse[:, nodes].sum(axis=1)
    np.testing.assert_allclose(found.start, start, rtol=relative, atol=1e-12)
    for pick, height in zip(found.picks, found.heights, strict=True):
        h = inverse[:, nodes].sum(axis=1)
        assert left[pick]
        lowest = h[left].min()
        if lowest == 0:
            assert pick == np.flatnonzero(left & (h == 0))[0], "out of reach: lowest id first"
            assert height == 0
        assert h[pick] <= lowest * (1 + relative) + 1e-12
        assert height == pytest.approx(h[pick], rel=relative, abs=1e-12)
        nodes.append(pick)
        left[pick] = False


@pytest.mark.parametrize("kind", GRAPHS)
@pytest.mark.parametrize("seed", range(4))
def test_every_pick_has_the_lowest_h_of_a_solve_from_scratch(kind: str, seed: int) -> None:
    W = GRAPHS[kind](seed)
    n = W.shape[0]
    rng = np.random.default_rng(seed)
    labeled = rng.permutation(n)[: 1 + 2 * seed]
    candidates = np.arange(n) if seed % 2 else np.sort(rng.permutation(n)[: n // 2])
    open_ = np.setdiff1d(candidates, labeled)
    found = joint(W, labeled, [len(open_), 9][seed % 2], candidates, block=[2, 8, 32, 5][seed])
    assert len(set(found.picks.tolist())) == len(found.picks)
    check_picks(W, labeled, open_, found)


def test_h_on_four_nodes_by_hand() -> None:
    # Node 0 labeled, α = 1/2 (the inverse stands above): h = ½·(4/3)·(1 − b², a, ab, 0). Node 3 comes first; then 2,
    # whose h is lower than that of 1; then 1, whose h was ½·(4/3)·(a + b).
    a, b = 0.25, 3**0.5 / 4
    found = joint(FOUR, [0], 3, alpha=0.5)
    assert found.picks.tolist() == [3, 2, 1]
    np.testing.assert_allclose(found.start, 2 / 3 * np.array([1 - b**2, a, a * b, 0]), rtol=1e-7)
    np.testing.assert_allclose(found.heights, [0, 2 / 3 * a * b, 2 / 3 * (a + b)], rtol=1e-6)


def test_nodes_out_of_reach_come_first_lowest_id_first() -> None:
    W = csr_matrix(block_diag([random_graph(30, 0), random_graph(10, 1), csr_matrix((3, 3))]).tocsr(), dtype=np.float32)
    found = joint(W, [4], 6)
    # One of the second component reaches all of it; then the three that stand alone.
    assert found.picks[:4].tolist() == [30, 40, 41, 42]
    assert found.heights[:4].tolist() == [0, 0, 0, 0]
    assert (found.heights[4:] > 0).all()
    found = joint(W, [4], 5, candidates=[42, 41, 35, 36, 7])
    assert found.picks[:3].tolist() == [35, 41, 42]


def test_far_away_is_not_out_of_reach() -> None:
    """At the far end of a long path solves know only that h is small; a node that stands alone still comes first."""
    path = csr_matrix(np.eye(800, k=1) + np.eye(800, k=-1), dtype=np.float32)
    W = csr_matrix(block_diag([path, csr_matrix((1, 1))]).tocsr(), dtype=np.float32)
    found = joint(W, [0], 3)
    assert found.picks[0] == 800
    assert found.heights[0] == 0
    assert (found.start[:800] > 0).all()
    assert found.picks[1] > 150, "h is 5e-14 of the largest at 150, and what lies below cannot be told apart"


def test_far_away_in_a_part_that_a_pick_has_reached_is_not_out_of_reach() -> None:
    path = csr_matrix(np.eye(800, k=1) + np.eye(800, k=-1), dtype=np.float32)
    W = csr_matrix(block_diag([path, csr_matrix((2, 2))]).tocsr(), dtype=np.float32)
    assert joint(W, [800], 2).picks.tolist() == [0, 801]


def test_ties_go_to_the_lowest_id() -> None:
    ring = np.roll(np.eye(12), 1, axis=1)
    W = csr_matrix(ring + ring.T, dtype=np.float32)
    # Opposite of 0; then the middle of either half, 3 before 9.
    assert joint(W, [0], 3).picks.tolist() == [6, 3, 9]
    complete = csr_matrix(1 - np.eye(20), dtype=np.float32)
    assert joint(complete, [7], 6).picks.tolist() == [0, 1, 2, 3, 4, 5]


def test_rounding_does_not_decide_between_twins() -> None:
    G = random_graph(150, 6)
    W = csr_matrix(block_diag([G, G[::-1][:, ::-1]]).tocsr(), dtype=np.float32)
    picks = joint(W, [20, 299 - 20], 60).picks
    assert (picks[::2] < 150).all(), "each twin has the same h; the lower id comes first"
    assert (299 - picks[1::2]).tolist() == picks[::2].tolist()


@pytest.mark.parametrize("block", [2, 3, 7, 64])
def test_the_block_changes_no_pick(block: int) -> None:
    W = random_graph(400, 11, k=10)
    expected = joint(W, [3, 50, 200], 60)
    assert joint(W, [3, 50, 200], 60, block=block).picks.tolist() == expected.picks.tolist()


def test_what_is_guessed_never_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    W = random_graph(300, 12, k=10)
    expected = joint(W, [3, 50, 200], 40)

    def misleading(self: Any, s: int, ahead: NDArray[np.float64]) -> None:
        ahead[:] = np.where(np.isinf(ahead), np.inf, np.random.default_rng(s).random(len(ahead)))

    monkeypatch.setattr(joint_module._Reach, "_guess", misleading)
    found = joint(W, [3, 50, 200], 40)
    assert found.picks.tolist() == expected.picks.tolist()
    assert found.solved > 3 * expected.solved, "wrong guesses cost solves"


def clustered(n: int, seed: int) -> csr_matrix:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(20, 32))[rng.integers(20, size=n)] + 0.4 * rng.normal(size=(n, 32))
    return similarity(knn_graph(np.maximum(X, 0).astype(np.float32), 20))


@pytest.mark.parametrize(
    ("kind", "make"), [("clusters", clustered), ("one piece", lambda n, seed: random_graph(n, seed, 20, 8))]
)
def test_likely_next_picks_are_solved_together(kind: str, make: Callable[[int, int], csr_matrix]) -> None:
    W = make(2000, 0)
    calls: list[int] = []
    solve = propagate.conjugate_gradients

    def counted(A: Any, B: torch.Tensor, *rest: Any) -> Any:
        calls.append(B.shape[1])
        return solve(A, B, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(propagate, "conjugate_gradients", counted)
        found = joint(W, np.arange(0, 2000, 50), 200)
    assert sum(calls) == found.solved
    assert max(calls) <= 32
    # One by one there would be 201; 199 columns in blocks of 31 are seven, when all guesses are right.
    assert len(calls) <= 2 + 10, (kind, calls)
    assert found.solved <= 1.5 * 200
    assert found.residual <= 1e-6


def test_the_last_pick_needs_no_column() -> None:
    W = random_graph(100, 0)
    assert joint(W, [0], 1).solved == joint(W, [0], 0).solved == 2
    assert joint(W, [0], 2).solved == 4  # one source, and what h lacked


def test_errors_do_not_add_up_over_many_picks() -> None:
    W = random_graph(600, 4, k=8)
    found = joint(W, [5], 500, block=4)
    # The matrix as float32 rounds it: what is left is the error of the solves.
    rounded = np.eye(600) - 0.99 * Propagation(W).normalized.toarray().astype(np.float64)
    check_picks(rounded, [5], np.setdiff1d(np.arange(600), [5]), found, relative=5e-6)
    inverse, nodes = 0.01 * np.linalg.inv(rounded), [5, *found.picks[:-1]]
    expected = [inverse[pick, nodes[: 1 + i]].sum() for i, pick in enumerate(found.picks)]
    np.testing.assert_allclose(found.heights[-100:], expected[-100:], rtol=1e-7)  # 1e-6 without corrections


def test_memory_is_a_few_blocks() -> None:
    W = csr_matrix(np.eye(3000, k=1) + np.eye(3000, k=-1), dtype=np.float32)
    reach = joint_module._Reach(W, np.array([0]), np.arange(1, 3000), 0.9, 8, lambda A, B: A.solve(B))
    for s in range(1, 100):
        reach.add(s, 100)
    assert reach.columns.shape == (16, 3000)
    assert len(np.unique(reach.owner)) == 16


def test_it_says_how_far_it_is_and_stops() -> None:
    W = random_graph(200, 0)
    said: list[tuple[int, int]] = []
    joint(W, [0], 5, progress=lambda *p: said.append(p))
    assert said == sorted(said)
    assert set(said) == {(i, 5) for i in range(6)}
    assert said.count((0, 5)) > 5, "before each product of the first solve"

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        joint(W, [0], 5, progress=stop)


def test_questions_that_do_not_fit() -> None:
    with pytest.raises(InvalidInput, match="no node is labeled"):
        joint(FOUR, [], 1)
    with pytest.raises(InvalidInput, match="n is 4, expected 0 to 3"):
        joint(FOUR, [0], 4)
    with pytest.raises(InvalidInput, match="n is 3, expected 0 to 2"):
        joint(FOUR, [0], 3, candidates=[0, 1, 2])
    with pytest.raises(InvalidInput, match="candidates must be distinct nodes"):
        joint(FOUR, [0], 1, candidates=[1, 1])
    with pytest.raises(InvalidInput, match="block is 1, expected at least 2"):
        joint(FOUR, [0], 1, block=1)
    assert joint(FOUR, [0], 0).picks.dtype == np.int64
