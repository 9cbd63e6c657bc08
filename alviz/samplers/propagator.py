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

from alviz.graphs.affinity import messages
from alviz.numeric.top import top

if TYPE_CHECKING:
    from torch import Tensor

    from alviz.samplers.gcn import Operator

    Classifier = Callable[[Tensor], Tensor]
    """Features (m, d) to logits (m, C), row by row or through a graph."""


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
        # A (V W) instead of (A V) W: messages as wide as the hidden layer, not as the features.
        return output(self.A, self.A @ (V @ self.weights[0]), self.weights)


def output(A: Operator, Z: Tensor, weights: tuple[Tensor, ...], keep: Classifier = lambda H: H) -> Tensor:
    """Return A ReLU(Z + b₁) W₂ + b₂ for Z = A V W₁; `keep` is the dropout of the hidden layer."""
    _, b1, W2, b2 = weights
    return A @ (keep((Z + b1).relu()) @ W2) + b2


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
        Called with (steps done, steps) before each step and after the last; what it raises stops the work.
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
        loss = cross_entropy(output(inner, AV @ W1, weights, lambda H: drop(H, dropout))[place], target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses[step] = loss.item()
    progress(steps, steps)
    return Propagator(whole, tuple(w.detach() for w in weights), losses)


def adversarial_kl(
    classifier: Classifier, R: Tensor, start: Tensor, *, xi: float = 1e-2, epsilon: float = 0.5
) -> NDArray[np.float32]:
    """Return how far an adversarial step moves the prediction of each of the first u rows, KLDᵢ, in nats (Eq 4).

    All u rows take their step r_adv = ε·gᵢ/‖gᵢ‖ at once; a row whose gᵢ is zero stays where it is.

    Parameters
    ----------
    classifier : callable
        Features (m, d) to logits (m, C).
    R : Tensor of float32, (m, d)
        Features; those after the first u rows stay as they are.
    start : Tensor of float32, (u, d)
        A unit row each; see `adversarial_direction`.
    xi, epsilon : float
        Length of the step that looks for the direction, and of the adversarial one, as shares of the mean norm
        of the u rows.

    Returns
    -------
    ndarray of float32, (u,)
    """
    import torch

    u = len(start)
    s = float(R[:u].norm(dim=1).mean())
    direction = adversarial_direction(classifier, R, start, xi * s)
    with torch.no_grad():
        return divergence(classifier(R)[:u], classifier(moved(R, epsilon * s * direction))[:u]).float().numpy()


def adversarial_direction(classifier: Classifier, R: Tensor, start: Tensor, xi: float) -> Tensor:
    """Return gᵢ/‖gᵢ‖ of g = ∇_Δ Σᵢ KL(ȳᵢ ‖ ŷᵢ(R + ξΔ)) at Δ = `start` (u, d), zero where gᵢ is zero (Eq 5).

    It is one step of the power iteration of virtual adversarial training, one back-propagation for all rows.
    """
    import torch
    from torch.nn.functional import normalize

    u = len(start)
    delta = start.clone().requires_grad_()
    with torch.no_grad():
        before = classifier(R)[:u]
    total = divergence(before, classifier(moved(R, xi * delta))[:u]).sum()
    (g,) = torch.autograd.grad(total, delta)
    # float64: the squares of the tiny gradients of confident rows leave float32.
    return normalize(g.double(), dim=1, eps=1e-300).float()


def moved(R: Tensor, step: Tensor) -> Tensor:
    """Return R (m, d) with its first rows moved by `step` (u, d)."""
    import torch

    return torch.cat([R[: len(step)] + step, R[len(step) :]])


def divergence(before: Tensor, after: Tensor) -> Tensor:
    """Return KL(softmax(before) ‖ softmax(after)) of each row of logits (u, C), in nats, float64."""
    # float64: what is first order in a small step cancels, and float32 would keep little of the rest.
    p, q = before.double().log_softmax(1), after.double().log_softmax(1)
    return (p.exp() * (p - q)).sum(1)


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
