"""What there is to see of an example that is to be labeled: a small and a large picture, or its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.pool import Pool
from alviz.thumbnails import read_thumbnails, unreadable
from alviz.views import sprites

SMALL, LARGE = 64, 320
# Pictures in one message: from memory, from files that are decoded one by one, and large ones.
_CHUNK, _CHUNK_OF_FILES, _CHUNK_OF_LARGE = 48, 8, 4
# More values than this are not read one by one.
_MOST_VALUES = 60


@dataclass(frozen=True, eq=False)
class Examples:
    """The examples of a pool, as people see them; of a run without its pool there are only ids.

    Attributes
    ----------
    pool : Pool or None
    """

    pool: Pool | None

    @property
    def pictured(self) -> bool:
        """Whether there are pictures."""
        return self.pool is not None and self.pool.pictured

    @property
    def ink(self) -> bool:
        """Whether these are strokes on black, which read better as ink on paper."""
        return self.pool is not None and self.pictured and sprites.is_ink(self.pool)

    @property
    def enlarged(self) -> bool:
        """Whether a large picture shows more than the small one does."""
        if self.pool is None or not self.pictured:
            return False
        if self.pool.thumbnail_paths is not None:
            return True
        pictures = self.pool.X if self.pool.pictures is None else self.pool.pictures
        return max(pictures.shape[1:3]) > SMALL

    @property
    def chunk(self) -> int:
        """How many small pictures go in one message."""
        files = self.pool is not None and self.pool.thumbnail_paths is not None
        return _CHUNK_OF_FILES if files else _CHUNK

    @property
    def large_chunk(self) -> int:
        """How many large pictures go in one message."""
        return _CHUNK_OF_LARGE

    def pictures(self, ids: NDArray[np.int64], large: bool = False) -> tuple[bytes, list[int]]:
        """Return pictures below each other as one PNG or JPEG, and the positions of those that cannot be read."""
        if self.pool is None or not self.pictured or not len(ids):
            return b"", []
        side = LARGE if large else SMALL
        if self.pool.thumbnail_paths is None:
            return sprites.sprite(self.pool, ids, side), []
        pictures = read_thumbnails(self.pool.thumbnail_paths[ids], side)
        return sprites.encoded(pictures), [int(at) for at in np.flatnonzero(unreadable(pictures))]

    def name(self, id: int) -> str:
        """Return what the data's owner calls a row; empty where nothing."""
        names = None if self.pool is None else self.pool.row_names
        return "" if names is None else str(names[id])

    def values(self, id: int) -> list[str]:
        """Return the numbers of a row that has no picture, as text; the last says how many are left out."""
        if self.pool is None or self.pictured:
            return []
        row = np.asarray(self.pool.X[id], dtype=np.float32)
        told = [f"{value:.4g}".replace("-", "−") for value in row[:_MOST_VALUES].tolist()]
        return told if len(row) <= _MOST_VALUES else [*told, f"… {len(row) - _MOST_VALUES:,} more"]
