"""How long a labeled example takes: key → answer on the disk → next picture painted, in JupyterLab in Chromium.

A pool of 10,000 images of 28 × 28 of which nobody knows a label; 200 are asked. A duration begins at the browser's
own time of the key press and ends in the frame after the one in which the next picture stands: then it is painted. The
same again while a network is fitted in the background. Beside it what the kernel's part costs: `Session.answer`, which
returns when the entry is flushed to the disk.

    python benchmarks/labeling.py
    python benchmarks/labeling.py --data DATA    # torchvision's MNIST instead of enlarged digits
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

from browser.conftest import CHROMIUM, FLAGS  # noqa: E402
from browser.jupyter import LabServer  # noqa: E402
from browser.page import NotebookPage  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

POOL = """
import numpy as np
import alviz

data = {data!r}
if data:
    images = alviz.datasets.mnist(data).X[:10_000]
else:
    digits = alviz.datasets.digits().X
    images = np.resize(np.kron(digits, np.ones((1, 3, 3), np.uint8)), (10_000, 24, 24))
    images = np.pad(images, [(0, 0), (2, 2), (2, 2)])
pool = alviz.datasets.arrays(images, np.full(10_000, -1), classes=[str(label) for label in range(10)], name="pool")
runner = alviz.CycleRunner(pool, "linear", "random", oracle="human", budget=400)
runner.query()
labeler = alviz.Labeler(runner, who="ann", learn_when_done=False)
labeler
"""
ALONE = """
import time, numpy as np
from alviz.labeling import Session
session, took = Session(runner, who="ben"), []
for id in range(5_000, 5_200):
    begin = time.perf_counter()
    session.answer(id, id % 10)
    took.append(1000 * (time.perf_counter() - begin))
float(np.median(took))
"""
TRAIN = """
from alviz.views.worker import ACT, shared, Job
other = alviz.CycleRunner(alviz.datasets.arrays(images[:4000], np.arange(4000) % 10), "supervised", "random",
                          initial=2000, budget=10, cross_validate=0)
def work(job):
    with other.reporting(job.report):
        other.run(until=0)
job = Job(other, "fit", ACT, work, lambda _: None, lambda error: None, lambda *_: None)
shared().submit(job)
"""
PROBE = """() => {
  const page = document.querySelector('.alviz-label').alvizLabeling;
  window.took = [];
  document.addEventListener('keydown', event => {
    const begin = event.timeStamp;
    const { id } = page.debug();
    const look = () => {
      const { id: next, place, painted, pending } = page.debug();
      if (pending === null && next !== id && painted.place === place) {
        requestAnimationFrame(() => window.took.push(performance.now() - begin));
      } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}"""


def press(page: NotebookPage, keys: int) -> np.ndarray:
    """Press so many keys, each when the last answer is seen, and return what each took in milliseconds."""
    page.page.evaluate("window.took = []")
    for k in range(keys):
        page.page.keyboard.press("1234567890"[k % 10])
        page.page.wait_for_function(f"window.took.length > {k}")
        page.page.wait_for_timeout(400)  # a fast person; the map follows in between
    return np.array(page.page.evaluate("window.took"))


def told(name: str, took: np.ndarray) -> str:
    """Return a line of the table."""
    median, high, longest = np.percentile(took, [50, 90, 100])
    return f"{name:42} median {median:6.1f}   90 % {high:6.1f}   longest {longest:6.1f} ms   ({len(took)} keys)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the folder of torchvision's files")
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--json", type=Path, help="write every duration here")
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    home = Path(tempfile.mkdtemp(prefix="alviz-bench-"))
    lab = LabServer(home)
    (lab.folder / "page").mkdir()
    cells = [nbformat.v4.new_code_cell(POOL.format(data=arguments.data and str(Path(arguments.data).resolve())))]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lab.folder / "page" / "page.ipynb")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            page = NotebookPage(lab, context, "page/page.ipynb")
            page.run_all(300)
            page.wait_for("labeler.wait(0.01)", timeout=300)  # the map is there
            page.page.locator(".alviz-label-work").click(position={"x": 5, "y": 5})
            page.page.evaluate(PROBE)
            press(page, 5)  # the first ones are slower: code is compiled
            alone = page.run(ALONE, 120)
            idle = press(page, arguments.keys)
            page.run(TRAIN)
            page.wait_for("other.busy is not None")
            busy = press(page, arguments.keys)
            print(f"{'Session.answer alone':42} median {alone:6.1f} ms")
            print(told("key to next picture painted", idle))
            print(told("the same while a network is fitted", busy))
            print("still fitting at the end:", page.run("other.busy is not None"))
            if arguments.json:
                arguments.json.write_text(json.dumps({"idle": idle.tolist(), "busy": busy.tolist(), "alone": alone}))
            page.run("other.stop()")
            page.close()
            browser.close()
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
