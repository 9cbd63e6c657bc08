"""``alviz presets``: the list, one protocol, a card; and ``alviz sweep --preset``."""

from __future__ import annotations

from pathlib import Path

import pytest
from presets.pools import cifar10, write_images

from alviz import presets
from alviz.cli import main
from alviz.sweep import Sweep


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_list_names_every_preset_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    told = capsys.readouterr().out
    for name in presets.names():
        assert name in told
    (row,) = [line for line in told.splitlines() if " asal-mnist10 " in line]
    assert words(row) == "asal-mnist10 MNIST 100 + 198 × 50 = 10,000 runs without asal"
    (row,) = [line for line in told.splitlines() if " rethinking-mnist " in line]
    assert words(row) == "rethinking-mnist MNIST 1 per class + 4 × 10 = 50 runs without SEMI"
    (row,) = [line for line in told.splitlines() if " revival-cifar10-ssl " in line]
    assert "needs MixMatch" in row


def test_one_preset_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets", "seqgcn-cifar10", "--scale", "0.01"]) == 0
    assert capsys.readouterr().out == f"{presets.get('seqgcn-cifar10').scaled(0.01)}\n"


def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["presets", "seqgcn-cifr10"]) == 2
    assert "Did you mean 'seqgcn-cifar10'" in capsys.readouterr().err
    assert main(["presets", "seqgcn-cifar10", "--scale", "2"]) == 2
    assert main(["presets", "--card", str(tmp_path)]) == 2
    assert main(["presets", "--card", str(tmp_path), "--scale", "0.1"]) == 2
    assert "--card needs no --scale" in capsys.readouterr().err


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return write_images(tmp_path / "images", cifar10(60, 60))


def test_the_card_of_a_sweep_is_printed(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sweep"
    presets.run("asal-cifar2", scale=0.01, seeds=1, data=images, samplers=["entropy"], out=out)
    assert main(["presets", "--card", str(out)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("asal-cifar2: Mayer, Timofte.")
    assert "0.01: this says nothing about the published numbers" in told
    assert main(["presets", "asal-cifar2", "--card", str(out)]) == 0
    assert capsys.readouterr().out == told, "a sweep knows how it was scaled, also where its preset is named"


def test_a_preset_is_swept(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sweep"
    swept = ["sweep", "--preset", "asal-cifar2", "--scale", "0.01", "--seeds", "1", "--data", str(images)]
    assert main([*swept, "--samplers", "margin", "--out", str(out)]) == 2
    assert "no sampler in the preset 'asal-cifar2' named 'margin'" in words(capsys.readouterr().err)
    assert not out.exists()
    assert main([*swept, "--samplers", "entropy", "--out", str(out)]) == 0
    assert Sweep.open(out).note["preset"] == "asal-cifar2"
    printed = words(capsys.readouterr().out)
    assert "1 of 1 runs complete" in printed
    assert words(str(presets.parity(Sweep.open(out)))) in printed
