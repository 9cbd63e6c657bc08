"""The part of `browser.py` with a real run: the explorer on 60,000 examples and 10 cycles, and its kernel's answers."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from browser.jupyter import Kernel, LabServer
from numpy.typing import NDArray
from playwright.sync_api import Browser

import alviz
from benchmarks.browser_page import DrawingPage, Where

ROOT = Path(__file__).parents[1]
SIZE, WIDTH, CYCLES = 60_000, 64, 10
MAP = Where(".alviz-map", ".alviz-map-stage", "l")

IMPORTS = f"""
import sys, time; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
import alviz, alviz.views.explorer, sklearn, openTSNE, faiss, torch
from benchmarks.browser_run import pool
data = pool()
"""
SHOW = """
explorer = alviz.Explorer(alviz.Run.open({folder!r}, pool=data))
display(explorer)
"""
TRAIN = """
runner = alviz.CycleRunner(pool(images=True), "supervised", "margin", initial=500, budget=500, seed=0)
explorer = alviz.Explorer(runner)
display(explorer)
"""
HEAR = """
class drawing:
    heard = []
hear = lambda change: drawing.heard.append((1000 * time.time(), len(change.new.ids)))
explorer.controller.state.observe(hear, "lasso")
"""
GO = "begin = 1000 * time.time(); explorer.go({cycle}); begin"
KERNEL_ID = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"


def pool(images: bool = False, seed: int = 0) -> alviz.Pool:
    """Return ten overlapping clusters, of vectors or of pixels."""
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((10, WIDTH), dtype=np.float32)
    y = rng.integers(10, size=SIZE)
    X: NDArray[Any] = middles[y] + rng.standard_normal((SIZE, WIDTH), dtype=np.float32)
    if images:
        X = np.clip(128 + 40 * X, 0, 255).astype(np.uint8).reshape(-1, 8, 8)
    return alviz.datasets.arrays(X, y, name="clusters")


def make(folder: Path) -> None:
    """Record the run and its t-SNE maps; what is there already stays."""
    start = time.perf_counter()
    runner = alviz.CycleRunner(pool(), "linear", "random", initial=100, budget=100, seed=0, path=folder)
    run = runner.run(until=CYCLES - 1)
    runner.close()
    layouts = alviz.maps.Layouts()
    for cycle in range(run.fitted):
        layouts.of(run, cycle, "tsne")
        print(f"map of cycle {cycle} after {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)


def measure(lab: LabServer, browser: Browser, folder: Path, repeats: int) -> dict[str, Any]:
    """Return what the explorer of the recorded run took for everything, and how fast its kernel answered."""
    maps: dict[str, list[dict[str, float]]] = {"explorer, from its cell to its map": [], "its first step, by key": []}
    show = SHOW.format(folder=str(folder.resolve()))
    base = alviz.maps.Layouts().base_size
    for k in range(repeats):
        page = DrawingPage(lab, browser, [IMPORTS, show], base, MAP)
        maps["explorer, from its cell to its map"].append(page.show())
        maps["its first step, by key"].append(page.by_key("ArrowLeft"))
        if k < repeats - 1:
            page.close()
    page.notebook.wait_for("explorer.wait(1)")
    page.notebook.run(HEAR)
    page.page.wait_for_timeout(3000)
    with _echoes(lab, page) as stepping:
        maps["step, by key"] = [page.by_key("ArrowLeft") for _ in range(CYCLES - 3)]
        maps["step, by the kernel"] = [page.by_kernel(GO.format(cycle=cycle)) for cycle in range(2, CYCLES)]
    maps["lasso → ids in Python"] = [page.lasso(0.3 + 0.02 * k) for k in range(repeats)]
    page.close()
    page = DrawingPage(lab, browser, [IMPORTS, TRAIN], base, MAP)
    page.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    with _echoes(lab, page) as training:
        page.notebook.run("explorer.step(2)")
        page.notebook.wait_for("explorer.controller.state.busy", "", timeout=600)
    with _echoes(lab, page) as mapping:
        page.page.wait_for_timeout(15_000)
    page.close()
    echoes = {"while the map steps": stepping, "while a run trains": training, "while t-SNE is computed": mapping}
    return {"about": f"a run of {SIZE:,} × {CYCLES}", "maps": maps, "echoes": echoes}


@contextmanager
def _echoes(lab: LabServer, page: DrawingPage) -> Iterator[list[float]]:
    """Ask the kernel for nothing, again and again, meanwhile; the milliseconds until each answer."""
    kernel = Kernel(lab.runtime / f"kernel-{page.page.evaluate(KERNEL_ID)}.json")
    taken: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.05):
            begin = time.perf_counter()
            kernel.run("", timeout=300)
            taken.append(1000 * (time.perf_counter() - begin))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()
        kernel.close()
