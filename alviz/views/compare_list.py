"""The list of compared samplers: how far each is, what it took, why it cannot; and a way to add others."""

from __future__ import annotations

from typing import Any

import anywidget
import ipywidgets as w
import traitlets as t

from alviz import samplers, web
from alviz.samplers.naming import is_usual
from alviz.views import steps
from alviz.views.comparing import all_answers
from alviz.views.state import Answer, State
from alviz.views.view import View


class ComparedSamplers(anywidget.AnyWidget):
    """The page's side: a row per sampler, in the order of the map's marks."""

    _esm = web.module("compare_list.js")
    rows = t.List(t.Dict()).tag(sync=True)
    offers = t.Dict({"names": [], "chosen": ""}).tag(sync=True)


class CompareList(View):
    """Who would pick what here: the chosen sampler and those that are compared with it.

    Parameters
    ----------
    shown : CycleRunner, Run, View or Explorer
    *more : CycleRunner or Run
        Other branches on the same pool.
    """

    def _build(self) -> list[w.Widget]:
        self.page = ComparedSamplers()
        self.page.on_msg(self._hear)
        self.controller.state.observe(self._draw, ["compared", "kept", "sampler", "frame", "asking", "progress"])
        self._draw()
        return [self.page]

    def _draw(self, _: Any = None) -> None:
        state = self.controller.state
        chosen, *others = all_answers(state)
        rows = [{**_chosen_row(chosen, state), "removable": state.kept}, *(_row(answer, state) for answer in others)]
        if rows != self.page.rows:
            self.page.rows = rows
        usual = {str(answer.sampler.name) for answer in (chosen, *others) if is_usual(answer.sampler)}
        offers = {
            "names": [name for name in samplers.names() if name not in usual],
            "chosen": "" if state.kept else chosen.name,
        }
        if offers != self.page.offers:
            self.page.offers = offers

    def _hear(self, _: Any, message: dict[str, Any], __: Any) -> None:
        controller = self.controller
        match message["do"]:
            case "add":
                controller.attempt(controller.compare, message["name"])
            case "own":
                controller.attempt(lambda: controller.compare(controller.state.sampler))
            case "all":
                controller.attempt(self._add_all)
            case "again":
                named = {answer.name: answer.sampler for answer in controller.state.compared}
                controller.attempt(lambda: controller.compare(named[message["name"]]))
            case "remove":
                controller.attempt(controller.uncompare, message["name"])

    def _add_all(self) -> None:
        able = self.controller.comparing.able()
        if able:
            self.controller.compare(*able)
        else:
            self.controller.state.message = "All samplers that can answer at this cycle are compared already."


def _chosen_row(answer: Answer, state: State) -> dict[str, Any]:
    picks = state.frame.picks
    if picks is not None:
        text, kind = "preview" if picks.preview else "picked", "done"
    elif state.asking:
        progress = state.progress
        text = f"{progress.share:.0%}" if progress is not None and progress.job == "preview" else "asking"
        kind = "open"
    else:
        text, kind = "", "open"
    return _told(answer, text, kind, 0.0, answer.name)


def _row(answer: Answer, state: State) -> dict[str, Any]:
    title = steps.sampler_code(answer.sampler)
    if answer.error:
        return _told(answer, answer.error, "error", 0.0, f"{title}: {answer.error}")
    if answer.selection is not None:
        return _told(answer, _seconds(answer.seconds), "done", 1.0, title)
    if answer.progress is not None:
        share = answer.progress.share
        words = f"{answer.progress.phase} {share:.0%}".replace("%", " %")
        return _told(answer, words, "open", round(share, 2), title)
    return _told(answer, "waits" if state.frame.scene is not None else "", "open", 0.0, title)


def _told(answer: Answer, text: str, kind: str, share: float, title: str) -> dict[str, Any]:
    return {
        "name": answer.name,
        "state": text,
        "kind": kind,
        "share": share,
        "title": title,
        "removable": True,
    }


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "answered"
    return f"{max(seconds, 0.01):.2f} s" if seconds < 10 else f"{seconds:,.0f} s"
