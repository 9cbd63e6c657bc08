"""The graph network that UncertainGCN and CoreGCN train to tell labeled from unlabeled nodes.

Caramalau, Bhattarai, Kim. Sequential Graph Convolutional Network for Active Learning. CVPR 2021, Eq 4-6.

Deviations: the dense graph is applied as an operator and never built. Hidden width 128 as in the published
code (the text says 1024 → 512; the supplement finds them equal).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from alviz.errors import MissingNeeds
from alviz.graphs.affinity import mean_with_self
from alviz.graphs.dense import dense_graph
from alviz.graphs.knn import unit_rows
from alviz.part import parameter
from alviz.samplers.base import Sampler
from alviz.samplers.query import Query
from alviz.seeding import torch_stream

if TYPE_CHECKING:
    from torch import Tensor

    class Operator(Protocol):
        """What multiplies node features: A in A H."""

        def __matmul__(self, H: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class GCN:
    """What a trained graph network says of its m nodes.

    Attributes
    ----------
    confidence : ndarray of float32, (m,)
        f: near 1 where a node looks labeled, near 0 where it looks unlabeled (Eq 5).
    embedding : ndarray of float32, (m, hidden)
        The last hidden layer after ReLU, dropout off; with one layer, which hides nothing, A V (m, d).
    losses : ndarray of float32, (steps,)
    """

    confidence: NDArray[np.float32]
    embedding: NDArray[np.float32]
    losses: NDArray[np.float32]

    def extra(self, nodes: NDArray[np.int64]) -> dict[str, Any]:
        """Return what is worth keeping: ``nodes`` (ids), and confidence and embedding (half precision) of each."""
        return {
            "nodes": nodes,
            "confidence": self.confidence,
            "embedding": self.embedding.astype(np.float16),
            "losses": self.losses,
        }


def binary_loss(logits: Tensor, labeled: Tensor, lam: float) -> Tensor:
    """Return -mean_L log f - λ·mean_U log(1 - f) with f = σ(logits) (Eq 6); `labeled` is a mask (m,)."""
    from torch.nn.functional import softplus

    # -log σ(z) = softplus(-z) and -log(1 - σ(z)) = softplus(z), stable for any z.
    return softplus(-logits[labeled]).mean() + lam * softplus(logits[~labeled]).mean()


def forward(
    A: Operator, AV: Tensor, weights: list[Tensor], biases: list[Tensor], keep: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Return (logits (m,), last hidden layer (m, hidden)) of Z ← ReLU(A Z W + b), then A Z W + b (Eq 5).

    `AV` is A applied to the input once and for all; `keep` is dropout, applied to every hidden layer.
    """
    Z = AV @ weights[0] + biases[0]
    hidden = AV
    for W, b in zip(weights[1:], biases[1:], strict=True):
        hidden = Z.relu()
        # A (Z W) instead of (A Z) W: the product with W never widens Z.
        Z = A @ (keep(hidden) @ W) + b
    return Z[:, 0], hidden


def drop(Z: Tensor, share: float, rng: np.random.Generator) -> Tensor:
    """Return `Z` with that share of its entries at zero, drawn from `rng`, and the others scaled up instead."""
    import torch

    kept = rng.random(Z.shape, dtype=np.float32) >= share
    return Z * torch.from_numpy(kept) / (1 - share)


