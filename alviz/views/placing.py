"""Where the points lie: the layout of what is shown, at once where it is kept, else as it is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alviz.errors import AlvizError, Stopped
from alviz.maps import Layout, Layouts, titles
from alviz.scenes import Scene
from alviz.views.worker import GLANCE, LAYOUT, Job

if TYPE_CHECKING:
    from alviz.views.controller import Controller


class Placing:
    """Keeps ``state.frame.layout`` up to date.

    Parameters
    ----------
    controller : Controller
        Under whose lock everything here happens, beside the computing itself.
    base : int
        How many examples the maps show beside all that were labeled or picked.
    """

    def __init__(self, controller: Controller, base: int) -> None:
        self.layouts = Layouts(base)
        self._controller = controller
        # What could not be laid out, by which method, and why.
        self._refused: tuple[Scene | None, str, str] = (None, "", "")
        controller.state.observe(lambda _: self.place_picks(), "compared")

    @property
    def notice(self) -> str:
        """What the map waits for, or why there is none; empty when it shows what was asked for."""
        state = self._controller.state
        layout, scene = state.frame.layout, state.frame.scene
        if scene is None or (layout is not None and (layout.method, layout.cycle) == (state.method, scene.cycle)):
            return ""
        refused, method, why = self._refused
        if refused is scene and method == state.method:
            return why
        return f"{titles()[state.method]} of cycle {scene.cycle} is being computed"

    def find(self) -> None:
        """Show the layout if there is one, else something to look at while it is computed."""
        state, controller = self._controller.state, self._controller
        scene, method = state.frame.scene, state.method
        if scene is None:
            return
        extra = self._picked_ids()
        run, cycle = scene.run, scene.cycle

        def compute(job: Job) -> Layout:
            return self.layouts.of(run, cycle, method, extra, lambda done, total: job.report("map", done, total))

        def show(layout: Layout) -> None:
            if state.frame.scene is not scene or state.method != method:
                return
            state.frame = replace(state.frame, layout=layout)
            if layout.method != method:
                controller.submit("layout", LAYOUT, compute, show, refuse)
            else:
                self.place_picks()

        def refuse(error: Exception) -> None:
            if not isinstance(error, Stopped):
                self._refused = (scene, method, str(error))
                state.frame = replace(state.frame)  # views say why
            controller.show_error(error)

        ready = self.layouts.ready(run, cycle, method)
        if ready and self.layouts.whole(run):
            try:
                layout = self.layouts.of(run, cycle, method)
            except AlvizError as error:
                refuse(error)
            else:
                show(layout)
        elif ready or state.frame.layout is None:
            first = method if ready else "pca"
            controller.submit("glance", GLANCE, lambda job: self.layouts.of(run, cycle, first, extra), show, refuse)
        else:
            controller.submit("layout", LAYOUT, compute, show, refuse)

    def place_picks(self) -> None:
        """Have picks placed that are not on the layout: of a large pool only a base sample is."""
        frame, method = self._controller.state.frame, self._controller.state.method
        if frame.scene is None or frame.layout is None:
            return
        ids = self._picked_ids()
        right = frame.layout.cycle == frame.scene.cycle and frame.layout.method == method
        if right and len(frame.layout.rows(ids)) < len(ids):
            self.find()

    def _picked_ids(self) -> NDArray[np.int64]:
        """Return what the chosen sampler and those it is compared with pick."""
        state = self._controller.state
        ids = [np.zeros(0, dtype=np.int64)] if state.frame.picks is None else [state.frame.picks.selection.ids]
        ids += [answer.selection.ids for answer in state.compared if answer.selection is not None]
        return np.unique(np.concatenate(ids))
