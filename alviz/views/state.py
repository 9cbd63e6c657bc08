"""What is shown: the one object that views observe. It computes nothing and knows no widget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from alviz.maps import Layout
from alviz.samplers import Sampler
from alviz.scenes import COLORINGS, Picks, Scene
from alviz.selection import Selection


@dataclass(frozen=True, eq=False)
class Frame:
    """What is shown together: one notification, one drawing.

    Attributes
    ----------
    scene : Scene or None
        None while nothing is fitted.
    picks : Picks or None
        None while a preview is computed, or when nothing is left to pick.
    layout : Layout or None
        May be of an earlier cycle or another method while the right one is computed.
    """

    scene: Scene | None = None
    picks: Picks | None = None
    layout: Layout | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What one of the compared samplers picks at the shown cycle.

    Attributes
    ----------
    sampler : Sampler
    name : str
        What tables call it: different for each answer.
    selection : Selection or None
        None until it has answered.
    progress : Progress or None
        How far it is while it works; None while it waits.
    seconds : float or None
        What the answer took.
    error : str
        Why there is none.
    """

    sampler: Sampler
    name: str
    selection: Selection | None = None
    progress: Progress | None = None
    seconds: float | None = None
    error: str = ""


@dataclass(frozen=True, eq=False)
class Lasso:
    """What was drawn around on a map.

    Attributes
    ----------
    ids : ndarray of int64
        The pool rows inside, ascending.
    polygon : tuple of (float, float)
        The corners, in the coordinates of the layout.
    shape : {"lasso", "box"}
    """

    ids: NDArray[np.int64]
    polygon: tuple[tuple[float, float], ...]
    shape: str


@dataclass(frozen=True)
class Progress:
    """How far the worker is.

    Attributes
    ----------
    job : str
        "step", "preview" or "layout".
    phase : str
    done, total : int
    """

    job: str
    phase: str
    done: int
    total: int

    @property
    def share(self) -> float:
        """How much of the phase is done, 0..1."""
        return self.done / self.total if self.total else 0.0


class State(t.HasTraits):
    """The state of one explorer.

    Attributes
    ----------
    branches : tuple of Branch
    branch : int
        Which of them is shown.
    fitted : int
        How many cycles of it are fitted.
    cycle : int
        Which of these is shown.
    revision : int
        Counts how often someone else was seen to have added to the runs.
    frame : Frame
        What the map shows.
    sampler : Sampler
        Whose picks are shown, and who picks at the next step.
    compared : tuple of Answer
        What the samplers that were asked to compare pick at the shown cycle, the chosen one left out.
    kept : bool
        Whether the chosen sampler stays in the comparison when another is chosen.
    pair : tuple of (str, str), or None
        The two samplers whose picks the map tells apart: names of answers, or of the chosen sampler.
    coloring : str
    method : str
        The name of the map method, as the person chose it.
    selected : int or None
        The pool row that was clicked.
    lasso : Lasso or None
    edges : bool
        Whether the map draws edges to nearest neighbors.
    busy : str
        What a person started and waits for; empty when nothing.
    progress : Progress or None
    asking : bool
        Whether a preview is on its way.
    message, error : str
        The last of each; shown until the next action.
    traceback : str
        Where the last error came from.
    code : str
        The line of Python that does what was done last.
    playing : bool
    theme : str
        JupyterLab's, as the page reports it.
    """

    branches = t.Tuple()
    branch = t.Int(0)
    fitted = t.Int(0)
    cycle = t.Int(0)
    revision = t.Int(0)
    frame = t.Instance(Frame, args=())
    sampler = t.Any()
    compared = t.Tuple()
    kept = t.Bool(False)
    pair = t.Tuple(None, allow_none=True)
    coloring = t.Enum(tuple(COLORINGS), "class")
    method = t.Unicode("tsne")
    selected = t.Int(None, allow_none=True)
    lasso = t.Instance(Lasso, allow_none=True)
    edges = t.Bool(False)
    busy = t.Unicode("")
    progress = t.Instance(Progress, allow_none=True)
    asking = t.Bool(False)
    message = t.Unicode("")
    error = t.Unicode("")
    traceback = t.Unicode("")
    code = t.Unicode("")
    playing = t.Bool(False)
    theme = t.Enum(("light", "dark"), "light")
