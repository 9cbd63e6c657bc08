import { LabelingTray } from "./labeling_tray.js";

const LATE = 3000; // ms after which a person is told that the kernel does not answer

/**
 * The page's end of the line to the kernel, one per widget. What is to be recorded is sent with a serial,
 * one thing at a time, and is pending until the kernel says that it is on the disk.
 */
export class LabelingLink {
  parts = {
    place: null,
    head: {},
    classes: { names: [], colors: [], offered: [], keys: {} },
    progress: {},
    offers: [],
    loop: {},
    predicted: null,
    doubts: null, // what speaks against each label, while labels are reviewed
    curve: null,
    hint: "",
    message: "",
    note: null,
  };
  tray = null;
  near = null;
  pending = null; // {message, error, late}
  notice = ""; // of this page alone
  sent = 0;
  heard = 0;
  #model;
  #views = new Set();
  #page = Math.random().toString(36).slice(2);
  #serial = 0;
  #going = null; // the serial of the last step of this page that the kernel did not answer yet
  #timer = 0;

  constructor(model) {
    this.#model = model;
    this.hear = this.hear.bind(this);
    model.on("msg:custom", this.hear);
    this.#send({ do: "hello" });
  }

  close() {
    clearTimeout(this.#timer);
    this.#model.off("msg:custom", this.hear);
  }

  join(view) {
    this.#views.add(view);
    view.show();
    return () => this.#views.delete(view);
  }

  get id() {
    return this.parts.place === null || !this.tray ? null : this.tray.ids[this.parts.place];
  }

  get unsaved() {
    return this.pending !== null && Boolean(this.pending.error || this.pending.late);
  }

  // To the kernel

  /** Have something done that is acknowledged; false, and nothing is sent, while another is pending. */
  act(what, payload = {}) {
    if (this.pending) {
      this.say("Not taken: what was given before is not saved yet.");
      return false;
    }
    this.notice = "";
    this.#serial += 1;
    const message = { do: what, page: this.#page, serial: this.#serial, ...payload };
    this.pending = { message, error: "", late: false };
    this.#submit();
    return true;
  }

  /** Go somewhere here and now, then tell. */
  go(place) {
    if (this.pending) {
      this.say("What was given is not saved yet: it stays here until it is.");
      return;
    }
    if (place < 0 || place >= this.tray.count || place === this.parts.place) return;
    this.notice = "";
    this.#serial += 1;
    this.#going = this.#serial;
    this.parts.place = place;
    this.#send({ do: "go", page: this.#page, serial: this.#serial, place, tray: this.tray.serial });
    this.#changed();
  }

  /** Ask for what takes a moment to say of an example. */
  look(code) {
    if (this.id !== null) this.#send({ do: "look", id: this.id, code });
  }

  again() {
    if (!this.unsaved) return;
    this.pending.error = "";
    this.pending.late = false;
    this.#submit();
  }

  /** Give up what the kernel refused. */
  discard() {
    if (!this.pending?.error) return;
    this.pending = null;
    this.say("Discarded: it was not saved.");
  }

  say(notice) {
    this.notice = notice;
    this.#changed();
  }

  #submit() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.pending || this.pending.error) return;
      this.pending.late = true;
      this.#changed();
    }, LATE);
    this.#send(this.pending.message);
    this.#changed();
  }

  #send(message) {
    this.sent += 1;
    try {
      this.#model.send(message);
    } catch {
      // A line that is closed answers nothing: the person is told when it is late.
    }
  }

  // From the kernel

  async hear(message, buffers) {
    this.heard += 1;
    const { kind } = message;
    if (kind === "told") this.#take(message, buffers);
    else if (kind === "refused") this.#refuse(message);
    else if (kind === "near") {
      this.near = { ...message, bytes: buffers[0] };
      for (const view of this.#views) view.showNear(this.near);
    } else if (kind === "pictures" && message.serial === this.tray?.serial) {
      const { tray } = this;
      await tray.take(message, buffers[0]);
      if (tray === this.tray) for (const view of this.#views) view.showPictures(message.places);
    }
  }

  #take({ kind, asked, states = [], visited = [], ack = {}, ...parts }, buffers) {
    const mine = ack.page === this.#page;
    if (mine && ack.serial === this.#going) this.#going = null;
    if (mine && ack.serial === this.pending?.message.serial) {
      clearTimeout(this.#timer);
      this.pending = null;
    }
    if (asked) {
      this.tray = new LabelingTray(asked, buffers, message => this.#send({ do: "want", ...message }));
      this.#going = null;
      this.#first(this.tray, asked.first, buffers[2]);
    }
    if (visited.length) this.tray.visit(visited);
    for (const [place, code] of states) this.tray.codes[place] = code;
    // What the kernel said before it knew where this page has gone meanwhile does not count.
    if (this.#going !== null) delete parts.place;
    if (parts.message) this.notice = "";
    Object.assign(this.parts, parts);
    this.#changed(states.map(([place]) => place));
  }

  async #first(tray, first, bytes) {
    await tray.take({ ...first, large: false }, bytes);
    if (tray === this.tray) for (const view of this.#views) view.showPictures(first.places);
  }

  #refuse({ page, serial, error }) {
    if (page !== this.#page || serial !== this.pending?.message.serial) return;
    clearTimeout(this.#timer);
    this.pending.error = error;
    this.#changed();
  }

  #changed(places = []) {
    this.tray?.prepare(this.parts.place);
    for (const view of this.#views) view.show(places);
  }
}
