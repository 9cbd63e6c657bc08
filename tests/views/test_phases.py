"""Errors and lines of code: shown as text, copied whole, and out of the way when there are none."""

import alviz
from alviz.views import html
from alviz.views.code_line import CodeLine
from alviz.views.controller import Controller
from alviz.views.phases import PhaseLine

EVIL = '<img src=x onerror="alert(1)">'


def broken() -> None:
    raise RuntimeError(EVIL)


def test_an_error_can_be_copied_with_its_traceback(runner: alviz.CycleRunner) -> None:
    controller = Controller((runner,))
    line = PhaseLine(controller)
    assert line.copy.text == ""
    controller.attempt(broken)
    assert html.tag("span", "RuntimeError: &lt;img", kind="")[6:-7] in line.line.value
    assert "<img" not in line.line.value
    told = line.copy.text
    assert told.startswith("Traceback (most recent call last)")
    assert "in broken" in told
    assert told.rstrip().endswith(f"RuntimeError: {EVIL}")
    controller.state.error = ""
    assert line.copy.text == ""  # what is not shown any more is not offered
    controller.state.error = "another"
    controller.attempt(lambda: None)
    assert line.copy.text == ""
    assert "alviz-error" not in line.line.value


def test_an_error_without_a_traceback_has_none_to_copy(runner: alviz.CycleRunner) -> None:
    controller = Controller((runner,))
    line = PhaseLine(controller)
    controller.state.error = "the folder is gone"
    assert "the folder is gone" in line.line.value
    assert line.copy.text == ""


def test_the_line_of_code_is_text_and_copied(runner: alviz.CycleRunner) -> None:
    controller = Controller((runner,))
    line = CodeLine(controller)
    assert line.copy.text == "runner = explorer.runner"
    controller.state.code = f"explorer.choose({EVIL!r})"
    assert line.copy.text == f"explorer.choose({EVIL!r})"
    assert "<img" not in line.code.value
    assert str(runner.history.path) in line.code.value


def test_actions_are_buttons_whose_errors_are_shown(runner: alviz.CycleRunner) -> None:
    controller, calls = Controller((runner,)), []
    line = CodeLine(controller, actions={"figure": lambda: calls.append(1), "report": broken})
    _, right = line.widget.children
    assert [type(child).__name__ for child in right.children] == ["CopyButton", "Button", "Button"]
    figure, report = right.children[1:]
    assert (figure.description, report.description) == ("figure", "report")
    figure.click()
    assert calls == [1]
    report.click()
    assert controller.state.error == f"RuntimeError: {EVIL}"
