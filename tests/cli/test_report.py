"""``alviz report``: runs into one page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alviz import CycleRunner, report
from alviz.cli import main
from alviz.report import writing


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run on a pool that its recipe loads."""
    path = tmp_path / "a run"
    arguments = [
        "run",
        "--learner",
        "linear",
        "--sampler",
        "margin",
        "--budget",
        "5",
        "--until",
        "1",
        "--out",
        str(path),
    ]
    assert main(arguments) == 0
    return path


def told(page: Path) -> dict[str, Any]:
    found = re.search(r'id="alviz-report-data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_page_and_the_command_that_made_it(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "out.html"
    arguments = ["--method", "pca", "--base", "60", "--compare", "entropy", "--at", "0", "--title", "Ten digits"]
    assert main(["report", str(run), "-o", str(page), *arguments]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == f"{page} ({page.stat().st_size / 1e6:.1f} MB): open it in a browser, it needs nothing else."
    data = told(page)
    assert data["title"] == "Ten digits"
    assert data["command"] == (
        f"alviz report '{run}' -o {page} --method pca --base 60 --title 'Ten digits' --compare entropy --at 0"
    )
    assert [found is not None for found in data["asked"][0]] == [True, False]
    assert data["columns"]["ids"]["kind"] == "u4"
    assert data["pooled"]


def test_the_whole_pool_and_several_methods(run: Path, tmp_path: Path):
    page = tmp_path / "out.html"
    assert main(["report", str(run), "-o", str(page), "--method", "pca", "tsne", "--base", "all"]) == 0
    data = told(page)
    assert data["methods"] == [{"name": "pca", "title": "PCA"}, {"name": "tsne", "title": "t-SNE"}]
    assert (run / "maps").is_dir()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (["--base", "many"], "--base is 'many', expected a number or 'all'"),
        (["--method", "umpa"], "Did you mean 'umap'"),
        (["--compare", "margn"], "Did you mean 'margin'"),
        (["--data", "digts"], "Did you mean 'digits'?"),
    ],
)
def test_refusals(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: list[str], says: str):
    assert main(["report", str(run), "-o", str(tmp_path / "out.html"), *changes]) == 2
    assert says in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a run"]


def test_no_run_and_a_folder_in_the_way(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(tmp_path / "none"), "-o", str(tmp_path / "out.html")]) == 2
    assert "is not a run" in capsys.readouterr().err
    assert main(["report", str(run), "-o", str(tmp_path)]) == 2
    assert "is a folder, expected a file" in capsys.readouterr().err


def test_ctrl_c_leaves_nothing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "sheets", interrupted)
    assert main(["report", str(run), "-o", str(tmp_path / "out.html"), "--method", "pca"]) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a run"]


def test_a_pool_that_the_run_cannot_load(
    fast: Callable[..., CycleRunner], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    runner = fast("memory")
    runner.run(until=1)
    runner.close()
    page = tmp_path / "out.html"
    assert main(["report", str(tmp_path / "memory"), "-o", str(page), "--method", "pca"]) == 0
    assert not told(page)["pooled"]
    assert main(["report", str(tmp_path / "memory"), "-o", str(page), "--method", "pca", "--data", "digits"]) == 2
    assert "is not the pool of run 'memory'" in capsys.readouterr().err


def test_it_is_a_function_too():
    assert callable(report)
    assert report is writing.report
