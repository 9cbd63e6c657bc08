import { grouped, makeElement } from "./dom.js";
import { commandButton } from "./labeling_buttons.js";
import { LabelingCallout } from "./labeling_callout.js";
import { LabelingChoices } from "./labeling_choices.js";
import { LabelingCurve } from "./labeling_curve.js";
import { LabelingExample } from "./labeling_example.js";
import { LabelingField } from "./labeling_field.js";
import { LabelingFoot } from "./labeling_foot.js";
import { LabelingHead } from "./labeling_head.js";
import { meaningOf } from "./labeling_keys.js";
import { LabelingLink } from "./labeling_link.js";
import { LabelingNear } from "./labeling_near.js";
import { LabelingTiles } from "./labeling_tiles.js";

const REST = 90; // ms that an example stays before the map and its neighbors follow
const GIVING = ["answer", "skip", "cannot tell"];

/** One page of a labeler: what a person sees of the link, and what they do. */
class LabelingPage {
  #link;
  #el;
  #work = makeElement("section", "alviz-label-work");
  #callout = new LabelingCallout();
  #head = new LabelingHead((what, payload) => this.#act(what, payload));
  #example = new LabelingExample();
  #where = makeElement("span", "alviz-soft alviz-label-place");
  #predicted = commandButton("predicted", name => this.#command(name));
  #field = new LabelingField(() => this.#work.focus({ preventScroll: true }));
  #choices = new LabelingChoices(label => this.#give(label), () => this.#work.focus({ preventScroll: true }));
  #commands = makeElement("div", "alviz-label-commands");
  #near = new LabelingNear(id => this.#act("visit", { id }));
  #tiles = new LabelingTiles(place => this.#link.go(place));
  #foot = new LabelingFoot();
  #curve = new LabelingCurve();
  #frame = null; // the whole view's element, whose keys are heard
  #mode = ""; // "rename" while the next class is not given but renamed
  #rest = 0;
  #looked = null; // the example that the map was told of
  #code = "";

