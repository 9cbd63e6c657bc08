"""The canvas: what it sends to a page, and what it takes from it."""

import gzip
from contextlib import nullcontext
from typing import Any

import ipywidgets as w
import numpy as np
import plotly.graph_objects as go
import pytest

from alviz.views.canvas import Canvas
from alviz.views.plotly_module import PlotlyModule, plotly_module


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(go.Figure([go.Scatter(uid="a", y=np.float32([1, 2]), customdata=[7, 8])]), nullcontext)


def test_a_figure_does_not_carry_plotlys_module(canvas: Canvas) -> None:
    script = canvas.get_state()["_esm"]
    assert len(script) < 10_000
    assert "export default" in script
    assert canvas.get_state()["_module"] == f"IPY_MODEL_{plotly_module().model_id}"
    assert Canvas(go.Figure(), nullcontext)._module is canvas._module


def test_the_module_is_sent_whole_to_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    module, sent = plotly_module(), []
    monkeypatch.setattr(PlotlyModule, "send", lambda _, content, buffers: sent.append((content, buffers)))
    module._handle_custom_msg({"ask": "something else"}, [])
    assert sent == []
    module._handle_custom_msg({"ask": "plotly"}, [])
    ((content, (packed,)),) = sent
    assert content == {"answer": "plotly"}
    assert gzip.decompress(packed).decode() == str(go.FigureWidget._esm)
    assert len(packed) < 2_000_000


def test_a_closed_module_is_made_anew() -> None:
    module = plotly_module()
    assert plotly_module() is module
    module.close()
    assert plotly_module() is not module


def test_a_page_that_comes_later_gets_the_figure_as_it_is_now(canvas: Canvas) -> None:
    with canvas.batch_update():
        canvas.data[0].y = np.float32([3, 4, 5])
        canvas.layout.title = "now"
    canvas.add_trace(go.Scatter(y=[9]))
    state = canvas.get_state()
    first, second = state["_widget_data"]
    assert np.frombuffer(first["y"]["buffer"], np.float32).tolist() == [3, 4, 5]
    assert list(second["y"]) == [9]
    assert state["_widget_layout"]["title"] == {"text": "now"}
    assert set(canvas.get_state("_config")) == {"_config"}


def test_drawing_keeps_traces_where_it_can_and_replaces_them_where_not(canvas: Canvas) -> None:
    canvas.draw(go.Figure([go.Scatter(uid="a", y=[1, 2, 3])]))
    kept = canvas.data[0]
    canvas.draw(go.Figure([go.Scatter(uid="a", y=[5, 6])], {"showlegend": False}))
    assert canvas.data[0] is kept
    assert (list(kept.y), canvas.layout.showlegend) == ([5, 6], False)
    canvas.draw(go.Figure([go.Scatter(uid="b", y=[1]), go.Scatter(uid="a", y=[2])]))
    assert [(trace.uid, list(trace.y)) for trace in canvas.data] == [("b", [1]), ("a", [2])]


def test_a_click_tells_what_the_point_carries_also_of_traces_that_came_later() -> None:
    clicked: list[Any] = []
    first = go.Scatter(uid="a", y=[1, 2], customdata=[7, 8])
    canvas = Canvas(go.Figure([first]), nullcontext, clicked.append)
    canvas.draw(go.Figure([first, go.Scatter(uid="b", y=[1, 2], customdata=[[1, 2], [3, 4]]), go.Scatter(uid="c")]))
    points = {"trace_indexes": [1], "point_indexes": [1], "xs": [1], "ys": [2]}
    told = {"event_type": "plotly_click", "points": points, "device_state": None, "selector": None}
    canvas.set_state({"_js2py_pointsCallback": told})
    assert [list(place) for place in clicked] == [[3, 4]]


def test_it_is_hidden_and_shown_again(canvas: Canvas) -> None:
    canvas.hide(True)
    assert "alviz-hidden" in canvas._dom_classes
    canvas.hide(False)
    assert "alviz-hidden" not in canvas._dom_classes


def test_it_is_still_a_widget_among_others(canvas: Canvas) -> None:
    assert w.VBox([canvas]).children == (canvas,)
