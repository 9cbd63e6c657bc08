"""A package that adds two maps by entry points: a ring, and one whose module is not there."""

from pathlib import Path

import pytest

from alviz import maps

MODULE = '''
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.maps import MapMethod
from alviz.maps.method import silent


@dataclass(frozen=True)
class Ring(MapMethod):
    """All points on a circle, in their order."""

    name: ClassVar[str] = "ring"
    title: ClassVar[str] = "Ring & <all>"

    def layout(self, features, *, seed, start=None, progress=silent):
        progress(0, 1)
        angles = np.linspace(0, 2 * np.pi, len(features), endpoint=False)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
'''
ENTRY_POINTS = """
[alviz.maps]
ring = alviz_ring:Ring
lost = alviz_ring.lost:Lost
"""


def install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put the package on the path for the time of a test."""
    info = folder / "alviz_ring-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "alviz_ring.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: alviz-ring\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(folder)
    # Entry points are read once; what is set here is forgotten after the test.
    monkeypatch.setitem(vars(maps.registry), "_plugins", None)
    del vars(maps.registry)["_plugins"]
    monkeypatch.delenv("ALVIZ_PLUGINS", raising=False)
