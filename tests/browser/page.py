"""A notebook open in a real browser: what a user does, and what the kernel says of it."""

import re
import time
from pathlib import Path
from typing import Any

from browser.jupyter import CellError, Kernel, LabServer, plain
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Route

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
EXTERNAL = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")

HARMLESS = {  # pattern of a console message -> why it is no defect
    r"No such comm: \w+-": "the page (its ids have dashes) asks for widgets before a cell imported ipywidgets",
}

NOTEBOOK_IS_THERE = "Boolean(window.jupyterapp?.shell?.currentWidget?.sessionContext)"
OPEN_NOTEBOOK = """async () => {
  await window.jupyterapp.restored;
  window.jupyterapp.shell.collapseLeft();
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.revealed;
  panel.sessionContext.iopubMessage.connect((_, message) => {  // JupyterLab shows these only in its log
    const content = message.content;
    if (message.parent_header.msg_type === 'comm_msg' && (content.traceback || content.name === 'stderr'))
      console.error(`widget callback: ${content.traceback?.join('\\n') ?? content.text}`);
  });
  return panel.sessionContext.session.kernel.id;
}"""
KERNEL_IS_IDLE = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
# JupyterLab asks a fresh kernel for widgets that were there before; widgets made meanwhile lose messages.
WIDGETS_ARE_READY = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  const renderer = panel.content.rendermime.createRenderer('application/vnd.jupyter.widget-view+json');
  return (await renderer._manager.promise).restoredStatus;
}"""
RUN_ALL = """async (timeout) => {
  const app = window.jupyterapp;
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`cells still run after ${timeout} s`)), timeout * 1000));
  await Promise.race([app.commands.execute('notebook:run-all-cells'), late]);
  return app.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.toJSON());
}"""
FIGURE_IS_DRAWN = "figure => figure._fullLayout?._size && !figure._transitioning"
PLACE_OF_POINT = """(figure, [x, y, axes]) => {
  const {[`xaxis${axes}`]: across, [`yaxis${axes}`]: down} = figure._fullLayout;
  const box = figure.getBoundingClientRect();
  return [box.left + across._offset + across.d2p(x), box.top + down._offset + down.d2p(y)];
}"""


class NotebookPage:
    """One notebook in one browser page.

    Attributes
    ----------
    page : playwright Page
    console_errors : list of str
        Console errors, uncaught exceptions, lost WebGL contexts, and what widget callbacks, and
        threads they started, raised or wrote to stderr.
    external_requests : list of str
        Addresses off this machine that the page asked for; none of them was reached.
    """

    def __init__(self, lab: LabServer, context: BrowserContext, path: str) -> None:
        self.console_errors: list[str] = []
        self.external_requests: list[str] = []
        self._lab = lab
        self._context = context
        context.route(EXTERNAL, self._refuse)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)  # busy machines draw slowly; nothing here is timed
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._catch)
        self.page.on("websocket", lambda socket: self._count(socket.url))
        workspace = path.split("/")[0]  # of its own, or JupyterLab restores the notebook of the last test
        self.page.goto(f"{lab.url}/lab/workspaces/{workspace}/tree/{path}?token={lab.token}")
        self._meet_kernel()

    def _meet_kernel(self) -> None:
        self.page.wait_for_function(NOTEBOOK_IS_THERE, timeout=60_000)
        self._kernel_id = self.page.evaluate(OPEN_NOTEBOOK)
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)
        self.page.wait_for_function(WIDGETS_ARE_READY)
        self._kernel = Kernel(self._lab.runtime / f"kernel-{self._kernel_id}.json")

    def save(self) -> None:
        """Save the notebook with its outputs."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")

    def reload(self, *, keep_kernel: bool = True) -> None:
        """Save the notebook and load the page anew; without its kernel it gets a fresh one that knows nothing."""
        self.save()
        self._kernel.close()
        if not keep_kernel:
            self._lab.request("DELETE", f"/api/kernels/{self._kernel_id}")
        self.page.reload()
        self._meet_kernel()

    def run_all(self, timeout: float = 120) -> None:
        """Run every cell through JupyterLab's own command; raise `CellError` if one raises."""
        for cell in self.page.evaluate(RUN_ALL, timeout):
            if "raises-exception" in cell["metadata"].get("tags", []):
                continue
            for output in cell.get("outputs", []):
                if output["output_type"] == "error":
                    raise CellError(output["traceback"])

    def run(self, code: str, timeout: float = 60) -> Any:
        """Run Python in the kernel, past the page, and return its last expression's value."""
        return self._kernel.run(code, timeout)

    def wait_for(self, expression: str, value: Any = True, timeout: float = 30) -> None:
        """Wait until a kernel expression equals ``value``."""
        deadline = time.monotonic() + timeout
        while (seen := self.run(expression)) != value:
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression} is {seen!r} after {timeout} s, not {value!r}")
            self.page.wait_for_timeout(50)  # in here the page's events are handled

    def figure(self, figure: int | Locator = 0) -> Locator:
        """Return a plotly figure of the page, by its number from the top, scrolled to and drawn."""
        if isinstance(figure, int):
            figure = self.page.locator(".js-plotly-plot").nth(figure)
        figure.wait_for()
        figure.scroll_into_view_if_needed()
        self.page.wait_for_function(FIGURE_IS_DRAWN, arg=figure.element_handle())
        return figure

    def plotly_point(self, figure: int | Locator, x: Any, y: Any, axes: str = "") -> tuple[float, float]:
        """Return the page position of a point given in a figure's data coordinates.

        ``axes`` is the subplot's number as plotly writes it: "" for x and y, "2" for x2 and y2.
        """
        left, top = self.figure(figure).evaluate(PLACE_OF_POINT, [x, y, axes])
        return left, top

    def drag(self, start: tuple[float, float], *stops: tuple[float, float]) -> None:
        """Press the mouse at ``start``, move it along ``stops`` and let go at the last."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        for stop in stops:
            self.page.mouse.move(*stop, steps=8)
        self.page.mouse.up()

    def screenshot(self, name: str) -> Path:
        """Save what the page shows now as ``artifacts/<name>``."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / name)
        return ARTIFACTS / name

    def assert_clean(self) -> None:
        """Fail if anything in the page or a widget callback went wrong, or asked for another machine."""
        self.page.wait_for_timeout(1000)  # a callback's traceback takes its time
        if self.console_errors or self.external_requests:
            raise AssertionError("\n".join([*self.console_errors, *self.external_requests]))

    def close(self) -> None:
        """Close the page without saving and end the kernel."""
        self._kernel.close()
        self._context.close()
        self._lab.request("DELETE", f"/api/kernels/{self._kernel_id}")

    def _refuse(self, route: Route) -> None:
        self._count(route.request.url)
        route.abort()

    def _count(self, url: str) -> None:
        if EXTERNAL.match(url):
            self.external_requests.append(url)

    def _catch(self, error: Error) -> None:
        self.console_errors.append(f"uncaught: {error.stack or error.message}")

    def _hear(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        refused = "ERR_FAILED" in message.text and EXTERNAL.match(where)  # stands in external_requests
        lost = re.search("WebGL contexts|CONTEXT_LOST", message.text)  # Chromium only warns of these
        harmless = any(re.search(pattern, message.text) for pattern in HARMLESS)
        if lost or (message.type == "error" and not refused and not harmless):
            self.console_errors.append(f"{plain(message.text)} ({where})")
