import { makeElement } from "./dom.js";
import { makeCalmButton } from "./labeling_buttons.js";
import { CANNOT_TELL, OPEN, SKIPPED, cutOut } from "./labeling_tray.js";

const LEAST = 76; // CSS pixels of a tile's width
const MOST = 104;
const BELOW = 25; // for the words below its picture
const GAP = 8;
const SETTLED = 300; // ms after which a drawing is looked at again: another theme collapses the page for a moment
const ASIDE = { [OPEN]: "", [SKIPPED]: "skipped", [CANNOT_TELL]: "cannot tell" };

/** Everything that is asked, as tiles with what was said of each; only those in sight are in the page. */
export class LabelingTiles {
  element = makeElement("div", "alviz-label-tiles");
  #run = makeElement("div", "alviz-label-run");
  #tiles = new Map();
  #tray = null;
  #classes = null;
  #place = null;
  #go;
  #frame = 0;
  #again = 0;
  #columns = 1;
  #pitch = LEAST;

  /** `go(place)` after a click on a tile. */
  constructor(go) {
    this.#go = go;
    this.element.append(this.#run);
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", "Examples to label");
    this.element.addEventListener("scroll", () => this.#later(), { passive: true });
    this.sizes = new ResizeObserver(() => this.#measure());
    this.sizes.observe(this.element);
  }

  close() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#again);
  }

  get columns() {
    return this.#columns;
  }

  get inPage() {
    return this.#tiles.size;
  }

  show(tray, classes, place, changed) {
    const other = tray !== this.#tray;
    if (other) this.#tiles.clear();
    if (other || classes !== this.#classes) {
      this.#tray = tray;
      this.#classes = classes;
      for (const [at, tile] of this.#tiles) this.#word(tile, at);
      if (other) this.element.scrollTop = 0;
      this.#measure();
    }
    for (const at of changed) if (this.#tiles.has(at)) this.#word(this.#tiles.get(at), at);
    if (place === this.#place && !other) return;
    this.#tiles.get(this.#place)?.classList.remove("alviz-here");
    this.#place = place;
    this.#mark(this.#tiles.get(place));
    this.#reveal();
  }

  showPictures(places) {
    for (const place of places) if (this.#tiles.has(place)) this.#paint(this.#tiles.get(place), place);
  }

  get #height() {
    return this.#pitch + BELOW;
  }

  #measure() {
    const room = this.#run.clientWidth - 4;
    if (room <= 0 || !this.#tray) return;
    this.#columns = Math.max(1, Math.floor((room + GAP) / (LEAST + GAP)));
    this.#pitch = Math.min(MOST, (room + GAP) / this.#columns - GAP);
    this.#run.style.height = `${Math.ceil(this.#tray.count / this.#columns) * (this.#height + GAP)}px`;
    for (const [place, tile] of this.#tiles) this.#put(tile, place);
    this.#reveal();
    this.#later();
  }

  #later() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const { element } = this;
    const height = element.clientHeight;
    const rows = this.#height + GAP;
    const first = Math.max(0, (Math.floor(element.scrollTop / rows) - 1) * this.#columns);
    const last = (Math.ceil((element.scrollTop + element.clientHeight) / rows) + 1) * this.#columns;
    const seen = new Map();
    for (let place = first; place < Math.min(last, this.#tray?.count ?? 0); place += 1) {
      seen.set(place, this.#tiles.get(place) ?? this.#tile(place));
    }
    const same = seen.size === this.#tiles.size && [...seen.keys()].every(place => this.#tiles.has(place));
    this.#tiles = seen;
    if (!same || this.#run.childNodes.length !== seen.size) this.#run.replaceChildren(...seen.values());
    this.#tray?.small.want([...seen.keys()]);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => { if (element.clientHeight !== height) this.#measure(); }, SETTLED);
  }

  #tile(place) {
    const tile = makeCalmButton("alviz-label-tile", "", "", () => this.#go(place));
    tile.tabIndex = -1;
    tile.dataset.place = place;
    tile.setAttribute("role", "option");
    const thumb = makeElement("span", this.#tray.ink ? "alviz-thumb alviz-ink" : "alviz-thumb");
    tile.append(thumb, makeElement("b"));
    this.#put(tile, place);
    this.#word(tile, place);
    this.#paint(tile, place);
    if (place === this.#place) this.#mark(tile);
    return tile;
  }

  #put(tile, place) {
    tile.style.left = `${2 + (place % this.#columns) * (this.#pitch + GAP)}px`;
    tile.style.top = `${2 + Math.floor(place / this.#columns) * (this.#height + GAP)}px`;
    tile.style.width = `${this.#pitch}px`;
  }

  /** What was said of it, in the color of the class. */
  #word(tile, place) {
    const code = this.#tray.codes[place];
    const { names, colors } = this.#classes;
    const words = code >= 0 ? names[code] : ASIDE[code];
    tile.dataset.state = code >= 0 ? "labeled" : code === OPEN ? "open" : "aside";
    tile.lastChild.textContent = words;
    tile.style.setProperty("--color", code >= 0 ? colors[code] : "var(--alviz-line)");
    const name = this.#tray.names.get(place);
    tile.title = [`id ${this.#tray.ids[place]}`, name, words || "open"].filter(Boolean).join(" · ");
    tile.setAttribute("aria-label", tile.title);
  }

  #paint(tile, place) {
    const thumb = tile.firstChild;
    const { pictured, unreadable, small, names, ids } = this.#tray;
    if (names.has(place)) this.#word(tile, place);
    if (thumb.childNodes.length) return;
    if (!pictured) thumb.textContent = names.get(place) || `id ${ids[place]}`;
    else if (unreadable.has(place) || small.get(place)?.bitmap === null) thumb.textContent = "cannot be read";
    else if (small.get(place)) thumb.append(cutOut(small.get(place)));
    thumb.classList.toggle("alviz-label-text", Boolean(thumb.textContent));
  }

  #mark(tile) {
    tile?.classList.add("alviz-here");
    for (const each of this.#tiles.values()) each.setAttribute("aria-selected", String(each === tile));
  }

  /** Scroll as far as it takes to see the place at hand, and the row after it. */
  #reveal() {
    if (this.#place === null || !this.#tray || this.#place >= this.#tray.count) return;
    const rows = this.#height + GAP;
    const top = Math.floor(this.#place / this.#columns) * rows;
    const room = this.element.clientHeight;
    const wanted = room >= 2 * rows ? top + 2 * rows - room : top + rows - room;
    const at = Math.max(wanted, this.element.scrollTop);
    this.element.scrollTop = Math.min(top, Math.ceil(at / rows - 0.01) * rows);
  }
}