def train_gcn(
    A: Operator,
    V: Tensor,
    labeled: Tensor,
    *,
    layers: int = 2,
    hidden: int = 128,
    dropout: float = 0.3,
    lam: float = 1.2,
    lr: float = 1e-3,
    weight_decay: float = 5e-4,
    steps: int = 200,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> GCN:
    """Train the network that tells labeled from unlabeled nodes, full batch, with Adam.

    Parameters
    ----------
    A : operator, (m, m)
    V : Tensor of float32, (m, d)
        Unit rows.
    labeled : Tensor of bool, (m,)
        At least one of each kind.
    """
    import torch

    sizes = [V.shape[1], *[hidden] * (layers - 1), 1]
    weights, biases = [], []
    for inward, outward in pairwise(sizes):
        bound = outward**-0.5
        weights.append(torch.empty(inward, outward).uniform_(-bound, bound).requires_grad_())
        biases.append(torch.empty(outward).uniform_(-bound, bound).requires_grad_())
    optimizer = torch.optim.Adam([*weights, *biases], lr=lr, weight_decay=weight_decay)
    AV = A @ V
    # NumPy draws masks several times as fast as torch on a CPU; torch's stream says which.
    masks = np.random.default_rng(int(torch.randint(2**62, ())))
    losses = np.empty(steps, dtype=np.float32)
    for step in range(steps):
        progress(step, steps)
        logits, _ = forward(A, AV, weights, biases, lambda Z: drop(Z, dropout, masks))
        loss = binary_loss(logits, labeled, lam)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses[step] = loss.item()
    with torch.no_grad():
        logits, embedding = forward(A, AV, weights, biases, lambda Z: Z)
    progress(steps, steps)
    return GCN(logits.sigmoid().numpy(), embedding.numpy(), losses)


class OnesGraph:
    """S = 11ᵀ put through Eq 4: A = (11ᵀ - I)/(m - 1) + I."""

    def __matmul__(self, H: Tensor) -> Tensor:
        """Return A H."""
        return (H.sum(0, keepdim=True) - H) / (len(H) - 1) + H


class IdentityGraph:
    """A = I: no neighbor has a say; two layers are SeqGCN's UncertainDiscriminator, dense layers without a graph."""

    def __matmul__(self, H: Tensor) -> Tensor:
        """Return H."""
        return H


@dataclass(frozen=True)
class GraphSampler(Sampler):
    """The parameters and the training that UncertainGCN and CoreGCN share.

    Nodes are the candidates and the labeled examples; their features are scaled to length one. Parameters reach
    the ablations of SeqGCN (Fig 7 and supplement B): 1 to 3 layers; ``graph="identity"``, which with two layers is
    the UncertainDiscriminator (dense layers, no graph); ``graph="ones"``, all similarities 1 put through Eq 4;
    ``graph="knn"``, clipped cosine similarities of the nearest neighbors, an isolated node keeping itself only;
    hidden width, dropout, λ, and division by rows (the paper) or columns (the code).
    """

    deterministic: ClassVar[bool] = False
    trains: ClassVar[bool] = True

    graph: str = parameter("dense", "who is connected", choices=("dense", "knn", "identity", "ones"))
    layers: int = parameter(2, "graph convolutions", low=1, high=3)
    hidden: int = parameter(128, "units per hidden layer", low=1, high=4096, step=32)
    dropout: float = parameter(0.3, "dropout after every hidden layer", low=0.0, high=0.95, step=0.1)
    lam: float = parameter(1.2, "λ: weight of the unlabeled nodes in the loss", low=0.0, high=100.0, step=0.1)
    normalize: str = parameter("row", "divide by row sums (paper) or columns (code)", choices=("row", "column"))
    negative: str = parameter("error", "features below zero: refuse, or clip", choices=("error", "relu"))
    k: int = parameter(20, "neighbors of the knn graph", low=1, high=1000, step=5)
    steps: int = parameter(200, "training steps", low=1, high=10_000, step=50)
    lr: float = parameter(1e-3, "learning rate of Adam", low=1e-6, high=1.0, step=1e-3)
    weight_decay: float = parameter(5e-4, "l2 penalty on the weights", low=0.0, high=1.0, step=1e-4)

    @property
    def needs(self) -> frozenset[str]:
        """Features, and labels to tell from."""
        return frozenset({"features", "labels"})

    def train(self, query: Query) -> tuple[NDArray[np.int64], GCN]:
        """Return the nodes (ids, candidates first) and the network trained on them."""
        import torch

        if len(query.labeled) == 0 or len(query.candidates) == 0:
            raise MissingNeeds(
                f"{self.name} learns to tell labeled from unlabeled nodes; there are {len(query.labeled)} labeled "
                f"and {len(query.candidates)} unlabeled. Start with initial of at least 1."
            )
        nodes = np.concatenate([query.candidates, query.labeled])
        features = query.features[nodes]
        if self.negative == "relu":
            features = np.maximum(features, 0)
        query.report("graph", 0, 1)
        V = torch.from_numpy(unit_rows(features))
        A = self._operator(query, V, nodes)
        query.report("graph", 1, 1)
        with torch_stream(query.rng):
            network = train_gcn(
                A,
                V,
                torch.arange(len(nodes)) >= len(query.candidates),
                layers=self.layers,
                hidden=self.hidden,
                dropout=self.dropout,
                lam=self.lam,
                lr=self.lr,
                weight_decay=self.weight_decay,
                steps=self.steps,
                progress=query.progress,
            )
        return nodes, network

    def _operator(self, query: Query, V: Tensor, nodes: NDArray[np.int64]) -> Operator:
        if self.graph == "dense":
            return dense_graph(V, normalize=self.normalize, ids=nodes)
        if self.graph == "knn":
            graph = query.graph(min(self.k, len(nodes) - 1), "cosine", nodes)
            return mean_with_self(graph, normalize=self.normalize)
        return OnesGraph() if self.graph == "ones" else IdentityGraph()
