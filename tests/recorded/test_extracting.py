"""Zips become folders: whole, once, and nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import runs

from alviz.errors import DamagedFile, StoreError
from alviz.recorded import pack
from alviz.recorded.extracting import digest, extract


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A zip of two files and of one that is hidden."""
    folder = tmp_path / "given"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "b.json").write_text('{"a": 1}')
    (folder / ".hidden").write_text("held")
    np.save(folder / "deep" / "er" / "a.npy", np.arange(3000))
    pack(folder, tmp_path / "given.zip")
    return tmp_path / "given.zip"


def test_a_folder_comes_back_as_it_was_without_what_is_hidden(packed: Path, tmp_path: Path) -> None:
    extract(packed, tmp_path / "cache" / "made")
    there = runs.contents(tmp_path / "given")
    del there[".hidden"]
    assert runs.contents(tmp_path / "cache" / "made") == there
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["made"], "no draft stays behind"


def test_equal_folders_are_equal_zips_whenever_they_are_packed(packed: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "given").rglob("*"):
        os.utime(path, (1e9, 1e9))
    pack(tmp_path / "given", tmp_path / "again.zip")
    assert digest(tmp_path / "again.zip") == digest(packed)
    with zipfile.ZipFile(packed) as archive:
        assert archive.namelist() == ["b.json", "deep/er/a.npy"]
        assert packed.stat().st_size < sum(entry.file_size for entry in archive.infolist()) / 2


def test_files_of_one_content_are_packed_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(20_000)
    for name in ("b/1", "b/2", "a/3", "small", "small2"):
        (tmp_path / "given" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "given" / name).write_bytes(b"little" if "small" in name else noise)
    pack(tmp_path / "given", tmp_path / "given.zip")
    assert (tmp_path / "given.zip").stat().st_size < 22_000
    extract(tmp_path / "given.zip", tmp_path / "made")
    assert runs.contents(tmp_path / "made") == runs.contents(tmp_path / "given")
    for copies in ({"../out": "a/3"}, {"b/1": "/etc/hostname"}, {"b/1": "b/2"}):
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            archive.writestr("a/3", noise)
            archive.writestr(".same.json", json.dumps(copies))
        with pytest.raises(DamagedFile):
            extract(tmp_path / "bad.zip", tmp_path / "bad")
        assert not (tmp_path / "bad").exists()
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_not_made_again(packed: Path, tmp_path: Path) -> None:
    extract(packed, tmp_path / "made")
    (tmp_path / "made" / "b.json").write_text("kept")
    packed.unlink()
    extract(packed, tmp_path / "made")
    assert (tmp_path / "made" / "b.json").read_text() == "kept"


@pytest.mark.parametrize("name", ["../out", "/out", "deep/../../out", "C:out", "..\\out"])
def test_a_zip_that_leads_out_of_its_folder_is_refused_and_nothing_stays(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("first", "fine")
        archive.writestr(zipfile.ZipInfo(name), "out")
    with pytest.raises(DamagedFile, match="does not stay in the folder"):
        extract(tmp_path / "bad.zip", tmp_path / "cache" / "made")
    assert list((tmp_path / "cache").iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(link, "/etc")
    with pytest.raises(DamagedFile, match="'link'"):
        extract(tmp_path / "bad.zip", tmp_path / "made")


def test_a_damaged_zip_is_told_and_nothing_stays(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    at = whole.index(b"deep/er/a.npy") + 200  # in the compressed bytes of the array
    for broken in (whole[: len(whole) // 2], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], b"", b"no zip"):
        packed.write_bytes(broken)
        with pytest.raises(DamagedFile, match=r"given\.zip cannot be read"):
            extract(packed, tmp_path / "cache" / "made")
        assert list((tmp_path / "cache").iterdir()) == []


def test_a_zip_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(6):
            archive.writestr(str(part), bytes(100_000_000))
    with pytest.raises(DamagedFile, match="600,000,000 bytes"):
        extract(tmp_path / "bomb.zip", tmp_path / "made")


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="ALVIZ_CACHE"):
        extract(packed, tmp_path / "cache" / "made")


RACER = """
import sys
from pathlib import Path
from alviz.recorded.extracting import extract
print("ready", flush=True)
sys.stdin.readline()
extract(Path(sys.argv[1]), Path(sys.argv[2]))
print(sum(path.is_file() for path in Path(sys.argv[2]).rglob("*")), flush=True)
"""


def test_many_processes_at_once_all_see_the_whole(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.bin").write_bytes(bytes([number % 256]) * 2000)
    pack(folder, tmp_path / "given.zip")
    command = [sys.executable, "-c", RACER, str(tmp_path / "given.zip"), str(tmp_path / "cache" / "made")]
    racers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    assert [racer.communicate()[0] for racer in racers] == ["400\n"] * 4
    assert runs.contents(tmp_path / "cache" / "made") == runs.contents(folder)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["made"]
