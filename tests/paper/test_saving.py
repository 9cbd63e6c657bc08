"""Files: of the size on paper that was asked for, vectors but for many points, whole or not at all."""

from __future__ import annotations

import base64
import io
import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alviz import paper
from alviz.errors import AlvizError, InvalidInput
from alviz.figures import Panel, map_grid
from alviz.paper import saving

needs_browser = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")


def grid(n: int) -> Any:
    ids = np.arange(n)
    xy = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    panel = Panel(ids, xy, ids % 3, ids < 10, np.arange(20, min(n, 30)))
    return map_grid([[panel]], ["a row"], ["a column"], ["ant", "bee", "cat"], width=2)


def contents(pdf: bytes) -> bytes:
    """Return what a PDF's compressed streams hold, images left out."""
    found = b""
    for told, stream in re.findall(rb"<<((?:(?!endobj).)*?)>>\s*stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        if b"FlateDecode" in told and b"/Subtype /Image" not in told:
            found += zlib.decompressobj().decompress(stream)
    return found


@needs_browser
def test_few_points_are_vectors(tmp_path: Path) -> None:
    figure = grid(300)
    pdf = paper.save(figure, tmp_path / "deep" / "few.pdf").read_bytes()
    size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert size is not None
    assert [float(points) for points in size.groups()] == pytest.approx([2 * 72, figure.layout.height * 0.75], abs=1)
    assert b"/Subtype /Image" not in pdf
    assert contents(pdf).count(b" c\n") > 4 * 270  # a circle is four curves
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "few.pdf"]

    svg = paper.save(figure, tmp_path / "few.svg").read_text(encoding="utf-8")
    assert 'width="192" height="' in svg
    assert "<image" not in svg
    assert len(re.findall(r'<path class="point[ "]', svg)) == 300 + 6  # and the legend's
    assert ">a column<" in svg


@needs_browser
def test_many_points_are_a_picture_inside_vector_axes(tmp_path: Path) -> None:
    figure = grid(6_000)
    svg = paper.save(figure, tmp_path / "many.svg").read_text(encoding="utf-8")
    sources = re.findall(r'<image[^>]*href="data:image/png;base64,([^"]+)"', svg)
    images = [Image.open(io.BytesIO(base64.b64decode(source))) for source in sources]
    assert {image.size for image in images} == {(4 * 192, 4 * figure.layout.height)}  # 384 dots to the inch
    assert any(image.getbbox() is not None for image in images)
    assert len(re.findall(r'<path class="point[ "]', svg)) == 6  # the legend's
    assert ">a row<" in svg
    assert 'class="xlines-above' in svg

    pdf = paper.save(figure, tmp_path / "many.pdf").read_bytes()
    assert b"/Subtype /Image" in pdf
    assert contents(pdf).count(b" c\n") < 200
    assert b"/Type /Font" in pdf  # text stays text
    assert len(pdf) < 500_000


@needs_browser
def test_a_png_says_how_large_it_is_on_paper(tmp_path: Path) -> None:
    path = tmp_path / "grid.PNG"
    path.write_bytes(b"old")
    figure = grid(300)
    assert paper.save(figure, path, dpi=192) == path
    with Image.open(path) as image:
        assert image.size == (2 * 192, 2 * figure.layout.height)
        assert image.info["dpi"] == pytest.approx((192, 192), abs=0.1)
        assert image.getpixel((0, 0)) == (255, 255, 255)


def test_what_cannot_be_saved_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = grid(20)
    for name, told in (("a.jpg", "ends in '.jpg', expected one of .pdf, .svg, .png"), ("a", "ends in ''")):
        with pytest.raises(InvalidInput, match=re.escape(told)):
            paper.save(figure, tmp_path / name)
    (tmp_path / "folder.pdf").mkdir()
    with pytest.raises(InvalidInput, match="is a folder"):
        paper.save(figure, tmp_path / "folder.pdf")
    with pytest.raises(InvalidInput, match="dpi is 7"):
        paper.save(figure, tmp_path / "a.png", dpi=7)
    with pytest.raises(InvalidInput, match="is no plotly figure"):
        paper.save("figure", tmp_path / "a.png")
    monkeypatch.setattr(saving, "find_spec", lambda name: None)
    with pytest.raises(InvalidInput, match=r"pip install 'alviz\[figures\]'"):
        paper.save(figure, tmp_path / "a.pdf")


def test_the_browser_is_the_one_told_or_the_first_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreographer.browsers.chromium import Chromium

    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Chromium, "find_browser", lambda skip_local: None)
    with pytest.raises(InvalidInput, match=r"none was found. Install one .*BROWSER_PATH"):
        paper.save(grid(20), tmp_path / "a.pdf")
    for name in ("google-chrome", "chrome"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    assert saving.browser() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "chrome"))
    assert saving.browser() == str(tmp_path / "chrome")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "nothing"))
    with pytest.raises(InvalidInput, match="which is no program"):
        paper.save(grid(20), tmp_path / "a.pdf")


def test_a_file_that_is_there_stays_when_the_browser_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(broken))
    with pytest.raises(AlvizError, match=f"{broken} did not draw the figure"):
        paper.save(grid(20), path)
    assert path.read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.pdf", "broken"]


def test_a_file_is_written_beside_and_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")
    monkeypatch.setattr(saving, "browser", lambda: "none")
    monkeypatch.setattr(saving, "_draw", lambda *_: b"new")

    def refuse(self: Path, target: Path) -> None:
        assert self.read_bytes() == b"new"
        assert self.parent == target.parent
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="no"):
            paper.save(grid(20), path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]
    assert path.read_bytes() == b"old"
    paper.save(grid(20), path)
    assert path.read_bytes() == b"new"
