"""``alviz figure``: every kind from run folders into a file; what cannot work is told in one line and nothing drawn."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import alviz
from alviz import paper
from alviz.cli import main
from alviz.paper import saving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs on digits: a (margin) and b (entropy) in two seeds each."""
    folder = tmp_path_factory.mktemp("figure")
    for name, sampler in (("a", "margin"), ("b", "entropy")):
        for seed in (0, 1):
            runner = alviz.CycleRunner(
                alviz.datasets.digits(), "linear", sampler, initial=20, seed=seed, path=folder / f"{name}-{seed}"
            )
            runner.run(until=2)
            runner.close()
    return folder


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is saved, without a browser."""
    figures: list[Any] = []
    monkeypatch.setattr(saving, "browser", lambda: "none")
    monkeypatch.setattr(saving, "_draw", lambda figure, *_: (figures.append(figure), b"drawn")[1])
    return figures


def test_every_kind_draws_what_python_draws(folder: Path, saved: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    a, b, c = (alviz.Run.open(folder / name) for name in ("a-0", "a-1", "b-0"))
    asked = ["random", alviz.samplers.Revival(k=5, steps=20)]
    revival = "revival:k=5,steps=20"
    compared = alviz.compare(a, 1, asked)
    cases: list[tuple[list[str], Any]] = [
        (["selection-grid", "a-0", "b-0", "--cycles", "0", "1", "--map", "pca"],
         paper.selection_grid([a, c], [0, 1], method="pca")),
        (["selection-grid", "a-0", "--cycles", "1", "--samplers", "random", revival, "--map", "pca"],
         paper.selection_grid(a, [1], samplers=asked, method="pca")),
        (["accuracy-curves", "a-0", "a-1", "b-0", "--metric", "balanced_accuracy", "--ceiling", "0.97"],
         paper.accuracy_curves([a, b, c], metric="balanced_accuracy", ceiling=0.97)),
        (["adjacency-curves", "a-0", "--k", "5", "--weighted"], paper.adjacency_curves(a, 5, weighted=True)),
        (["agreement-table", "a-0", "--cycles", "1", "2", "--samplers", "margin", "random", "--width", "text"],
         paper.agreement_table(a, [1, 2], ["margin", "random"], width="text")),
        (["rank-scatter", "a-0", "--cycle", "1", "--samplers", "random", revival, "--share", "0.2"],
         paper.rank_scatter(compared, share=0.2)),
        (["sample-sheet", "a-0", "--cycle", "1", "--count", "6", "--columns", "3", "--width", "2.5"],
         paper.sample_sheet(a, 1, count=6, columns=3, width=2.5)),
        (["hyperparameter-curves", "a-0", "b-0", "--parameter", "sampler", "--at", "40"],
         paper.hyperparameter_curves([a, c], "sampler", at=40)),
    ]  # fmt: skip
    for (kind, *words), expected in cases:
        out = folder / f"{kind}.pdf"
        arguments = [str(folder / word) if word in ("a-0", "a-1", "b-0") else word for word in words]
        assert main(["figure", kind, *arguments, "-o", str(out)]) == 0
        assert saved.pop().to_json() == expected.to_json()
        told = capsys.readouterr().out
        assert told.startswith(f"{out}: {expected.layout.width / 96:.2f} × ")
        assert out.read_bytes() == b"drawn"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["accuracy-curves", "a-0", "-o", "a.jpg"], "a.jpg ends in '.jpg', expected one of .pdf, .svg, .png"),
        (["accuracy-curves", "nowhere", "-o", "a.pdf"], "nowhere is not a run"),
        (["accuracy-curves", "a-0", "--metric", "auc", "-o", "a.pdf"], "records no metric 'auc'"),
        (["accuracy-curves", "a-0", "--width", "wide", "-o", "a.pdf"], "width is 'wide'"),
        (["accuracy-curves", "a-0", "a-0", "-o", "a.pdf"], "both have the seed 0"),
        (["selection-grid", "a-0", "--cycles", "1", "2", "-o", "a.pdf"], "no pick of cycle 2"),
        (["selection-grid", "a-0", "--samplers", "margn", "-o", "a.pdf"], "Did you mean 'margin'"),
        (["selection-grid", "a-0", "--samplers", "revival:k", "-o", "a.pdf"], "expected NAME:PARAMETER=VALUE"),
        (["selection-grid", "a-0", "--samplers", "revival:kk=3", "-o", "a.pdf"], "no parameter 'kk'"),
        (["agreement-table", "a-0", "--cycles", "1", "--samplers", "margin", "-o", "a.pdf"], "at least two"),
        (["rank-scatter", "a-0", "--cycle", "1", "--samplers", "margin", "-o", "a.pdf"], "of two samplers, got 1"),
        (["sample-sheet", "a-0", "--cycle", "2", "-o", "a.pdf"], "no pick of cycle 2"),
        (["sample-sheet", "a-0", "--cycle", "1", "--data", "digit", "-o", "a.pdf"], "Did you mean 'digits'"),
        (["hyperparameter-curves", "a-0", "--parameter", "k", "-o", "a.pdf"], "have no parameter 'k'"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(
    arguments: list[str],
    told: str,
    folder: Path,
    saved: list[Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(folder / word) if word in ("a-0", "nowhere") else word for word in arguments]
    out = tmp_path / words.pop()
    assert main(["figure", *words, str(out)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("alviz: ")
    assert told in error
    assert error.count("\n") == 1
    assert (saved, list(tmp_path.iterdir())) == ([], [])


def test_without_a_browser_nothing_is_computed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(paper, "accuracy_curves", lambda *_, **__: pytest.fail("was drawn"))
    assert main(["figure", "accuracy-curves", str(folder / "a-0"), "-o", str(tmp_path / "a.pdf")]) == 2
    assert "which is no program" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_a_file_is_drawn(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "accuracy.pdf"
    assert main(["figure", "accuracy-curves", str(folder / "a-0"), str(folder / "a-1"), "-o", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF-")
    assert "3.25 × " in capsys.readouterr().out
