import numpy as np

from alviz.graphs import Graph
from alviz.graphs.affinity import symmetric_edges


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


def test_symmetric_edges_are_the_union_with_the_larger_weight() -> None:
    rows, columns, weights = symmetric_edges(worked_example())
    matrix = np.zeros((6, 6))
    matrix[rows, columns] = weights
    expected = np.zeros((6, 6))
    for i, j, w in [(0, 1, 0.5), (1, 2, 0.25), (3, 4, 1.0)]:
        expected[i, j] = expected[j, i] = w
    np.testing.assert_array_equal(matrix, expected)
    assert len(rows) == 6, "each pair once per direction"


def test_symmetric_edges_drops_what_is_not_above_the_floor() -> None:
    graph = Graph(np.array([0, 1, 2]), np.array([1, 0]), np.array([-0.5, 0.0], dtype=np.float32))
    assert len(symmetric_edges(graph)[0]) == 0
    assert len(symmetric_edges(worked_example(), floor=0.5)[0]) == 2  # 1.0 both ways; 0.5 itself is not above
