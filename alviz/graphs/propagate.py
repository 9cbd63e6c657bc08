"""Labels that spread over a graph: label propagation and joint label propagation by conjugate gradients.

Zhou, Bousquet, Lal, Weston, Schölkopf. Learning with Local and Global Consistency. NIPS 2003.
Iscen, Tolias, Avrithis, Chum. Label Propagation for Deep Semi-supervised Learning. CVPR 2019.
Siméoni, Budnik, Avrithis, Gravier. Rethinking Deep Active Learning. ICPR 2020, Eq 8-12.

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

# Columns of one block solve: the sparse product costs a third of a column there, and more of them leave the caches.
_COLUMNS = 32
# Heights this close to the lowest are equal: solves do not tell them apart, so the id decides and not rounding.
_TIE = 1e-6
# Where the walk of an unsolved source is guessed to stay: this share among its neighbors, the rest among theirs.
_NEAR = 0.7

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
    ids, values = _nodes(labeled, n, "labeled"), np.asarray(values)
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


class JointPropagation(NamedTuple):
    """The picks of joint label propagation, and what they were picked by.

    Attributes
    ----------
    picks : ndarray of int64, (b,)
        In pick order.
    start : ndarray of float64, (n,)
        h of all nodes before the first pick.
    heights : ndarray of float64, (b,)
        h of each pick when it was picked.
    solved : int
        Columns that were solved; b picks need b at least.
    residual : float
        The largest ‖b − Ax‖₂/‖b‖₂ of these columns: above `rtol` where `cap` ended a solve.
    """

    picks: Ids
    start: Floats
    heights: Floats
    solved: int
    residual: float


def joint_label_propagation(
    W: Any,
    labeled: ArrayLike,
    candidates: ArrayLike,
    n: int,
    *,
    alpha: float = 0.99,
    rtol: float = 1e-6,
    cap: int = 200,
    block: int = _COLUMNS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> JointPropagation:
    """Pick `n` candidates, each where all labeled and picked nodes together reach least (Eq 11-12).

    h(δ) = (1 − α)(I − α𝒲)⁻¹δ(L), the pick is argmin h over the candidates, and joins L. h is linear in L: a pick s
    adds its own column h(e_s). Columns of likely next picks are solved together: the picks are played ahead with
    guessed columns in place of unsolved ones. A wrong guess costs a solve and never changes a pick.

    Parameters
    ----------
    W : scipy.sparse.csr_matrix, (N, N)
        Symmetric, nonnegative; `similarity` of the nearest neighbors.
    labeled : array of int
        At least one.
    candidates : array of int
        Nodes to pick from; labeled ones among them are left out.
    n : int
    alpha, rtol, cap
        See `Propagation` and `conjugate_gradients`.
    block : int
        Columns of a block solve; two blocks of columns are kept, 2·block·N numbers.
    progress : callable
        Called with (picks done, n) before each pick and each sparse product; what it raises stops the work.

    Returns
    -------
    JointPropagation
        Nodes that no label reaches have h = 0 and come first, lowest id first. Heights within 1e-6 of the lowest,
        relative, are ties, and go to the lowest id too.

    Raises
    ------
    InvalidInput
        Without labels, for ids outside of the graph, or more picks than there are candidates.
    """
    labeled = _nodes(labeled, W.shape[0], "labeled")
    candidates = np.setdiff1d(_nodes(candidates, W.shape[0], "candidates"), labeled)
    if len(labeled) == 0:
        raise InvalidInput("Joint label propagation starts from labels: no node is labeled.")
    if not 0 <= n <= len(candidates):
        raise InvalidInput(f"n is {n}, expected 0 to {len(candidates)}: the number of candidates.")
    if block < 2:
        raise InvalidInput(f"block is {block}, expected at least 2.")
    picks: list[int] = []
    heights: list[float] = []

    def tick() -> None:
        progress(len(picks), n)

    reach = _Reach(W, labeled, candidates, alpha, block, lambda A, B: A.solve(B, rtol, cap, tick))
    start = reach.h.copy()
    for left in range(n, 0, -1):
        tick()
        pick = _lowest(reach.open)
        heights.append(float(reach.open[pick]))
        picks.append(pick)
        if left > 1:
            reach.add(pick, left - 1)
    progress(n, n)
    return JointPropagation(np.array(picks, dtype=np.int64), start, np.array(heights), reach.solved, reach.residual)


class _Reach:
    """h of all nodes while nodes join L, with two blocks of solved columns.

    Attributes
    ----------
    h : ndarray of float64, (N,)
        At least `floor`: rounding takes no node that is reached to 0 or below.
    floor : ndarray of float64, (N,)
        0 in components without a labeled node, the smallest positive number in all others.
    closed : ndarray of float64, (N,)
        Infinite where a node is no candidate, or was picked; else 0.
    owner : ndarray of int64, (2·block,)
        Whose column a row of `columns` holds, −1 for nobody's.
    columns : ndarray of float32, (2·block, N)
        h(e_s) of each owner s.
    """

    def __init__(
        self,
        W: Any,
        labeled: Ids,
        candidates: Ids,
        alpha: float,
        block: int,
        solve: Callable[[Propagation, Tensor], Solution],
    ) -> None:
        from scipy.sparse.csgraph import connected_components

        self.A, self.solve = Propagation(W, alpha), solve
        self.exact = self.A.normalized.astype(np.float64)
        self.component = connected_components(W, directed=False)[1]
        n = len(self.component)
        self.sources, self.closed = np.zeros(n), np.full(n, np.inf)
        self.sources[labeled] = 1 - alpha
        self.closed[candidates] = 0
        reached = np.isin(self.component, self.component[labeled])
        self.floor = np.where(reached, np.finfo(np.float64).tiny, 0)
        self.owner = np.full(2 * block, -1)
        self.columns = np.empty((2 * block, n), dtype=np.float32)
        self.solved, self.residual = 0, 0.0
        self.h = np.zeros(n)
        # The second finds what float32 could not tell in the first.
        self._solve([])
        self._solve([])

    @property
    def open(self) -> Floats:
        """Heights of the candidates that are left, infinite elsewhere."""
        return self.h + self.closed

    def add(self, s: int, left: int) -> None:
        """Let the candidate `s` join L; it and those likely to follow are solved if need be, `left` at most."""
        if s not in self.owner:
            self._solve(self._likely(s, left))
        self.sources[s] = 1 - self.A.alpha
        self.closed[s] = np.inf
        self.floor[self.component == self.component[s]] = np.finfo(np.float64).tiny
        self._raise(self.columns[self.owner == s][0])

    def _raise(self, by: NDArray[np.floating]) -> None:
        self.h += by
        np.maximum(self.h, self.floor, out=self.h)

    def _likely(self, s: int, left: int) -> list[int]:
        """Return unsolved nodes that the next picks may be: `s`, and what a guess at its column leads to, and so on."""
        ahead, found = self.open, []
        for _ in range(left):
            known = np.flatnonzero(self.owner == s)
            if len(known):
                ahead += self.columns[known[0]]
            else:
                found.append(s)
                self._guess(s, ahead)
            ahead[s] = np.inf
            if len(found) == len(self.owner) // 2 - 1:
                break
            s = _lowest(ahead)
        return found

    def _guess(self, s: int, ahead: Floats) -> None:
        """Add to `ahead` roughly h(e_s): the first two steps of the walk from s, which say where the rest stays."""
        first = self.A.alpha * self.A.normalized[[s]]
        second = self.A.alpha * (first @ self.A.normalized)
        ahead[first.indices] += _NEAR * first.data
        ahead[second.indices] += (1 - _NEAR) * second.data

    def _solve(self, nodes: list[int]) -> None:
        """Solve the columns of `nodes`, and with them for what h lacks: its residual, in float64."""
        import torch

        lacking = self.sources - self.h + self.A.alpha * (self.exact @ self.h)
        B = np.zeros((len(self.h), len(nodes) + 1), dtype=np.float32)
        B[nodes, np.arange(len(nodes))] = 1 - self.A.alpha
        B[:, -1] = lacking
        X, _, residuals = self.solve(self.A, torch.from_numpy(B))
        self.solved += B.shape[1]
        self.residual = max(self.residual, float(residuals.max()))
        # Columns of nodes that were picked, or are last in line, make room.
        wanted = np.where(self.owner < 0, np.inf, self.open[self.owner])
        rows = np.argsort(-wanted, kind="stable")[: len(nodes)]
        self.owner[rows] = nodes
        self.columns[rows] = X.numpy().T[:-1]
        self._raise(X.numpy()[:, -1])


def _lowest(heights: Floats) -> int:
    """Return the first of the lowest, to what solves can tell apart."""
    return int((heights <= heights.min() * (1 + _TIE)).argmax())


def _nodes(ids: ArrayLike, n: int, what: str) -> Ids:
    """Return `ids` as an array, refused where they are no distinct nodes."""
    given = np.asarray(ids)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    fits = given.ndim == 1 and given.dtype.kind in "iu" and given.min() >= 0 and given.max() < n
    if not fits or len(np.unique(given)) < len(given):
        raise InvalidInput(f"{what} must be distinct nodes, 0..{n - 1}, got {given}.")
    return given.astype(np.int64)
