"""The only file that imports dgl: weighted message passing, with torch standing in where dgl is absent."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from alviz.errors import AlvizWarning

if TYPE_CHECKING:
    from torch import Tensor


@cache
def load() -> Any | None:
    """Return the dgl module, or None (said once) where it is not installed."""
    # Without a backend named, dgl prints and writes a file in the home folder at import.
    os.environ.setdefault("DGLBACKEND", "pytorch")
    try:
        import dgl
    except (ImportError, OSError) as error:  # OSError: its compiled library does not load here
        warnings.warn(
            f"dgl cannot be imported here ({error}); alviz passes messages with torch instead. "
            "Results agree to rounding. dgl has wheels for Python 3.11 and below.",
            AlvizWarning,
            stacklevel=2,
        )
        return None
    return dgl


class MessagePassing:
    """A sparse matrix A (n, n) that multiplies node features, with gradients.

    Parameters
    ----------
    rows, columns : Tensor of int64, (edges,)
        Entry A[row, column]: the message goes from `column` to `row`.
    weights : Tensor, (edges,)
    n : int
    """

    def __init__(self, rows: Tensor, columns: Tensor, weights: Tensor, n: int) -> None:
        dgl = load()
        self._weights = weights
        if dgl is not None:
            self._graph = dgl.graph((columns, rows), num_nodes=n)
            self._multiply = dgl.ops.u_mul_e_sum
        else:
            self._multiply = None
            self._matrix = _sparse(rows, columns, weights, n)

    def __matmul__(self, H: Tensor) -> Tensor:
        """Return A H for H (n, h)."""
        import torch

        if self._multiply is not None:
            product: Tensor = self._multiply(self._graph, H, self._weights)
            return product
        return torch.sparse.mm(self._matrix, H)


def sparse(matrix: Any) -> Tensor:
    """Return a scipy CSR matrix as torch's, its arrays shared and its index type kept: int32 multiplies faster."""
    import torch

    indptr, indices, data = map(torch.from_numpy, (matrix.indptr, matrix.indices, matrix.data))
    with _quiet():
        return torch.sparse_csr_tensor(indptr, indices, data, matrix.shape)


def _sparse(rows: Tensor, columns: Tensor, weights: Tensor, n: int) -> Tensor:
    import torch

    with _quiet():
        return torch.sparse_coo_tensor(torch.stack([rows, columns]), weights, (n, n)).coalesce().to_sparse_csr()


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        # torch announces that CSR is in beta and that its invariant checks are off; neither needs an answer.
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)
        warnings.filterwarnings("ignore", "Sparse invariant checks", UserWarning)
        yield
