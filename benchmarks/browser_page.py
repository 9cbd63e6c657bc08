"""One notebook of `browser.py`: what is done to a drawing in it, and how long that takes until it is painted.

Every duration ends in the page (`browser_probe.js`). It begins where a person would: at the cell's run, the key,
the button let go, or, for what the kernel does, when the line of Python begins.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from browser.jupyter import LabServer
from browser.page import NotebookPage
from playwright.sync_api import Browser

SCREEN = {"width": 1300, "height": 1500}

RUN_CELL = """async index => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  const begin = performance.now();
  await window.jupyterapp.commands.execute('notebook:run-cell');
  const failed = notebook.model.sharedModel.cells[index].toJSON().outputs.find(o => o.output_type === 'error');
  if (failed) throw new Error(failed.traceback.join('\\n'));
  return begin;
}"""
FIND = """([index, selector]) => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[index].node;
  const found = cell.querySelector(selector);
  found.scrollIntoView({ block: 'center' });
  return found;
}"""
KEEP_BUSY = """seconds => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  window.freed = new Promise(resolve => {
    const future = kernel.requestExecute({ code: `import time; time.sleep(${seconds})`, silent: true });
    future.done.then(() => resolve(performance.now()));
  });
}"""
TIME_OF = "epoch => window.probe.timeOf(epoch)"
SETTLED = "([begin, points, quiet, limit]) => window.probe.settled(begin, points, quiet, limit)"


@dataclass(frozen=True)
class Where:
    """Where one library's drawing takes keys and the mouse, as CSS selectors inside its cell."""

    keys: str
    mouse: str
    lasso_key: str = ""
    whole: float = 0.99  # what share of the points a frame must draw to count


class DrawingPage:
    """A notebook whose last cell displays a drawing.

    Parameters
    ----------
    lab : LabServer
    browser : playwright Browser
    cells : sequence of str
        The first is run at once.
    points : int
        How many points a whole frame draws.
    where : Where
    """

    def __init__(self, lab: LabServer, browser: Browser, cells: Sequence[str], points: int, where: Where) -> None:
        folder = lab.folder / f"page-{time.time_ns()}"
        folder.mkdir()
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, folder / "cells.ipynb")
        # Less motion: a move is one frame for those that follow the wish, as a recoloring is for all.
        context = browser.new_context(viewport=SCREEN, service_workers="block", reduced_motion="reduce")
        context.add_init_script(path=Path(__file__).parent / "browser_probe.js")
        self.notebook = NotebookPage(lab, context, f"{folder.name}/cells.ipynb")
        self.page = self.notebook.page
        self._last = len(cells) - 1
        self._whole = int(points * where.whole)
        self._where = where
        self._mode = ""
        self._quiet = 400 if points < 500_000 else 1500
        self._limit = 20_000 + points // 5
        self.page.set_default_timeout(self._limit + 60_000)
        self.page.evaluate(RUN_CELL, 0)

    def show(self, cell: int = -1) -> dict[str, float]:
        """Display a drawing by running a cell, the last if none is named."""
        self._mode = ""
        return self._counted(lambda: self.page.evaluate(RUN_CELL, self._last if cell < 0 else cell))

    def by_kernel(self, call: str) -> dict[str, float]:
        """Have the kernel do something that returns when it began."""
        return self._counted(lambda: self.page.evaluate(TIME_OF, self.notebook.run(call, 300)))

    def by_key(self, key: str = "ArrowRight", seconds_busy: float = 0) -> dict[str, float]:
        """Press a key on the map; what it took until the first frame, which no kernel takes part in.

        Parameters
        ----------
        key : str
        seconds_busy : float
            Keep the kernel from answering for so long.

        Raises
        ------
        AssertionError
            If what the key does was not painted before the kernel could answer.
        """
        self._find(self._where.keys).focus()
        if seconds_busy:
            self.page.evaluate(KEEP_BUSY, seconds_busy)
            self.page.wait_for_timeout(300)

        def press() -> float:
            self.page.keyboard.press(key)
            return float(self.page.evaluate("window.probe.inputs.keydown"))

        taken = self._counted(press, first=True)
        if seconds_busy:
            freed = self.page.evaluate("window.freed") - self.page.evaluate("window.probe.inputs.keydown")
            if freed <= taken["painted"]:
                raise AssertionError(f"painted after {taken['painted']:.0f} ms, the kernel was free after {freed:.0f}")
        return taken

    def lasso(self, share: float) -> dict[str, float]:
        """Draw around the middle of the map; milliseconds from letting go until the kernel holds the ids.

        Parameters
        ----------
        share : float
            Radius, as a share of the map's height; another one each time, or libraries take hold of the last.
        """
        if self._where.lasso_key != self._mode:
            self._mode = self._where.lasso_key
            self._find(self._where.keys).focus()
            self.page.keyboard.press(self._mode)
        box = self._find(self._where.mouse).bounding_box()
        x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, share * box["height"]
        corners = [
            (x + radius * math.cos(angle), y + radius * math.sin(angle))
            for angle in (2 * math.pi * k / 12 for k in range(12))
        ]
        before = self.notebook.run("len(drawing.heard)")
        sent = self.page.evaluate("window.probe.traffic().sent")
        self.notebook.drag(corners[0], *corners[1:], corners[0])
        deadline = time.monotonic() + self._limit / 1000
        while not (heard := self.notebook.run(f"[h for h in drawing.heard[{before}:] if h[1]]", 300)):
            if time.monotonic() > deadline:
                raise TimeoutError("the kernel never heard of a lasso")
            self.page.wait_for_timeout(100)
        heard_at, ids = heard[0]
        released = self.page.evaluate("Math.max(window.probe.inputs.pointerup ?? 0, window.probe.inputs.mouseup ?? 0)")
        arrived = self.page.evaluate(TIME_OF, heard_at)
        self.page.wait_for_timeout(self._quiet)
        sent = self.page.evaluate("window.probe.traffic().sent") - sent
        return {"arrived": arrived - released, "ids": ids, "sent": sent}

    def close(self) -> None:
        """Close the page and end its kernel."""
        self.notebook.close()

    def _find(self, selector: str) -> Any:
        return self.page.evaluate_handle(FIND, [self._last, selector]).as_element()

    def _counted(self, act: Callable[[], float], first: bool = False) -> dict[str, float]:
        """Do something that returns its beginning; what it took until all, or the first frame, is painted."""
        before = self.page.evaluate("window.probe.traffic()")
        begin = act()
        frames = self.page.evaluate(SETTLED, [begin, self._whole, self._quiet, self._limit])
        after = self.page.evaluate("window.probe.traffic()")
        bytes_moved = {way: after[way] - before[way] for way in ("received", "sent")}
        return {**frames[0 if first else -1], "frames": len(frames), **bytes_moved}
