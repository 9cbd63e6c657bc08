"""An inverted-file index of faiss, tuned until its measured recall is what was asked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows of the sample on which recall is measured, and rows per cell that the cells are trained on.
_MEASURED = 1_000
_TRAINED = 40


def tuned_index(X: NDArray[np.float32], k: int, metric: str, wanted: float) -> tuple[Any, float]:
    """Return an index over the rows of `X` and its recall at `k`.

    Rows are sorted into about 4·√n cells by k-means; a query looks into the nearest cells only. How many is
    doubled until the recall on a sample of 1,000 rows, compared with an exact search, is what was wanted.

    Parameters
    ----------
    X : ndarray of float32, (n, d)
        Unit rows for "cosine".
    k : int
        Neighbors that will be asked for, the row itself counted.
    metric : {"cosine", "l2"}
    wanted : float
        The least share of the true neighbors that is found, below 1.

    Returns
    -------
    index : faiss.IndexIVFFlat
        Its distances are exact, only candidates may be missed.
    recall : float
        As measured.

    References
    ----------
    H. Jégou, M. Douze, C. Schmid. Product quantization for nearest neighbor search. TPAMI 33 (2011): the
    inverted file, here without quantized rows.
    """
    import faiss

    n, d = X.shape
    kind, flat = (
        (faiss.METRIC_INNER_PRODUCT, faiss.IndexFlatIP) if metric == "cosine" else (faiss.METRIC_L2, faiss.IndexFlatL2)
    )
    cells = max(1, min(4 * math.isqrt(n), n // _TRAINED))
    index = faiss.IndexIVFFlat(flat(d), d, cells, kind)
    index.cp.seed, index.cp.niter = 0, 10
    rng = np.random.default_rng([n, d])
    index.train(X[np.sort(rng.choice(n, min(n, _TRAINED * cells), replace=False))])
    index.add(X)
    queries = X[np.sort(rng.choice(n, min(n, _MEASURED), replace=False))]
    worst = faiss.knn(queries, X, k, metric=kind)[0][:, -1:]  # of the true neighbors; a tie counts as found
    index.nprobe = min(cells, 4)
    while True:
        found = index.search(queries, k)[0]
        recall = float(((found >= worst) if metric == "cosine" else (found <= worst)).mean())
        if recall >= wanted or index.nprobe == cells:
            return index, recall
        index.nprobe = min(cells, 2 * index.nprobe)
