"""Figures into files: by kaleido, which has a Chrome or Chromium of this machine draw them, without a network."""

from __future__ import annotations

import io
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from alviz.errors import AlvizError, InvalidInput
from alviz.figures.page import PIXELS_PER_INCH

SUFFIXES = (".pdf", ".svg", ".png")
DPI = 300
_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "brave-browser",
    "microsoft-edge",
)
# How finely WebGL draws what goes into a page as a picture: 4 is plotly's most, 384 dots to the inch. kaleido asks for
# 2, and for nothing at all above 192 dots to the inch.
_SHARP = """<script>
const toImage = Plotly.toImage;
Plotly.toImage = (figure, options) =>
  toImage({...figure, config: {...figure.config, plotGlPixelRatio: 4}}, options);
</script>
"""


def save(figure: Any, path: str | PathLike[str], *, dpi: int = DPI) -> Path:
    """Write a figure into a PDF, SVG or PNG file, whole or not at all.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Of this package, or any other with a width and a height in pixels, 96 to the inch.
    path : path
        Ends in .pdf, .svg or .png. Folders that are not there are made; a file that is there is replaced.
    dpi : int
        Dots per inch of a PNG.

    Returns
    -------
    Path
        Where the file stands.

    Raises
    ------
    InvalidInput
        For another suffix, or where kaleido or a browser is missing, with what to install.
    AlvizError
        If the browser fails.
    """
    target = check_target(path)
    if not hasattr(figure, "to_dict") or not hasattr(figure, "layout"):
        raise InvalidInput(f"{figure!r} is no plotly figure.")
    if isinstance(dpi, bool) or not isinstance(dpi, int) or not 36 <= dpi <= 2400:
        raise InvalidInput(f"dpi is {dpi!r}, expected a whole number from 36 to 2,400.")
    drawn = _draw(figure, target.suffix.lower()[1:], browser(), dpi / PIXELS_PER_INCH)
    if target.suffix.lower() == ".png":
        drawn = _sized(drawn, dpi)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(drawn)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return target


def check_target(path: str | PathLike[str]) -> Path:
    """Return a path that a figure can be saved to; called before a figure is computed, it saves the wait.

    Raises
    ------
    InvalidInput
        For an unknown suffix, or without kaleido.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{target} ends in {target.suffix!r}, expected one of {', '.join(SUFFIXES)}.")
    if target.is_dir():
        raise InvalidInput(f"{target} is a folder, expected a file.")
    if find_spec("kaleido") is None:
        raise InvalidInput("Figures are saved by kaleido, which is not installed here: pip install 'alviz[figures]'.")
    return target


def browser() -> str:
    """Return the browser that draws: ``BROWSER_PATH`` if it is set, else the first Chrome or Chromium that is found.

    Raises
    ------
    InvalidInput
        If there is none, with what to do.
    """
    told = os.environ.get("BROWSER_PATH")
    if told:
        found = shutil.which(told)
        if found is None:
            raise InvalidInput(f"BROWSER_PATH is {told!r}, which is no program.")
        return found
    from choreographer.browsers.chromium import Chromium

    there = next(filter(None, map(shutil.which, _BROWSERS)), None) or Chromium.find_browser(skip_local=False)
    if there is None:
        raise InvalidInput(
            "Figures are drawn by a Chrome or Chromium, and none was found. Install one (Debian and Ubuntu: "
            "apt install chromium), run kaleido_get_chrome, or let BROWSER_PATH point to one."
        )
    return str(there)


def _draw(figure: Any, form: str, program: str, scale: float) -> bytes:
    """Return the file's bytes."""
    import kaleido
    from choreographer.errors import BrowserClosedError, BrowserFailedError

    # Without MathJax, which kaleido would fetch from the network; "$" in a name stays a "$".
    index = kaleido.PageGenerator(mathjax=False).generate_index().replace("</head>", f"{_SHARP}</head>")
    page = SimpleNamespace(generate_index=lambda: index)
    options = {
        "format": form,
        "width": figure.layout.width,
        "height": figure.layout.height,
        "scale": scale if form == "png" else 1,
    }
    try:
        with _quiet():
            drawn: bytes = kaleido.calc_fig_sync(
                figure.to_dict(), opts=options, kopts={"path": program, "page_generator": page}
            )
    except (BrowserClosedError, BrowserFailedError, TimeoutError, RuntimeError) as error:
        raise AlvizError(f"{program} did not draw the figure: {type(error).__name__}: {error}") from error
    return drawn


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what kaleido's browser writes as it closes, an error in words that is none; real ones are raised."""
    logger = logging.getLogger("choreographer")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _sized(png: bytes, dpi: int) -> bytes:
    """Return a PNG that says how large it is on paper."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(buffer, "PNG", dpi=(dpi, dpi), optimize=True)
    return buffer.getvalue()
