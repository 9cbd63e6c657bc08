"""A page without a browser: keeps what a map's widget sends, and says what it would draw."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from alviz.views import SelectionMap


class Page:
    """Stands where JupyterLab would, for one map."""

    def __init__(self, view: SelectionMap) -> None:
        self.widget = view.page
        self.bytes = 0
        self.messages: list[dict[str, Any]] = []
        self.replies: dict[int, tuple[dict[str, Any], list[bytes]]] = {}
        self.ids = np.zeros(0, dtype=np.uint32)
        self.columns: dict[str, np.ndarray] = {}
        self.about: dict[str, dict[str, Any]] = {}
        self.widget.send = self._receive
        self.say("hello")

    def say(self, kind: str, buffers: tuple[bytes, ...] = (), **payload: Any) -> None:
        """Send what the page's script would send."""
        self.widget._handle_custom_msg({"kind": kind, **payload}, list(buffers))

    def ask(self, kind: str, id: int, branch: int, cycle: int) -> tuple[dict[str, Any], list[bytes]]:
        token = len(self.replies) + 1
        self.say(kind, id=id, branch=branch, cycle=cycle, token=token)
        return self.replies[token]

    def wait_for_all(self, seconds: float = 60) -> None:
        """Wait until the background has sent every cycle of every branch."""
        deadline = time.monotonic() + seconds
        while lacking := self._lacking():
            assert time.monotonic() < deadline, lacking
            time.sleep(0.02)

    def _lacking(self) -> list[str]:
        fits = {fit for branch in self.widget.catalog["fits"] for fit in branch}
        view = self.view
        kinds = ["status", f"layout|{view['method']}"]
        if view["coloring"] != "score":
            kinds.append(f"color|{view['coloring']}")
        return [key for fit in fits for kind in kinds if (key := f"{kind}|{fit}") not in self.columns]

    def _receive(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.messages.append(message)
        self.bytes += sum(map(len, buffers or []))
        if message["kind"] == "reply":
            self.replies[message["token"]] = (message, buffers or [])
        else:
            column = np.frombuffer((buffers or [])[0], dtype=message["dtype"])
            if message["key"] == "ids":
                assert message["about"]["start"] == len(self.ids)
                self.ids = np.concatenate([self.ids, column])
            else:
                self.columns[message["key"]] = column
                self.about[message["key"]] = message["about"]

    @property
    def view(self) -> dict[str, Any]:
        return self.widget.view

    @property
    def fit(self) -> str:
        return self.widget.catalog["fits"][self.view["branch"]][self.view["cycle"]]

    @property
    def marks(self) -> dict[str, list[int]]:
        """The ids of each mark of the shown cycle."""
        told = self.widget.catalog["marks"][self.view["branch"]][self.view["cycle"]]
        return {mark["name"]: self.columns.get(mark["key"], np.zeros(0)).tolist() for mark in told}

    def xy(self, method: str | None = None) -> np.ndarray:
        """Where each point of `ids` lies, NaN where it does not."""
        column = self.columns[f"layout|{method or self.view['method']}|{self.fit}"].reshape(-1, 2)
        return np.concatenate([column, np.full((len(self.ids) - len(column), 2), np.nan, dtype=np.float32)])

    def codes(self) -> np.ndarray:
        """The color code of each point of `ids`."""
        kind = self.widget.catalog["colorings"][self.view["coloring"]]
        told = self.widget.catalog["marks"][self.view["branch"]][self.view["cycle"]]
        of = told[0]["key"] if kind.get("of") == "mark" else self.fit
        return self.columns[f"color|{self.view['coloring']}|{of}"]

    def drawn(self) -> dict[str, list[int]]:
        """The ids that are drawn as each kind of point: those that lie somewhere."""
        there = np.isfinite(self.xy()[:, 0])
        picked = np.isin(self.ids, [id for ids in self.marks.values() for id in ids])
        labeled = np.zeros(len(self.ids), dtype=bool)
        status = self.columns[f"status|{self.fit}"]
        labeled[: len(status)] = status == 1
        return {
            "unlabeled": self.ids[there & ~picked & ~labeled].tolist(),
            "labeled": self.ids[there & ~picked & labeled].tolist(),
            "picked": self.ids[there & picked].tolist(),
        }
