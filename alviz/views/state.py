"""What is shown: the one object that views observe. It computes nothing and knows no widget."""

from __future__ import annotations

from dataclasses import dataclass

import traitlets as t

from alviz.views.scene import COLORINGS, Frame


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
    frame : Frame
        What the map shows.
    sampler : Sampler
        Whose picks are shown, and who picks at the next step.
    coloring : str
    method : str
        The name of the map method, as the person chose it.
    selected : int or None
        The pool row that was clicked.
    busy : str
        What a person started and waits for; empty when nothing.
    progress : Progress or None
    asking : bool
        Whether a preview is on its way.
    message, error : str
        The last of each; shown until the next action.
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
    frame = t.Instance(Frame, args=())
    sampler = t.Any()
    coloring = t.Enum(COLORINGS, "class")
    method = t.Unicode("tsne")
    selected = t.Int(None, allow_none=True)
    busy = t.Unicode("")
    progress = t.Instance(Progress, allow_none=True)
    asking = t.Bool(False)
    message = t.Unicode("")
    error = t.Unicode("")
    code = t.Unicode("")
    playing = t.Bool(False)
    theme = t.Enum(("light", "dark"), "light")
