"""Fixtures: one JupyterLab for all tests here, a notebook of its own for each."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
import pytest
from browser.jupyter import LabServer
from browser.page import NotebookPage
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what playwright cannot abort: sockets
]
SCREEN = {"width": 1400, "height": 900}
LAB = pytest.StashKey[LabServer]()

OpenNotebook = Callable[..., NotebookPage]


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.failed and LAB in item.session.stash:
        report.sections.append(("jupyter lab", item.session.stash[LAB].log()))
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("lab"))
    request.session.stash[LAB] = server
    yield server
    server.stop()


@pytest.fixture(scope="module")  # not session: playwright's event loop would run on under other tests
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def notebook(lab: LabServer, browser: Browser, tmp_path: Path) -> Iterator[OpenNotebook]:
    """``notebook(cells_or_path, theme="light")`` opens a notebook and waits for its idle kernel."""
    opened: list[NotebookPage] = []

    def open_notebook(source: Path | Sequence[str], theme: str = "light") -> NotebookPage:
        folder = lab.folder / f"{tmp_path.name}-{len(opened)}"
        folder.mkdir()
        if isinstance(source, Path):
            path = Path(shutil.copy(source, folder))
        else:
            path = folder / "cells.ipynb"
            cells = [nbformat.v4.new_code_cell(cell) for cell in source]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        lab.set("apputils-extension/themes", {"theme": f"JupyterLab {theme.title()}"})
        context = browser.new_context(viewport=SCREEN, service_workers="block")
        opened.append(NotebookPage(lab, context, f"{folder.name}/{path.name}"))
        return opened[-1]

    yield open_notebook
    for page in opened:
        page.close()
