"""Play: one cycle after the other, each for as long as it takes to see it."""

from __future__ import annotations

import threading

from alviz.views.controller import Controller

_SECONDS = 1.2
# A map that takes longer than this is not waited for.
_PATIENCE = 30.0


class Player:
    """Walks through the cycles of the branch that is shown; from the end it starts over."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._ended = threading.Event()

    def toggle(self) -> None:
        """Start or stop."""
        state = self._controller.state
        if state.playing:
            state.playing = False
            self._ended.set()
            return
        if state.cycle >= state.fitted - 1:
            self._controller.go(0)
        state.playing = True
        self._ended = threading.Event()
        threading.Thread(target=self._walk, args=(self._ended,), daemon=True, name="alviz-player").start()

    def _walk(self, ended: threading.Event) -> None:
        while not ended.wait(_SECONDS):
            self._controller.wait(_PATIENCE)
            with self._controller.reading() as state:
                if ended.is_set() or not state.playing:
                    return
                if state.cycle >= state.fitted - 1 or state.busy:
                    state.playing = False
                    return
                self._controller.attempt(self._controller.go, state.cycle + 1)
