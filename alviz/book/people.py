"""Who labels."""

from __future__ import annotations

import getpass

from alviz.errors import InvalidInput


def person(who: str | None) -> str:
    """Return the name of the person who answers: the one given, or the system's user.

    Raises
    ------
    InvalidInput
        If it is empty.
    """
    if who is None:
        return _user()
    if not str(who).strip():
        raise InvalidInput("who is empty, expected the name of the person who labels.")
    return str(who).strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no user of that number, as in some containers
        return "somebody"
