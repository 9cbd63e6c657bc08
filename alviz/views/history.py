"""How one example was seen over the cycles: what it was taken for, when it was picked and labeled."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from alviz.figures import class_colors
from alviz.scenes import Scene
from alviz.views import html


@dataclass(frozen=True)
class Moment:
    """One example at one cycle.

    Attributes
    ----------
    cycle : int
    prediction : int
        -1 where no probabilities were kept.
    certainty : float
        The probability of the prediction.
    picked, labeled : bool
        Whether this cycle picked it; whether its fit knew the label.
    """

    cycle: int
    prediction: int
    certainty: float
    picked: bool
    labeled: bool


def history(scene: Scene, id: int) -> list[Moment]:
    """Return every fitted cycle of the scene's run, as one example went through it."""
    run, moments = scene.run, []
    labeled = id in run.initial.ids
    for cycle in range(run.fitted):
        prediction, certainty = -1, 0.0
        if run.has(cycle, "fit", "probs"):
            row = np.asarray(run.array(cycle, "fit", "probs")[id])
            prediction = int(row.argmax())
            certainty = float(row[prediction])
        picked = cycle < run.picked and id in run.array(cycle, "pick", "selected")
        moments.append(Moment(cycle, prediction, certainty, bool(picked), labeled))
        labeled = labeled or (cycle < run.closed and id in run.answers(cycle).ids)
    return moments


def drawn(moments: list[Moment], scene: Scene) -> str:
    """Return a column per cycle as HTML: predicted class and certainty; picks and labels below."""
    colors, columns = class_colors(len(scene.classes)), []
    for moment in moments:
        bar, name = "", "·"
        title = f"cycle {moment.cycle}"
        if moment.prediction >= 0:
            color = colors[moment.prediction]
            bar = html.tag("i", style=f"height:{100 * moment.certainty:.0f}%;background:{color}")
            name = escape(scene.classes[moment.prediction])
            title += f": {scene.classes[moment.prediction]} ({moment.certainty:.2f})"
        mark = "◆" if moment.picked else "○" if moment.labeled else ""
        title += ", picked" if moment.picked else ", labeled" if moment.labeled else ""
        columns.append(
            html.tag(
                "span",
                html.tag("span", bar, kind="alviz-sure"),
                html.tag("b", name),
                html.tag("em", mark),
                html.tag("small", str(moment.cycle)),
                kind="alviz-cycle alviz-here" if moment.cycle == scene.cycle else "alviz-cycle",
                title=title,
            )
        )
    legend = html.soft("prediction by cycle · ◆ picked · ○ labeled")
    return legend + html.tag("div", *columns, kind="alviz-history")
