import { classColor, gradientOf } from "./colors.js";
import { makeButton, makeElement } from "./dom.js";

const MOST_CHIPS = 12;

/** What colors mean: a row of chips or a list of classes that hide and show them, or the bar of a ramp. */
export class Legend {
  element = makeElement("div", "alviz-map-legend");
  #toggled;
  #signature = "";
  #buttons = [];
  #all;

  /** `toggled(codes)` is called with all hidden codes after a click. */
  constructor(toggled) {
    this.#toggled = toggled;
    this.element.addEventListener("keydown", event => this.#walk(event));
  }

  /** Whether it stands beside the map, as a list, or above it, as a row. */
  get list() {
    return this.#buttons.length > MOST_CHIPS;
  }

  update(coloring, palette, theme, hidden) {
    const signature = JSON.stringify([coloring, theme, palette]);
    if (signature !== this.#signature) {
      this.#signature = signature;
      this.#build(coloring, palette, theme);
    }
    this.#buttons.forEach((button, code) => button.setAttribute("aria-pressed", String(!hidden.has(code))));
    if (this.#all) this.#all.hidden = !hidden.size;
  }

  #build(coloring, palette, theme) {
    this.#buttons = [];
    this.#all = null;
    this.element.hidden = !palette;
    this.element.classList.toggle("alviz-map-list", false);
    this.element.replaceChildren();
    if (!palette) return;
    if (palette.kind === "ramp") this.#buildRamp(coloring, palette, theme);
    else this.#buildClasses(coloring, palette, theme);
  }

  #buildRamp(coloring, palette, theme) {
    const bar = makeElement("span", "alviz-map-ramp");
    bar.style.background = gradientOf(palette, theme);
    const [low, high] = palette.ends ?? ["low", "high"];
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", `${coloring.title}: from ${low} to ${high}`);
    const words = [coloring.title, low, high].map(text => makeElement("span", "alviz-map-soft", text));
    this.element.append(words[0], words[1], bar, words[2]);
  }

  #buildClasses(coloring, palette, theme) {
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `${coloring.title}: show or hide`);
    this.#buttons = (palette.names ?? []).map((name, code) => this.#chip(String(name), code, palette, theme));
    this.element.classList.toggle("alviz-map-list", this.list);
    this.#all = makeButton("alviz-map-all", "show all", "show all classes", () => {
      this.#buttons.forEach(button => button.setAttribute("aria-pressed", "true"));
      this.#tell();
    });
    this.element.append(...this.#buttons, this.#all);
    if (this.#buttons.length) this.#buttons[0].tabIndex = 0;
  }

  #chip(name, code, palette, theme) {
    const chip = makeButton("alviz-map-chip", "", name, () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      this.#tell();
    });
    const swatch = makeElement("span", "alviz-map-swatch");
    swatch.style.background = classColor(palette, theme, code);
    const words = makeElement("bdi", "", name);
    words.dir = "auto";
    chip.append(swatch, words);
    chip.tabIndex = -1; // one stop for Tab; up and down walk
    return chip;
  }

  #tell() {
    const pressed = button => button.getAttribute("aria-pressed") === "true";
    this.#toggled(this.#buttons.flatMap((button, code) => (pressed(button) ? [] : [code])));
  }

  #walk(event) {
    const at = this.#buttons.indexOf(document.activeElement ?? null);
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.#buttons.length - 1 }[event.key];
    if (at < 0 || goal === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = this.#buttons[Math.min(Math.max(goal, 0), this.#buttons.length - 1)];
    this.#buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}
