"""Which key gives which class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# Left out are the letters that are commands, here or on the map: box, lasso, note, prediction, reset, step.
LETTERS = tuple("acdefghijkmoqtuvwxyz")
DIGITS = tuple("123456789")
# More classes than this are found by their names, the first ones by a key too.
MOST_KEYS = 20


def class_keys(names: Sequence[str], offered: Iterable[int]) -> dict[int, str]:
    """Return the key of each class that has one.

    A class that is called by one key, such as the digit "7", has that key. The others take 1 to 9 and then the
    letters that no command has, in the order of their numbers.

    Parameters
    ----------
    names : sequence of str
        By class number.
    offered : iterable of int
        The numbers of the classes that may be given.

    Returns
    -------
    dict of int to str
        At most `MOST_KEYS`, and those that are called by one key.
    """
    offered = list(offered)
    keys: dict[int, str] = {}
    for number in offered:
        name = names[number].lower()
        if name in ("0", *DIGITS, *LETTERS) and name not in keys.values():
            keys[number] = name
    free = [key for key in (*DIGITS, *LETTERS) if key not in keys.values()]
    for number in offered:
        if number not in keys and free and len(keys) < MOST_KEYS:
            keys[number] = free.pop(0)
    return keys
