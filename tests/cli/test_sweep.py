"""``alviz sweep`` and ``alviz show`` of a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

import alviz
from alviz import Sweep
from alviz.cli import main
from alviz.cli.sweeping import left, made_parts, read
from alviz.errors import InvalidInput, UnknownName

SMALL = """
data = { name = "npz:pool.npz" }
samplers = ["random", { name = "typiclust", clusters = 7 }]
learners = "linear"
seeds = 2
cycles = 2
initial = 20
budget = 5
out = "sweeps/small"
"""


@pytest.fixture
def file(tmp_path: Path, few: alviz.Pool) -> Path:
    import numpy as np

    np.savez(tmp_path / "pool.npz", X=few.X.reshape(len(few), -1).astype(np.float32), y=few.y)
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_a_file_is_run_into_the_folder_beside_it_and_shown(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # paths start from the file, not from where one stands
    assert main(["sweep", str(file)]) == 0

    sweep = Sweep.open(tmp_path / "sweeps" / "small")
    assert [cell.name for cell in sweep.cells] == [
        *("linear-random-0", "linear-typiclust,clusters=7-0", "linear-random-1", "linear-typiclust,clusters=7-1")
    ]
    assert sweep.run("typiclust,clusters=7").config["sampler"]["params"]["clusters"] == 7
    assert sweep.complete
    printed = capsys.readouterr().out
    assert "4 of 4 runs complete" in printed

    # A word on the command line wins over the file, and what is there is not made again.
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "sweeps").rglob("fit.json")}
    assert main(["sweep", str(file), "--seeds", "3", "--samplers", "random"]) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert Sweep.open(tmp_path / "sweeps" / "small").run("random", 2).fitted == 3


def test_show_prints_the_ranking_and_what_failed(
    tmp_path: Path, few: alviz.Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = alviz.sweep(few, ["random", "margin"], "linear", 2, cycles=2, initial=20, budget=5, out=tmp_path / "s")
    assert main(["show", str(sweep.path)]) == 0
    printed = capsys.readouterr().out

    ranked = alviz.Statistics(sweep).table()
    lines = [line.split() for line in printed.splitlines() if "±" in line]
    assert [line[0] for line in lines] == ranked["sampler"].tolist()
    assert [" ".join(line[2:5]) for line in lines] == ranked.iloc[:, 2].tolist()

    from alviz.sweep.failures import write
    from alviz.sweep.job import Outcome

    write(sweep.path, Outcome("linear-margin-1", error="ValueError: [bold]odd[/bold]", traceback="Traceback ..."))
    assert main(["show", str(sweep.path)]) == 1
    printed = capsys.readouterr().out
    assert "linear-margin-1 failed: ValueError: [bold]odd[/bold]" in printed
    assert "the same command makes these runs again" in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("samplers = [", "is no TOML"),
        ('samplers = ["random"]', "does not say cycles"),
        ("cycles = 3", "does not say samplers"),
        (SMALL + "sample = 3", "says 'sample', which is unknown. Did you mean 'samplers'"),
        ('cycles = 3\nsamplers = ["random"]\ndata = { path = "x" }', "data says no name"),
    ],
)
def test_what_a_file_cannot_say_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=said):
        read(path)


def test_parts_that_are_not_there_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'margin'"):
        made_parts({"samplers": ["margn"]})
    with pytest.raises(InvalidInput, match=r"no parameter 'cluster'\. Did you mean 'clusters'"):
        made_parts({"samplers": [{"name": "typiclust", "cluster": 3}]})
    with pytest.raises(InvalidInput, match="says no name"):
        made_parts({"samplers": [{"clusters": 3}]})


def test_a_file_that_is_not_there_and_both_or_neither_of_file_and_preset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(tmp_path / "none.toml")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(["sweep"]) == 2
    assert "Give either a FILE.toml or --preset NAME" in capsys.readouterr().err
    assert main(["sweep", "--preset", "seqgcn-cifar10"]) == 2
    assert "--preset needs --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0.2, "0:00 left"), (61.0, "1:01 left"), (3_725.4, "1:02:05 left")]
)
def test_the_time_left_in_words(seconds: float | None, text: str) -> None:
    assert left(seconds) == text
