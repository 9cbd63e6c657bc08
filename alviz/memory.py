"""Whether examples will fit in memory, asked before any of them is read."""

from __future__ import annotations

import psutil

from alviz.errors import InvalidInput


def check_memory(rows: int, row_bytes: int, what: str, remedy: str) -> None:
    """Refuse to make an array that the machine has no room for. A container's own limit is not known here.

    Parameters
    ----------
    rows, row_bytes : int
        The array's rows, and the bytes of each; a product beyond 64 bits is fine.
    what : str
        What the array would hold, as the first words of the message ("The images of photos.zip").
    remedy : str
        The last sentence of the message: what to do instead.

    Raises
    ------
    InvalidInput
        With what is needed and what is free.
    """
    needed, free = int(rows) * int(row_bytes), psutil.virtual_memory().available
    if needed > free:
        raise InvalidInput(
            f"{what} would take {_size(needed)} of memory ({rows:,} rows of {row_bytes:,} bytes), "
            f"{_size(free)} are free. {remedy}"
        )


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
