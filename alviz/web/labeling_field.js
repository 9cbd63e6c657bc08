import { makeElement } from "./dom.js";
import { makeCalmButton } from "./labeling_buttons.js";

/** One line to type into, for names and notes; it is there while something is typed. */
export class LabelingField {
  element = makeElement("form", "alviz-label-field");
  #words = makeElement("label", "alviz-soft");
  #input = makeElement("input", "alviz-label-input");
  #done = () => {};
  #left;

  /** `left()` when it closes, by whatever way. */
  constructor(left) {
    this.#left = left;
    this.#input.type = "text";
    this.#input.maxLength = 2000;
    this.#words.append(makeElement("span"), this.#input);
    const keep = makeCalmButton("alviz-label-link", "Keep", "Keep it (Enter)", () => this.#submit());
    const hint = "Leave without keeping it (Esc)";
    const leave = makeCalmButton("alviz-label-link", "Leave", hint, () => this.close());
    this.element.append(this.#words, keep, leave);
    this.element.addEventListener("submit", event => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("keydown", event => {
      event.stopPropagation(); // typing is typing
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.close();
    });
    this.element.hidden = true;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** Ask for a text; `done(text)` gets it and says whether it was taken. */
  open(words, value, done) {
    this.#words.firstChild.textContent = words;
    this.#input.value = value;
    this.#done = done;
    this.element.hidden = false;
    this.#input.focus();
    this.#input.select();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.#left();
  }

  #submit() {
    const text = this.#input.value.trim();
    if (text && !this.#done(text)) return;
    this.close();
  }
}
