"""What a person can do in the explorer: each action changes the state, and computing goes to the worker."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from alviz import maps, samplers
from alviz.checks import whole
from alviz.errors import AlvizError, InvalidInput, Stopped
from alviz.maps.base import BASE_SIZE
from alviz.runner import CycleRunner
from alviz.samplers import Sampler
from alviz.scenes import COLORINGS, Picks, Scene
from alviz.store import Run
from alviz.sweep import Sweep
from alviz.views import steps
from alviz.views.branch import Branch, recorded_sampler, unfolded
from alviz.views.comparing import Comparing
from alviz.views.following import Following
from alviz.views.placing import Placing
from alviz.views.state import Frame, Lasso, Progress, State
from alviz.views.worker import ACT, PREVIEW, Job, Worker, shared


class Controller:
    """The explorer without its looks.

    Every method may be called from any thread: JupyterLab may handle messages of the page beside a running
    cell, and the worker reports from its own thread. One lock keeps them apart; nothing is computed under it.

    Attributes
    ----------
    state : State
    errors : list of str
        Every error that was shown, oldest first.
    attempts : int
        How many actions the page asked for so far.
    placing : Placing
    comparing : Comparing
    following : Following
    player : object
        The map that walks through the cycles while the state says so: the one that was displayed last.
    """

    def __init__(
        self,
        shown: Sequence[Run | CycleRunner | Sweep],
        base: int | None = BASE_SIZE,
        worker: Worker | None = None,
    ) -> None:
        branches = tuple(Branch.of(each) for given in shown for each in unfolded(given))
        if not branches:
            raise InvalidInput("The explorer needs a CycleRunner, a Run, or a sweep that has runs to show.")
        digests = {branch.run.header["pool"]["digest"] for branch in branches}
        if len(digests) > 1:
            raise InvalidInput(
                f"The runs {', '.join(repr(b.run.name) for b in branches)} are on {len(digests)} different pools. "
                "One explorer compares branches on one pool: open one per pool."
            )
        self.state = State(branches=branches)
        self.errors: list[str] = []
        self.attempts = 0
        self.player: object = None
        self._worker = worker or shared()
        self._lock = threading.RLock()
        # Whether the person chose another sampler than the one that goes with the cycle.
        self._exploring = False
        self.placing = Placing(self, branches[0].run.size if base is None else whole("base", base, 1))
        self.comparing = Comparing(self)
        self.show(0, branches[0].run.fitted - 1)
        self.following = Following(self)

    # -- doing ----------------------------------------------------------------------------------

    @property
    def branch(self) -> Branch:
        """The branch that is shown."""
        return self.state.branches[self.state.branch]

    def attempt(self, action: Callable[..., Any], *args: Any) -> None:
        """Do what a control of the page asks for; an error is shown, since nobody sees one raised there."""
        with self._lock:
            self.state.error = self.state.message = self.state.traceback = ""
            try:
                action(*args)
            except Exception as error:  # noqa: BLE001 - the boundary to the page
                self.show_error(error)
            self.attempts += 1

    def go(self, cycle: int, branch: int | None = None) -> None:
        """Show a fitted cycle, of another branch if one is given."""
        with self._lock:
            index = self.state.branch if branch is None else branch
            if not 0 <= index < len(self.state.branches):
                raise InvalidInput(f"There is no branch {index}: there are {len(self.state.branches)}.")
            fitted = self.state.branches[index].run.fitted
            if not 0 <= cycle < fitted:
                raise InvalidInput(f"Cycle {cycle} is not fitted: {fitted} cycles are, counted from 0.")
            self.show(index, cycle)
            place = f"{cycle}" if branch is None else f"{cycle}, branch={branch}"
            self.state.code = f"explorer.go({place})"

    def choose(self, sampler: str | Sampler) -> None:
        """Show the picks of another sampler; the next step makes them real."""
        with self._lock:
            chosen = samplers.make(sampler)
            usual = self._usual_sampler(self.branch, self.state.cycle)
            self._exploring = chosen.config() != usual.config()
            with self.state.hold_trait_notifications():
                self.state.sampler = chosen
                self.state.code = f"runner.ask({self.state.cycle}, {steps.sampler_code(chosen)})"
                self._find_picks()

    def compare(self, *given: str | Sampler) -> None:
        """Show what other samplers pick at the shown cycle too, as they answer; see `uncompare`."""
        with self._lock:
            self.comparing.add(*given)

    def uncompare(self, name: str) -> None:
        """Compare the sampler of that name no more."""
        with self._lock:
            self.comparing.remove(name)

    def pair(self, a: str | None, b: str | None) -> None:
        """Tell apart what only one of two samplers picks, only the other, and both; None ends that."""
        with self._lock:
            self.comparing.pair(a, b)

    def select(self, id: int | None) -> None:
        """Show one example's card; None closes it."""
        with self._lock:
            size = self.branch.run.size
            if id is not None and not 0 <= id < size:
                raise InvalidInput(f"There is no example {id}: ids are 0..{size - 1}.")
            self.state.selected = None if id is None else int(id)
            self.state.code = f"explorer.select({self.state.selected})"

    def color_by(self, coloring: str) -> None:
        """Color the map by one of ``alviz.scenes.COLORINGS``, such as ``"class"`` or ``"score"``."""
        with self._lock:
            if coloring not in COLORINGS:
                raise InvalidInput(f"There is no coloring {coloring!r}, only {', '.join(map(repr, COLORINGS))}.")
            self.state.coloring = coloring
            self.state.code = f"explorer.color_by({coloring!r})"

    def map_by(self, method: str) -> None:
        """Lay the map out by the method of that name, one of ``alviz.maps.names()``."""
        with self._lock:
            maps.get(method)  # or say what is wrong with it
            self.state.method = method
            self.state.code = f"explorer.map_by({method!r})"
            self.placing.find()

    def show_edges(self, shown: bool) -> None:
        """Draw the edges from the point under the mouse to its nearest neighbors, or none."""
        with self._lock:
            self.state.edges = bool(shown)

    def play(self, playing: bool) -> None:
        """Walk through the cycles on the map, each for as long as it takes to see it; or stop that."""
        with self._lock:
            if playing and self.player is None:
                raise InvalidInput("No map is displayed that could play.")
            self.state.playing = playing and self.state.fitted > 1

    def lasso(self, lasso: Lasso | None) -> None:
        """Keep what was drawn around on a map."""
        with self._lock:
            self.state.lasso = lasso
            self.state.code = "explorer.lasso"

    def set_theme(self, theme: str) -> None:
        """Draw for a light or a dark page."""
        with self._lock:
            self.state.theme = theme

    def step(self, n: int = 1) -> None:
        """Make the picks that are shown real and go to the next cycle, `n` times; returns at once."""
        with self._lock:
            if n < 1:
                raise InvalidInput(f"n is {n}, expected at least 1.")
            if self.state.busy:
                raise InvalidInput(f"The {self.state.busy} before still runs: wait for it, or stop it.")
            start = self._plan()
            steps.check(start)
            self.state.code = start.code
            if start.kind == steps.GO and n == 1:
                self._arrive(start.branch, start.until)
                return
            self.state.busy = "step" if n == 1 else "run"
            sampler = self.state.sampler
            self._worker.submit(self._job("step", ACT, lambda job: self._steps(job, start, sampler, n), self._end))

    def stop(self) -> None:
        """Ask what runs to end; all finished steps are kept."""
        with self._lock:
            self.state.playing = False
            if self.branch.runner is not None:
                self.branch.runner.stop()
            self.comparing.stop()
            self._worker.stop(self)
            if self.state.busy or self.state.asking:
                self.state.message = "Stopping at the next report."

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is computed; return whether that came in time."""
        return self._worker.wait(self, timeout)

    @property
    def working(self) -> str | None:
        """What is computed now: "step", "glance", "preview" or "layout"; None when idle."""
        return self._worker.running(self)

    def catch_up(self, picked: bool) -> None:
        """Show what someone else has added; `picked` says whether the shown branch has picks that it had not."""
        state, index, fitted = self.state, self.state.branch, self.branch.run.fitted
        at_end = state.frame.scene is None or state.cycle == state.fitted - 1
        with state.hold_trait_notifications():
            if fitted > state.fitted:
                # Who looks at the last cycle goes along; who looks at an earlier one is left there.
                self.show(index, fitted - 1 if at_end else state.cycle)
            elif picked and not self._exploring:
                self._look(index, state.cycle)
                self._find_picks()
            state.revision += 1

    # -- showing --------------------------------------------------------------------------------

    def show(self, index: int, cycle: int) -> None:
        """Show a branch at a cycle: at once what is on disk, the rest as it is computed."""
        with self.state.hold_trait_notifications():  # so that views draw once
            self._look(index, cycle)
            self._find_picks()
            self.placing.find()

    def _look(self, index: int, cycle: int) -> None:
        state, branch = self.state, self.state.branches[index]
        other_branch = index != state.branch
        with state.hold_trait_notifications():
            state.branch, state.fitted, state.cycle = index, branch.run.fitted, max(cycle, 0)
            if other_branch:
                self._exploring = False
            if not self._exploring:
                state.sampler = self._usual_sampler(branch, cycle)
            scene = Scene.read(branch.run, cycle) if cycle >= 0 else None
            # The old layout stays until the right one is there: points keep their places meanwhile.
            state.frame = Frame(scene, None, state.frame.layout)

    def _usual_sampler(self, branch: Branch, cycle: int) -> Sampler:
        config = branch.recorded(cycle)
        usual = branch.sampler
        # The runner's own instance where it fits: it may be of a class that no registry knows.
        return usual if config in (None, usual.config()) else recorded_sampler(config)

    def _find_picks(self) -> None:
        """Show the recorded picks where the chosen sampler made them, else ask it."""
        state, scene = self.state, self.state.frame.scene
        if scene is None:
            return
        config = state.sampler.config()
        if self.branch.recorded(scene.cycle) == config:
            selection = scene.run.selection(scene.cycle)
            state.asking = False
            self._set_picks(None if selection is None else Picks(selection, config, preview=False))
            return
        self._set_picks(None)
        state.asking = False
        if len(scene.labels) >= scene.size:
            return  # nothing is left to pick
        branch, sampler = self.branch, state.sampler
        state.asking = True

        def show(selection: Any) -> None:
            if self.state.frame.scene is scene and self.state.sampler is sampler:
                self.state.asking = False
                self._set_picks(Picks(selection, config, preview=True))

        self._worker.submit(
            self._job("preview", PREVIEW, lambda job: branch.ask(scene.cycle, sampler, job.report), show)
        )

    def _set_picks(self, picks: Picks | None) -> None:
        self.state.frame = replace(self.state.frame, picks=picks)
        self.placing.place_picks()

    # -- computing ------------------------------------------------------------------------------

    def _plan(self) -> steps.Plan:
        return steps.plan(self.state.branches, self.branch, self.state.cycle, self.state.sampler)

    def _steps(self, job: Job, step: steps.Plan, sampler: Sampler, n: int) -> tuple[Branch, int]:
        """Do `n` steps in the worker; each is shown as soon as it is on disk."""
        for remaining in range(n - 1, -1, -1):
            branch = steps.prepare(step, sampler)
            with self._lock:
                self._join(branch)  # before it computes: a fork that is stopped is there all the same
            steps.carry_out(step, branch, sampler, job.report)
            with self._lock:
                until = min(step.until, branch.run.fitted - 1)
                if until < step.until:
                    self.state.message = "Everything is labeled: there is nothing left to pick."
                    break
                if remaining:
                    self._look(self.state.branches.index(branch), until)
                    step = steps.plan(self.state.branches, branch, until, sampler)
        return branch, until

    def _end(self, result: tuple[Branch, int]) -> None:
        self.state.busy = ""
        self._arrive(*result)

    def _arrive(self, branch: Branch, cycle: int) -> None:
        # What was chosen is now what the branch picks with.
        self._exploring = False
        self.following.measure()
        self.show(self.state.branches.index(branch), cycle)

    def _join(self, branch: Branch) -> None:
        if branch not in self.state.branches:
            self.state.branches = (*self.state.branches, branch)

    def submit(
        self,
        key: str,
        rank: int,
        work: Callable[[Job], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
        heard: Callable[[Progress], None] | None = None,
    ) -> None:
        """Have the worker compute something; `done`, `failed` and `heard` are called under the lock.

        Without `failed` an error is shown in the line of phases, without `heard` the progress is.
        """
        job = self._job(key, rank, work, done)
        if failed is not None:
            job.failed = self._locked(failed)
        if heard is not None:
            tell = self._locked(heard)
            job.heard = lambda phase, done, total: tell(Progress(key, phase, done, total))
        self._worker.submit(job)

    def cancel(self, key: str) -> None:
        """End one thing that is computed or waits, without a word."""
        self._worker.cancel(self, key)

    def _locked(self, action: Callable[[Any], None]) -> Callable[[Any], None]:
        def act(given: Any) -> None:
            with self._lock:
                action(given)

        return act

    def _job(self, key: str, rank: int, work: Callable[[Job], Any], done: Callable[[Any], None]) -> Job:
        def locked_done(result: Any) -> None:
            with self._lock:
                self.state.progress = None
                done(result)

        def failed(error: Exception) -> None:
            with self._lock:
                self.state.progress = None
                if key == "step":
                    self._after_failure()
                if key == "preview":
                    self.state.asking = False
                self.show_error(error)

        def heard(phase: str, done: int, total: int) -> None:
            with self._lock:
                self.state.progress = Progress(key, phase, done, total)

        return Job(self, key, rank, work, locked_done, failed, heard)

    def _after_failure(self) -> None:
        """Show how far a step came: a fit may be there that was not before."""
        self.state.busy = ""
        self.following.measure()
        fitted = self.branch.run.fitted
        if fitted != self.state.fitted:
            self.show(self.state.branch, fitted - 1 if self.state.frame.scene is None else self.state.cycle)

    def show_error(self, error: Exception) -> None:
        """Show an error in the line of phases; what was merely stopped is a message."""
        if isinstance(error, Stopped):
            self.state.message = str(error)
            return
        text = str(error) if isinstance(error, AlvizError) else f"{type(error).__name__}: {error}"
        self.errors.append(text)
        self.state.traceback = "".join(traceback.format_exception(error))
        self.state.error = text

    @contextmanager
    def reading(self) -> Any:
        """Keep the state from changing while it is read."""
        with self._lock:
            yield self.state
