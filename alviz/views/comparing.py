"""What other samplers would pick at the shown cycle: asked one by one in the worker, shown as they answer."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alviz import samplers
from alviz.asking import MODEL, by_record
from alviz.errors import AlvizError, ArrayDropped, InvalidInput, MissingNeeds, Stopped
from alviz.samplers import Sampler
from alviz.samplers.naming import is_usual, tell_apart
from alviz.scenes import Scene
from alviz.store import Run
from alviz.views import steps
from alviz.views.remembered import Found, Memory
from alviz.views.state import Answer, Progress, State
from alviz.views.worker import PREVIEW, Job

if TYPE_CHECKING:
    from alviz.views.controller import Controller

_STOPPED = "stopped"
# Stands for the chosen sampler, whichever that is, where it is not among the compared.
_CHOSEN = ""
# Progress is shown this often at most.
_SECONDS_BETWEEN_NEWS = 0.3


class Comparing:
    """Keeps which samplers are compared, and their answers in ``state.compared``.

    A runner's step and the preview of the chosen sampler go first: meanwhile the others wait.

    Parameters
    ----------
    controller : Controller
        Under whose lock everything here happens, beside the asking itself.
    """

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._samplers: list[Sampler] = []
        self._found = Memory()
        # What is asked now: what a late answer of an earlier asking is not.
        self._asked: dict[str, object] = {}
        self._scene: Scene | None = None
        self._keys: dict[str, str] = {}
        names = ["frame", "branch", "branches", "sampler", "busy", "asking"]
        controller.state.observe(lambda _: self._follow(), names)

    # -- doing ----------------------------------------------------------------------------------------

    def add(self, *given: str | Sampler) -> None:
        """Compare samplers too; one that is there and has no answer is asked again."""
        if not given:
            raise InvalidInput("compare takes samplers: names such as 'entropy', or instances.")
        parts = [samplers.make(sampler) for sampler in given]
        there = {_key(sampler) for sampler in self._samplers}
        for sampler in parts:
            if _key(sampler) not in there:
                self._samplers.append(sampler)
                there.add(_key(sampler))
        again = {_key(sampler) for sampler in parts}
        state = self._controller.state
        if _key(state.sampler) in again:
            state.message = f"{state.sampler.name} stays in the comparison when another sampler is chosen."
        self._follow(again)
        state.code = self.code()

    def remove(self, name: str) -> None:
        """Compare a sampler no more; what it computes ends."""
        key = self._keys.get(name)
        kept = [sampler for sampler in self._samplers if _key(sampler) != key]
        if len(kept) == len(self._samplers):
            there = {_key(sampler) for sampler in self._samplers}
            known = ", ".join(repr(name) for name, key in self._keys.items() if key in there)
            raise InvalidInput(f"There is no sampler {name!r} in the comparison, only {known or 'none'}.")
        self._samplers = kept
        self._follow()
        self._controller.state.code = f"explorer.uncompare({name!r})"

    def pair(self, a: str | None, b: str | None) -> None:
        """Tell the picks of two answers apart; None, or twice the same, ends it."""
        state = self._controller.state
        for name in (a, b):
            if name is not None and name not in self._keys:
                raise InvalidInput(f"There is no answer of {name!r} here, only {', '.join(map(repr, self._keys))}.")
        self._set_pair(a, b)
        state.code = f"explorer.pair({a!r}, {b!r})"

    def stop(self) -> None:
        """End all asking; what has no answer says so, and can be asked again by `add`."""
        self._cancel(list(self._asked))
        self._show(
            answer if answer.selection is not None or answer.error else replace(answer, progress=None, error=_STOPPED)
            for answer in self._controller.state.compared
        )

    def able(self) -> list[str]:
        """Return the registered samplers that can answer at the shown cycle in seconds and are not compared yet."""
        state, scene = self._controller.state, self._controller.state.frame.scene
        taken = {_key(sampler) for sampler in (*self._samplers, state.sampler)}
        there = frozenset() if scene is None else _given(scene)
        able = []
        for name in samplers.names():
            try:
                sampler = samplers.make(name)
            except AlvizError:
                continue  # somebody else's package is broken; choosing it says how
            if sampler.leisurely:
                continue
            if _key(sampler) not in taken and (scene is None or sampler.at(scene.cycle).needs <= there):
                able.append(name)
        return able

    # -- following what is shown ----------------------------------------------------------------------

    def _follow(self, again: Iterable[str] = ()) -> None:
        """Bring the answers, and what is asked, in line with what is shown; nothing is done twice."""
        state, scene = self._controller.state, self._controller.state.frame.scene
        self._remember_shown()
        before = {_key(answer.sampler): answer for answer in state.compared if scene is self._scene}
        self._scene = scene
        waiting = bool(state.busy or state.asking or scene is None)
        answers = []
        for name, sampler in self._named():
            answer = before.get(_key(sampler))
            if answer is None or (answer.error and _key(sampler) in again):
                answer = Answer(sampler, name)
            if answer.name != name or (waiting and answer.progress):
                answer = replace(answer, name=name, progress=None)
            answers.append(self._look_up(answer))
        place = self._place()
        wanted = {
            _job(place, _key(answer.sampler)): answer.sampler
            for answer in answers
            if answer.selection is None and not answer.error and not waiting
        }
        self._cancel([job for job in self._asked if job not in wanted])
        with state.hold_trait_notifications():
            self._follow_names(answers)
            self._show(answers)
        for job, sampler in wanted.items():
            if job not in self._asked:
                self._ask(job, sampler)

    def _named(self) -> list[tuple[str, Sampler]]:
        """Return those to ask beside the chosen sampler, which keeps its plain name whatever its parameters are."""
        chosen = self._controller.state.sampler
        others = [sampler for sampler in self._samplers if _key(sampler) != _key(chosen)]
        return list(zip(tell_apart([chosen, *others])[1:], others, strict=True))

    def _follow_names(self, answers: list[Answer]) -> None:
        """Keep the pair through changes of names; a pair of which one is gone ends."""
        state, before = self._controller.state, self._keys
        chosen, key = str(state.sampler.name), _key(state.sampler)
        state.kept = any(_key(sampler) == key for sampler in self._samplers)
        self._keys = {chosen: key if state.kept else _CHOSEN}
        self._keys |= {answer.name: _key(answer.sampler) for answer in answers}
        names = {key: name for name, key in self._keys.items()} | {_CHOSEN: chosen}
        a, b = (names.get(before.get(name, name)) for name in state.pair or (None, None))
        self._set_pair(a, b)

    def _set_pair(self, a: str | None, b: str | None) -> None:
        state: Any = self._controller.state
        state.pair = None if a is None or b is None or a == b else (a, b)

    def _look_up(self, answer: Answer) -> Answer:
        """Return an answer with what is known without asking."""
        scene = self._scene
        if scene is None or answer.selection is not None:
            return answer
        key = _key(answer.sampler)
        found = self._found.get((self._place(), key)) or self._recorded(scene, key)
        if found is not None:
            return replace(answer, selection=found.selection, seconds=found.seconds, progress=None, error="")
        if len(scene.labels) >= scene.size:
            return replace(answer, error="nothing is left to pick")
        return answer

    def _recorded(self, scene: Scene, key: str) -> Found | None:
        """Return what a branch that shares this fit picked with the same sampler."""
        fit = scene.run.owner(scene.cycle).uid
        for branch in self._controller.state.branches:
            run = branch.run
            if scene.cycle >= run.fitted or run.owner(scene.cycle).uid != fit:
                continue
            config = branch.recorded(scene.cycle)
            if config is None or _written(config) != key or not run.has(scene.cycle, "pick", "scores"):
                continue
            selection = run.selection(scene.cycle)
            # A person may have asked for another number than a fork would pick.
            if selection is not None and len(selection) == scene.run.config["budget"]:
                cost = run.record(scene.cycle).phases.get("select")
                return Found(replace(selection, extra={}), None if cost is None else cost.seconds)
        return None

    def _remember_shown(self) -> None:
        """Keep the preview that is shown: it is the answer when its sampler is compared later."""
        frame = self._controller.state.frame
        if frame.scene is None or frame.picks is None or not frame.picks.preview:
            return
        key = (_place(frame.scene), _written(frame.picks.sampler))
        if self._found.get(key) is None:
            self._found.put(key, Found(replace(frame.picks.selection, extra={}), None))

    def _place(self) -> str:
        return "" if self._scene is None else _place(self._scene)

    # -- asking ---------------------------------------------------------------------------------------

    def _ask(self, job_key: str, sampler: Sampler) -> None:
        branch, scene = self._controller.branch, self._scene
        if scene is None:
            return
        cycle, key, ticket = scene.cycle, _key(sampler), object()
        where = (_place(scene), key)
        self._asked[job_key] = ticket
        said = 0.0

        def work(job: Job) -> Found | AlvizError:
            with self._controller.reading():
                there = self._found.get(where)  # of a job that ended after it was called off
            if there is not None:
                return there
            began = time.perf_counter()
            try:
                selection = branch.ask(cycle, sampler, job.report)
            except Stopped:
                raise
            except AlvizError as error:
                return error  # what a sampler may say: no defect that a log has to hold
            # Without the extras, which may be as large as the features.
            return Found(replace(selection, extra={}), time.perf_counter() - began)

        def done(found: Found | AlvizError) -> None:
            if isinstance(found, Found):
                self._found.put(where, found)
            if self._is_asked(job_key, ticket):
                del self._asked[job_key]
                if isinstance(found, Found):
                    self._change(key, selection=found.selection, seconds=found.seconds, progress=None)
                else:
                    self._change(key, error=_reason(found, sampler, scene), progress=None)

        def failed(error: Exception) -> None:
            if self._is_asked(job_key, ticket):
                del self._asked[job_key]
                text = _STOPPED if isinstance(error, Stopped) else f"{type(error).__name__}: {error}"
                self._change(key, error=text, progress=None)

        def heard(progress: Progress) -> None:
            nonlocal said
            now = time.monotonic()
            if self._is_asked(job_key, ticket) and now - said >= _SECONDS_BETWEEN_NEWS:
                said = now
                self._change(key, progress=progress)

        self._controller.submit(job_key, PREVIEW, work, done, failed, heard)

    def _is_asked(self, job_key: str, ticket: object) -> bool:
        return self._asked.get(job_key) is ticket

    def _cancel(self, jobs: Iterable[str]) -> None:
        for job in jobs:
            del self._asked[job]
            self._controller.cancel(job)

    def _change(self, key: str, **changes: Any) -> None:
        self._show(
            replace(answer, **changes) if _key(answer.sampler) == key else answer
            for answer in self._controller.state.compared
        )

    def _show(self, answers: Iterable[Answer]) -> None:
        self._controller.state.compared = tuple(answers)

    def code(self) -> str:
        """Return Python that asks the same samplers."""
        state = self._controller.state
        parts = [state.sampler, *(answer.sampler for answer in state.compared)]
        written = [repr(part.name) if is_usual(part) else steps.sampler_code(part) for part in parts]
        if state.frame.scene is None:
            return f"explorer.compare({', '.join(written[1:])})"
        return f"alviz.compare(runner.history, {state.frame.scene.cycle}, [{', '.join(written)}])"


def all_answers(state: State) -> list[Answer]:
    """Return the answer of the chosen sampler, and after it those of the compared, in the order of the map's marks."""
    picks = state.frame.picks
    selection = None if picks is None else picks.selection
    return [Answer(state.sampler, str(state.sampler.name), selection), *state.compared]