  constructor(link, el) {
    this.#link = link;
    this.#el = el;
    el.classList.add("alviz-label");
    el.alvizLabeling = this;
    this.#work.tabIndex = 0;
    this.#work.dataset.lmSuppressShortcuts = "true";
    this.#work.setAttribute("aria-label", "Labeling: one key per class, Space to skip, arrows to go back");
    const buttons = (...names) => names.map(name => commandButton(name, each => this.#command(each)));
    this.#commands.append(...buttons("skip", "cannotTell", "undo", "note"), this.#predicted);
    this.#commands.append(...buttons("add", "rename"));
    const beside = makeElement("div", "alviz-label-beside");
    const line = makeElement("div", "alviz-label-line");
    const steps = makeElement("div", "alviz-label-steps");
    const [previous, next] = buttons("previous", "next");
    steps.append(previous, this.#where, next);
    line.append(this.#example.words, steps);
    beside.append(line, this.#callout.element, this.#choices.element, this.#field.element, this.#commands);
    const top = makeElement("div", "alviz-label-example");
    const left = makeElement("div", "alviz-label-large");
    const asleep = makeElement("span", "alviz-label-asleep", "click here to label by keys");
    left.append(this.#example.picture, asleep);
    top.append(left, beside);
    this.#work.append(top, this.#near.element, this.#tiles.element);
    el.append(this.#head.element, this.#work, this.#curve.element, this.#foot.element);
    for (const part of [this.#head.element, this.#work, this.#foot.element]) {
      part.addEventListener("pointerup", event => this.#takeFocus(event));
    }
    this.pressed = event => this.#pressed(event);
    this.sizes = new ResizeObserver(() => this.#listen());
    this.sizes.observe(this.#work);
    this.leave = link.join(this);
  }

  close() {
    this.leave();
    clearTimeout(this.#rest);
    this.sizes.disconnect();
    this.#tiles.close();
    this.#choices.close();
    this.#frame?.removeEventListener("keydown", this.pressed);
    delete this.#el.alvizLabeling;
  }

  /** What is on the page, for tests. */
  debug() {
    const { tray, parts, pending, id } = this.#link;
    return {
      id,
      place: parts.place,
      painted: this.#example.painted,
      count: tray?.count ?? null,
      codes: tray ? tray.codes.slice(0, tray.count) : [],
      pending: pending?.message.do ?? null,
      error: pending?.error ?? "",
      late: pending?.late ?? false,
      notice: this.#link.notice,
      message: parts.message,
      tiles: this.#tiles.inPage,
      sent: this.#link.sent,
      heard: this.#link.heard,
      mode: this.#mode,
      near: this.#link.near?.ids ?? null,
      learning: Boolean(parts.loop.learning),
    };
  }

  // What the link has to say

  show(changed = []) {
    const { tray, parts, pending, notice } = this.#link;
    if (!tray) return;
    const { place, classes } = parts;
    const waiting = pending?.message.do === "answer" ? pending.message.label : null;
    this.#example.show(tray, place, parts);
    this.#where.textContent = place === null || place >= tray.count ? `of ${grouped(tray.count)}`
      : `${grouped(place + 1)} of ${grouped(tray.count)}`;
    this.#predicted.setAttribute("aria-pressed", String(parts.predicted !== null));
    this.#choices.show(classes, place === null ? null : tray.codes[place], waiting, this.#mode);
    this.#tiles.show(tray, classes, place, changed);
    this.#head.show(parts);
    this.#foot.show(parts, notice);
    this.#near.element.hidden = place === null;
    this.#curve.show(parts.curve, parts.hint);
    this.#callout.show(this.#sentence());
    this.#el.toggleAttribute("data-unsaved", this.#link.unsaved);
    if (this.#link.id !== this.#looked) this.#lookSoon();
  }

  showPictures(places) {
    const { tray, parts } = this.#link;
    this.#tiles.showPictures(places);
    if (places.includes(parts.place)) this.#example.show(tray, parts.place, parts);
  }

  showNear(told) {
    if (told.id !== this.#link.id) return;
    this.#near.show(told, this.#link.tray, this.#link.parts.classes);
  }

  /** Have the map and the neighbors follow once the person stays with an example. */
  #lookSoon() {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#looked = this.#link.id;
      this.#link.look(this.#code);
    }, REST);
  }

  /** What is to be said beside the example, the most urgent first. */
  #sentence() {
    const { pending, parts, tray } = this.#link;
    const again = ["Try again", () => this.#link.again(), "Save it once more (Enter)"];
    const discard = ["Discard", () => this.#link.discard(), "Give it up (Esc)"];
    if (pending?.error) {
      const sentence = `${this.#pendingWords(pending.message)} is not saved: ${pending.error}`;
      return { kind: "error", sentence, actions: [again, discard] };
    }
    if (pending?.late) {
      const sentence = `${this.#pendingWords(pending.message)} is not saved yet: the kernel does not answer.`;
      return { kind: "late", sentence, actions: [again] };
    }
    if (this.#mode === "rename") {
      const leave = ["Leave", () => this.#leaveMode(), "Rename nothing (Esc)"];
      return { kind: "mode", sentence: "Which class is to be renamed?", actions: [leave] };
    }
    const { doubts, loop, place } = parts;
    if (doubts?.[place]) return { kind: "quiet", sentence: doubts[place], actions: [] };
    if (tray.count === 0) {
      const start = ["Fit and pick", () => this.#act("learn"), "Learn now"];
      const actions = loop.able && !loop.learning ? [start] : [];
      return { kind: "quiet", sentence: nothingAsked(loop), actions };
    }
    if (tray.open > 0) return null;
    const after = loop.learning ? "The new picks come when the fit is done." : "Labels may still be changed.";
    return { kind: "quiet", sentence: `All ${grouped(tray.count)} are done. ${after}`, actions: [] };
  }

  #pendingWords({ do: what, label, text }) {
    const { names } = this.#link.parts.classes;
    switch (what) {
      case "answer": return `“${names[label]}”`;
      case "skip": return "“Skip”";
      case "cannot tell": return "“Cannot tell”";
      case "note": return "The note";
      case "add class":
      case "rename class": return `The class “${text}”`;
      default: return "This";
    }
  }

  // What a person does

  /** Hear the keys of the whole view, wherever in it the focus is. */
  #listen() {
    const frame = this.#el.closest(".alviz-labeler");
    if (frame === this.#frame || !frame) return;
    this.#frame?.removeEventListener("keydown", this.pressed);
    this.#frame = frame;
    frame.addEventListener("keydown", this.pressed);
  }

  #takeFocus(event) {
    if (event.target.closest("input")) return;
    if (!this.#el.contains(document.activeElement) || document.activeElement === document.body) {
      this.#work.focus({ preventScroll: true });
    }
  }

  #pressed(event) {
    if (event.defaultPrevented || event.target.closest("input, textarea, select")) {
      event.stopPropagation();
      return;
    }
    const meaning = meaningOf(event, this.#link.parts.classes.keys);
    if (!meaning) return;
    // A focused button is pressed by these.
    const pressing = (event.key === " " || event.key === "Enter") && event.target.closest("button");
    event.stopPropagation(); // JupyterLab has meanings of its own for these keys
    if (pressing) return;
    event.preventDefault();
    // A key that is held down is one answer: the next pictures were not seen yet.
    if (event.repeat && !["previous", "next", "above", "below"].includes(meaning.command)) return;
    if (meaning.label !== undefined) this.#give(meaning.label);
    else this.#command(meaning.command);
  }

  #give(label) {
    const { id, parts } = this.#link;
    if (this.#mode === "rename") {
      this.#rename(label);
      return;
    }
    if (id === null) return;
    this.#act("answer", { id, label }, `labeler.answer(${JSON.stringify(parts.classes.names[label])})`);
  }

  #act(what, payload = {}, code = "") {
    const taken = this.#link.act(what, payload);
    if (taken && code) this.#code = code;
    if (taken && !GIVING.includes(what)) this.#looked = undefined; // its neighbors may be others now
    return taken;
  }

  #command(name) {
    const { id, parts, pending, tray } = this.#link;
    const place = parts.place ?? 0;
    switch (name) {
      case "skip": return id !== null && this.#act("skip", { id }, "labeler.skip()");
      case "cannotTell": return id !== null && this.#act("cannot tell", { id }, "labeler.cannot_tell()");
      case "undo": return this.#act("undo", {}, "labeler.undo()");
      case "note": return id !== null && this.#writeNote(id);
      case "predicted": return this.#act("predicted", { shown: parts.predicted === null });
      case "add": return this.#field.open("New class", "", text => this.#act("add class", { text }));
      case "rename": return this.#startRename();
      case "find": return this.#choices.find();
      case "previous": return this.#link.go(Math.min(place, tray.count) - 1);
      case "next": return this.#link.go(place + 1);
      case "above": return this.#link.go(place - this.#tiles.columns);
      case "below": return this.#link.go(place + this.#tiles.columns);
      case "first": return this.#link.go(0);
      case "last": return this.#link.go(tray.count - 1);
      case "offer": return this.#link.unsaved ? this.#link.again() : this.#takeOffer(parts.offers);
      default: return pending?.error ? this.#link.discard() : this.#leaveMode();
    }
  }

  #takeOffer([first]) {
    if (first && !["ask set aside", "ask review"].includes(first.do)) this.#act(first.do);
  }

  #writeNote(id) {
    const { note } = this.#link.parts;
    const before = note?.id === id ? note.text : "";
    this.#field.open(`Note on id ${id}`, before, text => this.#act("note", { id, text }));
  }

  #startRename() {
    this.#mode = this.#mode === "rename" ? "" : "rename";
    this.show();
  }

  #rename(number) {
    const { names } = this.#link.parts.classes;
    this.#mode = "";
    this.show();
    const rename = text => this.#act("rename class", { number, text });
    this.#field.open(`Rename ${names[number]}`, names[number], rename);
  }

  #leaveMode() {
    this.#mode = "";
    this.#field.close();
    this.show();
  }
}

function nothingAsked({ learning, able }) {
  if (learning) return "Fitting and picking: the first picks come in a moment.";
  if (able) return "Nothing is asked yet.";
  return "Nothing is asked yet: draw around points on the map to label them.";
}

/** Called once per widget: the model that `render` gets is not the object that `initialize` got. */
export default () => {
  let link = null;
  const initialize = ({ model }) => {
    link = new LabelingLink(model);
    return () => link.close();
  };
  const render = ({ el }) => {
    const page = new LabelingPage(link, el);
    return () => page.close();
  };
  return { initialize, render };
};
