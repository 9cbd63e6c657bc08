"""One form for all images: sizes, colors, orientation, and what cannot be read."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from images import encoded, four, noise, write
from numpy.typing import NDArray
from PIL import Image

from alviz.datasets import image_folder
from alviz.errors import AlvizWarning, InvalidInput


def two(root: Path, first: Any, second: Any, form: str = "png") -> Path:
    return write(root, {f"a/1.{form}": first, f"b/1.{form}": second})


# -- sizes ----------------------------------------------------------------------------------------


def test_sizes_that_differ_are_refused_with_the_commonest(tmp_path: Path) -> None:
    write(tmp_path, four() | {"a/3.png": noise(9, 9), "b/3.png": noise(8, 6)})
    with pytest.raises(InvalidInput, match=r"have 3 sizes; the commonest is 6×8 .*4 of 6\)\. Pass size=\(6, 8\)"):
        image_folder(tmp_path)


def halves(height: int, width: int) -> NDArray[np.uint8]:
    """Return an image that is 0 on the left, 100 in the middle half and 200 on the right."""
    at = np.arange(width) / width
    return np.broadcast_to(np.select([at < 0.25, at < 0.75], [0, 100], 200), (height, width)).astype(np.uint8)


def test_a_wide_image_is_cut_padded_or_stretched(tmp_path: Path) -> None:
    two(tmp_path, halves(32, 64), halves(64, 32))
    cut = image_folder(tmp_path, size=16)
    assert cut.X.shape == (2, 16, 16)
    # The middle half of the wide image; its first and last columns feel what was beside them.
    np.testing.assert_array_equal(cut.X[0, :, 2:-2], np.full((16, 12), 100))
    assert np.abs(cut.X[0].astype(int) - 100).max() < 10
    padded = image_folder(tmp_path, size=16, fit="pad").X[0]
    assert (padded[:4] == 0).all()
    assert (padded[12:] == 0).all()
    assert padded[8, [0, 8, 15]].tolist() == [0, 100, 200]
    stretched = image_folder(tmp_path, size=16, fit="stretch").X[0]
    assert stretched[:, [0, 8, 15]].tolist() == [[0, 100, 200]] * 16
    assert image_folder(tmp_path, size=(4, 10)).X.shape == (2, 4, 10)


def test_images_that_have_the_size_are_left_alone(tmp_path: Path) -> None:
    two(tmp_path, noise(), noise(seed=1), "jpg")
    first = encoded(noise(), "jpg")
    write(tmp_path, {"a/1.jpg": first, "b/1.jpg": encoded(noise(seed=1), "jpg")})
    np.testing.assert_array_equal(image_folder(tmp_path, size=(6, 8)).X, image_folder(tmp_path).X)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_resizing_is_antialiased(fit: Any, tmp_path: Path) -> None:
    stripes = np.zeros((64, 64), dtype=np.uint8)
    stripes[:, ::2] = 255  # every other column: taking single pixels would give black or white
    two(tmp_path, stripes, stripes.T.copy())
    small = image_folder(tmp_path, size=8, fit=fit).X.astype(int)
    assert np.abs(small[:, 2:-2, 2:-2] - 127.5).max() <= 2


def test_a_photograph_is_reduced_while_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big = Image.fromarray(noise(60, 80)).resize((640, 480), Image.Resampling.BICUBIC)
    two(tmp_path, encoded(big, "jpg", quality=95), encoded(big.rotate(180), "jpg", quality=95), "jpg")
    decoded = []
    load = Image.Image.load
    monkeypatch.setattr(Image.Image, "load", lambda image: (decoded.append(image.size), load(image))[1])
    got = image_folder(tmp_path, size=(60, 80)).X[0].astype(int)
    assert (320, 240) in decoded  # by half; by more would leave too little to the filter
    assert (640, 480) not in decoded
    with Image.open(tmp_path / "a" / "1.jpg") as image:
        whole = np.asarray(image.resize((80, 60), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(got - whole).mean() < 2  # of noise, which is the worst case


def test_extreme_proportions(tmp_path: Path) -> None:
    two(tmp_path, noise(1, 500, 1), noise(500, 1, 1))
    for fit in ("crop", "pad", "stretch"):
        assert image_folder(tmp_path, size=8, fit=fit).X.shape == (2, 8, 8)  # type: ignore[arg-type]


# -- orientation ----------------------------------------------------------------------------------


def turned(orientation: int, height: int = 6, width: int = 8) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(halves(height, width), "png", exif=exif)


def test_photographs_stand_upright(tmp_path: Path) -> None:
    left = np.rot90(halves(6, 8))  # 8×6
    two(tmp_path, turned(8), left.copy())
    pool = image_folder(tmp_path)  # both are 8×6 upright, though their headers say 6×8 and 8×6
    assert pool.X.shape == (2, 8, 6)
    np.testing.assert_array_equal(pool.X[0], pool.X[1])
    two(tmp_path, turned(3), halves(6, 8)[::-1, ::-1].copy())
    np.testing.assert_array_equal(*image_folder(tmp_path).X)
    two(tmp_path, turned(6), turned(1))
    with pytest.raises(InvalidInput, match="2 sizes"):
        image_folder(tmp_path)


def test_an_orientation_behind_the_pixels(tmp_path: Path) -> None:
    png = turned(6)
    start = png.index(b"eXIf") - 4
    stop = start + 12 + struct.unpack(">I", png[start : start + 4])[0]
    late = png[:start] + png[stop:-12] + png[start:stop] + png[-12:]
    two(tmp_path, late, halves(6, 8))
    with pytest.raises(InvalidInput, match=r"'a/1\.png' \(8×6 once turned upright: pass size="):
        image_folder(tmp_path)
    assert image_folder(tmp_path, size=8).X.shape == (2, 8, 8)
    np.testing.assert_array_equal(image_folder(tmp_path, size=(8, 6)).X[0], np.rot90(halves(6, 8), -1))


# -- colors ---------------------------------------------------------------------------------------


def test_gray_and_color_are_not_mixed_unasked(tmp_path: Path) -> None:
    gray, color = noise(channels=1), noise()
    write(tmp_path, {"a/1.png": gray, "a/2.png": gray, "b/1.png": color})
    with pytest.raises(InvalidInput, match=r"2 images .* are gray and 1 have colors: pass channels=1 or channels=3"):
        image_folder(tmp_path)
    X = image_folder(tmp_path, channels=3).X
    np.testing.assert_array_equal(X[0], np.repeat(gray[:, :, None], 3, axis=2))
    np.testing.assert_array_equal(X[2], color)
    X = image_folder(tmp_path, channels=1).X
    np.testing.assert_array_equal(X[0], gray)
    np.testing.assert_allclose(X[2], color @ [0.299, 0.587, 0.114], atol=0.51)


def test_gray_images_have_no_channels(tmp_path: Path) -> None:
    two(tmp_path, noise(channels=1), noise(channels=1, seed=1))
    np.testing.assert_array_equal(image_folder(tmp_path).X, [noise(channels=1), noise(channels=1, seed=1)])
    assert image_folder(tmp_path, channels=3).X.shape == (2, 6, 8, 3)


def test_16_bit_gray_is_scaled(tmp_path: Path) -> None:
    deep = np.array([[0, 128, 129, 257], [32_768, 65_407, 65_408, 65_535]], dtype=np.uint16)
    wanted = [[0, 0, 1, 1], [128, 255, 255, 255]]
    two(tmp_path / "png", deep, deep)
    assert image_folder(tmp_path / "png").X[0].tolist() == wanted
    two(tmp_path / "tif", encoded(deep, "tif"), encoded(deep.astype(np.int32), "tif"), "tif")
    assert image_folder(tmp_path / "tif").X.tolist() == [wanted, wanted]


def test_numbers_without_a_range_are_unreadable(tmp_path: Path) -> None:
    two(tmp_path, encoded(np.ones((2, 2), np.float32), "tif"), encoded(np.full((2, 2), 70_000, np.int32), "tif"), "tif")
    with pytest.raises(InvalidInput, match=r"'a/1\.tif' \(pixels are floats"):
        image_folder(tmp_path)
    write(tmp_path, {"a/1.tif": encoded(np.ones((2, 2), np.int32), "tif")})
    with pytest.raises(InvalidInput, match=r"'b/1\.tif' \(pixels are 32-bit numbers beyond"):
        image_folder(tmp_path)


def test_transparency_is_white(tmp_path: Path) -> None:
    clear = np.zeros((2, 2, 4), dtype=np.uint8)
    clear[0] = (255, 0, 0, 255)
    clear[1, 1] = (0, 0, 0, 128)
    two(tmp_path, clear, clear)
    assert image_folder(tmp_path).X[0].tolist() == [[[255, 0, 0]] * 2, [[255, 255, 255], [127, 127, 127]]]
    gray = Image.fromarray(np.array([[[9, 255], [9, 0]]], dtype=np.uint8), "LA")
    two(tmp_path, encoded(gray), encoded(gray))
    assert image_folder(tmp_path).X[0].tolist() == [[9, 255]]


def test_palettes_count_as_color(tmp_path: Path) -> None:
    palette = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8), "P")
    palette.putpalette([255, 0, 0, 50, 50, 50, 0, 0, 255])
    two(tmp_path, encoded(palette), encoded(palette, transparency=1))
    X = image_folder(tmp_path).X
    assert X[0].tolist() == [[[255, 0, 0], [50, 50, 50], [0, 0, 255]]]
    assert X[1].tolist() == [[[255, 0, 0], [255, 255, 255], [0, 0, 255]]]
    assert image_folder(tmp_path, channels=1).X[0].tolist() == [[76, 50, 29]]


def test_cmyk_black_and_white_and_one_bit(tmp_path: Path) -> None:
    ink = Image.fromarray(np.array([[[0, 255, 255, 0], [0, 0, 0, 255]]] * 8, dtype=np.uint8), "CMYK")
    two(tmp_path / "cmyk", encoded(ink, "tif"), encoded(ink, "tif"), "tif")
    assert image_folder(tmp_path / "cmyk").X[0, 0].tolist() == [[255, 0, 0], [0, 0, 0]]
    bits = Image.fromarray(np.array([[True, False]]))
    two(tmp_path / "bits", encoded(bits), encoded(bits))
    assert image_folder(tmp_path / "bits").X[0].tolist() == [[255, 0]]


@pytest.mark.parametrize("form", ["bmp", "gif", "jpg", "pgm", "png", "tif", "webp"])
def test_formats(form: str, tmp_path: Path) -> None:
    pixels = np.full((8, 8), 77, dtype=np.uint8)
    options = {"lossless": True} if form == "webp" else {}
    two(tmp_path, encoded(pixels, form, **options), encoded(pixels, form, **options), form)
    assert np.unique(image_folder(tmp_path, channels=1).X).tolist() == [77]


# -- what cannot be read --------------------------------------------------------------------------


def bomb() -> bytes:
    """Return a PNG of a few bytes whose header promises 30,000 × 30,000 pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    png = encoded(noise(channels=1))
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def truncated() -> bytes:
    jpeg = encoded(noise(64, 64), "jpg")
    return jpeg[: len(jpeg) // 2]


BAD = {
    "bomb.png": (bomb(), "more than 89,478,485 pixels"),
    "empty.png": (b"", "no image that Pillow knows"),
    "header.png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "broken PNG file|no image that Pillow knows"),
    "script.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image that Pillow knows"),
    "text.jpg": (b"Not Found", "no image that Pillow knows"),
    "truncated.jpg": (truncated(), "image file is truncated"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_unreadable_image_is_refused_or_skipped(name: str, tmp_path: Path) -> None:
    content, reason = BAD[name]
    write(
        tmp_path, {f"{label}/{k}.png": noise(64, 64, seed=k) for label in "ab" for k in (1, 2)} | {f"a/{name}": content}
    )
    with pytest.raises(InvalidInput, match=rf"1 of 5 images in .*'a/{name}' \(({reason}).*unreadable='skip'"):
        image_folder(tmp_path)
    with pytest.warns(AlvizWarning, match=rf"1 of 5 images .* left out: 'a/{name}' \(({reason})") as caught:
        pool = image_folder(tmp_path, unreadable="skip")
    assert caught[0].filename == __file__
    assert pool.row_names is not None
    assert pool.row_names.tolist() == ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]
    assert pool.y.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(pool.X, np.stack([noise(64, 64, seed=k) for k in (1, 2)] * 2))


def test_an_image_that_pillow_only_warns_of_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, four() | {"a/3.png": noise(7, 9)})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InvalidInput, match=r"1 of 5 images .*'a/3\.png' \(more than 50 pixels"):
            image_folder(tmp_path)