def answer_key(answer: Answer) -> str:
    """Return what tells answers of one cycle apart; a record may hold another number of picks than was asked for."""
    return f"{_key(answer.sampler)} {0 if answer.selection is None else len(answer.selection)}"


def _key(sampler: Sampler) -> str:
    return _written(sampler.config())


def _written(config: Any) -> str:
    return json.dumps(config, sort_keys=True, default=str)


def _job(place: str, key: str) -> str:
    return f"compare {hashlib.sha256(f'{place} {key}'.encode()).hexdigest()[:12]}"


def _place(scene: Scene) -> str:
    """Return what an answer depends on beside the sampler: the fit, and what is drawn from the run's seed."""
    run, cycle = scene.run, scene.cycle
    return json.dumps([run.owner(cycle).uid, cycle, run.seed, run.config["budget"], run.config["subset"]])


def _given(scene: Scene) -> frozenset[str]:
    """Return what samplers find at a cycle, from the record alone: nothing is read from the arrays."""
    run: Run = scene.run
    arrays = run.stage(scene.cycle, "fit")["arrays"]
    there = {name.split("_")[0] for name in arrays if run.has(scene.cycle, "fit", name)}
    return frozenset(there) | by_record(run, scene.cycle)


def _reason(error: AlvizError, sampler: Sampler, scene: Scene) -> str:
    """Return in a few words why there is no answer."""
    sampler = sampler.at(scene.cycle)
    if isinstance(error, ArrayDropped):
        needed = sampler.needs | ({"weights"} if sampler.needs & MODEL else set())
        gone = {name.split("_")[0] for name in scene.run.dropped(scene.cycle)} & needed
        return f"{', '.join(sorted(gone)) or 'what it needs'} not kept"
    if isinstance(error, MissingNeeds):
        missing = sampler.needs - _given(scene)
        if missing:
            return f"needs {', '.join(sorted(missing))}"
    return str(error)
