"""How fast maps of many points are in JupyterLab: alviz, plotly, jupyter-scatter, and the least that can draw them.

A real JupyterLab in headless Chromium with software WebGL; medians. Every duration ends when a pixel of the frame
that shows all points can be read back, in brackets when the last draw call of that frame returned. The floor is a
hundred lines of WebGL2 without words, key, tooltip or lasso; it is measured before and after alviz, since machines
drift. The first step and the first move by key are made while the kernel is busy, and the benchmark ends with an
error unless they are painted before it answers. Where several frames drew all points their number is told: all but
one are drawn in vain.

jupyter-scatter joins where it is installed: ``pip install "alviz[bench]"``.

    python benchmarks/browser.py
    python benchmarks/browser.py --points 50000 200000 --without plotly --json browser.json
    python benchmarks/browser.py --run RUN     # keeps the recorded run of 60,000 x 10 cycles there for next time
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]  # this file is not the package `browser` of the tests

from browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from browser.jupyter import LabServer  # noqa: E402
from playwright.sync_api import Browser, Error, sync_playwright  # noqa: E402

from benchmarks import browser_run  # noqa: E402
from benchmarks.browser_page import DrawingPage, Where  # noqa: E402
from benchmarks.browser_table import report  # noqa: E402

PLACES = {
    "floor": Where("canvas.floor", "canvas.floor"),
    "alviz": Where(".alviz-map", ".alviz-map-stage", "l"),
    "jupyter-scatter": Where("canvas", "canvas"),
    "plotly": Where(".js-plotly-plot", ".nsewdrag", whole=0.0),  # draws fewer where they overlap
}
# The floor frames alviz: it goes before and after.
ORDER = ("floor", "alviz", "floor", "jupyter-scatter", "plotly")
MOST_LASSOED = {"plotly": 200_000}  # it sends a number of text per point: minutes beyond

Samples = dict[str, list[dict[str, float]]]


def measure(lab: LabServer, browser: Browser, name: str, points: int, repeats: int) -> Samples:
    """Return what one library took for everything, `repeats` times each."""
    setup = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from benchmarks.browser_drawings import DRAWINGS\n"
        f"drawing = DRAWINGS[{name!r}]({points})"
    )
    page = DrawingPage(lab, browser, [setup, "drawing.show()", "drawing.show()"], points, PLACES[name])
    try:
        return use(page, name, points, repeats)
    finally:
        page.close()


def use(page: DrawingPage, name: str, points: int, repeats: int) -> Samples:
    """Do everything with one library's drawing."""
    samples: Samples = {"first map": [page.show(1)]}

    def repeat(what: str, act: Any) -> None:
        samples[what] = [act(k) for k in range(repeats)]
        print(f"{points:,} {name}: {what}", file=sys.stderr, flush=True)

    def second(k: int) -> dict[str, float]:
        if k:
            page.notebook.run("drawing.close()")
        return page.show()

    repeat("second map", second)
    if name in ("floor", "alviz"):
        page.notebook.run("drawing.keep()", 300)
        for branch, what in enumerate(("step by key", "move by key")):
            page.notebook.run(f"drawing.follow({branch})")
            page.page.wait_for_timeout(3000)
            page.by_key()
            repeat(what, lambda k: page.by_key(seconds_busy=0 if k else 3 + points / 250_000))
    for what in ("step", "move"):
        page.by_kernel(f"drawing.{what}()")
        repeat(what, lambda k, what=what: page.by_kernel(f"drawing.{what}()"))
    if name != "floor" and points <= MOST_LASSOED.get(name, points):
        repeat("lasso", lambda k: page.lasso(0.3 + 0.02 * k))
    return samples


def recorded(lab: LabServer, browser: Browser, folder: Path, repeats: int) -> dict[str, Any]:
    """Return what the explorer and its kernel take with a recorded run."""
    browser_run.make(folder)
    return browser_run.measure(lab, browser, folder, repeats)


def machine() -> str:
    """Return what was measured on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count()} cores, load {load}, Python {sys.version.split()[0]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, nargs="*", default=[50_000, 200_000, 1_000_000])
    parser.add_argument("--without", nargs="+", default=[], choices=list(PLACES)[2:])
    parser.add_argument("--repeats", type=int, default=5, choices=range(1, 7))
    parser.add_argument("--run", type=Path, help="folder of the recorded run; made if it is not there")
    parser.add_argument("--no-run", action="store_true", help="draw points only, no recorded run")
    parser.add_argument("--json", type=Path, help="write all samples there")
    given = parser.parse_args()
    if CHROMIUM is None:
        parser.error("there is no chromium on the PATH")
    if importlib.util.find_spec("jscatter") is None and "jupyter-scatter" not in given.without:
        print('jupyter-scatter is not installed and left out: pip install "alviz[bench]"', file=sys.stderr)
        given.without.append("jupyter-scatter")
    home = Path(tempfile.mkdtemp())
    before = machine()
    lab = LabServer(home)
    maps: dict[int, dict[str, Samples]] = {}
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for points in given.points:
                found = maps.setdefault(points, {})
                for name in ORDER:
                    if name in given.without:
                        continue
                    try:
                        measured = measure(lab, browser, name, points, given.repeats)
                    except (Error, TimeoutError) as error:  # one library's page that gives up costs only its column
                        print(f"{points:,} {name}: {error}", file=sys.stderr)
                        continue
                    for what, samples in measured.items():
                        found.setdefault(name, {}).setdefault(what, []).extend(samples)
                if given.json:
                    given.json.write_text(json.dumps({"maps": maps}, indent=1))
            run = None if given.no_run else recorded(lab, browser, given.run or home / "run", given.repeats)
            version = browser.version
            browser.close()
    finally:
        lab.stop()
        shutil.rmtree(home, ignore_errors=True)
    about = f"before: {before}; after: {machine()}; Chromium {version}; medians of {given.repeats}"
    print(report(maps, run, about))
    if given.json:
        given.json.write_text(json.dumps({"about": about, "maps": maps, "run": run}, indent=1))


if __name__ == "__main__":
    main()
