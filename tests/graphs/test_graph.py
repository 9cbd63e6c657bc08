import numpy as np
import pytest

from alviz.errors import InvalidInput
from alviz.graphs import Graph
from alviz.graphs.affinity import affinity, normalized


def worked_example() -> Graph:
    """0 → 1, 1 → 2, 3 → 4, 4 → 3; 5 has no edge."""
    return Graph(
        np.array([0, 1, 2, 2, 3, 4, 4]),
        np.array([1, 2, 4, 3]),
        np.array([0.5, 0.25, 1.0, 0.75], dtype=np.float32),
    )


def test_counts_and_repr() -> None:
    graph = worked_example()
    assert (graph.n, graph.n_edges, graph.components, graph.isolated) == (6, 4, 3, 1)
    assert graph.sources.tolist() == [0, 1, 3, 4]
    assert repr(graph) == "Graph(6 nodes, 4 edges, 3 components, 1 isolated)"
    expected = np.zeros((6, 6))
    expected[[0, 1, 3, 4], [1, 2, 4, 3]] = 1
    np.testing.assert_array_equal(graph.csr().toarray(), expected)


@pytest.mark.parametrize(
    ("how", "power", "edges"),
    [
        ("union", 1, [(0, 1, 0.5), (1, 2, 0.25), (3, 4, 1.0)]),
        ("sum", 1, [(0, 1, 0.5), (1, 2, 0.25), (3, 4, 1.75)]),
        ("mutual", 1, [(3, 4, 0.75)]),
        ("union", 3, [(0, 1, 0.125), (1, 2, 1 / 64), (3, 4, 1.0)]),
    ],
)
def test_affinities_by_hand(how: str, power: float, edges: list[tuple[int, int, float]]) -> None:
    W = affinity(worked_example(), symmetrize=how, power=power)
    expected = np.zeros((6, 6))
    for i, j, w in edges:
        expected[i, j] = expected[j, i] = w
    np.testing.assert_array_equal(W.toarray(), expected)
    assert W.nnz == 2 * len(edges)
    assert W.dtype == np.float32


def test_similarities_of_zero_and_below_and_loops_are_no_edges() -> None:
    graph = Graph(np.array([0, 2, 4]), np.array([1, 0, 0, 1]), np.array([-0.5, 1.0, 0.0, 1.0], dtype=np.float32))
    assert affinity(graph).nnz == 0


def test_normalized_by_hand() -> None:
    W = affinity(worked_example())  # degrees 0.5, 0.75, 0.25, 1, 1, 0
    row = normalized(W, "row").toarray()
    np.testing.assert_allclose(row.sum(axis=1), [1, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(row[1], [2 / 3, 0, 1 / 3, 0, 0, 0])
    np.testing.assert_allclose(normalized(W, "column").toarray(), row.T)
    symmetric = normalized(W, "symmetric").toarray()
    np.testing.assert_allclose(symmetric[0, 1], 0.5 / np.sqrt(0.5 * 0.75))
    np.testing.assert_allclose(symmetric, symmetric.T)
    assert (symmetric[5] == 0).all()
    assert np.abs(np.linalg.eigvalsh(symmetric)).max() == pytest.approx(1)


def test_other_ways_are_refused() -> None:
    with pytest.raises(InvalidInput, match="symmetrize is 'max', expected one of 'union'"):
        affinity(worked_example(), symmetrize="max")
    with pytest.raises(InvalidInput, match="normalize is 'both', expected one of 'row'"):
        normalized(affinity(worked_example()), "both")
