"""BMDR: a batch that is discriminative and representative, by a quadratic program.

Wang, Ye. Querying Discriminative and Representative Samples for Batch Mode Active Learning. KDD 2013; ACM TKDD 9, 2015.
For the labeled L, |L| = l, the unlabeled U, |U| = u, n = l + u, a batch Q of b, weights α ∈ {0, 1}^u of the batch and
f(x) = wᵀφ(x) in the space of a kernel k,

    min over α, w of  Σ_{i∈L} (y_i − f(x_i))² + λ‖w‖² + Σ_{j∈U} α_j (1 + |f(x_j)|)² + β·R(α),   Σα = b,

    R(α) = ½ αᵀK_UU α + ((u − b)/n · 1ᵀK_LU − (l + b)/n · 1ᵀK_UU) α.

The third term is the loss of an example whose label, ±1, is the worst one for f, −sign f. R is
the squared maximum mean discrepancy of L ∪ Q and U ∖ Q, less a constant and times half of (1/(l+b) + 1/(u−b))⁻². The
usual relaxation 0 ≤ α ≤ 1 makes it convex in α for given w, a quadratic program, and convex in w for given α, which is
solved by ADMM; both in turn until the b largest α stay the same. Those are picked.

Deviations. Classes: one f per class against the rest, the losses summed; two classes have one. No n × n matrix: the
kernel exp(−‖x − y‖² / σ²) on features of length one is a product of ``components`` features per example, exact for
pools of no more examples than that and random Fourier features above; the program is solved by accelerated projected
gradients, both in at most ``steps`` and ``rounds``. U is the candidates. Without labels f = 0, and R alone decides.

Where many examples are alike the best weights are spread over them, and the largest b may lie in one group: the
rounding is the paper's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import unit_rows
from alviz.numeric.capped_simplex import minimize
from alviz.numeric.kernel_features import kernel_features
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.finite import finite_features
from alviz.samplers.query import Query
from alviz.selection import Selection

Matrix = NDArray[np.floating]
Floats = NDArray[np.float64]

# What ADMM's residuals must come below, and its step.
_CLOSE, _MOST, _RHO = 1e-6, 300, 1.0


class Program(NamedTuple):
    """R(α) = ½ ‖Z_Uᵀα‖² + qᵀα.

    Attributes
    ----------
    Z : ndarray, (u, c)
    q : ndarray of float64, (u,)
    """

    Z: Matrix
    q: Floats


def representative(labeled: Matrix, unlabeled: Matrix, b: int) -> Program:
    """Return R for kernel features of L (l, c) and of U (u, c)."""
    l, u = len(labeled), len(unlabeled)  # noqa: E741
    sums = labeled.sum(axis=0, dtype=np.float64), unlabeled.sum(axis=0, dtype=np.float64)
    mean = ((u - b) * sums[0] - (l + b) * sums[1]) / (l + u)
    return Program(unlabeled, unlabeled.astype(np.float64) @ mean)


def discriminative(f: Floats) -> Floats:
    """Return Σ_c f_c² + 2|f_c| of each row of `f` (m, C), what the worst labels cost beyond a constant."""
    return np.asarray((f**2 + 2 * np.abs(f)).sum(axis=1))


def regress(
    labeled: Matrix, targets: Matrix, batch: Matrix, ridge: float, tick: Callable[[], None] = lambda: None
) -> Floats:
    """Return the w (c, C) that make Σ_L ‖y − wᵀz‖² + λ‖w‖² + Σ_Q Σ_c (f_c² + 2|f_c|) least, f = wᵀz, by ADMM.

    Parameters
    ----------
    labeled, batch : ndarray, (l, c) and (b, c)
        Kernel features.
    targets : ndarray, (l, C)
        ±1.
    ridge : float
        λ, above 0.
    tick : callable
        Called in every step; what it raises stops the work.
    """
    Z, B, Y = (np.asarray(a, dtype=np.float64) for a in (labeled, batch, targets))
    A = Z.T @ Z + _RHO / 2 * B.T @ B + ridge * np.eye(Z.shape[1])
    inverse, fixed = np.linalg.inv(A), Z.T @ Y
    f = np.zeros((len(B), Y.shape[1]))
    dual = np.zeros_like(f)
    w = inverse @ fixed
    for _ in range(_MOST if f.size else 0):
        tick()
        w = inverse @ (fixed + B.T @ (_RHO / 2 * f + dual / 2))
        before, through = f, B @ w
        # argmin over f of f² + 2|f| + dual·(f − Bw) + ρ/2 (f − Bw)².
        v = (_RHO * through - dual) / (_RHO + 2)
        f = np.sign(v) * np.maximum(np.abs(v) - 2 / (_RHO + 2), 0)
        dual += _RHO * (f - through)
        if max(np.abs(f - through).max(), np.abs(f - before).max()) < _CLOSE:
            break
    return w


@dataclass(frozen=True)
class BMDR(Sampler):
    """Pick the b largest weights of the relaxed program.

    The score is what a candidate alone takes from the objective before the first pick; the picks need not be the
    highest. ``extra["gain"]`` is the weight α of each pick, and the order of the picks; ``extra["weights"]`` that of
    all candidates (NaN elsewhere), ``extra["rounds"]`` how often program and regression took turns.
    """

    name: ClassVar[str] = "bmdr"
    deterministic: ClassVar[bool] = False

    beta: float = parameter(1000.0, "β: weight of the representative part", low=0.0, high=1e9, step=100.0)
    ridge: float = parameter(0.1, "λ: l2 penalty of the regression", low=1e-6, high=1e6, step=0.1)
    sigma: float = parameter(1.0, "σ of the kernel, on features of length one", low=1e-3, high=100.0, step=0.1)
    components: int = parameter(256, "kernel features per example", low=2, high=8192, step=64)
    rounds: int = parameter(5, "the most turns of program and regression", low=1, high=1000)
    steps: int = parameter(100, "the most steps for one program", low=1, high=100_000, step=50)

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Take turns between the weights of the batch and the regression."""
        total = self.rounds * self.steps
        query.progress(0, total)
        ids = query.labels.ids
        X = unit_rows(finite_features(query)[np.concatenate([ids, query.candidates])])
        Z = kernel_features(X, self.sigma, self.components, query.rng)
        ZL, ZU = Z[: len(ids)], Z[len(ids) :]
        program, Y = representative(ZL, ZU, query.n), plus_minus(query.labels.values)
        nobody = ZU[:0]
        weights = np.full(len(ZU), query.n / len(ZU))
        picked, score, turn = np.zeros(0, dtype=np.int64), np.zeros(len(ZU)), 0
        while turn < self.rounds:
            tick = partial(query.progress, turn * self.steps, total)
            w = regress(ZL, Y, nobody if turn == 0 else ZU[picked], self.ridge, tick)
            q = self.beta * program.q + discriminative(ZU @ w)
            # k(x, x) = 1: alone at weight 1 a candidate adds β/2 beside its linear part.
            score = -(q + self.beta / 2) if turn == 0 else score
            weights = minimize(program.Z, self.beta, q, query.n, steps=self.steps, start=weights, tick=tick)
            # Many weights may be 1: of equal ones those go first that the objective would least spare.
            slope = self.beta * (program.Z @ (program.Z.T @ weights)) + q
            before, picked, turn = picked, np.lexsort((slope, -weights))[: query.n], turn + 1
            if np.array_equal(np.sort(before), np.sort(picked)):
                break
        query.progress(total, total)
        extra = {"gain": weights[picked].astype(np.float32), "weights": spread(query, weights), "rounds": turn}
        return Selection(query.candidates[picked], spread(query, score), extra)


def plus_minus(values: NDArray[np.int64]) -> Floats:
    """Return targets ±1, (l, C): a column per class that is there, one for two classes."""
    classes = np.unique(values)
    targets = np.where(values[:, None] == classes, 1.0, -1.0)
    return targets[:, :1] if len(classes) == 2 else targets
