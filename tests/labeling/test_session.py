"""A person labels a run: what is kept, what is asked, what the next fit learns from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.errors import AlvizWarning, ConfigMismatch, InvalidInput
from alviz.labeling import Session
from alviz.learners import Supervised


@pytest.fixture
def runner(few: Pool, tmp_path: Path) -> Iterator[CycleRunner]:
    """A run with 12 labels and 5 picks to be labeled by a person."""
    runner = CycleRunner(few, "linear", "margin", initial=12, budget=5, seed=3, oracle="human", path=tmp_path / "run")
    runner.query()
    yield runner
    runner.close()


def label_all(session: Session, few: Pool) -> None:
    for id in session.asked.ids.tolist():
        session.answer(id, int(few.y[id]))


def told(run: Run) -> list[tuple[int, int | None]]:
    return [(answer["id"], answer["label"]) for answer in run.label_book()]


def test_what_was_picked_is_asked_and_each_answer_is_on_disk(runner: CycleRunner, few: Pool) -> None:
    session = Session(runner, who="ana")
    picks = runner.query().ids
    np.testing.assert_array_equal(session.asked.ids, picks)
    assert (session.asked.source, session.asked.cycle, session.asked.sampler) == ("picks", 0, "margin")
    for done, id in enumerate(picks.tolist(), 1):
        assert not session.ready
        session.answer(id, int(few.y[id]))
        book = Run.open(runner.history.path).label_book()
        assert len(book) == done
        assert {k: book[-1][k] for k in ("id", "label", "who", "cycle", "sampler", "run")} == {
            "id": id,
            "label": int(few.y[id]),
            "who": "ana",
            "cycle": 0,
            "sampler": "margin",
            "run": runner.history.uid,
        }
    assert session.ready
    assert (session.progress().done, session.progress().total) == (5, 5)


def test_the_next_fit_learns_from_the_answers(runner: CycleRunner, few: Pool) -> None:
    session = Session(runner, who="ana")
    picks = session.asked.ids
    label_all(session, few)
    new = session.learn()
    run = runner.history
    assert (run.fitted, run.picked, run.closed) == (2, 2, 1)
    np.testing.assert_array_equal(new.ids, run.selection(1).ids)
    labeled = run.labeled(1)
    assert set(labeled.ids.tolist()) == {*run.initial.ids.tolist(), *picks.tolist()}
    np.testing.assert_array_equal(labeled.values, few.y[labeled.ids])
    assert run.stage(0, "labels")["people"] == {"ana": 5}
    np.testing.assert_array_equal(session.ask_picks().ids, new.ids)


def test_what_is_set_aside_is_recorded_and_not_asked_again_unless_wished(runner: CycleRunner, few: Pool) -> None:
    session = Session(runner, who="ana")
    a, b, *rest = session.asked.ids.tolist()
    session.skip(a)
    session.cannot_tell(b, note="two digits in one")
    for id in rest:
        session.answer(id, int(few.y[id]))
    assert session.ready
    assert session.tally.note(b) == "two digits in one"
    session.learn()
    run = runner.history
    assert run.set_aside(1).tolist() == sorted([a, b])
    assert run.labeled(1).ids.tolist()[12:] == rest
    everything = runner.ask(1, "random", 1000)
    assert not {a, b} & set(everything.ids.tolist())
    assert len(everything) == len(few) - 12 - 3 - 2
    session.ask_again([a])
    label_all(Session(runner, who="ana"), few)
    session.learn()
    assert run.set_aside(2).tolist() == [b]
    assert a in runner.ask(2, "random", 1000).ids
    # What a past cycle chose from stays as it was.
    assert a not in runner.ask(1, "random", 1000).ids


def test_all_set_aside_is_no_answer_and_still_goes_on(runner: CycleRunner) -> None:
    session = Session(runner, who="ana")
    with pytest.raises(InvalidInput, match="Nothing was answered in cycle 0 yet"):
        session.learn()
    first = session.asked.ids.tolist()
    for id in first:
        session.skip(id)
    second = session.learn().ids.tolist()
    assert not set(first) & set(second)
    assert len(runner.history.labeled(1)) == 12


def test_undo_relabel_and_undo_across_a_restart(runner: CycleRunner) -> None:
    session = Session(runner, who="ana")
    a, b, c, *_ = session.asked.ids.tolist()
    session.answer(a, 1)
    session.answer(b, 2)
    session.answer(b, 3)
    session.skip(c)
    assert session.undo() == c
    assert session.state(c).label is None
    assert not session.is_done(c)
    # Another process, another day.
    again = Session(Run.open(runner.history.path), who="ana")
    assert again.undo() == b
    assert session.state(b).label == 2
    assert again.undo() == b
    assert not session.is_done(b)
    assert again.undo() == a
    assert again.undo() is None
    assert session.tally.labels == {}
    assert len(told(runner.history)) == 8


def test_undo_takes_nothing_back_that_somebody_answered_since(runner: CycleRunner) -> None:
    ana, ben = Session(runner, who="ana"), Session(Run.open(runner.history.path), who="ben")
    id = int(ana.asked.ids[0])
    ana.answer(id, 1)
    ben.answer(id, 2)
    with pytest.raises(InvalidInput, match=f"ben answered example {id} after you"):
        ana.undo()
    assert ana.tally.labels == {id: 2}
    assert [(a.who, a.label) for a in ana.tally.conflicts()[0].answers] == [("ana", 1), ("ben", 2)]
    assert ben.undo() == id
    assert ana.tally.labels == {id: 1}


def test_a_relabel_counts_from_the_next_fit_on(runner: CycleRunner, few: Pool) -> None:
    session = Session(runner, who="ana")
    id = int(session.asked.ids[0])
    wrong = (int(few.y[id]) + 1) % 10
    label_all(session, few)
    session.answer(id, wrong)
    session.learn()
    run = runner.history
    session.answer(id, int(few.y[id]))
    initial = int(run.initial.ids[0])
    session.answer(initial, 7)
    session.cannot_tell(int(run.initial.ids[1]))
    assert dict(zip(*_pairs(run.labeled(1)), strict=True))[id] == wrong
    session.ask_picks()
    label_all(session, few)
    session.learn()
    assert dict(zip(*_pairs(run.labeled(1)), strict=True))[id] == wrong
    after = dict(zip(*_pairs(run.labeled(2)), strict=True))
    assert after[id] == few.y[id]
    assert after[initial] == 7
    # A label that is taken back is learned from no more, and the example is not asked for.
    assert int(run.initial.ids[1]) not in after
    assert len(after) == 12 + 5 + 5 - 1
    assert run.record(1).answered == 5 + 2


def test_an_initial_label_that_was_corrected_in_error_holds_again_when_that_is_undone(
    runner: CycleRunner, few: Pool
) -> None:
    session = Session(runner, who="ana")
    initial = int(runner.history.initial.ids[0])
    session.answer(initial, (int(few.y[initial]) + 1) % 10)
    assert session.undo() == initial
    label_all(session, few)
    session.learn()
    assert runner.history.labeled(1).by_id()[initial] == few.y[initial]
    assert session.tally.held(runner.history.initial.by_id())[initial] == few.y[initial]
    # Taken back after it was learned: the next fit learns what there was at first.
    session.answer(initial, 3)
    session.ask_picks()
    label_all(session, few)
    session.learn()
    assert runner.history.labeled(2).by_id()[initial] == 3
    for _ in range(6):
        session.undo()
    assert session.state(initial).why == "undone"
    session.skip(int(session.ask_picks().ids[0]))
    session.learn()
    assert runner.history.labeled(3).by_id()[initial] == few.y[initial]
    assert len(runner.history.labeled(3)) == 12 + 5


def _pairs(labels: Any) -> tuple[list[int], list[int]]:
    return labels.ids.tolist(), labels.values.tolist()


def test_other_examples_than_the_picks_count_for_the_run_in_which_they_were_labeled(
    runner: CycleRunner, few: Pool, tmp_path: Path
) -> None:
    branch = runner.fork(0, sampler="entropy", path=tmp_path / "branch")
    branch.query()
    session = Session(runner, who="ana")
    picks = session.asked.ids
    label_all(session, few)
    lasso = np.setdiff1d(np.arange(100, 120), np.concatenate([picks, runner.history.initial.ids]))[:6]
    session.ask(lasso, "lasso")
    for id in lasso.tolist():
        session.answer(id, int(few.y[id]))
    session.learn()
    learned = set(runner.history.labeled(1).ids.tolist())
    assert set(lasso.tolist()) <= learned
    assert runner.history.label_book()[-1]["sampler"] is None

    # The branch reads the same book, and takes from it what it asked for itself.
    other = Session(branch, who="ben")
    known = [id for id in other.asked.ids.tolist() if other.is_done(id)]
    assert set(known) == set(other.asked.ids.tolist()) & {*picks.tolist(), *lasso.tolist()}
    for id in other.asked.ids.tolist():
        if not other.is_done(id):
            other.answer(id, int(few.y[id]))
    other.learn()
    assert set(branch.history.labeled(1).ids.tolist()) == {
        *branch.history.initial.ids.tolist(),
        *branch.history.selection(0).ids.tolist(),
    }
    # A correction reaches every branch that had learned the mistake.
    fixed = known[0] if known else int(branch.history.selection(0).ids[0])
    session.answer(fixed, 0)
    other.ask_picks()
    label_all(other, few)
    other.learn()
    assert dict(zip(*_pairs(branch.history.labeled(2)), strict=True))[fixed] == 0


def test_the_next_wanted_are_those_that_a_larger_budget_would_have_picked(runner: CycleRunner, few: Pool) -> None:
    session = Session(runner, who="ana")
    wanted = runner.ask(0, "margin", 5 + 20).ids
    session.answer(int(wanted[7]), 1)
    expected = [id for id in wanted[5:].tolist() if id != wanted[7]][:8]
    assert session.further(8).tolist() == expected
    label_all(session, few)
    runner.label()  # the fit runs now: there is no newer pick yet
    assert session.further(8).tolist() == expected
    session.ask(session.further(8), "next")
    session.answer(expected[0], 3)
    assert runner.history.label_book()[-1]["sampler"] == "margin"
    assert session.further(10**6).size == len(few) - 12 - 5 - 2


def test_a_run_without_a_runner_takes_answers_and_learns_nothing(runner: CycleRunner, few: Pool) -> None:
    session = Session(Run.open(runner.history.path), who="ben")
    label_all(session, few)
    with pytest.raises(InvalidInput, match="opened to look at: answers are kept"):
        session.learn()
    assert session.further(5).size == 0
    Session(runner, who="ana").learn()
    assert runner.history.stage(0, "labels")["people"] == {"ben": 5}


def test_classes_are_added_renamed_and_removed_in_the_book_alone(runner: CycleRunner, few: Pool) -> None:
    session = Session(runner, who="ana")
    digest = runner.history.header["pool"]["digest"]
    ghost = session.add_class("<img onerror=x>")
    assert ghost == 10
    session.rename_class(3, "three")
    id = int(session.asked.ids[0])
    label_all(session, few)
    session.answer(id, "<img onerror=x>")
    session.learn()
    run = runner.history
    assert run.classes == ("0", "1", "2", "three", "4", "5", "6", "7", "8", "9", "<img onerror=x>")
    assert run.classes_at(0) == few.classes
    assert run.classes_at(1) == run.classes
    assert run.snapshot(0).probs.shape == (len(few), 10)
    assert run.snapshot(1).probs.shape == (len(few), 11)
    assert run.snapshot(1).probs[id, 10] > 0.2
    assert Run.open(run.path).header["pool"]["digest"] == digest == few.digest
    # Asking at a past cycle gives it the classes that there were.
    runner.ask(0, "entropy")
    runner.ask(1, "entropy")
    with pytest.raises(InvalidInput, match="'<img onerror=x>' is used: 1 example is labeled so"):
        session.remove_class(ghost)
    with pytest.raises(InvalidInput, match="'three' is used: it is learned from"):
        session.remove_class(3)
    spare = session.add_class("spare")
    session.remove_class(spare)
    with pytest.raises(InvalidInput, match="There is no class 11"):
        session.answer(id, spare)
    assert session.add_class("spare") == spare
    for name, message in [
        ("three", "a class 'three' already"),
        ("  ", "named by some text"),
        (5, "named by some text"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            session.add_class(name)  # type: ignore[arg-type]
    assert len(run.classes) == 12


def test_a_fit_from_before_a_class_was_added_is_made_again_as_it_was(few: Pool, tmp_path: Path) -> None:
    runner = CycleRunner(
        few, "linear", "margin", initial=12, budget=5, oracle="human", keep=("scores",), path=tmp_path / "run"
    )
    runner.query()
    probs = np.array(runner.history.snapshot(0).probs)
    session = Session(runner, who="ana")
    session.add_class("odd")
    session.rename_class(0, "nil")
    label_all(session, few)
    session.learn()
    assert runner.history.dropped(0) != []
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlvizWarning)  # it would say that the new arrays differ
        runner.restore(0)
    np.testing.assert_array_equal(runner.history.snapshot(0).probs, probs)
    assert runner.history.classes_at(0) == few.classes


def test_a_warm_network_gets_a_fresh_head_for_a_new_class(few: Pool, tmp_path: Path) -> None:
    warm = Supervised(model="mlp", epochs=2, warm=True)
    pool = alviz.datasets.arrays(few.X.reshape(160, -1).astype(np.float32), few.y, classes=few.classes)
    runner = CycleRunner(
        pool, warm, "margin", initial=12, budget=5, oracle="human", cross_validate=0, path=tmp_path / "warm"
    )
    runner.query()
    session = Session(runner, who="ana")
    session.add_class("odd")
    label_all(session, few)
    session.learn()
    before, after = runner.history.weights(0), runner.history.weights(1)
    assert {name for name in before if before[name].shape != after[name].shape} == {
        "classifier.weight",
        "classifier.bias",
    }
    assert runner.history.snapshot(1).probs.shape[1] == 11
    assert runner.history.record(1).notes == runner.history.record(0).notes


def test_a_pool_without_a_label_starts_from_nothing(few: Pool, tmp_path: Path) -> None:
    pool = alviz.datasets.arrays(few.X, np.full(160, -1), classes=few.classes)
    runner = CycleRunner(
        pool, Supervised(epochs=2), "margin", budget=20, oracle="human", path=tmp_path / "run", cross_validate=2
    )
    assert len(runner.history.initial) == 0
    session = Session(runner, who="ana")
    assert session.learn() is not None  # nothing is picked yet: fits, and picks
    run = runner.history
    record = run.record(0)
    assert record.sampler["name"] == "random"
    assert "nothing was trained" in record.notes[0]
    assert record.notes[-1] == "margin needs probs, not there without a label: cycle 0 picked at random."
    np.testing.assert_allclose(run.snapshot(0).features, few.X.reshape(160, -1) / 255, atol=1e-3)
    assert run.snapshot(0).probs is None
    session.ask_picks()
    label_all(session, few)
    session.learn()
    assert run.record(1).sampler["name"] == "margin"
    assert run.record(1).labeled == 20
    assert 0 < run.record(1).metrics["cross_validated_accuracy"] <= 1


def test_the_labels_that_a_pool_knows_are_where_a_person_starts(few: Pool) -> None:
    y = few.y.copy()
    y[60:] = -1
    pool = alviz.datasets.arrays(few.X, y, classes=few.classes)
    runner = CycleRunner(pool, "linear", "margin", budget=5, oracle="human")
    assert runner.history.initial.ids.tolist() == list(range(60))
    assert runner.history.config["initial"] == "known"
    with pytest.raises(InvalidInput, match=r"does not know the labels of 2 of these.*initial=0"):
        CycleRunner(pool, "linear", "margin", initial=[5, 70, 80], oracle="human")


def test_everything_labeled_is_the_end(few: Pool) -> None:
    runner = CycleRunner(few, "linear", "margin", initial=12, budget=148, oracle="human")
    runner.query()
    session = Session(runner, who="ana")
    label_all(session, few)
    assert session.learn() is None
    assert runner.exhausted
    assert runner.history.fitted == 2


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda session, id: session.answer(id, 10), "There is no class 10. Classes are 0, 1, .*9; add_class"),
        (lambda session, id: session.answer(id, -1), "There is no class -1"),
        (lambda session, id: session.answer(id, "ten"), "There is no class 'ten'"),
        (lambda session, id: session.answer(id, True), "There is no class True"),
        (lambda session, id: session.answer(160, 1), r"There is no example 160: ids are 0\.\.159"),
        (lambda session, id: session.answer(-1, 1), "There is no example -1"),
        (lambda session, id: session.skip(1.5), "There is no example 1.5"),
        (lambda session, id: session.ask([], "lasso"), "No ids to label"),
        (lambda session, id: session.ask([3, 3], "lasso"), "more than once"),
        (lambda session, id: session.ask([3, 300], "lasso"), "There is no example 300"),
        (lambda session, id: session.answer_all([id, 160], 1), "There is no example 160"),
        (lambda session, id: session.rename_class(12, "x"), "There is no class 12"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(runner: CycleRunner, act: Any, message: str) -> None:
    session = Session(runner, who="ana")
    with pytest.raises(InvalidInput, match=message):
        act(session, int(session.asked.ids[0]))
    assert told(runner.history) == []
    assert session.asked.source == "picks"


def test_half_a_line_is_dropped_and_said(runner: CycleRunner) -> None:
    session = Session(runner, who="ana")
    session.answer(int(session.asked.ids[0]), 1)
    path = runner.history.book.path
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"id": 7, "lab')
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlvizWarning)
        again = Session(Run.open(runner.history.path), who="ana")
    assert again.notices == ["The label book ended in half a line, left by a kill: it was never an answer."]
    assert path.read_bytes() == whole


def test_a_book_of_another_pool_is_refused(runner: CycleRunner, tmp_path: Path, digits: Pool) -> None:
    Session(runner, who="ana").answer(3, 1)
    other = CycleRunner(digits, "linear", "margin", oracle="human", initial=20, path=tmp_path / "other")
    (other.history.path / "labels.jsonl").write_bytes(runner.history.book.path.read_bytes())
    with pytest.raises(ConfigMismatch, match="label book of another pool"):
        Session(other, who="ana")


def test_answers_that_an_oracle_gave_are_closed_without_ids_too(fast: Any) -> None:
    runner = fast(sampler="margin")
    picks = runner.query().ids
    record = runner.label()
    assert record.oracle == "truth"
    np.testing.assert_array_equal(runner.history.answers(0).ids, picks)
    with pytest.raises(InvalidInput, match="labels without ids"):
        runner.label(labels=[1])
