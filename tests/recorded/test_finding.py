"""Examples by name: those of a checkout first, and what is said where there is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import runs

import alviz
from alviz import Pool, Run, Sweep
from alviz.errors import DamagedFile, NewerSchema, PoolMissing, UnknownName
from alviz.recorded import finding, pack


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, few: Pool) -> Path:
    """The folder of a sweep: two samplers, two seeds."""
    folder = tmp_path_factory.mktemp("sweep") / "few"
    alviz.sweep(few, ["margin", "random"], "linear", 2, cycles=1, initial=10, budget=4, out=folder, threads=1)
    told = {"schema": 1, "title": "A few digits", "run": "linear-margin-0", "command": "make few"}
    (folder / "example.json").write_text(json.dumps(told))
    return folder


@pytest.fixture
def small(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of examples with that sweep, ``few``; the sweep itself stands in ``tmp_path``."""
    shutil.copytree(made, tmp_path / "few")
    place = tmp_path / "examples"
    place.mkdir()
    pack(made, place / "few.zip")
    monkeypatch.setattr(finding, "_places", lambda: [place])
    monkeypatch.setenv("ALVIZ_CACHE", str(tmp_path / "cache"))
    return place


def test_an_example_opens_as_a_run_as_another_and_as_a_sweep(small: Path, tmp_path: Path) -> None:
    run = Run.example("few")
    assert (run.name, run.seed, run.fitted, run.closed) == ("linear-margin-0", 0, 2, 1)
    assert run.path.is_relative_to(tmp_path / "cache" / "examples")
    other = Run.example("few/linear-random-1")
    assert (other.name, other.seed) == ("linear-random-1", 1)
    there = Run.open(tmp_path / "few" / "linear-random-1")
    assert other.frame().equals(there.frame())
    assert other.selection(0).ids.tolist() == there.selection(0).ids.tolist()  # type: ignore[union-attr]
    sweep = Sweep.example("few")
    assert sweep.complete
    assert [each.name for each in sweep.runs] == [
        f"linear-{sampler}-{s}" for s in (0, 1) for sampler in ("margin", "random")
    ]
    with pytest.raises(PoolMissing):
        run.pool  # noqa: B018


def test_names_that_there_are_not_name_those_that_there_are(small: Path) -> None:
    assert alviz.recorded.names() == ["few"]
    for ask in (Run.example, Sweep.example, alviz.datasets.recorded):
        with pytest.raises(UnknownName, match=r"recorded example named 'fev'.*'few'.*Known: few"):
            ask("fev")
    with pytest.raises(UnknownName, match=r"run in the example 'few'.*'linear-margin-7'.*linear-margin-1"):
        Run.example("few/linear-margin-7")
    for name in ("few/", "few/../../x", "../examples/few", "few/.", ""):
        with pytest.raises(UnknownName):
            Run.example(name)
    with pytest.raises(alviz.errors.InvalidInput, match="brings no pool"):
        alviz.datasets.recorded("few")


def test_another_content_is_another_folder(small: Path, tmp_path: Path) -> None:
    first = Run.example("few").path
    told = json.loads((tmp_path / "few" / "example.json").read_text())
    (tmp_path / "few" / "example.json").write_text(json.dumps({**told, "run": "linear-margin-1"}))
    pack(tmp_path / "few", small / "few.zip")
    second = Run.example("few")
    assert second.name == "linear-margin-1"
    assert second.path.parent != first.parent
    assert Run.open(first).name == "linear-margin-0", "who has the old one open keeps it"


def test_a_folder_that_lost_its_description_is_told(small: Path) -> None:
    folder = Run.example("few").path.parent
    (folder / "example.json").unlink()
    with pytest.raises(DamagedFile, match="Delete the folder"):
        Run.example("few")
    shutil.rmtree(folder)
    assert Run.example("few").fitted == 2


def test_an_example_of_a_newer_alviz_is_refused(small: Path, tmp_path: Path) -> None:
    (tmp_path / "few" / "example.json").write_text(json.dumps({"schema": finding.SCHEMA + 1}))
    pack(tmp_path / "few", small / "few.zip")
    with pytest.raises(NewerSchema, match="'few' is of a newer alviz"):
        Run.example("few")


def test_a_checkout_comes_before_what_was_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "alviz" / "recorded"
    package.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(finding, "_HERE", package)
    for folder, names in ((package, ["a", "b"]), (tmp_path / "data", ["b", "c"])):
        for name in names:
            (folder / f"{name}.zip").write_bytes(b"")
    assert finding.names() == ["a", "b"], "a folder that happens to be called data is nobody's checkout"
    (tmp_path / "pyproject.toml").write_text("")
    assert finding.names() == ["a", "b", "c"]
    assert finding._places() == [tmp_path / "data", package]


def test_what_is_extracted_is_what_was_recorded_byte_by_byte(small: Path, tmp_path: Path) -> None:
    there = {
        name: data
        for name, data in runs.contents(tmp_path / "few").items()
        if not name.startswith(".") and "/." not in name
    }
    assert runs.contents(Run.example("few").path.parent) == there