def test_images_left_out_anywhere_shift_the_others(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        f"{part}/{name}/{k}.png": noise(seed=k) for part in ("train", "test") for name in "ab" for k in range(9)
    }
    cut = encoded(noise(seed=50))[:-60]  # its header is whole: only decoding tells
    gone = ["train/a/0.png", "train/a/8.png", "train/b/4.png", "test/a/3.png", "test/b/8.png"]
    write(tmp_path, files | dict.fromkeys(gone, cut) | {"train/b/0.png": b""})
    with pytest.warns(AlvizWarning, match="6 of 36 images"):
        pool = image_folder(tmp_path, unreadable="skip")
    kept = {
        part: [k for name in "ab" for k in range(9) if f"{part}/{name}/{k}.png" not in [*gone, "train/b/0.png"]]
        for part in ("train", "test")
    }
    np.testing.assert_array_equal(pool.X, np.stack([noise(seed=k) for k in kept["train"]]))
    np.testing.assert_array_equal(np.asarray(pool.X_test), np.stack([noise(seed=k) for k in kept["test"]]))
    assert np.bincount(pool.y).tolist() == [7, 7]
    assert np.bincount(np.asarray(pool.y_test)).tolist() == [8, 8]


def test_a_long_list_is_shortened(tmp_path: Path) -> None:
    write(tmp_path, four() | {f"b/bad{k}.png": b"x" for k in (10, 9, 8, 7, 2, 3, 4)})
    with pytest.raises(InvalidInput) as told:
        image_folder(tmp_path)
    assert "7 of 11 images" in str(told.value)
    assert str(told.value).count("no image that Pillow knows") == 5
    assert " and 2 more. " in str(told.value)


def test_not_one_image_can_be_read(tmp_path: Path) -> None:
    two(tmp_path, b"x", b"y")
    with pytest.raises(InvalidInput, match=r"None of the 2 images .*'a/1\.png' \(no image"):
        image_folder(tmp_path, unreadable="skip")


def test_decoders_that_mend_something_say_nothing(tmp_path: Path) -> None:
    jpeg = encoded(noise(), "jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + b"\xff" * 9)
    two(tmp_path, jpeg, jpeg, "jpg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(image_folder(tmp_path)) == 2
