"""REVIVAL: of the examples whose virtual label an adversarial step changes most, the most uncertain.

Guo et al. Semi-supervised Active Learning for Semi-supervised Models: Exploit Adversarial Examples with
Graph-based Virtual Labels. ICCV 2021, Eq 1-5 and Table 1. There is no published code. What follows is ours where
the paper is silent:

- Eq 1 stores the distance 1 - cos and does not say how the adjacency follows from it: every edge weighs 1, or its
  cosine (``weights="cosine"``, edges of cosine ≤ 0 left out), and is there if either end has it.
- The propagator: features of length one, 128 hidden units, Glorot's start, dropout 0.5 on the hidden layer, Adam
  with learning rate 1e-2 and weight decay 5e-4, 200 steps.
- The generator: network in evaluation mode, graph fixed, all candidates moved at once and the labeled not at all,
  one back-propagation. Eq 5 has no ξ; it is that of virtual adversarial training, 1e-2 times the candidates' mean
  feature norm, and ε is 0.5 times that norm. The divergence is KL(original ‖ perturbed), as Eq 4 prints it; the
  text has the other order.
- The limitator: M = 4·b; the paper is stable for M of 5,500 to 14,500 at b = 2,500.
- Nodes are the candidates and the labeled examples: with ``subset=`` the other unlabeled ones are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from alviz.errors import MissingNeeds
from alviz.graphs.affinity import affinity, kipf
from alviz.graphs.knn import unit_rows
from alviz.numeric.entropy import entropy
from alviz.part import parameter
from alviz.samplers.base import Sampler, highest, spread
from alviz.samplers.propagator import adversarial_kl, boundary_limit, train_propagator
from alviz.samplers.query import Query
from alviz.seeding import torch_stream
from alviz.selection import Selection
from alviz.task import Classification

if TYPE_CHECKING:
    from torch import Tensor

    from alviz.samplers.propagator import Classifier


@dataclass(frozen=True)
class Revival(Sampler):
    """Pick by virtual labels ȳ from a graph, the KLD of adversarial steps, and the entropy of ȳ.

    The label propagator (LP) learns ȳ from the labeled nodes of a kNN graph; the virtual adversarial generator
    (VAG) measures by how much a step of length ε can change each ȳ; the boundary limitator (BL) takes, of the M
    candidates of the largest change, the b of the largest entropy. Its scores are the entropy of those M, and
    what others' KLD lacks to be among them, negative. ``parts`` gives the ablations of Table 1:

    - "LP+VAG": the b of the largest change; the score is the KLD.
    - "LP+BL": the b of the largest entropy; the score is the entropy.
    - "VAG+BL": no graph and no labels; the features as they are go through the learner's own last layer, and its
      probabilities take the place of ȳ.

    M = b (``m_factor=1``) picks what LP+VAG picks, in the order of entropy; M = |U| what LP+BL picks.

    ``extra`` holds ``nodes`` (ids, candidates first), their ``virtual_labels`` and ``virtual_probs`` (half
    precision), ``entropy`` and ``kl`` over the pool (NaN where a row was no candidate), ``m_candidates`` (ids of the
    M, largest KLD first), and ``losses`` of the propagator's steps; each where the part that makes it is there.
    """

    name: ClassVar[str] = "revival"
    deterministic: ClassVar[bool] = False
    trains: ClassVar[bool] = True

    parts: str = parameter(
        "LP+VAG+BL",
        "label propagator, adversarial generator, boundary limitator, or two of them",
        choices=("LP+VAG+BL", "LP+VAG", "VAG+BL", "LP+BL"),
    )
    m_factor: float = parameter(
        4.0, "M / b: the limitator chooses among this many times the picks", low=1.0, high=1e6, step=0.5
    )
    k: int = parameter(20, "neighbors in the graph, the point itself counted; 1 is no edges", low=1, high=1000, step=5)
    weights: str = parameter("one", "what an edge weighs", choices=("one", "cosine"))
    xi: float = parameter(1e-2, "ξ: step that looks for the direction, per mean norm", low=1e-6, high=10.0, step=1e-2)
    epsilon: float = parameter(0.5, "ε: length of the adversarial step, per mean norm", low=0.0, high=100.0, step=0.1)
    hidden: int = parameter(128, "units of the propagator's hidden layer", low=1, high=4096, step=32)
    dropout: float = parameter(0.5, "dropout after the hidden ReLU", low=0.0, high=0.95, step=0.1)
    steps: int = parameter(200, "training steps of the propagator", low=1, high=10_000, step=50)
    lr: float = parameter(1e-2, "learning rate of Adam", low=1e-6, high=1.0, step=1e-3)
    weight_decay: float = parameter(5e-4, "l2 penalty on the weights", low=0.0, high=1.0, step=1e-4)

    @property
    def needs(self) -> frozenset[str]:
        """Features, and labels to propagate, or in place of them the learner's last layer."""
        return frozenset({"features", "head" if self.parts == "VAG+BL" else "labels"})

    def select(self, query: Query) -> Selection:
        """Find virtual labels, try to change them, and take the uncertain of those that change."""
        import torch

        nodes, R, classifier = self._own_head(query) if self.parts == "VAG+BL" else self._propagator(query)
        u = len(query.candidates)
        with torch.no_grad():
            virtual = classifier(R).double().softmax(1).numpy()
        uncertain = entropy(virtual[:u])
        extra: dict[str, Any] = {
            "nodes": nodes,
            "virtual_labels": virtual.argmax(1),
            "virtual_probs": virtual.astype(np.float16),
            "entropy": spread(query, uncertain),
        }
        if self.parts == "LP+BL":
            return highest(query, uncertain, **extra)
        start = torch.from_numpy(unit_rows(query.rng.standard_normal((u, R.shape[1]), dtype=np.float32)))
        kl = adversarial_kl(classifier, R, start, xi=self.xi, epsilon=self.epsilon)
        extra["kl"] = spread(query, kl)
        if self.parts == "LP+VAG":
            return highest(query, kl, **extra)
        picked, within, scores = boundary_limit(kl, uncertain, min(u, round(self.m_factor * query.n)), query.n)
        extra["m_candidates"] = query.candidates[within]
        return Selection(query.candidates[picked], spread(query, scores), extra)

    def _own_head(self, query: Query) -> tuple[NDArray[np.int64], Tensor, Classifier]:
        """Return the candidates, their features as they are, and the learner's last layer."""
        import torch

        weight, bias = torch.tensor(query.head.weight), torch.tensor(query.head.bias)
        R = torch.from_numpy(query.features[query.candidates])
        return query.candidates, R, lambda R: R @ weight.T + bias

    def _propagator(self, query: Query) -> tuple[NDArray[np.int64], Tensor, Classifier]:
        """Return the nodes (ids, candidates first), their unit features, and the propagator trained on them."""
        import torch

        if len(query.labels) == 0:
            raise MissingNeeds(
                f"{self.name} propagates labels, and there are none. Start with initial of at least 1, or set "
                "parts='VAG+BL', which asks the learner's own last layer."
            )
        nodes = np.concatenate([query.candidates, query.labeled])
        V = torch.from_numpy(unit_rows(query.features[nodes]))
        with torch_stream(query.rng):
            network = train_propagator(
                kipf(self._edges(query, nodes)),
                V,
                np.arange(len(query.candidates), len(nodes)),
                query.labels.values[np.argsort(query.labels.ids)],
                len(cast(Classification, query.task).classes),
                hidden=self.hidden,
                dropout=self.dropout,
                lr=self.lr,
                weight_decay=self.weight_decay,
                steps=self.steps,
                progress=query.progress,
            )
        query.log("losses", network.losses)
        return nodes, V, network

    def _edges(self, query: Query, nodes: NDArray[np.int64]) -> Any:
        """Return the symmetric adjacency of the nodes, (m, m), zero diagonal."""
        from scipy.sparse import csr_matrix

        if self.k == 1:
            return csr_matrix((len(nodes), len(nodes)), dtype=np.float32)
        graph = query.graph(min(self.k, len(nodes)) - 1, "cosine", nodes)
        if self.weights == "one":
            graph = replace(graph, weights=np.ones_like(graph.weights))
        return affinity(graph)
