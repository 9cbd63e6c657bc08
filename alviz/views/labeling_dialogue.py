"""The talk with the pages of a labeler: what they ask for is done once and acknowledged, what changed is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import AlvizError, InvalidInput
from alviz.views import labeling_words as words
from alviz.views.controller import Controller
from alviz.views.labeling_map import LabelingMap
from alviz.views.labeling_page import LabelingWidget, Told
from alviz.views.labeling_work import Work


class Dialogue:
    """The kernel's end of the line to the pages.

    An answer is one message from the page, with a serial, and one back, which says that it is on the disk and what
    is shown next. A message with the last serial again is only acknowledged again.

    Parameters
    ----------
    controller : Controller
    work : Work
    map : LabelingMap
    widget : LabelingWidget
    """

    def __init__(self, controller: Controller, work: Work, map: LabelingMap, widget: LabelingWidget) -> None:
        self._controller = controller
        self._work = work
        self._map = map
        self._page = Told(widget)
        # What the pages know of the desk: which one, and what was said of each example on it.
        self._serial = -1
        self._codes: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        # Of each page the serial of the last message that was acted on.
        self._heard: dict[str, int] = {}
        widget.on_msg(self._hear)

    # -- to the page ------------------------------------------------------------------------------------

    def tell(self, *, all: bool = False, ack: dict[str, Any] | None = None) -> None:
        """Tell the pages what changed, in one message."""
        once: dict[str, Any] = {} if ack is None else {"ack": ack}
        desk = self._work.desk
        buffers: tuple[bytes, ...] = ()
        if all or self._serial != desk.serial:
            once["asked"], buffers = self._about_asked()
        else:
            once |= self._desk_changes()
        self._serial, self._codes = desk.serial, desk.codes.copy()
        self._page.tell(self._parts(), all=all, buffers=buffers, **once)

    def _desk_changes(self) -> dict[str, Any]:
        """Return which examples were looked at beside what is asked, and of which something else was said."""
        desk, known = self._work.desk, len(self._codes)
        changed = [*np.flatnonzero(desk.codes[:known] != self._codes).tolist(), *range(known, len(desk.ids))]
        told: dict[str, Any] = {}
        if changed:
            told["states"] = [[place, int(desk.codes[place])] for place in changed]
        if len(desk.ids) > known:
            told["visited"] = desk.ids[known:]
        return told

    def _parts(self) -> dict[str, Any]:
        work = self._work
        return {
            "place": work.desk.place,
            "head": words.head(self._controller.branch, work.asked, work.session.who),
            "classes": words.classes(work.tally),
            "progress": words.progress(work.session.progress()),
            "offers": work.offers(),
            "loop": {"able": work.loop.able, "auto": work.loop.auto, "learning": work.loop.learning},
            "predicted": work.predictions(),
            "doubts": work.doubted(),
            "curve": work.curve,
            "hint": work.hint.words,
            "message": work.message,
            "note": work.note(),
        }

    def _about_asked(self) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        """Return what pages must know of the examples that are put down, with the first pictures."""
        desk, examples = self._work.desk, self._work.examples
        first = list(range(min(len(desk.ids), examples.chunk)))
        sprite, unreadable = examples.pictures(np.array(desk.ids[: examples.chunk], dtype=np.int64))
        about = {
            "serial": desk.serial,
            "count": desk.count,
            "pictured": examples.pictured,
            "ink": examples.ink,
            "enlarged": examples.enlarged,
            "chunk": examples.chunk,
            "largeChunk": examples.large_chunk,
            "first": self._captions(first, unreadable),
        }
        return about, (np.array(desk.ids, dtype=np.uint32).tobytes(), desk.codes.tobytes(), sprite)

    def _captions(self, places: Sequence[int], unreadable: Sequence[int]) -> dict[str, Any]:
        examples, ids = self._work.examples, [self._work.desk.ids[place] for place in places]
        return {
            "places": list(places),
            "names": [examples.name(id) for id in ids],
            "values": [] if examples.pictured else [examples.values(id) for id in ids],
            "unreadable": list(unreadable),
        }

    def _tell_near(self, id: int) -> None:
        """Tell what takes a moment to say of an example: its nearest labeled ones."""
        work, tally, near = self._work, self._work.tally, self._work.nearest(id)
        ids = np.zeros(0, dtype=np.int64) if near is None else near.ids
        sprite, unreadable = work.examples.pictures(ids)
        self._page.say(
            "near",
            (sprite,),
            id=id,
            features=near is not None,
            ids=ids.tolist(),
            labels=[work.desk.label_of(tally, int(other)) for other in ids],
            cosines=[] if near is None else [round(float(cosine), 3) for cosine in near.cosines],
            names=[work.examples.name(int(other)) for other in ids],
            unreadable=unreadable,
        )

    # -- from the page ----------------------------------------------------------------------------------

    def _hear(self, _: Any, message: dict[str, Any], __: Any) -> None:
        with self._controller.reading():
            match message["do"]:
                case "hello":
                    self._map.untint()
                    self.tell(all=True)
                case "want":
                    self._send_pictures(message)
                case "look":
                    self._look(message)
                case _:
                    self._act(message)

    def _send_pictures(self, asked: dict[str, Any]) -> None:
        desk, examples = self._work.desk, self._work.examples
        if asked["serial"] != desk.serial:
            return
        large = bool(asked.get("large"))
        most = examples.large_chunk if large else examples.chunk
        places = [int(place) for place in asked["want"] if 0 <= place < len(desk.ids)][:most]
        sprite, unreadable = examples.pictures(np.array([desk.ids[place] for place in places], dtype=np.int64), large)
        self._page.say("pictures", (sprite,), serial=desk.serial, large=large, **self._captions(places, unreadable))

    def _look(self, message: dict[str, Any]) -> None:
        """Show on the map what the page shows, and what is near it; nobody waits for that."""
        id = int(message["id"])
        if id == self._work.desk.id:
            self.show_at_hand()
            if message.get("code"):
                self._controller.state.code = str(message["code"])
            self._tell_near(id)

    def show_at_hand(self) -> None:
        """Show on the map what is at hand, and what was labeled meanwhile."""
        state, id = self._controller.state, self._work.desk.id
        if id is not None and id != state.selected:
            code = state.code
            self._controller.select(id)
            state.code = code
        self._map.tint(self._work.tally)

    def _act(self, message: dict[str, Any]) -> None:
        """Do what the page asks for, once, and acknowledge it or say why it was not done."""
        page, serial = str(message["page"]), int(message["serial"])
        ack = {"page": page, "serial": serial}
        last = self._heard.get(page, 0)
        if serial <= last:  # sent again, since the reply did not come in time
            if serial == last:
                self.tell(all=True, ack=ack)
            return
        try:
            self._carry_out(message)
        except Exception as error:  # noqa: BLE001 - the boundary to the page
            if not isinstance(error, AlvizError):
                self._controller.show_error(error)
            told = str(error) if isinstance(error, AlvizError) else f"{type(error).__name__}: {error}"
            self._page.say("refused", page=page, serial=serial, error=told)
            return
        self._heard[page] = serial
        self.tell(ack=ack)

    def _carry_out(self, message: dict[str, Any]) -> None:
        work, session = self._work, self._work.session
        match message["do"]:
            case "answer":
                work.give(int(message["id"]), int(message["label"]))
            case "skip":
                work.set_aside(int(message["id"]), session.skip)
            case "cannot tell":
                work.set_aside(int(message["id"]), session.cannot_tell)
            case "undo":
                work.take_back()
            case "go":
                if message["tray"] == work.desk.serial:
                    work.go(int(message["place"]))
            case "visit":
                work.visit(int(message["id"]))
            case "note":
                session.note(int(message["id"]), str(message["text"]))
                work.message = "The note is kept."
            case "add class":
                session.add_class(str(message["text"]))
            case "rename class":
                session.rename_class(int(message["number"]), str(message["text"]))
            case "ask lasso":
                work.ask_lasso()
            case "ask picks":
                work.ask_picks()
            case "ask set aside":
                work.ask_set_aside()
            case "ask review":
                work.ask_review()
            case "predicted":
                work.predicted = self._map.telling = bool(message["shown"])
            case "auto":
                work.loop.auto = bool(message["wanted"])
                work.consider()
            case "learn":
                work.loop.learn()
            case "stop":
                self._controller.stop()
            case unknown:
                raise InvalidInput(f"A labeler cannot {unknown!r}: reload the page, it is of another alviz.")
