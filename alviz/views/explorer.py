"""The explorer: step through cycles, see what was picked, switch the sampler, compare the branches."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ipywidgets as w
import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.report import report
from alviz.runner import CycleRunner
from alviz.samplers import Sampler
from alviz.views.accuracy_curves import AccuracyCurves
from alviz.views.adjacency_curves import AdjacencyCurves
from alviz.views.agreement_matrix import AgreementMatrix
from alviz.views.branch import run_name
from alviz.views.code_line import CodeLine
from alviz.views.cycle_costs import CycleCosts
from alviz.views.download import Download
from alviz.views.phases import PhaseLine
from alviz.views.picks_gallery import PicksGallery
from alviz.views.point_inspector import PointInspector
from alviz.views.rank_scatter import RankScatter
from alviz.views.sampler_extras import SamplerExtras
from alviz.views.sampler_panel import SamplerPanel
from alviz.views.selection_map import SelectionMap
from alviz.views.still import Still, picture
from alviz.views.tabs import Tabs
from alviz.views.topbar import TopBar
from alviz.views.view import View
from alviz.views.worker import PREVIEW, Job


class Explorer(View):
    """Shows active-learning cycles in JupyterLab, and goes on with them.

    The map shows the picks of the chosen sampler at the shown cycle: those on record where it made them,
    else a preview. `step` makes them real: a new cycle at the end of a run, a fork before it.

    Parameters
    ----------
    run : CycleRunner, Run or Sweep
        A runner can go on; a run is only looked at, and so are the runs of a sweep.
    *more : CycleRunner, Run or Sweep
        Other branches on the same pool, or the same with other seeds.
    base : int or None
        How many examples the map shows beside all that were labeled or picked; None shows the whole pool.

    Examples
    --------
    >>> explorer = alviz.Explorer(runner)  # doctest: +SKIP
    >>> explorer.choose("coreset")  # doctest: +SKIP
    >>> explorer.step()  # doctest: +SKIP
    """

    _kind = "alviz-explorer"

    def _build(self) -> list[w.Widget]:
        controller = self.controller
        self._still = Still(controller)
        self.map = SelectionMap(controller)
        body = w.HBox([SamplerPanel(controller), self.map, self._right()])
        body.add_class("alviz-body")
        top, phases, picks = TopBar(controller).widget, PhaseLine(controller).widget, PicksGallery(controller)
        return [top, phases, body, picks]

    def _foot(self) -> list[w.Widget]:
        self._saver = Download()
        actions = {"figure": self._save_picture, "report": self._save_report}
        return [CodeLine(self.controller, actions=actions).widget, self._saver]

    def _right(self) -> Tabs:
        """Return the right column: was it worth it, what is this example, what did it cost."""
        controller = self.controller
        adjacency, matrix, scatter = AdjacencyCurves(controller), AgreementMatrix(controller), RankScatter(controller)
        tabs = Tabs(
            {
                "Overview": w.VBox([AccuracyCurves(controller), adjacency, matrix, scatter]),
                "Example": PointInspector(controller),
                "Sampler": SamplerExtras(controller),
                "Costs": CycleCosts(controller),
            }
        )
        tabs.pages["Overview"].add_class("alviz-overview")

        def show_pair(_: Any = None) -> None:
            alone = controller.state.pair is None
            scatter.layout.display = "none" if alone else None
            adjacency.layout.display = None if alone else "none"  # makes room

        def show_example(change: Any) -> None:
            if change.new is not None:
                tabs.show("Example")

        show_pair()
        controller.state.observe(show_pair, "pair")
        controller.state.observe(show_example, "selected")
        tabs.add_class("alviz-right")
        return tabs

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._still.show()
        return super()._repr_mimebundle_(**options)

    def _save_picture(self) -> None:
        state = self.controller.state
        if state.frame.layout is None:
            raise InvalidInput("There is no map yet: Step draws the first.")
        self._saver.offer(f"{run_name(self.run)}-cycle-{state.cycle}.png", picture(state), "image/png")

    def _save_report(self) -> None:
        """Have the report of the branches written in the background, then handed to the browser."""
        runs, state = [branch.run for branch in self.controller.state.branches], self.controller.state
        name = f"{run_name(self.run)}.html"

        def write(job: Job) -> bytes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                report(*runs, path=path, progress=job.report)
                return path.read_bytes()

        def hand_over(page: bytes) -> None:
            state.message = f"{name}: {len(page) / 1e6:.1f} MB"
            self._saver.offer(name, page, "text/html")

        opened = ", ".join(f"alviz.Run.open({str(run.path)!r})" for run in runs)
        state.code = f"alviz.report({opened}, path={name!r})"
        self.controller.submit("report", PREVIEW, write, hand_over)

    @property
    def runner(self) -> CycleRunner | None:
        """The runner of the branch that is shown; None where it is only looked at."""
        return self.controller.branch.runner

    def step(self, n: int = 1) -> None:
        """Make the picks that are shown real and go to the next cycle, `n` times; returns at once (see `wait`)."""
        self.controller.step(n)

    def go(self, cycle: int, branch: int | None = None) -> None:
        """Show a fitted cycle, of another branch if its number is given."""
        self.controller.go(cycle, branch)

    def choose(self, sampler: str | Sampler) -> None:
        """Show what another sampler would pick here; the next step makes it real."""
        self.controller.choose(sampler)

    def select(self, id: int | None) -> None:
        """Show one example's card; None closes it."""
        self.controller.select(id)

    def color_by(self, coloring: str) -> None:
        """Color the map by one of ``alviz.scenes.COLORINGS``, such as ``"class"`` or ``"score"``."""
        self.controller.color_by(coloring)

    def map_by(self, method: str) -> None:
        """Lay the map out by the method of that name, one of ``alviz.maps.names()``."""
        self.controller.map_by(method)

    def compare(self, *samplers: str | Sampler) -> None:
        """Show what other samplers would pick at the shown cycle too, as they answer (see `wait`)."""
        self.controller.compare(*samplers)

    def uncompare(self, name: str) -> None:
        """Compare the sampler of that name no more."""
        self.controller.uncompare(name)

    def pair(self, a: str | None, b: str | None = None) -> None:
        """Tell apart what only one of two samplers picks, only the other, and both; None ends that."""
        self.controller.pair(a, b)

    def play(self, playing: bool = True) -> None:
        """Walk through the cycles on the map, or stop that."""
        self.controller.play(playing)

    def show_edges(self, shown: bool = True) -> None:
        """Draw edges from the point under the mouse to its nearest neighbors, or none."""
        self.controller.show_edges(shown)

    @property
    def lasso(self) -> NDArray[np.int64]:
        """The pool rows that were last drawn around on the map, ascending."""
        lasso = self.controller.state.lasso
        return np.zeros(0, dtype=np.int64) if lasso is None else lasso.ids

    def stop(self) -> None:
        """Ask what runs to end; all finished steps are kept."""
        self.controller.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is computed; return whether that came in time."""
        return self.controller.wait(timeout)

    def debug(self) -> dict[str, Any]:
        """Return what is shown, as plain values: for tests and for reports of a problem."""
        with self.controller.reading() as state:
            frame = state.frame
            layout, picks = frame.layout, frame.picks
            return {
                "run": run_name(self.run),
                "branches": len(state.branches),
                "branch": state.branch,
                "fitted": state.fitted,
                "cycle": None if frame.scene is None else frame.scene.cycle,
                "labels": None if frame.scene is None else frame.scene.record.labeled,
                "sampler": state.sampler.config(),
                "preview": None if picks is None else picks.preview,
                "picks": [] if picks is None else picks.selection.ids.tolist(),
                "compared": {
                    answer.name: None if answer.selection is None else answer.selection.ids.tolist()
                    for answer in state.compared
                },
                "pair": state.pair,
                "map": None if layout is None else {"method": layout.method, "cycle": layout.cycle},
                "drawn": self.map.drawn(),
                "coloring": state.coloring,
                "selected": state.selected,
                "lasso": self.lasso.tolist(),
                "theme": state.theme,
                "working": self.controller.working,
                "busy": state.busy,
                "playing": state.playing,
                "message": state.message,
                "error": state.error,
                "errors": list(self.controller.errors),
                "attempts": self.controller.attempts,
                "code": state.code,
            }
