import { grouped, makeButton, makeElement } from "./dom.js";
import { MARK_SHAPES, shapeOf, shapePicture } from "./shapes.js";

const DISC = "M.4 0A.4.4 0 1 1-.4 0 .4.4 0 1 1 .4 0Z";
const RING = "M.8 0A.8.8 0 1 1-.8 0 .8.8 0 1 1 .8 0Z";
const TIMES = "M-1-.6-.6-1 0-.4.6-1 1-.6.4 0 1 .6.6 1 0 .4-.6 1-1 .6-.4 0Z";
const TOOLS = [
  ["lasso", "Draw around points to select them (l)"],
  ["box", "Draw a box around points to select them (b, or Shift and drag)"],
  ["reset", "Show the whole map (r)"],
];

/** The line below the map: what the shapes mean, with counts, and the tools. */
export class Foot {
  element = makeElement("div", "alviz-map-foot");
  #key = makeElement("div", "alviz-map-key");
  #tools = new Map();
  #signature = "";
  #toggled;

  /** `used(tool)` after a click on a tool; `toggled(name)` after one on a sampler. */
  constructor(used, toggled) {
    this.#toggled = toggled;
    const tools = makeElement("div", "alviz-map-tools");
    for (const [name, title] of TOOLS) {
      if (this.#tools.size) tools.append(makeElement("span", "alviz-map-soft", "·"));
      const button = makeButton("alviz-map-tool", name, title, () => used(name));
      if (name !== "reset") button.setAttribute("aria-pressed", "false");
      this.#tools.set(name, button);
      tools.append(button);
    }
    this.element.append(this.#key, tools);
  }

  setMode(mode) {
    for (const [name, button] of this.#tools) {
      if (name !== "reset") button.setAttribute("aria-pressed", String(name === mode));
    }
  }

  update({ unlabeled, labeled, samplers, synthetic }) {
    const signature = JSON.stringify([unlabeled, labeled, synthetic,
      samplers.map(({ name, count, hidden, preview }) => [name, count, hidden, preview])]);
    if (signature === this.#signature) return;
    const focused = document.activeElement?.dataset?.sampler;
    this.#signature = signature;
    this.#key.replaceChildren(
      entryOf("span", shapePicture(DISC, { filled: true }), "unlabeled", unlabeled),
      entryOf("span", shapePicture(RING), "labeled", labeled),
      ...samplers.map(sampler => this.#samplerEntry(sampler, samplers.length)),
    );
    const times = shapePicture(TIMES, { filled: true, scale: 3 });
    if (synthetic) this.#key.append(entryOf("span", times, "generated", synthetic));
    if (focused !== undefined) this.#key.querySelector(`[data-sampler="${CSS.escape(focused)}"]`)?.focus();
  }

  #samplerEntry({ name, position, count, hidden, preview }, several) {
    const { shape, filled, dotted } = shapeOf(position);
    const picture = shapePicture(MARK_SHAPES[shape], { filled, dotted });
    const words = several > 1 ? name : preview ? "would pick" : "picked now";
    const entry = entryOf("button", picture, words, count);
    if (several > 1 && preview) entry.append(makeElement("span", "alviz-map-soft", "preview"));
    entry.type = "button";
    entry.title = `${name}: show or hide its picks`;
    entry.dataset.sampler = name;
    entry.setAttribute("aria-pressed", String(!hidden));
    entry.addEventListener("click", () => this.#toggled(name));
    return entry;
  }
}

function entryOf(tag, picture, words, count) {
  const entry = makeElement(tag, "alviz-map-entry");
  const name = makeElement("bdi", "", words);
  name.dir = "auto";
  entry.append(picture, name, makeElement("span", "", grouped(count)));
  return entry;
}
