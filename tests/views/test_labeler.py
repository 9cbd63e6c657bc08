"""The labeler: every answer once, on the disk before it is acknowledged, and never lost by what comes after."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from views.conftest import PATIENCE

import alviz
from alviz.errors import DiskFull, InvalidInput
from alviz.store import book
from alviz.views import Labeler
from alviz.views.labeling_desk import ASIDE_CANNOT_TELL, ASIDE_SKIPPED, OPEN
from alviz.views.labeling_keys import LETTERS, class_keys
from alviz.views.labeling_pictures import Examples


class Page:
    """Stands where JupyterLab would: keeps what it is told, as the page's script does."""

    def __init__(self, labeler: Labeler, name: str = "page") -> None:
        self.labeler = labeler
        self.name = name
        self.serial = 0
        self.messages: list[dict[str, Any]] = []
        self.buffers: list[list[bytes]] = []
        self.parts: dict[str, Any] = {}
        self.ids: list[int] = []
        self.codes: list[int] = []
        labeler.page.send = self._receive
        self.say(do="hello")

    def say(self, **message: Any) -> None:
        self.labeler.page._handle_custom_msg(message, [])

    def act(self, what: str, **payload: Any) -> dict[str, Any]:
        """Do something that is acknowledged; return what came back, which is one message."""
        self.serial += 1
        before = len(self.messages)
        self.say(do=what, page=self.name, serial=self.serial, **payload)
        [reply] = self.messages[before:]
        return reply

    def answer(self, label: int) -> dict[str, Any]:
        return self.act("answer", id=self.id, label=label)

    @property
    def id(self) -> int:
        return self.ids[self.parts["place"]]

    def _receive(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.messages.append(message)
        self.buffers.append(buffers or [])
        if message["kind"] != "told":
            return
        if "asked" in message:
            self.ids = np.frombuffer(buffers[0], dtype=np.uint32).tolist()
            self.codes = np.frombuffer(buffers[1], dtype=np.int32).tolist()
        for id in message.get("visited", []):
            self.ids.append(id)
            self.codes.append(OPEN)
        for place, code in message.get("states", []):
            self.codes[place] = code
        self.parts |= {name: part for name, part in message.items() if name not in ("kind", "asked", "ack", "states")}


@pytest.fixture
def blind(pool: alviz.Pool) -> alviz.Pool:
    """The pool as somebody has it who has not labeled anything."""
    return dataclasses.replace(pool, y=np.full(len(pool), -1), X_test=None, y_test=None)


@pytest.fixture
def people(blind: alviz.Pool, tmp_path: Path) -> alviz.CycleRunner:
    runner = alviz.CycleRunner(
        blind, learner="linear", sampler="margin", oracle="human", budget=5, seed=0, path=tmp_path / "people"
    )
    runner.query()
    return runner


@pytest.fixture
def label() -> Iterator[Callable[..., Labeler]]:
    """Open a labeler; errors that a test did not expect fail it."""
    opened: list[Labeler] = []

    def open_labeler(shown: Any, **options: Any) -> Labeler:
        opened.append(Labeler(shown, who="ann", **options))
        return opened[-1]

    yield open_labeler
    for labeler in opened:
        labeler.stop()
        assert labeler.wait(PATIENCE)
        assert labeler.controller.errors == []


def entries(runner: alviz.CycleRunner) -> list[tuple[int, int | None, str]]:
    return [(answer.id, answer.label, answer.why) for answer in runner.history.book.look().entries]


def picks(runner: alviz.CycleRunner, cycle: int = 0) -> list[int]:
    selection = runner.history.selection(cycle)
    assert selection is not None
    return selection.ids.tolist()


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The next write finds no room."""

    def fill() -> None:
        def fsync(_: int) -> None:
            monkeypatch.undo()
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(book.os, "fsync", fsync)

    assert os.fsync is book.os.fsync
    return fill


# -- keys --------------------------------------------------------------------------------------------------


def test_classes_have_the_digits_and_then_the_letters_that_are_no_commands():
    names = [f"class {k}" for k in range(25)]
    keys = class_keys(names, range(25))
    assert list(keys.values()) == [*"123456789", *"acdefghijkm"]
    assert list(keys) == list(range(20))
    assert not set("blnprs") & set(LETTERS)


def test_a_class_that_is_called_by_a_key_has_that_key():
    assert class_keys([str(k) for k in range(10)], range(10)) == {k: str(k) for k in range(10)}
    assert class_keys(["cat", "2", "dog", "bird"], range(4)) == {0: "1", 1: "2", 2: "3", 3: "4"}
    assert class_keys(["n", "A", "a"], range(3)) == {0: "1", 1: "a", 2: "2"}  # n is a command
    assert class_keys(["a", "b", "c"], [0, 2]) == {0: "a", 2: "c"}  # what is not offered has none


# -- answers -----------------------------------------------------------------------------------------------


def test_an_answer_is_one_message_there_and_one_back_after_it_is_on_the_disk(label, people, monkeypatch):
    labeler = label(people, learn_when_done=False)
    page, ids = Page(labeler), picks(people)
    assert (page.ids, page.codes, page.id) == (ids, [OPEN] * 5, ids[0])
    told = page._receive

    def receive(message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        assert entries(people) == [(ids[0], 3, "")]  # in the book before a word of it comes
        told(message, buffers)

    labeler.page.send = receive
    reply = page.answer(3)
    assert reply["ack"] == {"page": "page", "serial": 1}
    assert (reply["states"], reply["place"]) == ([[0, 3]], 1)
    assert set(reply) == {"kind", "ack", "states", "place", "progress"}
    assert (reply["progress"]["done"], reply["progress"]["total"]) == (1, 5)


def test_skip_cannot_tell_undo_and_a_change_of_mind(label, people):
    page, ids = Page(label(people, learn_when_done=False)), picks(people)
    page.act("skip", id=page.id)
    page.act("cannot tell", id=page.id)
    page.answer(7)
    page.act("undo")
    assert (page.id, page.codes) == (ids[2], [ASIDE_SKIPPED, ASIDE_CANNOT_TELL, OPEN, OPEN, OPEN])
    page.act("go", place=0, tray=page.messages[0]["asked"]["serial"])
    page.answer(1)
    assert (page.id, page.codes[0]) == (ids[2], 1)  # on with the next that is open
    assert entries(people) == [
        (ids[0], None, "skipped"),
        (ids[1], None, "cannot tell"),
        (ids[2], 7, ""),
        (ids[2], None, "undone"),
        (ids[0], 1, ""),
    ]


def test_nothing_to_take_back_is_said(label, people):
    page = Page(label(people, learn_when_done=False))
    assert page.act("undo")["message"] == "There is nothing to take back."
    assert "message" in page.answer(2)  # and gone with the next answer
    assert page.parts["message"] == ""


def test_after_the_last_place_comes_the_first_that_is_open(label, people):
    labeler = label(people, learn_when_done=False)
    labeler.go(4)
    labeler.answer(0)
    assert labeler.debug()["place"] == 0
    for _ in range(4):
        labeler.answer(1)
    assert labeler.debug()["place"] == 3  # all are done: the last one stays at hand
    assert labeler.debug()["codes"] == [1, 1, 1, 1, 0]


def test_a_full_disk_is_told_and_the_same_message_again_saves_it(label, people, full):
    page, ids = Page(label(people, learn_when_done=False)), picks(people)
    page.answer(3)
    full()
    reply = page.answer(4)
    assert (reply["kind"], reply["serial"]) == ("refused", 2)
    assert "full" in reply["error"].lower()
    assert entries(people) == [(ids[0], 3, "")]
    assert page.codes == [3, OPEN, OPEN, OPEN, OPEN]
    page.serial -= 1
    assert page.answer(4)["ack"]["serial"] == 2
    assert entries(people) == [(ids[0], 3, ""), (ids[1], 4, "")]


def test_a_message_that_was_sent_again_is_acknowledged_again_and_not_done_again(label, people):
    page, ids = Page(label(people, learn_when_done=False)), picks(people)
    page.answer(3)
    page.serial -= 1
    reply = page.act("answer", id=ids[0], label=3)
    assert (reply["ack"]["serial"], reply["place"]) == (1, 1)
    page.serial -= 1
    assert page.act("answer", id=ids[1], label=9)["ack"]["serial"] == 1  # whatever it says by now
    assert entries(people) == [(ids[0], 3, "")]
    other = Page(page.labeler, "other")
    other.answer(5)  # of another page the first serial is a new one
    assert entries(people) == [(ids[0], 3, ""), (ids[1], 5, "")]


def test_bad_input_is_refused_in_a_sentence_and_changes_nothing(label, people):
    labeler = label(people, learn_when_done=False)
    page = Page(labeler)
    assert "There is no class 10" in page.answer(10)["error"]
    assert "There is no example 160" in page.act("answer", id=160, label=1)["error"]
    assert "named by some text" in page.act("add class", text=" ")["error"]
    assert "Nothing is drawn around" in page.act("ask lasso")["error"]
    assert "cannot 'fly'" in page.act("fly")["error"]
    with pytest.raises(InvalidInput, match="no class 'cat'"):
        labeler.answer("cat")
    with pytest.raises(InvalidInput, match="There is no place 5"):
        labeler.go(5)
    with pytest.raises(InvalidInput, match="There is no example 160"):
        labeler.visit(160)
    with pytest.raises(InvalidInput, match="There is no example -1"):
        labeler.ask([-1])
    assert entries(people) == []
    assert labeler.debug()["place"] == 0


def test_what_breaks_after_an_answer_does_not_refuse_it(label, people, monkeypatch):
    labeler = label(people)
    page = Page(labeler)
    for _ in range(4):
        page.answer(1)

    def broken() -> None:
        raise InvalidInput("the loop is broken")

    monkeypatch.setattr(labeler._work.loop, "learn", broken)
    assert page.answer(2)["ack"]["serial"] == 5
    assert len(entries(people)) == 5
    assert labeler.controller.errors == ["the loop is broken"]
    labeler.controller.errors.clear()


# -- what is asked -----------------------------------------------------------------------------------------


def test_a_lasso_is_offered_and_labeled(label, people):
    labeler = label(people, learn_when_done=False)
    page = Page(labeler)
    assert labeler.wait(PATIENCE)
    labeler.map.page._handle_custom_msg(
        {"kind": "lasso", "polygon": [[0, 0], [1, 0], [1, 1]], "shape": "lasso"},
        [np.array([9, 4, 7], dtype=np.uint32).tobytes()],
    )
    assert [offer["words"] for offer in page.parts["offers"]] == ["Label these 3"]
    page.act("ask lasso")
    assert (page.ids, page.codes, page.parts["head"]["asked"]) == ([4, 7, 9], [OPEN] * 3, "3 drawn around")
    page.answer(5)
    assert entries(people) == [(4, 5, "")]
    assert "Back to 5 picks" in [offer["words"] for offer in page.parts["offers"]]
    page.act("ask picks")
    assert page.ids == picks(people)


def test_a_point_of_the_map_is_taken_to_hand_and_labeled(label, people):
    labeler = label(people, learn_when_done=False)
    page, ids = Page(labeler), picks(people)
    other = next(id for id in range(160) if id not in ids)
    labeler.controller.select(other)
    assert (page.id, page.parts["place"]) == (other, 5)
    page.answer(6)
    assert (page.codes[5], page.id) == (6, ids[0])
    assert entries(people) == [(other, 6, "")]
    labeler.controller.select(None)
    assert labeler.id == ids[0]


def test_what_was_set_aside_is_asked_again_only_if_wished(label, people):
    labeler = label(people, learn_when_done=False)
    page, ids = Page(labeler), picks(people)
    page.act("skip", id=page.id)
    assert [offer["words"] for offer in page.parts["offers"]] == ["Ask 1 set aside"]
    page.act("ask set aside")
    assert (page.ids, page.codes) == ([ids[0]], [OPEN])
    page.answer(2)
    assert entries(people)[-1] == (ids[0], 2, "")


def test_the_map_shows_what_is_at_hand_once_the_person_stays_with_it(label, people):
    labeler = label(people, learn_when_done=False)
    page, ids = Page(labeler), picks(people)
    page.answer(3)
    page.answer(3)
    assert labeler.controller.state.selected == ids[0]  # not in the way of fast fingers
    page.say(do="look", id=ids[1], code="labeler.answer('3')")  # gone on since
    assert labeler.controller.state.selected == ids[0]
    page.say(do="look", id=ids[2], code="labeler.answer('3')")
    assert (labeler.controller.state.selected, labeler.code) == (ids[2], "labeler.answer('3')")
    near = page.messages[-1]
    assert (near["kind"], near["id"]) == ("near", ids[2])
    assert (sorted(near["ids"]), near["labels"]) == (sorted(ids[:2]), [3, 3])


def test_neighbors_are_the_nearest_labeled_with_the_labels_of_now(label, people):
    labeler = label(people, learn_when_done=False)
    page, ids = Page(labeler), picks(people)
    for given in (1, 2, 3, 4):
        page.answer(given)
    page.act("go", place=1, tray=page.messages[0]["asked"]["serial"])
    page.act("skip", id=ids[1])  # its label is gone
    page.say(do="look", id=ids[4], code="")
    near = page.messages[-1]
    features = people.history.array(0, "fit", "features")[:].astype(np.float64)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    others = {ids[0]: 1, ids[2]: 3, ids[3]: 4}
    order = sorted(others, key=lambda id: -unit[id] @ unit[ids[4]])
    assert near["ids"] == order
    assert near["labels"] == [others[id] for id in order]
    np.testing.assert_allclose(near["cosines"], [unit[id] @ unit[ids[4]] for id in order], atol=1e-3)


# -- classes and notes -------------------------------------------------------------------------------------


def test_classes_are_added_and_renamed_and_notes_are_kept(label, people):
    labeler = label(people, learn_when_done=False)
    page, ids = Page(labeler), picks(people)
    page.act("add class", text="smudge")
    assert page.parts["classes"]["names"][10] == "smudge"
    page.answer(10)
    page.act("rename class", number=10, text="blot")
    assert page.parts["classes"]["names"][10] == "blot"
    assert labeler.new_class("dot") == 11
    labeler.answer("dot")
    labeler.note("hm")
    assert page.parts["note"] == {"id": ids[2], "text": "hm"}
    labeler.go(0)
    assert page.parts["note"] is None
    assert entries(people) == [(ids[0], 10, ""), (ids[1], 11, ""), (ids[2], None, "noted")]
    assert page.codes[2] == OPEN
    assert not any("smudge" in name for name in labeler._dom_classes)


def test_predictions_are_told_only_when_wished(label, people):
    labeler = label(people, learn_when_done=False)
    for given in (0, 1, 2, 3, 4):
        labeler.answer(given)
    labeler.learn()
    assert labeler.wait(PATIENCE)
    labeler.ask_picks()
    page = Page(labeler)
    assert page.parts["predicted"] is None
    assert "predicted" not in page.answer(0)
    page.act("predicted", shown=True)
    probs = people.history.array(1, "fit", "probs")[page.ids]
    assert page.parts["predicted"]["labels"] == probs.argmax(axis=1).tolist()
    np.testing.assert_allclose(page.parts["predicted"]["shares"], probs.max(axis=1), atol=0.006)
    labeler.show_predicted(False)
    assert page.parts["predicted"] is None


# -- the loop ----------------------------------------------------------------------------------------------


def test_a_finished_batch_is_learned_from_and_the_new_picks_are_asked(label, people):
    labeler = label(people)
    first, page = picks(people), Page(labeler)
    for given in (0, 1, 2, 3):
        labeler.answer(given)
    assert labeler.wait(PATIENCE)  # the next wanted are known before they are needed
    labeler.answer(4)
    assert labeler.debug()["source"] == "next"
    wanted = labeler.debug()["ids"]
    assert (len(wanted), set(wanted) & set(first)) == (50, set())
    assert (page.ids, page.codes) == (wanted, [OPEN] * 50)  # the last answer is of another desk
    labeler.answer(5)  # while it learns, or after
    assert labeler.wait(PATIENCE)
    if labeler.debug()["source"] == "next":
        labeler.answer(6)
    told = labeler.debug()
    assert (told["source"], told["cycle"], told["ids"]) == ("picks", 1, picks(people, 1))
    assert sorted(people.history.labeled(1).ids.tolist()) == sorted([*first, wanted[0]]) or (
        people.history.labeled(1).ids.tolist() == first
    )
    assert (page.ids, page.codes) == (told["ids"], told["codes"])
    assert labeler.controller.state.cycle == 1


def test_learning_by_a_call_and_its_errors_are_shown(label, people, monkeypatch):
    labeler = label(people, learn_when_done=False)
    for given in (0, 1, 2, 3, 4):
        labeler.answer(given)
    assert (people.history.closed, labeler.debug()["learning"]) == (0, False)

    def fail(report: Any) -> None:
        raise DiskFull("No room for the fit.")

    with monkeypatch.context() as patch:
        patch.setattr(labeler.session, "learn", fail)
        labeler.learn()
        with pytest.raises(InvalidInput, match="learn before still runs"):
            labeler.learn()
        assert labeler.wait(PATIENCE)
    told = labeler.debug()
    assert (told["error"], told["learning"], labeler.controller.errors) == (
        "No room for the fit.",
        False,
        ["No room for the fit."],
    )
    labeler.controller.errors.clear()
    labeler.learn()
    assert labeler.wait(PATIENCE)
    assert people.history.closed == 1


def test_a_run_that_is_looked_at_takes_answers_and_follows_who_runs_it(label, people, blind):
    run = alviz.Run.open(people.history.path, blind)
    labeler = label(run)
    page, ids = Page(labeler), picks(people)
    assert not page.parts["loop"]["able"]
    page.answer(3)
    people.history.book.append([dataclasses.replace(run.book.look().entries[0], id=ids[1], label=8, who="bob")])
    assert entries(people) == [(ids[0], 3, ""), (ids[1], 8, "")]
    from alviz.views.labeler import _book_changed

    _book_changed(labeler)
    assert page.codes[:3] == [3, 8, OPEN]
    with pytest.raises(InvalidInput, match="opened to look at"):
        labeler.learn()
    for _ in range(4):
        page.answer(1)
    people.label()
    people.query()
    labeler.controller.following.look()
    assert (labeler.debug()["cycle"], page.ids) == (1, picks(people, 1))


def test_a_labeler_of_an_explorer_shares_its_map(label, people, explore):
    explorer = explore(people)
    labeler = label(explorer, learn_when_done=False)
    labeler.answer(2)
    assert explorer.controller is labeler.controller
    assert explorer.controller.state.selected == labeler.id
    assert repr(labeler) == "Labeler(run='people', cycle=0)"


# -- pictures ----------------------------------------------------------------------------------------------


def test_pictures_come_in_bounded_messages_for_the_desk_that_is_there(label, people):
    labeler = label(people, learn_when_done=False)
    labeler.ask(np.arange(100))
    page = Page(labeler)
    about = page.messages[0]["asked"]
    assert about["first"]["places"] == list(range(48))
    page.say(do="want", want=list(range(48, 100)), serial=about["serial"])
    assert page.messages[-1]["places"] == list(range(48, 96))
    before = len(page.messages)
    page.say(do="want", want=[1], serial=about["serial"] - 1)
    assert len(page.messages) == before


def test_a_picture_that_cannot_be_read_is_told(tmp_path):
    Image.fromarray(np.full((9, 9, 3), 40, dtype=np.uint8)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    paths = np.array([str(tmp_path / name) for name in ("good.png", "bad.png", "none.png")])
    vectors = alviz.datasets.arrays(np.eye(3, dtype=np.float32), np.full(3, -1), classes=["a", "b"])
    examples = Examples(dataclasses.replace(vectors, thumbnail_paths=paths))
    sprite, unreadable = examples.pictures(np.array([1, 0, 2]))
    assert (unreadable, len(sprite) > 100) == ([0, 2], True)
    assert examples.enlarged


def test_vectors_are_told_by_their_values():
    rows = np.zeros((3, 70), dtype=np.float32)
    rows[1, :3] = [1.5, -2.25, 1e-7]
    vectors = alviz.datasets.arrays(rows, np.full(3, -1), classes=["a", "b"])
    values = Examples(vectors).values(1)
    assert values[:4] == ["1.5", "−2.25", "1e−07", "0"]
    assert (len(values), values[-1]) == (61, "… 10 more")
    assert Examples(None).values(1) == []


# -- review ------------------------------------------------------------------------------------------------


def test_labels_that_look_wrong_are_asked_again_the_worst_first(label, pool, tmp_path):
    y = pool.y.copy()
    wrong = [3, 20, 41]
    y[wrong] = (y[wrong] + 5) % 10
    y[100:] = -1
    partly = dataclasses.replace(pool, y=y, X_test=None, y_test=None)
    runner = alviz.CycleRunner(partly, "linear", "margin", budget=5, oracle="human", path=tmp_path / "reviewed")
    runner.query()
    labeler = label(runner, learn_when_done=False)
    page = Page(labeler)
    assert labeler.wait(PATIENCE)
    assert "Review labels" in [offer["words"] for offer in page.parts["offers"]]
    assert page.parts["doubts"] is None
    page.act("ask review")
    assert labeler.wait(PATIENCE)
    found = alviz.labeling.review(runner.history)
    assert page.parts["head"]["asked"] == "20 labels to review, the most suspicious first"
    assert page.ids == found.ids[:20].tolist()
    assert page.codes == found.labels[:20].tolist()
    assert set(wrong) <= set(page.ids[:6])
    assert page.parts["doubts"][0].startswith(f"suspicion {found.suspicion[0]:.2f} · ")
    assert page.parts["doubts"][0].endswith(f"rather {pool.classes[found.suggested[0]]}?")
    assert "Review labels" not in [offer["words"] for offer in page.parts["offers"]]
    # Every one has a label: a relabel goes on to the next, not to one that is open.
    first = page.id
    page.answer(int(pool.y[first]))
    assert (page.codes[0], page.parts["place"]) == (int(pool.y[first]), 1)
    page.act("go", place=19, tray=labeler._work.desk.serial)
    page.answer(0)
    assert page.parts["place"] == 19
    assert labeler.session.tally.labels == {first: int(pool.y[first]), page.ids[19]: 0}
    # An initial label that is taken back and given again stands as it was.
    page.act("undo")
    page.act("undo")
    assert page.codes == found.labels[:20].tolist()


def test_a_run_with_few_labels_has_nothing_to_review(label, people):
    labeler = label(people, learn_when_done=False)
    page = Page(labeler)
    assert labeler.wait(PATIENCE)
    assert "Review labels" not in [offer["words"] for offer in page.parts["offers"]]
