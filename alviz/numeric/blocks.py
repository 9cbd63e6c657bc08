"""Working in blocks: how many rows at once, so that what is in hand stays small."""

from __future__ import annotations

from collections.abc import Iterator

from alviz.memory import max_memory

# Numbers in a block unless memory is limited further: some 16 MB in float64, which caches still like.
ENTRIES = 1 << 21
# A step holds a few blocks at once; each may take this share of what there may be.
_SHARE = 32
# Below this a block is all overhead.
_LEAST = 16


def height(width: int) -> int:
    """Return how many rows of `width` numbers make a block."""
    return max(_LEAST, within(ENTRIES) // max(width, 1))


def blocks(n: int, width: int) -> Iterator[slice]:
    """Cut 0..n into slices of rows of the given width that make a block each, smaller where memory is short."""
    size = height(width)
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def within(entries: int) -> int:
    """Return so many numbers, or fewer: as many float64 as a share of the memory that may be used holds."""
    return min(entries, max_memory() // (_SHARE * 8))
