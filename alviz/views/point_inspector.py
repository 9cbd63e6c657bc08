"""One example: its picture, what it is and was taken for, who is near it, and what it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import count
from typing import Any

import ipywidgets as w
import numpy as np
import traitlets as t
from numpy.typing import NDArray

from alviz.errors import AlvizError
from alviz.figures import class_colors
from alviz.part import Report, silent
from alviz.scenes import Picks, Scene
from alviz.views import html, sprites
from alviz.views.facts import Facts, Rank, facts, ordinal
from alviz.views.history import Moment, drawn, history
from alviz.views.neighbors import Covered, Space
from alviz.views.thumbnails import Thumbnails, Tiles
from alviz.views.view import View
from alviz.views.worker import GLANCE

_HINT = "Click a point or a pick: its picture, how its prediction changed, its neighbors and what it stands for."
_NEAREST, _COVERED = 3, 8
# Multiplications and numbers read up to which an answer is there at once, about 20 ms; larger ones are the worker's.
_AT_ONCE = 2e8

_numbers = count()


@dataclass(frozen=True, eq=False)
class Study:
    """What takes more than a look to say of an example.

    Attributes
    ----------
    moments : list of Moment
    nearest : tuple of (ids, cosines), or None
        The nearest labeled examples; None without features.
    covered : Covered or None
    """

    moments: list[Moment]
    nearest: tuple[NDArray[np.int64], NDArray[np.float32]] | None = None
    covered: Covered | None = None


class PointInspector(View):
    """Shows the selected example; a click on one that is near it goes there."""

    _kind = "alviz-card"

    def _build(self) -> list[w.Widget]:
        controller = self.controller
        self._key = f"inspect-{next(_numbers)}"  # two inspectors do not supersede each other
        self._space: tuple[Scene, Picks | None, Space] | None = None
        self.picture = w.Image(value=b"", format="png")
        self.picture.add_class("alviz-image")
        self.words, self.ranks, self.history = w.HTML(), w.HTML(), w.HTML()
        self.near_words, self.covered_words, self.hint = w.HTML(), w.HTML(), w.HTML()
        self.near = Thumbnails(controller.reading, self._select)
        self.covered = Thumbnails(controller.reading, self._select)
        for thumbnails in (self.near, self.covered):
            t.dlink((controller.state, "selected"), (thumbnails, "selected"))
        self.hint.value = html.tag("div", html.strong("Example"), html.soft(_HINT), kind="alviz-hint")
        head = w.HBox([self.picture, self.words])
        head.add_class("alviz-card-head")
        self._around = w.VBox([self.near_words, self.near, self.covered_words, self.covered])
        self._story = w.VBox([head, self.ranks, self.history, self._around])
        self._story.add_class("alviz-story")
        controller.state.observe(self._draw, ["frame", "selected", "compared"])
        self._draw()
        return [self.hint, self._story]

    def _select(self, id: int) -> None:
        self.controller.attempt(self.controller.select, id)

    def _draw(self, change: Any = None) -> None:
        state = self.controller.state
        if change is not None and change.name == "frame" and not _concerns(change):
            return
        scene, picks, id = state.frame.scene, state.frame.picks, state.selected
        there = scene is not None and id is not None
        self.hint.layout.display = "none" if there else ""
        self._story.layout.display = "" if there else "none"
        if scene is None or id is None:
            self.controller.cancel(self._key)
            return
        known = facts(scene, picks, state.compared, id)
        self.words.value = "".join(_words(known)) + _bars(known)
        self.ranks.value = _ranks(known.ranks)
        if change is not None and change.name == "compared":
            return  # nothing else depends on it
        self._show_picture(scene, id)
        self._study(scene, picks, id)

    def _show_picture(self, scene: Scene, id: int) -> None:
        pool = scene.pool
        pictured = pool is not None and pool.pictured
        self.picture.layout.display = "" if pictured else "none"
        if pool is not None and pictured:
            self.picture.value = html.png(pool.thumbnails([id]), sprites.LARGE)
            act = self.picture.add_class if sprites.is_ink(pool) else self.picture.remove_class
            act("alviz-ink")

    # -- what takes its time --------------------------------------------------------------------------

    def _study(self, scene: Scene, picks: Picks | None, id: int) -> None:
        """Say what is near at once where that is little work, else as soon as the worker knows."""
        if self._work(scene, picks) <= _AT_ONCE:
            self.controller.cancel(self._key)
            try:
                self._tell(scene, id, self._find(scene, picks, id, silent))
            except AlvizError as error:  # a damaged file: all else is shown
                self._clear(str(error))
            return
        self._clear("looking around")

        def tell(study: Study) -> None:
            state = self.controller.state
            if state.selected == id and state.frame.scene is scene:
                self._tell(scene, id, study)

        self.controller.submit(
            self._key,
            GLANCE,
            lambda job: self._find(scene, picks, id, job.report),
            tell,
            failed=lambda error: self._clear(str(error)),
            heard=lambda _: None,
        )

    def _work(self, scene: Scene, picks: Picks | None) -> float:
        """Return about how many numbers a study reads and multiplies."""
        read = float(scene.run.fitted * scene.size * len(scene.classes))
        known = self._space
        if not Space.readable(scene) or (known and known[0] is scene and known[1] is picks):
            return read
        told = scene.run.stage(scene.cycle, "fit")["arrays"]["features"]
        shape = told.get("shape") or scene.run.array(scene.cycle, "fit", "features").shape  # those of another cycle
        centers = len(scene.labels) + (0 if picks is None else len(picks.selection))
        return read + float(shape[1]) * (
            scene.size + min(scene.size, self.controller.placing.layouts.base_size) * centers
        )

    def _find(self, scene: Scene, picks: Picks | None, id: int, report: Report) -> Study:
        moments = history(scene, id)
        if not Space.readable(scene):
            return Study(moments)
        known = self._space
        if known is None or known[0] is not scene or known[1] is not picks:
            space = Space.read(scene, picks, self.controller.placing.layouts.base_size, report)
            known = self._space = (scene, picks, space)
        space = known[2]
        return Study(moments, space.nearest_labeled(id, _NEAREST), space.covered(id))

    def _tell(self, scene: Scene, id: int, study: Study) -> None:
        self.history.value = drawn(study.moments, scene)
        if study.nearest is None or study.covered is None:
            words = f"Cycle {scene.cycle} keeps no features: who is near cannot be told."
            self.near_words.value, self.covered_words.value = html.soft(words), ""
            self.near.clear()
            self.covered.clear()
            return
        ids, cosines = study.nearest
        self.near_words.value = html.soft("nearest labeled, by cosine" if len(ids) else "nothing else is labeled")
        captions = tuple(f"{cosine:.2f}".replace("-", "−") for cosine in cosines)
        _fill(self.near, scene, Tiles(ids, lambda i: f"cosine {cosines[i]:.3f}", captions))
        self.covered_words.value = html.soft(self._stands_for(scene, id, study.covered))
        _fill(self.covered, scene, Tiles(study.covered.ids[:_COVERED], lambda i: "unlabeled"))

    def _stands_for(self, scene: Scene, id: int, covered: Covered) -> str:
        picks = self.controller.state.frame.picks
        center = id in scene.labels.ids or (picks is not None and id in picks.selection.ids)
        verb = "stands for" if center else "labeled, it would stand for"
        sample = self.controller.placing.layouts.base_size
        where = "" if scene.size <= sample else f" in the sample of {sample:,}"
        return f"{verb} {len(covered.ids):,} of {covered.total:,} unlabeled{where}"

    def _clear(self, words: str) -> None:
        self.history.value = self.covered_words.value = ""
        self.near_words.value = html.soft(words)
        self.near.clear()
        self.covered.clear()


def _fill(thumbnails: Thumbnails, scene: Scene, tiles: Tiles) -> None:
    k = len(tiles.ids)
    thumbnails.layout.display = "" if k else "none"
    thumbnails.show(scene, tiles, np.arange(k), np.full(k, np.nan, dtype=np.float32))


def _concerns(change: Any) -> bool:
    """Whether a new frame says something new of an example: layouts do not."""
    return change.old.scene is not change.new.scene or change.old.picks is not change.new.picks


def _words(known: Facts) -> list[str]:
    whose = "true " if known.known else "labeled "
    truth = (html.soft("not labeled"),) if known.truth < 0 else (html.soft(whose), _class(known, known.truth))
    lines = [html.tag("div", html.strong(f"id {known.id}"), " ", *truth)]
    if known.row_name is not None:
        lines.append(html.tag("div", html.soft(known.row_name), kind="alviz-row-name", title=known.row_name))
    if known.probable:
        label, share = known.probable[0]
        verdict = ""
        if known.right is False:
            verdict = html.tag("span", " · wrong" if known.known else " · not as labeled", kind="alviz-wrong")
        guess = (html.soft("predicted "), _class(known, label), html.soft(f" ({share:.2f})"), verdict)
        lines.append(html.tag("div", *guess))
    lines.append(html.tag("div", escape(known.standing)))
    lines.extend(html.tag("div", html.soft(words)) for words in known.wanted)
    return lines


def _bars(known: Facts) -> str:
    """Return a bar for each of the most probable classes."""
    colors = class_colors(len(known.classes))
    rows = [
        html.tag(
            "div",
            html.tag("span", escape(known.classes[label]), title=known.classes[label]),
            html.tag("i", html.tag("i", style=f"width:{100 * share:.1f}%;background:{colors[label]}")),
            html.tag("span", f"{share:.2f}"),
        )
        for label, share in known.probable
    ]
    return html.tag("div", *rows, kind="alviz-rows") if rows else ""


def _ranks(ranks: tuple[Rank, ...]) -> str:
    """Return a bar for the percentile of each score."""
    if not ranks:
        return ""
    rows = []
    for rank in ranks:
        score = f"{rank.score:.4g}".replace("-", "−")
        title = f"score {score} · {ordinal(rank.place)} of {rank.candidates:,}"
        bar = html.tag("i", html.tag("i", style=f"width:{rank.percentile}%"))
        name = html.tag("span", escape(rank.sampler), title=rank.sampler)
        rows.append(html.tag("div", name, bar, html.tag("span", ordinal(rank.percentile)), title=title))
    first = ranks[0]
    words = f"score percentile · {ordinal(first.place)} of {first.candidates:,} under {first.sampler}"
    return html.soft(words) + html.tag("div", *rows, kind="alviz-rows")


def _class(known: Facts, label: int) -> str:
    if label < 0:
        return html.soft("unknown")
    color = class_colors(len(known.classes))[label]
    return html.tag("b", escape(known.classes[label]), style=f"color:{color}")
