"""The parts of REVIVAL as functions: graph, label propagator, adversarial generator, boundary limitator.

Guo et al. Semi-supervised Active Learning for Semi-supervised Models: Exploit Adversarial Examples with
Graph-based Virtual Labels. ICCV 2021, Eq 1-5. `alviz.samplers.revival` says what the paper leaves open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.affinity import messages, normalized
from alviz.numeric.top import top

if TYPE_CHECKING:
    from torch import Tensor

    from alviz.samplers.gcn import Operator

    Classifier = Callable[[Tensor], Tensor]
    """Features (u, d) to logits (u, C), row by row or through a graph."""


def kipf(W: Any) -> Any:
    """Return D̃^-½(W + I)D̃^-½, D̃ the row sums of W + I (Kipf, Welling, ICLR 2017).

    Parameters
    ----------
    W : scipy.sparse matrix, (m, m)
        Symmetric, nonnegative, its diagonal zero. A node without an edge keeps itself, with weight one.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, (m, m)
    """
    from scipy.sparse import identity

    return normalized((W + identity(W.shape[0], dtype=np.float32)).tocsr(), "symmetric")


@dataclass(frozen=True, eq=False)
class Propagator:
    """A trained two-layer graph network: A ReLU(A V W₁ + b₁) W₂ + b₂ are the logits of the nodes.

    Attributes
    ----------
    A : operator, (m, m)
    weights : tuple of Tensor
        W₁ (d, hidden), b₁ (hidden,), W₂ (hidden, C), b₂ (C,).
    losses : ndarray of float32, (steps,)
    """

    A: Operator
    weights: tuple[Tensor, ...]
    losses: NDArray[np.float32]

    def __call__(self, V: Tensor) -> Tensor:
        """Return the logits (m, C) for node features V (m, d), dropout off."""
        return forward(self.A, self.A @ V, self.weights)


def forward(A: Operator, AV: Tensor, weights: tuple[Tensor, ...], keep: Classifier = lambda Z: Z) -> Tensor:
    """Return A ReLU(AV W₁ + b₁) W₂ + b₂; `AV` is A applied to the input, `keep` is the dropout of the hidden layer."""
    W1, b1, W2, b2 = weights
    return A @ (keep((AV @ W1 + b1).relu()) @ W2) + b2


def train_propagator(
    A: Any,
    V: Tensor,
    labeled: NDArray[np.int64],
    y: NDArray[np.int64],
    classes: int,
    *,
    hidden: int = 128,
    dropout: float = 0.5,
    lr: float = 1e-2,
    weight_decay: float = 5e-4,
    steps: int = 200,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Propagator:
    """Train the label propagator by cross-entropy on the labeled nodes, full batch, with Adam.

    Start and dropout are drawn from torch's global generator: call it within `torch_stream`.

    Parameters
    ----------
    A : scipy.sparse.csr_matrix of float32, (m, m)
        Symmetric and with a full diagonal, as `kipf` makes it.
    V : Tensor of float32, (m, d)
    labeled : ndarray of int64, (l,)
        Nodes whose class is known, distinct, at least one.
    y : ndarray of int64, (l,)
        Their classes.
    classes : int
        C; a class may be without a label.
    progress : callable
        Called with (steps done, steps) before each step; what it raises stops the work.
    """
    import torch
    from torch.nn.functional import cross_entropy
    from torch.nn.functional import dropout as drop

    W1 = torch.nn.init.xavier_uniform_(torch.empty(V.shape[1], hidden)).requires_grad_()
    W2 = torch.nn.init.xavier_uniform_(torch.empty(hidden, classes)).requires_grad_()
    b1, b2 = torch.zeros(hidden, requires_grad=True), torch.zeros(classes, requires_grad=True)
    weights = (W1, b1, W2, b2)
    optimizer = torch.optim.Adam(weights, lr=lr, weight_decay=weight_decay)
    whole = messages(A)
    # The loss looks at labeled nodes, and those at the hidden layer of their neighbors: the rest of the graph
    # has no say in training, and is left out of it.
    near = np.unique(A[labeled].indices)
    AV, inner = (whole @ V)[torch.from_numpy(near).long()], messages(A[near][:, near])
    place, target = torch.from_numpy(np.searchsorted(near, labeled)), torch.from_numpy(y)
    losses = np.empty(steps, dtype=np.float32)
    for step in range(steps):
        progress(step, steps)
        loss = cross_entropy(forward(inner, AV, weights, lambda Z: drop(Z, dropout))[place], target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses[step] = loss.item()
    return Propagator(whole, tuple(w.detach() for w in weights), losses)


def divergence(before: Tensor, after: Tensor) -> Tensor:
    """Return KL(softmax(before) ‖ softmax(after)) of each row of logits (u, C), in nats, float64 (Eq 4).

    Terms of first order cancel: in float32 nothing would be left of a small step.
    """
    p, q = before.double().log_softmax(1), after.double().log_softmax(1)
    return (p.exp() * (p - q)).sum(1)


def adversarial_direction(classifier: Classifier, R: Tensor, start: Tensor, xi: float) -> Tensor:
    """Return the direction in which a small step changes each row's prediction most (Eq 5).

    One step of the power iteration of virtual adversarial training, for all rows at once:
    g = ∇_Δ Σᵢ KL(ȳᵢ ‖ ŷᵢ(R + ξΔ)) at the given Δ.

    Parameters
    ----------
    classifier : callable
    R, start : Tensor of float32, (u, d)
        Features, and Δ: a unit row each.
    xi : float
        ξ, in the units of R.

    Returns
    -------
    Tensor of float32, (u, d)
        gᵢ/‖gᵢ‖; zero where gᵢ is zero.
    """
    import torch
    from torch.nn.functional import normalize

    delta = start.clone().requires_grad_()
    with torch.no_grad():
        before = classifier(R)
    total = divergence(before, classifier(R + xi * delta)).sum()
    (g,) = torch.autograd.grad(total, delta)
    # float64: squares of the tiny gradients of confident rows leave float32.
    return normalize(g.double(), dim=1, eps=1e-300).float()


def adversarial_kl(
    classifier: Classifier, R: Tensor, start: Tensor, *, xi: float = 1e-2, epsilon: float = 0.5
) -> NDArray[np.float32]:
    """Return how far the prediction of each row moves under its adversarial perturbation, KLDᵢ (u,), in nats.

    Parameters
    ----------
    classifier, R, start
        See `adversarial_direction`.
    xi, epsilon : float
        Length of the step that looks for the direction and of the perturbation r_adv = ε·g/‖g‖, as shares of
        the mean norm of the rows of R.
    """
    import torch

    s = float(R.norm(dim=1).mean())
    direction = adversarial_direction(classifier, R, start, xi * s)
    with torch.no_grad():
        moved = divergence(classifier(R), classifier(R + epsilon * s * direction))
    return moved.float().numpy()


def boundary_limit(
    kl: NDArray[np.float32], entropy: NDArray[np.float32], M: int, n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return the top `n` by entropy of the top `M` by KLD, those M, and one score that says both.

    Parameters
    ----------
    kl, entropy : ndarray of float32, (u,)
    M, n : int
        1 ≤ n ≤ M ≤ u.

    Returns
    -------
    picked : ndarray of int64, (n,)
        Positions, largest entropy first.
    within : ndarray of int64, (M,)
        Positions, largest KLD first.
    scores : ndarray of float32, (u,)
        The entropy, at least 0, of the M; of the others by how much their KLD falls short of the M's, at most 0.
    """
    within = top(kl, M)
    scores = kl - kl[within[-1]]
    scores[within] = entropy[within]
    ascending = np.sort(within)  # ties go to the lowest position
    return ascending[top(entropy[ascending], n)], within, scores
