"""What the shown sampler left beside its picks."""

from __future__ import annotations

from html import escape
from itertools import count
from typing import Any

import ipywidgets as w

from alviz.part import Report, silent
from alviz.scenes import Picks, Scene
from alviz.views import html
from alviz.views.extras import Extra, extras
from alviz.views.view import View
from alviz.views.worker import GLANCE

# Entries that are counted at once, about 20 ms; more are the worker's.
_AT_ONCE = 200_000

_numbers = count()


class SamplerExtras(View):
    """Plain pictures of what the shown sampler logged: gains, losses, confidences, whatever is there."""

    _kind = "alviz-extras"

    def _build(self) -> list[w.Widget]:
        self._key = f"extras-{next(_numbers)}"  # two of these do not supersede each other
        self._shown: tuple[Scene | None, Picks | None] | None = None
        self.page = w.HTML()
        self.controller.state.observe(self._draw, ["frame", "asking"])
        self._draw()
        return [self.page]

    def _draw(self, _: Any = None) -> None:
        state = self.controller.state
        scene, picks = state.frame.scene, state.frame.picks
        if scene is None or picks is None:
            self._shown = None
            self.controller.cancel(self._key)
            asking = f"asking {state.sampler.name}" if state.asking else "no sampler has picked at this cycle"
            self.page.value = html.tag("div", html.strong("Sampler"), " ", html.soft(asking))
            return
        if self._shown is not None and self._shown[0] is scene and self._shown[1] is picks:
            return
        self._shown = (scene, picks)
        self._look(scene, picks)

    def _look(self, scene: Scene, picks: Picks) -> None:
        """Show what there is at once where it is little, else as soon as the worker has counted it."""
        if scene.size * max(len(picks.selection.extra), 1) <= _AT_ONCE:
            self.controller.cancel(self._key)
            self.page.value = _page(picks, _find(scene, picks, silent))
            return

        def tell(found: list[Extra]) -> None:
            if self._shown is not None and self._shown[1] is picks:
                self.page.value = _page(picks, found)

        def failed(error: Exception) -> None:
            self.page.value = html.soft(str(error))

        self.page.value = html.soft(f"counting what {picks.sampler['name']} left")
        self.controller.submit(
            self._key, GLANCE, lambda job: _find(scene, picks, job.report), tell, failed, lambda _: None
        )


def _find(scene: Scene, picks: Picks, report: Report) -> list[Extra]:
    report("extras", 0, 1)
    return extras(scene, picks)


def _page(picks: Picks, found: list[Extra]) -> str:
    name = str(picks.sampler["name"])
    if not found:
        return html.tag("div", html.strong(name), " ", html.soft("leaves nothing beside its picks and their scores"))
    head = html.tag("div", html.strong(name), " ", html.soft("beside its picks"))
    plain = [_row(extra) for extra in found if not extra.picture]
    pictures = [_panel(extra) for extra in found if extra.picture]
    rows = html.tag("div", *plain, kind="alviz-facts") if plain else ""
    return head + html.tag("div", *pictures, kind="alviz-panels") + rows


def _row(extra: Extra) -> str:
    return html.tag("div", html.soft(extra.title), html.tag("span", escape(extra.value)))


def _panel(extra: Extra) -> str:
    said = zip(extra.groups, extra.said or extra.groups, strict=True)
    key = "".join(html.tag("em", escape(text), kind=f"alviz-key-{name}") for name, text in said)
    words = html.tag("div", html.tag("span", escape(extra.title)), html.soft(extra.value), kind="alviz-ends")
    return html.tag("div", words, extra.picture, html.tag("div", key, kind="alviz-groups") if key else "")
