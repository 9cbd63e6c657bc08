"""The card of one example: its image, what it is, what it was taken for, and when it was picked."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w
import numpy as np

from alviz.figures import class_colors
from alviz.scenes import Picks, Scene
from alviz.views import html
from alviz.views.controller import Controller


class PointCard:
    """Shows the selected example."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.widget = w.HTML()
        self.widget.add_class("alviz-card")
        controller.state.observe(self._draw, ["frame", "selected"])
        self._draw()

    def _draw(self, change: Any = None) -> None:
        state = self._controller.state
        if change is not None and change.name == "frame" and not _concerns(change):
            return
        scene = state.frame.scene
        if scene is None or state.selected is None:
            self.widget.value = html.tag(
                "div",
                html.strong("Example"),
                html.soft("Click a point or a pick to see its image and how its prediction changed."),
                kind="alviz-hint",
            )
            return
        id = state.selected
        picture = ""
        if scene.pool is not None and scene.pool.pictured:
            picture = html.image(scene.pool.thumbnails([id]))
        words = html.tag("div", *_words(scene, state.frame.picks, id), kind="alviz-words")
        head = html.tag("div", picture, words, kind="alviz-card-head")
        self.widget.value = head + _history(scene, id)


def _concerns(change: Any) -> bool:
    """Whether a new frame says something new of an example: layouts do not."""
    return change.old.scene is not change.new.scene or change.old.picks is not change.new.picks


def _words(scene: Scene, picks: Picks | None, id: int) -> list[str]:
    truth = int(scene.truth[id])
    lines = [html.tag("div", html.strong(f"id {id}"), " ", html.soft("true "), _class(scene, truth))]
    name = scene.row_name(id)
    if name is not None:
        lines.append(html.tag("div", html.soft(name), kind="alviz-row-name", title=name))
    if scene.probs is not None:
        guess = int(scene.prediction[id])
        sure = f" ({scene.probs[id, guess]:.2f})"
        verdict = "" if truth < 0 or truth == guess else " · wrong"
        lines.append(html.tag("div", html.soft("predicted "), _class(scene, guess), html.soft(sure + verdict)))
    lines.append(html.tag("div", html.soft(_standing(scene, picks, id))))
    if picks is not None and np.isfinite(picks.selection.scores[id]):
        lines.append(html.tag("div", html.soft(_score(picks, id))))
    return lines


def _standing(scene: Scene, picks: Picks | None, id: int) -> str:
    if id in scene.labels.ids:
        return "labeled"
    if picks is not None and id in picks.selection.ids:
        place = int(np.flatnonzero(picks.selection.ids == id)[0]) + 1
        verb = "would be picked" if picks.preview else "picked"
        return f"{verb} {_ordinal(place)} by {picks.sampler['name']}"
    return "unlabeled"


def _score(picks: Picks, id: int) -> str:
    scores = picks.selection.scores
    rank = int((scores > scores[id]).sum()) + 1
    value = f"{scores[id]:.4g}".replace("-", "−")
    return f"score {value} · {_ordinal(rank)} of {int(np.isfinite(scores).sum()):,}"


def _history(scene: Scene, id: int) -> str:
    """Return a column per cycle: the predicted class and how sure it was; picks and labels below."""
    run = scene.run
    colors = class_colors(len(scene.classes))
    columns = []
    picked = next((k for k in range(run.picked) if id in run.array(k, "pick", "selected")), None)
    initial = id in run.labeled(0).ids
    for cycle in range(run.fitted):
        known = initial or (picked is not None and picked < min(cycle, run.closed))
        mark = "◆" if picked == cycle else "○" if known else ""
        bar, name = "", "·"
        if run.has(cycle, "fit", "probs"):
            row = run.array(cycle, "fit", "probs")[id]
            guess = int(row.argmax())
            style = f"height:{100 * float(row[guess]):.0f}%;background:{colors[guess]}"
            bar, name = html.tag("i", style=style), escape(scene.classes[guess])
        kind = "alviz-cycle alviz-here" if cycle == scene.cycle else "alviz-cycle"
        title = f"cycle {cycle}"
        columns.append(
            html.tag(
                "span",
                html.tag("span", bar, kind="alviz-sure"),
                html.tag("b", name),
                html.tag("em", mark),
                html.tag("small", str(cycle)),
                kind=kind,
                title=title,
            )
        )
    legend = html.soft("prediction by cycle · ◆ picked · ○ labeled")
    return legend + html.tag("div", *columns, kind="alviz-history")


def _class(scene: Scene, label: int) -> str:
    if label < 0:
        return html.soft("unknown")
    color = class_colors(len(scene.classes))[label]
    return html.tag("b", escape(scene.classes[label]), style=f"color:{color}")


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
