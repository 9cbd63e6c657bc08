"""Pseudo-labels: the predictions of a fit for what has no label, with their certainty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exchange import hostile

from alviz import CycleRunner
from alviz.errors import ArrayDropped, InvalidInput
from alviz.exchange import export_pseudo_labels
from alviz.labeling import Session


@pytest.mark.parametrize("name", ["pseudo.csv", "pseudo.parquet"])
def test_every_unlabeled_example_with_what_the_fit_says(
    name: str, fast: Callable[..., CycleRunner], tmp_path: Path
) -> None:
    run = fast().run(until=2)
    path = export_pseudo_labels(run, tmp_path / name)
    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    assert list(frame) == ["id", "name", "pseudo_label", "pseudo_class", "certainty", "entropy", "cycle", "kind"]
    probs = run.snapshot(2).probs
    assert probs is not None
    labeled = set(run.labeled(2).ids.tolist())
    assert frame["id"].tolist() == [id for id in range(run.size) if id not in labeled]
    for row in frame.itertuples():
        p = [float(value) for value in probs[row.id]]
        assert row.pseudo_class == int(np.argmax(p))
        assert str(row.pseudo_label) == str(row.pseudo_class)
        assert row.certainty == pytest.approx(max(p), rel=1e-6)
        assert row.entropy == pytest.approx(-sum(x * np.log(x) for x in p if x > 0), rel=1e-4, abs=1e-6)
    assert set(frame["kind"]) == {"pseudo"}
    assert set(frame["cycle"]) == {2}


def test_only_what_is_certain_and_of_the_fit_that_is_asked(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    run = fast().run(until=2)
    everything = pd.read_csv(export_pseudo_labels(run, tmp_path / "all.csv", cycle=1))
    assert set(everything["cycle"]) == {1}
    # What was labeled later is labeled all the same.
    assert not set(everything["id"]) & set(run.labeled(2).ids.tolist())
    least = float(everything["certainty"].median())
    sure = pd.read_csv(export_pseudo_labels(run, tmp_path / "sure.csv", cycle=1, least=least))
    assert sure["id"].tolist() == everything["id"][everything["certainty"] >= least].tolist()
    assert 0 < len(sure) < len(everything)


def test_labels_of_the_book_count_and_names_are_those_of_now(tmp_path: Path) -> None:
    runner = hostile.runner(tmp_path / "run")
    runner.query()
    ada = Session(runner, who="ada")
    ada.answer(5, 0)
    ada.skip(6)
    for number in range(4):
        ada.rename_class(number, f"@new {number}")
    path = export_pseudo_labels(runner.history, tmp_path / "pseudo.csv")
    frame = pd.read_csv(path)
    assert frame["id"].tolist() == [4, *range(6, 16)], "what was set aside has no label"
    assert frame["pseudo_label"].tolist() == [f"'@new {number}" for number in frame["pseudo_class"]]


@pytest.mark.parametrize("least", [-0.1, 1.5, "0.9", True])
def test_a_certainty_is_a_share(least: Any, fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected a certainty from 0 to 1"):
        export_pseudo_labels(fast().run(until=1), tmp_path / "pseudo.csv", least=least)


def test_fits_that_predict_nothing(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    path = tmp_path / "pseudo.csv"
    with pytest.raises(InvalidInput, match="has no fit yet"):
        export_pseudo_labels(fast().history, path)
    cold = fast("cold", initial=0)
    cold.query()
    with pytest.raises(InvalidInput, match="Cycle 0 of run 'cold' has no probabilities: its fit learned from no label"):
        export_pseudo_labels(cold.history, path)
    run = fast("dropped", keep=["weights"]).run(until=2)
    with pytest.raises(ArrayDropped, match=r"restore\(0\)"):
        export_pseudo_labels(run, path, cycle=0)
    with pytest.raises(InvalidInput, match=r"ends in '.json', expected one of .csv, .parquet, .pq"):
        export_pseudo_labels(run, tmp_path / "pseudo.json")
    assert not path.exists()


def test_a_file_that_is_there(fast: Callable[..., CycleRunner], tmp_path: Path) -> None:
    run = fast().run(until=1)
    path = tmp_path / "pseudo.csv"
    path.write_text("mine")
    with pytest.raises(InvalidInput, match="is there already"):
        export_pseudo_labels(run, path)
    assert path.read_text() == "mine"
    assert len(pd.read_csv(export_pseudo_labels(run, path, overwrite=True))) == 160 - 17
