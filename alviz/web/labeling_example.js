import { makeElement } from "./dom.js";
import { CANNOT_TELL, OPEN, SKIPPED, cutOut } from "./labeling_tray.js";

/** The example at hand: its picture as large as there is room, or its values, and what is known of it. */
export class LabelingExample {
  picture = makeElement("div", "alviz-label-picture");
  words = makeElement("div", "alviz-label-words");
  painted = { place: null, from: "" }; // what is on the screen
  #title = makeElement("div", "alviz-label-title");
  #said = makeElement("div", "alviz-label-said");
  #note = makeElement("div", "alviz-label-note alviz-soft");
  #shown = null; // the picture that is in there

  constructor() {
    this.words.append(this.#title, this.#said, this.#note);
    this.#note.hidden = true;
  }

  show(tray, place, parts) {
    this.#paint(tray, place);
    this.#title.replaceChildren();
    this.#said.replaceChildren();
    if (place === null) return;
    const id = tray.ids[place];
    const name = tray.names.get(place);
    this.#title.append(makeElement("b", "", `id ${id}`));
    if (name) {
      const told = makeElement("bdi", "alviz-label-name", name);
      told.title = name;
      this.#title.append(told);
    }
    if (place >= tray.count) this.#title.append(makeElement("span", "alviz-soft", "not asked"));
    this.#said.append(...this.#state(tray.codes[place], parts.classes));
    this.#predict(place, parts);
    const note = parts.note?.id === id ? parts.note.text : "";
    this.#note.textContent = note ? `note: ${note}` : "";
    this.#note.title = note;
    this.#note.hidden = !note;
  }

  #state(code, { names, colors }) {
    if (code === OPEN) return [makeElement("span", "alviz-soft", "open")];
    if (code === SKIPPED) return [makeElement("span", "alviz-soft", "skipped: stays unlabeled")];
    if (code === CANNOT_TELL) return [makeElement("span", "alviz-soft", "cannot be told: stays unlabeled")];
    const name = makeElement("b", "", names[code]);
    name.style.color = colors[code];
    return [makeElement("span", "alviz-soft", "labeled "), name];
  }

  #predict(place, { predicted, classes }) {
    if (predicted === null) return;
    const label = predicted.labels[place];
    const line = makeElement("span", "alviz-label-guess");
    if (label === undefined) line.append(makeElement("span", "alviz-soft", "· nothing predicted yet"));
    else {
      const name = makeElement("b", "", classes.names[label]);
      name.style.color = classes.colors[label];
      const share = makeElement("span", "alviz-soft", ` (${predicted.shares[place].toFixed(2)})`);
      line.append(makeElement("span", "alviz-soft", "· predicted "), name, share);
    }
    this.#said.append(line);
  }

  /** Draw the best picture that is here, unless it is there already. */
  #paint(tray, place) {
    const best = place === null ? undefined : tray.best(place);
    const key = place === null ? null : best ?? tray;
    const values = place === null ? undefined : tray.values.get(place);
    if (this.#shown?.key === key && this.#shown.place === place && this.#shown.values === values) return;
    this.#shown = { key, place, values };
    this.picture.classList.toggle("alviz-ink", Boolean(place !== null && tray.ink));
    this.painted = { place: null, from: "" };
    if (place === null) this.picture.replaceChildren();
    else if (!tray.pictured) {
      this.picture.replaceChildren(this.#values(values ?? [], tray.ids[place]));
      if (values) this.painted = { place, from: "values" };
    } else if (tray.unreadable.has(place) || best?.bitmap === null) {
      const words = "This picture cannot be read: skip it, or say what it is.";
      this.picture.replaceChildren(makeElement("span", "alviz-soft", words));
      this.painted = { place, from: "words" };
    } else if (best) {
      this.picture.replaceChildren(cutOut(best));
      this.painted = { place, from: best === tray.small.get(place) ? "small" : "large" };
    } else {
      this.picture.replaceChildren(makeElement("span", "alviz-soft", "on its way"));
    }
  }

  #values(values, id) {
    const list = makeElement("ol", "alviz-label-values");
    list.setAttribute("aria-label", `Values of ${id}`);
    list.start = 0;
    list.append(...values.map(value => makeElement("li", "", value)));
    return list;
  }
}
