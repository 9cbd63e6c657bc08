"""Seconds of graph methods against the published ways to compute them, results compared, as one Markdown table.

The features are those of kcenter.py: 100 clusters behind a ReLU. alviz runs before and after every other form, so that
a machine that drifts does so for both; ratios are to the mean. A result that differs by more than its last column
allows ends the run with an error.

- gcn: UncertainGCN, 11,000 nodes, 200 steps, against a full-batch network on the explicit matrix, float32. The
  matrix is divided row by row; the published code multiplies with a diagonal n×n matrix, which takes longer.
- large: UncertainGCN on 51,000 nodes, where the explicit matrices are 10 GB each; seconds and peak memory.
- labels: label propagation, 50,000 nodes, k = 50, 10 classes, the solve only, against one scipy CG per class.
- jlp: joint label propagation, 1,000 picks from 1,000 labeled, against one scipy CG from scratch per pick, which also
  checks the picks: h of each at that moment may lie 1e-5 of it above the lowest.

scipy solves in float64, as the published code does, and in float32, which is faster.

    OMP_NUM_THREADS=2 python benchmarks/graph.py [gcn] [large] [labels] [jlp]
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import threadpoolctl
import torch
from kcenter import clusters
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import cg

from alviz.graphs import knn_graph
from alviz.graphs.dense import dense_graph
from alviz.graphs.joint import joint_label_propagation
from alviz.graphs.knn import unit_rows
from alviz.graphs.propagate import (
    Propagation,
    read_labels,
    similarity,
)
from alviz.record import Labels
from alviz.samplers import Query
from alviz.samplers.gcn import binary_loss, drop, forward, train_gcn
from alviz.samplers.uncertain_gcn import UncertainGCN
from alviz.snapshot import Snapshot
from alviz.task import Classification

STEPS, ALPHA = 200, 0.99


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def line(what: str, other: str, seconds: float, ours: list[float], compared: str, digits: int = 1) -> None:
    ratio = seconds / (sum(ours) / len(ours))
    alviz = ", ".join(f"{own:.{digits + 1}f}" for own in ours)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"| {what} | {other} | {seconds:.{digits}f} | {alviz} | {ratio:.1f}× | {compared} | {load:.1f} |", flush=True)


def dense_network(V: torch.Tensor, labeled: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor], list[float]]:
    """Train the published network on the explicit matrix; return the matrix, weights and biases, and losses."""
    A = V @ V.T
    A.fill_diagonal_(0)
    A = A / A.sum(1, keepdim=True)
    A.fill_diagonal_(1)
    parameters = []
    for inward, outward in pairwise([V.shape[1], 128, 1]):
        bound = outward**-0.5
        parameters.append(torch.empty(inward, outward).uniform_(-bound, bound).requires_grad_())
        parameters.append(torch.empty(outward).uniform_(-bound, bound).requires_grad_())
    W1, b1, W2, b2 = parameters
    optimizer = torch.optim.Adam(parameters, lr=1e-3, weight_decay=5e-4)
    masks = np.random.default_rng(int(torch.randint(2**62, ())))  # those that alviz draws
    losses = []
    for _ in range(STEPS):
        Z = drop((A @ (V @ W1) + b1).relu(), 0.3, masks)
        loss = binary_loss((A @ (Z @ W2) + b2)[:, 0], labeled, 1.2)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return A, [p.detach() for p in parameters], losses


def gcn() -> None:
    V = torch.from_numpy(unit_rows(clusters(11_000, 512)))
    labeled = torch.arange(len(V)) >= 10_000

    def alviz() -> Any:
        torch.manual_seed(0)
        return train_gcn(dense_graph(V), V, labeled, steps=STEPS)

    before, ours = timed(alviz)
    torch.manual_seed(0)
    seconds, (A, (W1, b1, W2, b2), losses) = timed(lambda: dense_network(V, labeled))
    after, _ = timed(alviz)
    operator = dense_graph(V)
    with torch.no_grad():
        f = forward(operator, operator @ V, [W1, W2], [b1, b2], lambda Z: Z)[0].sigmoid()
        expected = (A @ ((A @ (V @ W1) + b1).relu() @ W2) + b2)[:, 0].sigmoid()
    scores, loss = float((f - expected).abs().max()), abs(float(ours.losses[-1]) - losses[-1])
    assert scores <= 1e-5, f"scores at equal weights differ by {scores}"
    assert loss <= 1e-2, f"the last losses differ by {loss}"
    compared = f"scores at equal weights to {scores:.0e}, loss at step {STEPS} to {loss:.0e}"
    line("UncertainGCN, 11,000 × 512, 200 steps", "dense matrix, torch", seconds, [before, after], compared)


def large() -> None:
    X = clusters(51_000, 512)
    ids = np.arange(50_000, 51_000)
    query = Query(
        1000,
        0,
        Classification(("a", "b")),
        Labels(ids, np.zeros(1000, dtype=np.int64)),
        np.arange(50_000),
        np.random.default_rng(0),
        Snapshot(X, None),
        len(X),
    )
    seconds, _ = timed(lambda: UncertainGCN().select(query))
    # In kilobytes on Linux: all of the process so far, torch and the features included.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"| UncertainGCN, 51,000 × 512, 200 steps | – | – | {seconds:.1f} | – | peak {peak:.2f} GB | |", flush=True)
    assert seconds < 60


@cache
def graph() -> tuple[csr_matrix, NDArray[np.int64], NDArray[np.int64]]:
    """Return the affinity of 50,000 nodes, 1,000 labeled ones and their classes out of ten."""
    X = clusters(50_000, 512)
    labeled = np.sort(np.random.default_rng(1).permutation(len(X))[:1000])
    directions = np.random.default_rng(2).standard_normal((512, 10), dtype=np.float32)
    return similarity(knn_graph(X, 50)), labeled, (X[labeled] @ directions).argmax(axis=1)


def systems(A: Propagation) -> dict[str, csr_matrix]:
    """Return I − α𝒲 for scipy, in float64 and float32."""
    matrix = identity(A.normalized.shape[0], format="csr") - ALPHA * A.normalized.astype(np.float64)
    return {"float64": matrix.tocsr(), "float32": matrix.astype(np.float32).tocsr()}


def scipy_cg(matrix: csr_matrix, b: NDArray[Any]) -> NDArray[Any]:
    solution, capped = cg(matrix, b.astype(matrix.dtype), rtol=1e-6, atol=0, maxiter=200)
    assert capped == 0
    return solution


def labels() -> None:
    W, labeled, values = graph()
    Y = np.zeros((W.shape[0], 10), dtype=np.float32)
    Y[labeled, values] = 1 / np.bincount(values)[values]
    A, B = Propagation(W, ALPHA), torch.from_numpy(Y)

    def alviz() -> Any:
        for _ in range(10):
            found = A.solve(B)
        return found

    alviz()
    for name, matrix in systems(A).items():
        before, ours = timed(alviz)
        seconds, theirs = timed(lambda: np.stack([scipy_cg(matrix, y) for y in Y.T], axis=1))  # noqa: B023
        after, _ = timed(alviz)
        found, expected = (read_labels(Z, divide=True) for Z in (ours.X.numpy(), theirs))
        wrong = int((found.labels != expected.labels).sum())
        assert wrong == 0, f"{wrong} pseudo-labels differ"
        weights = np.abs(found.weights - expected.weights).max()
        what = f"label propagation, 50,000 nodes, {W.nnz / 1e6:.1f} M edges, 10 classes"
        compared = f"same pseudo-labels, weights to {weights:.0e}"
        line(what, f"scipy CG per class, {name}", seconds, [before / 10, after / 10], compared, 2)


def jlp() -> None:
    W, labeled, _ = graph()
    candidates, n = np.setdiff1d(np.arange(W.shape[0]), labeled), 1000

    def alviz() -> Any:
        return joint_label_propagation(W, labeled, candidates, n)

    alviz()
    for name, matrix in systems(Propagation(W, ALPHA)).items():
        before, ours = timed(alviz)
        # float64 goes all the way and checks every pick; float32 is timed on the first of them.
        share = 1 if name == "float64" else 10
        delta = np.zeros(W.shape[0])
        delta[labeled] = 1
        mask = np.where(np.isin(np.arange(len(delta)), candidates), 0, np.inf)
        seconds, above = 0.0, 0.0
        for pick in ours.picks[: n // share]:
            took, h = timed(lambda: scipy_cg(matrix, delta))  # noqa: B023
            seconds += took * share
            above = max(above, float(h[pick] / (h + mask).min() - 1))
            delta[pick], mask[pick] = 1, np.inf
        after, again = timed(alviz)
        assert np.array_equal(ours.picks, again.picks)
        assert above <= 1e-5, f"a pick lies {above} above the lowest h"
        what = f"jLP, that graph, 1,000 labeled, 1,000 picks, {ours.solved:,} columns"
        other = f"scipy CG per pick, {name}" + (f", {n // share} picks × {share}" if share > 1 else "")
        line(what, other, seconds, [before, after], f"h within {above:.0e} of the lowest")


ROWS: dict[str, Callable[[], None]] = {"large": large, "gcn": gcn, "labels": labels, "jlp": jlp}


def main(wanted: list[str]) -> None:
    assert set(wanted) <= set(ROWS), f"rows are {', '.join(ROWS)}"
    print("| what | other form | its seconds | alviz, before and after | ratio | results | load |")
    print("|---|---|---:|---:|---:|---|---:|")
    # The large one comes first: peak memory is that of the whole process.
    for name, row in ROWS.items():
        if not wanted or name in wanted:
            row()
    threads = {pool["internal_api"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    print(f"\nThreads {threads}, torch {torch.get_num_threads()}, {os.cpu_count()} cores, torch {torch.__version__}")


if __name__ == "__main__":
    main(sys.argv[1:])
