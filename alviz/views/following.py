"""Follows runs that someone else writes: another kernel, another tab, a cell, a shell."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alviz.views.controller import Controller

_SECONDS = 1.0


def follow(controller: Controller, seconds: float = _SECONDS) -> threading.Thread:
    """Have a controller look every now and then whether its runs have grown, for as long as it is used."""
    thread = threading.Thread(
        target=_watch, args=(weakref.ref(controller), seconds), daemon=True, name="alviz-follower"
    )
    thread.start()
    return thread


def _watch(reference: weakref.ref[Controller], seconds: float) -> None:
    while True:
        time.sleep(seconds)
        controller = reference()
        if controller is None or not controller.refresh():
            return
        del controller  # or it would never be let go of
