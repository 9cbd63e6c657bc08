"""``alviz labels``: a run's labels shown, out, in, and what it learned from them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from exchange.hostile import ASIDE, HELD, answered, aside, book_bytes, labels, runner

from alviz import CycleRunner, Run
from alviz.cli import main
from alviz.labeling import Session


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with every kind of answer on a pool that no recipe can load."""
    made = answered(tmp_path / "run")
    made.close()
    return tmp_path / "run"


def cells(text: str, first: str) -> list[str]:
    """Return the cells of the line of a table that begins with `first`."""
    found = [line for line in text.splitlines() if line.strip().startswith(first)]
    assert len(found) == 1, text
    return found[0].replace(first, "", 1).split()


def test_show_counts_labels_people_and_conflicts(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "show", str(run)]) == 0
    text = capsys.readouterr().out
    assert cells(text, "cat") == ["0", "0", "0"]
    assert cells(text, "<b>dog</b>") == ["2", "1", "1"]
    assert cells(text, "=2+3") == ["2", "1", "1"]
    assert cells(text, "=new, class") == ["1", "1", "0"]
    assert cells(text, "ada, =1") == ["6", "3", "1"]
    assert cells(text, "ben") == ["1", "1", "1"]
    assert "7 of 16 labeled; set aside: 1 cannot tell, 1 skipped." in text
    assert "0.0% of the examples that several people labeled are labeled alike; 1 differ." in text
    assert re.search(r"^ +5 +naïve, \"said\"", text, re.MULTILINE)
    assert "=2+3 by ada, =1" in text


def test_markup_in_names_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = runner(tmp_path / "run")
    ada = Session(made, who="[bold]ada[/bold]")
    ada.answer(4, ada.add_class("[red]x[/red] [/]"))
    assert main(["labels", "show", str(tmp_path / "run")]) == 0
    text = capsys.readouterr().out
    assert "[red]x[/red] [/]" in text
    assert "[bold]ada[/bold]" in text
    assert "No example was labeled by two people." in text
    assert "set aside: none." in text


def test_a_class_that_was_removed_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = runner(tmp_path / "run")
    ada = Session(made, who="ada")
    ada.remove_class(ada.add_class("gone"))
    assert main(["labels", "show", str(tmp_path / "run")]) == 0
    assert "gone" not in capsys.readouterr().out


def test_out_and_in_again(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        ("a.csv", []),
        ("b.parquet", []),
        ("c.json", ["--format", "coco"]),
        ("d.json", ["--format", "label-studio"]),
    ]
    for name, more in files:
        out = tmp_path / name
        assert main(["labels", "export", str(run), "-o", str(out), *more]) == 0
        assert capsys.readouterr().out == f"{out}\n"
        fresh = tmp_path / f"fresh-{name}"
        runner(fresh).close()
        arguments = ["labels", "import", str(fresh), str(out), "--who", "zoe", "--add-classes"]
        assert main(arguments) == 2
        assert "1 example(s) have another label already, the first is id 0" in capsys.readouterr().err
        assert book_bytes(Run.open(fresh)) == b""
        assert main([*arguments, "--on-conflict", "last"]) == 0
        said = capsys.readouterr().out
        assert said == "3 labels added, 3 there already, 1 in conflict and replaced, 2 set aside.\n"
        assert (labels(Run.open(fresh)), aside(Run.open(fresh))) == (HELD, ASIDE)
        assert main([*arguments]) == 0
        assert capsys.readouterr().out == "0 labels added, 7 there already, 0 set aside.\n"


def test_keeping_what_is_there(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("id,label\n4,cat\n11,cat\n")
    assert main(["labels", "import", str(run), str(path), "--on-conflict", "keep"]) == 0
    assert (
        capsys.readouterr().out
        == "1 labels added, 0 there already, 1 in conflict and left as they were, 0 set aside.\n"
    )
    assert labels(Run.open(run)) == {**HELD, 11: "cat"}


def test_the_pool_of_a_run_that_cannot_load_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Row names come with the pool: a table in a file, given to a run that was made of it in memory.
    table = pd.DataFrame({"x": range(6), "y": [0.5, 1, 0, 2, 1, 3], "label": list("aabbab")})
    table.to_parquet(tmp_path / "table.parquet", index=False)
    assert main(["run", "--data", f"parquet:{tmp_path / 'table.parquet'}", "--learner", "linear", "--initial", "4",
                 "--budget", "1", "--until", "1", "--out", str(tmp_path / "run")]) == 0  # fmt: skip
    capsys.readouterr()
    (tmp_path / "table.parquet").rename(tmp_path / "moved.parquet")
    model = ["labels", "model", str(tmp_path / "run"), "-o", str(tmp_path / "model")]
    assert main(model) == 2
    assert "cannot be loaded here" in capsys.readouterr().err
    assert main([*model, "--data", f"parquet:{tmp_path / 'moved.parquet'}"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'model'}: load.py shows how it is used.\n"
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "load.py",
        "model.json",
        "weights.safetensors",
    ]


def test_pseudo_labels_of_a_cycle(
    fast: object, few: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = CycleRunner(few, "linear", "margin", initial=12, budget=5, path=tmp_path / "run")  # type: ignore[arg-type]
    made.run(until=1)
    made.close()
    out = tmp_path / "pseudo.csv"
    arguments = ["labels", "pseudo", str(tmp_path / "run"), "-o", str(out), "--least", "0.4", "--cycle", "0"]
    assert main(arguments) == 0
    frame = pd.read_csv(out)
    assert frame["certainty"].min() >= 0.4
    assert set(frame["cycle"]) == {0}
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0
    assert main(["labels", "import", str(tmp_path / "run"), str(out)]) == 2
    assert "holds pseudo-labels" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "NONE"], "is not a run"),
        (["export", "NONE", "-o", "OUT.csv"], "is not a run"),
        (["export", "RUN", "-o", "OUT.json"], "pass format='coco' or format='label-studio'"),
        (["export", "RUN", "-o", "OUT.txt"], "ends in '.txt', expected one of .csv"),
        (["import", "RUN", "OUT.csv"], "There is no file"),
        (["model", "RUN", "-o", "OUT", "--cycle", "7"], "has no fit of cycle 7"),
        (["pseudo", "RUN", "-o", "OUT.csv", "--least", "2"], "least is 2.0, expected a certainty from 0 to 1"),
    ],
)
def test_refusals(
    arguments: list[str], says: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [text.replace("RUN", str(run)).replace("NONE", str(tmp_path / "none")) for text in arguments]
    given = [text.replace("OUT", str(tmp_path / "out")) for text in given]
    assert main(["labels", *given]) == 2
    error = capsys.readouterr().err
    assert error.startswith("alviz: ")
    assert says in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]
