"""The shown map as a plotly figure: where there is no WebGL2, and for whoever wants to keep it."""

from __future__ import annotations

from typing import Any

import numpy as np

from alviz.figures import THEMES, Coloring, class_marks, selection_map
from alviz.maps import Layout
from alviz.scenes import COLORINGS, NONE, Scene, codes
from alviz.views.state import State


def plotly_map(state: State, scene: Scene, layout: Layout) -> Any:
    """Return what the map shows of a scene, on a layout.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    picks = state.frame.picks
    theme, kind = THEMES[state.theme], state.coloring
    groups = scene.prediction if kind == "prediction" else scene.truth
    if COLORINGS[kind].palette == "classes":
        coloring = Coloring.of_classes(groups[layout.ids], len(scene.classes))
    else:
        code = codes(scene, kind, picks)[layout.ids].astype(np.float32)
        largest = max(float(code[code != NONE].max(initial=1)), 1.0)
        coloring = Coloring.of_shares(np.where(code == NONE, -1, code / largest).astype(np.float32), theme)
    focus = layout.rows([] if state.selected is None else [state.selected])
    return selection_map(
        layout.ids,
        layout.xy,
        coloring,
        labeled=scene.labeled_mask()[layout.ids],
        picked=layout.rows([] if picks is None else picks.selection.ids),
        focus=int(focus[0]) if len(focus) else None,
        marks=class_marks(layout.xy, groups[layout.ids], scene.classes),
        theme=theme,
    )
