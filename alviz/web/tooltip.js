import { makeElement } from "./dom.js";

const GAP = 16; // CSS pixels from the point

/** The card beside the hovered point. */
export class Tooltip {
  #root;
  #card;
  #picture = makeElement("img", "alviz-map-picture");
  #words = makeElement("div", "alviz-map-words");

  constructor(root) {
    this.#root = root;
    this.#card = makeElement("div", "alviz-map-tooltip");
    this.#card.setAttribute("role", "tooltip");
    this.#picture.alt = "";
    this.#card.append(this.#picture, this.#words);
    this.#card.hidden = true;
    root.append(this.#card);
  }

  /** `facts`: {title, lines: [[text, "soft" | ""]], url, ink}; `place`: [x, y] in the root element. */
  show(facts, place) {
    const lines = facts.lines.map(([text, kind]) => {
      const line = makeElement("span", kind === "soft" ? "alviz-map-soft" : "", String(text));
      line.dir = "auto";
      return line;
    });
    const title = makeElement("div");
    title.append(makeElement("b", "", facts.title));
    if (facts.lines[0]?.[1] === "soft") title.append(" ", lines.shift()); // one line where there is room
    this.#words.replaceChildren(title, ...lines);
    this.#picture.hidden = !facts.url;
    this.#picture.classList.toggle("alviz-map-ink", Boolean(facts.ink));
    if (facts.url && this.#picture.src !== facts.url) this.#picture.src = facts.url;
    this.#card.hidden = false;
    this.move(place);
  }

  move([x, y]) {
    const { offsetWidth: width, offsetHeight: height } = this.#card;
    const [most, deep] = [this.#root.clientWidth, this.#root.clientHeight];
    const left = x + GAP + width > most ? x - GAP - width : x + GAP;
    const top = y - GAP - height < 0 ? y + GAP : y - GAP - height;
    this.#card.style.left = `${Math.max(Math.min(left, most - width - 4), 4)}px`;
    this.#card.style.top = `${Math.max(Math.min(top, deep - height - 4), 4)}px`;
  }

  hide() {
    this.#card.hidden = true;
  }
}

/** Facts as the host gives them, with an address for their image. */
export function withPicture(facts) {
  const lines = (facts.lines ?? []).map(line => (Array.isArray(line) ? line : [line, ""]));
  if (!facts.image) return { ...facts, lines, url: "" };
  return { ...facts, lines, url: URL.createObjectURL(new Blob([facts.image], { type: "image/png" })) };
}

export function dropPicture({ url }) {
  if (url) URL.revokeObjectURL(url);
}
