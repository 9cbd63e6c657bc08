"""Joint label propagation: the examples that all labeled ones together reach least.

Siméoni, Budnik, Avrithis, Gravier. Rethinking Deep Active Learning. ICPR 2020, Eq 11-12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.graphs.propagate import Floats, Ids, Propagation, Solution, distinct_nodes

if TYPE_CHECKING:
    from torch import Tensor

# Columns of one block solve: the sparse product costs a third of a column there, and more of them leave the caches.
_COLUMNS = 32
# Heights this close to the lowest are equal: solves do not tell them apart, so the id decides and not rounding.
_TIE = 1e-6
# Where the walk of an unsolved source is guessed to stay: this share among its neighbors, the rest among theirs.
_NEAR = 0.7


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
    labeled = distinct_nodes(labeled, W.shape[0], "labeled")
    candidates = np.setdiff1d(distinct_nodes(candidates, W.shape[0], "candidates"), labeled)
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
