"""Labels that spread over a graph, by conjugate gradients.

Zhou, Bousquet, Lal, Weston, Schölkopf. Learning with Local and Global Consistency. NIPS 2003.
Iscen, Tolias, Avrithis, Chum. Label Propagation for Deep Semi-supervised Learning. CVPR 2019.
Siméoni, Budnik, Avrithis, Gravier. Rethinking Deep Active Learning. ICPR 2020, Eq 8-10.

Everything here solves (I − α𝒲)Z = Y, where 𝒲 = D^-½WD^-½ and W holds the cubed similarities of the nearest
neighbors. Many right-hand sides share one sparse product per iteration, which costs little more than one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.graphs.affinity import affinity, normalized
from alviz.graphs.graph import Graph
from alviz.numeric.entropy import entropy

if TYPE_CHECKING:
    from torch import Tensor

    class Operator(Protocol):
        """What multiplies: A in A Z."""

        def __matmul__(self, Z: Tensor) -> Tensor: ...


SYMMETRIES = ("union", "mutual")
VARIANTS = ("code", "paper")

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


def similarity(graph: Graph, *, symmetrize: str = "union") -> Any:
    """Return the affinity W of label propagation: max(0, cos)³, the diagonal zero.

    Parameters
    ----------
    graph : Graph
        Nearest neighbors without self, by cosine; the published k is 50.
    symmetrize : {"union", "mutual"}
        The published code's W + Wᵀ, where an edge that both ends have counts twice, or the paper's edges that both
        ends have, once.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, (n, n)

    Raises
    ------
    InvalidInput
        For another way to symmetrize.
    """
    if symmetrize not in SYMMETRIES:
        raise InvalidInput(f"symmetrize is {symmetrize!r}, expected one of {', '.join(map(repr, SYMMETRIES))}.")
    return affinity(graph, symmetrize="sum" if symmetrize == "union" else symmetrize, power=3)


class Propagation:
    """The system I − α𝒲 of an affinity W, 𝒲 = D^-½WD^-½: positive definite, solved in float32.

    Nodes are multiplied in an order that puts neighbors side by side (reverse Cuthill-McKee): their rows are still
    in the caches when they are read again, which makes the product several times faster on a busy machine.

    Parameters
    ----------
    W : scipy.sparse.csr_matrix, (n, n)
        Symmetric, nonnegative. An isolated node keeps a zero row of 𝒲.
    alpha : float
        How far labels spread, 0 to below 1.

    Attributes
    ----------
    normalized : scipy.sparse.csr_matrix of float32, (n, n)
        𝒲.

    Raises
    ------
    InvalidInput
        If alpha is out of its bounds.
    """

    def __init__(self, W: Any, alpha: float = 0.99) -> None:
        import torch
        from scipy.sparse.csgraph import reverse_cuthill_mckee

        from alviz.graphs._dgl import sparse

        if not 0 <= alpha < 1:
            raise InvalidInput(f"alpha is {alpha}, expected at least 0 and below 1.")
        self.alpha = alpha
        self.normalized = normalized(W, "symmetric")
        order = reverse_cuthill_mckee(self.normalized, symmetric_mode=True)
        ordered = self.normalized[order][:, order]
        ordered.sort_indices()
        self._order, self._matrix = torch.from_numpy(order.astype(np.int64)), sparse(ordered)

    def solve(self, B: Tensor, rtol: float = 1e-6, cap: int = 200, tick: Callable[[], None] = lambda: None) -> Solution:
        """Solve (I − α𝒲)X = B for B (n, c) by `conjugate_gradients`."""
        import torch

        found = conjugate_gradients(self, B[self._order], rtol, cap, tick)
        return found._replace(X=torch.empty_like(found.X).index_copy_(0, self._order, found.X))

    def __matmul__(self, Z: Tensor) -> Tensor:
        """Return Z − α𝒲Z for Z (n, c), rows in the order of the product."""
        import torch

        return torch.addmm(Z, self._matrix, Z, alpha=-self.alpha)


class Solution(NamedTuple):
    """What conjugate gradients found.

    Attributes
    ----------
    X : Tensor, (n, c)
    iterations : ndarray of int64, (c,)
        Products that each column took part in.
    residuals : ndarray of float64, (c,)
        ‖b − Ax‖₂/‖b‖₂ of each column, as the recursion knows it; 0 where b is 0.
    """

    X: Tensor
    iterations: NDArray[np.int64]
    residuals: Floats


def conjugate_gradients(
    A: Operator, B: Tensor, rtol: float = 1e-6, cap: int = 200, tick: Callable[[], None] = lambda: None
) -> Solution:
    """Solve A X = B for all columns at once: one product with A per iteration.

    Each column has its own step sizes, so it is what a solve of its own gives. A column that is solved leaves the
    block.

    Parameters
    ----------
    A : operator, (n, n)
        Symmetric, positive definite.
    B : Tensor of float32 or float64, (n, c)
    rtol : float
        A column is solved when its residual is at most `rtol` times its right-hand side, in the 2-norm. Less than the
        precision of B's dtype counts as that.
    cap : int
        The most iterations.
    tick : callable
        Called before each product; what it raises stops the work.
    """
    import torch

    # Right-hand sides near the ends of float32 would lose their squares.
    scale = B.abs().amax(0)
    scale[scale == 0] = 1
    R = B / scale
    P, X, out = R.clone(), torch.zeros_like(R), torch.zeros_like(R)
    left = torch.arange(R.shape[1])
    start = squares = R.square().sum(0)
    enough = max(rtol, torch.finfo(R.dtype).eps) ** 2 * start
    iterations = np.zeros(R.shape[1], dtype=np.int64)
    residuals = torch.zeros_like(start)
    for iteration in range(cap + 1):
        residuals[left] = squares
        iterations[left] = iteration
        still = squares > enough[left]
        if iteration == cap or not still.all():
            out[:, left] = X
        if iteration == cap or not still.any():
            break
        if not still.all():
            left, squares = left[still], squares[still]
            X, R, P = X[:, still], R[:, still], P[:, still]
        tick()
        Q = A @ P
        step = squares / (P * Q).sum(0)
        X.addcmul_(P, step)
        R.addcmul_(Q, step, value=-1)
        before, squares = squares, R.square().sum(0)
        P.mul_(squares / before).add_(R)
    start[start == 0] = 1
    return Solution(out * scale, iterations, (residuals / start).sqrt().double().numpy())


class Propagated(NamedTuple):
    """What label propagation says of every node.

    Attributes
    ----------
    probs : ndarray of float32, (n, C)
        P: rows sum to 1; a row of zeros where no label reaches.
    labels : ndarray of int64, (n,)
        The class with the largest probability, −1 where no label reaches.
    weights : ndarray of float32, (n,)
        β: 1 minus the entropy over log C; 0 where no label reaches.
    """

    probs: NDArray[np.float32]
    labels: Ids
    weights: NDArray[np.float32]


def propagate_labels(
    W: Any,
    labeled: ArrayLike,
    values: ArrayLike,
    classes: int,
    *,
    alpha: float = 0.99,
    variant: str = "code",
    divide: bool | None = None,
    rtol: float = 1e-6,
    cap: int = 200,
    tick: Callable[[], None] = lambda: None,
) -> Propagated:
    """Return the pseudo-labels of all nodes and how far to trust them (Eq 8-10).

    (I − α𝒲)Z = Y for all classes at once; P is max(Z, 0) with rows of sum 1. Eq 9's factor (1 − α) cancels in P
    and is left out. Labeled nodes are read like all others.

    Parameters
    ----------
    W : scipy.sparse.csr_matrix, (n, n)
        Symmetric, nonnegative; `similarity` of the nearest neighbors.
    labeled, values : array of int, (m,)
        Nodes with a label, each once, at least one, and their classes, 0..C−1.
    classes : int
        C. A class that nothing is labeled with gets probability 0.
    alpha : float
    variant : {"code", "paper"}
        "code": a label counts 1/|L_c| in its class, and weights are divided by the largest, as in the published code;
        "paper": a label counts 1, and weights stay as Eq 10 gives them.
    divide : bool, optional
        Whether weights are divided by the largest, whatever the variant says.
    rtol, cap, tick
        See `conjugate_gradients`.

    Returns
    -------
    Propagated

    Raises
    ------
    InvalidInput
        Without labels, for labels that do not fit the graph, or for another variant.
    """
    import torch

    if variant not in VARIANTS:
        raise InvalidInput(f"variant is {variant!r}, expected one of {', '.join(map(repr, VARIANTS))}.")
    Y = _label_columns(labeled, values, W.shape[0], classes, mean=variant == "code")
    Z = Propagation(W, alpha).solve(torch.from_numpy(Y), rtol, cap, tick).X
    return read_labels(Z.numpy(), divide=variant == "code" if divide is None else divide)


def _label_columns(labeled: ArrayLike, values: ArrayLike, n: int, classes: int, *, mean: bool) -> NDArray[np.float32]:
    """Return Y (n, C): column c is 1, or 1/|L_c|, on the nodes labeled with class c."""
    ids, values = distinct_nodes(labeled, n, "labeled"), np.asarray(values)
    if len(ids) == 0:
        raise InvalidInput("Label propagation has nothing to propagate: no node is labeled.")
    fits = values.shape == ids.shape and values.dtype.kind in "iu" and values.min() >= 0 and values.max() < classes
    if not fits:
        raise InvalidInput(f"values must be a class, 0..{classes - 1}, for each of {len(ids)} labeled nodes.")
    Y = np.zeros((n, classes), dtype=np.float32)
    Y[ids, values] = 1 / np.bincount(values)[values] if mean else 1
    return Y


def read_labels(Z: NDArray[np.float32], *, divide: bool) -> Propagated:
    """Return probabilities, pseudo-labels and weights of a solution Z (n, C); `divide` weights by the largest."""
    positive = np.maximum(Z, 0)
    total = positive.sum(axis=1, keepdims=True)
    reached = total[:, 0] > 0
    probs = positive / np.where(reached[:, None], total, 1)
    weights = np.zeros(len(Z), dtype=np.float32)
    # One class alone is certain: log C = 0 divides nothing.
    weights[reached] = np.clip(1 - entropy(probs[reached]) / np.float32(np.log(Z.shape[1]) or 1), 0, 1)
    largest = weights.max()
    if divide and largest > 0:
        weights /= largest
    return Propagated(probs.astype(np.float32, copy=False), np.where(reached, probs.argmax(axis=1), -1), weights)


def distinct_nodes(ids: ArrayLike, n: int, what: str) -> Ids:
    """Return `ids` as an array, refused where they are no distinct nodes."""
    given = np.asarray(ids)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    fits = given.ndim == 1 and given.dtype.kind in "iu" and given.min() >= 0 and given.max() < n
    if not fits or len(np.unique(given)) < len(given):
        raise InvalidInput(f"{what} must be distinct nodes, 0..{n - 1}, got {given}.")
    return given.astype(np.int64)
