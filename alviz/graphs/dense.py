"""The dense similarity graph of SeqGCN as an operator: never an n×n matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alviz.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class DenseGraph:
    """A = D⁻¹(V̂V̂ᵀ - I) + I (SeqGCN Eq 4), or its transpose, applied in O(n·d·h).

    Attributes
    ----------
    V : Tensor, (n, d)
        Rows of length one.
    degrees : Tensor, (n, 1)
        Row sums of V̂V̂ᵀ - I, all positive.
    column : bool
        Divide columns instead of rows, as the published code does: A(D⁻¹) instead of (D⁻¹)A.
    """

    V: Tensor
    degrees: Tensor
    column: bool = False

    def __matmul__(self, H: Tensor) -> Tensor:
        """Return A H for H (n, h)."""
        if self.column:
            scaled = H / self.degrees
            return self.V @ (self.V.T @ scaled) - scaled + H
        return (self.V @ (self.V.T @ H) - H) / self.degrees + H


def dense_graph(V: Tensor, *, normalize: str = "row", ids: NDArray[np.int64] | None = None) -> DenseGraph:
    """Return the dense graph over unit rows `V`.

    Parameters
    ----------
    V : Tensor, (n, d)
    normalize : {"row", "column"}
    ids : ndarray of int64, (n,), optional
        What an error calls the rows; their positions by default.

    Raises
    ------
    InvalidInput
        If a degree is not positive: dividing by it would flip or blow up a node's neighborhood.
    """
    # float64: the sum over n rows would lose digits that the division by a small degree brings back.
    exact = V.double()
    degrees = (exact @ exact.sum(0) - 1).to(V.dtype)
    bad = degrees <= 1e-6
    if bool(bad.any()):
        row = int(bad.nonzero()[0, 0])
        raise InvalidInput(
            f"The dense graph needs positive degrees; {int(bad.sum())} of {len(V)} nodes have none, the first is "
            f"{row if ids is None else ids[row]} with {float(degrees[row]):.3g}. Rows of zeros and features of mixed "
            "sign cause it. Use features after a ReLU, negative='relu' (clips features at 0), or graph='knn'."
        )
    return DenseGraph(V, degrees[:, None], normalize == "column")
