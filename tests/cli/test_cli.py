import json
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alviz
from alviz.cli import main

FAST = ["--learner", "linear", "--sampler", "margin"]


def test_run_then_show_then_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert main(["run", *FAST, "--until", "2", "--seed", "3", "--out", str(out)]) == 0
    run = alviz.Run.open(out)
    assert (run.fitted, run.closed, run.seed) == (3, 2, 3)
    first = capsys.readouterr().out
    assert f"{run.record(2).metrics['accuracy']:.4f}" in first
    assert "20 by margin" in first

    assert main(["run", *FAST, "--until", "3", "--seed", "3", "--out", str(out)]) == 0
    assert "at 2 acquisitions; going on" in capsys.readouterr().out
    assert alviz.Run.open(out).fitted == 4

    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    assert all(f"{run.record(cycle).metrics['accuracy']:.4f}" in shown for cycle in range(4))


def test_the_command_line_runs_what_python_runs(tmp_path: Path) -> None:
    main(["run", *FAST, "--initial", "30", "--budget", "7", "--until", "1", "--out", str(tmp_path / "a")])
    runner = alviz.CycleRunner(alviz.datasets.digits(), "linear", "margin", initial=30, budget=7)
    runner.run(until=1)
    ours = runner.history.selection(0)
    theirs = alviz.Run.open(tmp_path / "a").selection(0)
    assert ours is not None
    assert theirs is not None
    assert theirs.ids.tolist() == ours.ids.tolist()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--sampler", "margn", "--out", "OUT"], "Did you mean 'margin'"),
        (["run", "--learner", "linea", "--out", "OUT"], "Did you mean 'linear'"),
        (["run", "--data", "digit", "--out", "OUT"], "Did you mean 'digits'"),
        (["run", "--data", "mnist", "--out", "OUT"], "mnist:ROOT"),
        (["run", "--data", "mnist:/nowhere", "--out", "OUT"], "No MNIST below"),
        (["run", "--data", "digits:HERE", "--out", "OUT"], "is written 'digits'"),
        (["run", "--data", "image-folder:/nowhere", "--out", "OUT"], "/nowhere"),
        (["run", "--data", "parquet:/nowhere", "--out", "OUT"], "There is no file /nowhere"),
        (["run", "--data", "digits", "--set", "data.size=3", "--out", "OUT"], "has no parameter 'size'"),
        (["run", "--set", "sampler.k=3", "--out", "OUT"], "The sampler 'random' has no parameter 'k'"),
        (["run", "--set", "learner.epoch=3", "--out", "OUT"], "no parameter 'epoch'. Did you mean 'epochs'"),
        (["run", "--set", "learner.epochs=many", "--out", "OUT"], "epochs is 'many', expected a whole number"),
        (["run", "--set", "epochs=3", "--out", "OUT"], "expected KIND.PARAMETER=VALUE"),
        (["run", "--set", "model.epochs=3", "--out", "OUT"], "with KIND one of data, learner, sampler, oracle"),
        (["run", "--initial", "many", "--out", "OUT"], "--initial is 'many'"),
        (["run", "--budget", "0", "--out", "OUT"], "budget is 0"),
        (["show", "OUT"], "is not a run"),
        (["lab", "OUT"], "is not a run"),
        (["lab", "--notebook", "OUT"], "There is no notebook"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main([str(out) if a == "OUT" else a for a in arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("alviz: ")
    assert told in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_parameters_are_set_by_kind_and_name(tmp_path: Path) -> None:
    out = tmp_path / "run"
    settings = ["sampler.k=3", "sampler.graph=knn", "learner.C=0.5", "oracle.rate=0.1"]
    command = ["run", "--learner", "linear", "--sampler", "core_gcn", "--oracle", "noisy", "--until", "0"]
    assert main([*command, *(word for text in settings for word in ("--set", text)), "--out", str(out)]) == 0
    config = alviz.Run.open(out).config
    assert config["sampler"]["params"]["k"] == 3
    assert config["sampler"]["params"]["graph"] == "knn"
    assert config["learner"]["params"]["C"] == 0.5
    assert config["oracle"] == {"name": "noisy", "params": {"rate": 0.1}}


def test_a_file_of_ones_own_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits = alviz.datasets.digits()
    table = pa.table(
        {f"x{i}": column for i, column in enumerate(digits.X.reshape(len(digits), -1).T)}
        | {"digit": [f"number {y}" for y in digits.y]}
    )
    pq.write_table(table, tmp_path / "digits.parquet")
    command = ["run", *FAST, "--data", f"parquet:{tmp_path / 'digits.parquet'}", "--set", "data.label=digit"]
    assert main([*command, "--set", "data.test=0.3", "--until", "1", "--out", str(tmp_path / "run")]) == 0
    run = alviz.Run.open(tmp_path / "run")
    assert run.classes[:2] == ("number 0", "number 1")
    assert run.pool.X_test is not None
    assert run.record(1).metrics["balanced_accuracy"] > 0.6
    assert "balanced" in capsys.readouterr().out


def test_info_tells_versions_devices_and_paths(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setenv("ALVIZ_CACHE", "/some/where")
    assert main(["info"]) == 0
    told = capsys.readouterr().out
    assert re.search(rf"alviz +{re.escape(alviz.__version__)}, Python 3", told)
    assert re.search(rf"torch +{re.escape(version('torch'))}", told)
    assert re.search(r"devices +cpu \(\d+ threads\)", told)
    assert re.search(r"cache +/some/where", told)


def test_another_configuration_is_refused_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "run")
    assert main(["run", *FAST, "--until", "0", "--out", out]) == 0
    assert main(["run", *FAST, "--until", "0", "--budget", "21", "--out", out]) == 2
    assert "budget: 20 there, 21 given" in capsys.readouterr().err


def test_samplers_are_listed_with_their_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["samplers"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in alviz.samplers.names())
    assert "s_margin=0.1" in listed


def test_help_names_every_command() -> None:
    told = subprocess.run([sys.executable, "-m", "alviz.cli", "--help"], capture_output=True, text=True, check=True)
    assert all(command in told.stdout for command in ("run", "show", "samplers", "info", "lab", "examples:"))


def test_interrupted_by_ctrl_c_it_keeps_finished_steps_and_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "alviz.cli", "run", *FAST, "--until", "60", "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (out / "cycles" / "0002" / "labels").is_dir() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from the last finished step" in error
    closed = alviz.Run.open(out).closed
    assert closed >= 3
    assert main([*command[3:-3], str(closed + 1), "--out", str(out)]) == 0
    assert alviz.Run.open(out).closed == closed + 1


def test_the_address_of_lab_opens_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: (started.append(command), done)[1])
    notebook = tmp_path / "my own.ipynb"
    notebook.write_text("{}")
    assert main(["lab", "--notebook", str(notebook), "--no-browser", "--port", "9000"]) == 0
    assert {str(notebook), "--no-browser", "--ServerApp.port=9000"} <= set(started[0])
    assert "--LabApp.default_url=/lab/tree/my%20own.ipynb" in started[0]


def test_the_notebook_of_lab_opens_the_runs(tmp_path: Path) -> None:
    from alviz.cli.lab import explorer_notebook

    odd = tmp_path / 'it\'s "odd"'
    written = json.loads(explorer_notebook([odd]).read_text())
    namespace: dict[str, object] = {}
    source = "".join(written["cells"][0]["source"]).replace("import alviz", "")

    class Told:
        Run = type("Run", (), {"open": staticmethod(lambda path: path)})
        Explorer = staticmethod(lambda *runs: namespace.update(runs=runs))

    exec(source, {"alviz": Told})
    assert namespace["runs"] == (str(odd.resolve()),)


def test_a_run_that_a_person_answers_stops_at_its_picks_and_says_how_to_label(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from alviz.cli.lab import labeler_notebook

    out = tmp_path / "mine"
    order = ["run", *FAST, "--oracle", "human", "--until", "5", "--out", str(out)]
    for _ in range(2):
        assert main(order) == 0
        assert f"picks of cycle 0 wait for a person: alviz lab --label {out}" in capsys.readouterr().out
        run = alviz.Run.open(out)
        assert (run.fitted, run.picked, run.closed) == (1, 1, 0)
        assert len(run.initial) == 0  # digits knows all its labels: a person starts from nothing
    written = json.loads(labeler_notebook([out]).read_text())
    namespace: dict[str, object] = {}

    class Told:
        CycleRunner = type("CycleRunner", (), {"resume": staticmethod(lambda path: path)})
        Labeler = staticmethod(lambda runner: namespace.update(runner=runner))

    exec("".join(written["cells"][0]["source"]).replace("import alviz", ""), {"alviz": Told})
    assert namespace["runner"] == str(out.resolve())
    assert main(["lab", "--label", str(out), str(out)]) == 2
    assert "--label takes one run folder, got 2" in capsys.readouterr().err
