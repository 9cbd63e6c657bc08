import { makeButton, makeElement } from "./dom.js";
import { Pictures } from "./sprites.js";

const SPARE = 6; // buttons kept ready on either side of what is in sight
const PATIENCE = 2000; // ms after which a click that the kernel did not answer is forgotten
const FORMS = {
  strip: { least: 40, most: 52, height: 66 },
  grid: { least: 56, most: 64, height: 78 },
};

/** Copy a trait's bytes: a view may start anywhere, arrays of numbers may not. */
const asArray = (kind, view) =>
  new kind(view ? view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) : 0);

class Thumbnails {
  #model;
  #el;
  #run = makeElement("div", "alviz-run");
  #buttons = new Map();
  #pictures = null;
  #items = null;
  #order = [];
  #selected = null;
  #awaited = null; // the id that was clicked last, until the kernel has taken notice
  #frame = 0;
  #columns = 1;
  #pitch = 1;

  constructor(model, el) {
    this.#model = model;
    this.#el = el;
    el.classList.add("alviz-picks", `alviz-picks-${model.get("form")}`);
    el.tabIndex = 0;
    el.setAttribute("role", "listbox");
    el.setAttribute("aria-orientation", "horizontal");
    el.append(this.#run);
    el.addEventListener("scroll", () => this.#later(), { passive: true });
    el.addEventListener("keydown", event => this.#press(event));
    this.sizes = new ResizeObserver(() => this.#measure());
    this.sizes.observe(el);
    this.on = {
      "change:tiles": () => this.fill(),
      "change:order": () => this.arrange(),
      "change:shares": () => this.arrange(),
      "change:empty": () => this.#measure(),
      "change:selected": () => this.#follow(),
      "msg:custom": (message, buffers) => this.#take(message, buffers),
    };
    for (const [event, act] of Object.entries(this.on)) model.on(event, act);
    this.#selected = model.get("selected");
    this.fill();
  }

  close() {
    for (const [event, act] of Object.entries(this.on)) this.#model.off(event, act);
    this.sizes.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Show other examples. */
  fill() {
    const tiles = this.#model.get("tiles");
    this.#items = {
      ...tiles,
      ids: asArray(Uint32Array, tiles.ids),
      captions: tiles.captions ?? [],
      classes: asArray(Uint16Array, tiles.classes),
    };
    const pictures = new Pictures(tiles.serial, tiles.chunk, message => this.#model.send(message));
    this.#pictures = pictures;
    if (tiles.count) {
      pictures.take(tiles.first, tiles.titles, this.#model.get("sprite")).then(() => this.#redraw(pictures));
    }
    this.arrange();
    this.#el.scrollTo({ left: 0, top: 0 });
  }

  /** Show the same examples in another order, with other bars. */
  arrange() {
    this.#items.shares = asArray(Float32Array, this.#model.get("shares"));
    this.#order = Array.from(asArray(Uint32Array, this.#model.get("order")));
    // Of the tiles before: theirs comes in a moment.
    if (this.#order.length !== this.#items.count) this.#order = [];
    this.#buttons.clear();
    this.#measure();
  }

  async #take(message, buffers) {
    const pictures = this.#pictures;
    if (message.serial !== pictures.serial) return;
    await pictures.take(message.places, message.titles, buffers[0]);
    this.#redraw(pictures);
  }

  #redraw(pictures) {
    if (pictures !== this.#pictures) return;
    for (const [place, button] of this.#buttons) this.#paint(button, place);
  }

  get #grid() {
    return this.#model.get("form") === "grid";
  }

  /** Fit columns to the room there is. */
  #measure() {
    const { least, most, height } = FORMS[this.#model.get("form")];
    const count = this.#order.length;
    const { paddingLeft, paddingRight } = getComputedStyle(this.#el);
    const room = this.#el.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const captions = this.#items.captions.length ? 14 : 0;
    const bars = this.#items.shares.some(Number.isFinite) ? 0 : -5;
    if (this.#grid) {
      this.#columns = Math.max(1, Math.floor(room / least));
      this.#pitch = Math.min(most, room / this.#columns);
    } else {
      this.#columns = Math.max(1, count);
      this.#pitch = Math.min(most, Math.max(least, room / this.#columns));
    }
    this.rowHeight = height + captions + bars;
    const rows = Math.ceil(count / this.#columns);
    // Without a picture the run holds a sentence, which takes the room there is.
    this.#run.style.width = this.#grid || count === 0 ? "100%" : `${count * this.#pitch}px`;
    this.#run.style.height = `${Math.max(1, rows) * this.rowHeight}px`;
    this.#later();
  }

  #later() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** The positions in sight, and some beside them. */
  #sight() {
    const el = this.#el;
    const count = this.#order.length;
    if (this.#grid) {
      const first = Math.floor(el.scrollTop / this.rowHeight) - 1;
      const last = Math.ceil((el.scrollTop + el.clientHeight) / this.rowHeight) + 1;
      return [Math.max(0, first * this.#columns), Math.min(count, last * this.#columns)];
    }
    const first = Math.floor(el.scrollLeft / this.#pitch) - SPARE;
    const last = Math.ceil((el.scrollLeft + el.clientWidth) / this.#pitch) + SPARE;
    return [Math.max(0, first), Math.min(count, last)];
  }

  #draw() {
    if (this.#order.length === 0) {
      this.#buttons.clear();
      this.#run.replaceChildren(makeElement("span", "alviz-soft", this.#model.get("empty")));
      return;
    }
    const [first, last] = this.#sight();
    const seen = this.#order.slice(first, last);
    const buttons = new Map(seen.map(place => [place, this.#buttons.get(place) ?? this.#button(place)]));
    this.#buttons = buttons;
    seen.forEach((place, i) => {
      const at = first + i;
      const style = buttons.get(place).style;
      style.left = `${(at % this.#columns) * this.#pitch}px`;
      style.top = `${Math.floor(at / this.#columns) * this.rowHeight}px`;
      style.width = `${this.#pitch}px`;
    });
    const inside = [...buttons.values()];
    const same = inside.length === this.#run.childNodes.length
      && inside.every((button, i) => this.#run.childNodes[i] === button);
    if (!same) this.#run.replaceChildren(...inside);
    this.#pictures.want(seen);
    this.#mark();
  }

  #button(place) {
    const { ids, shares, classes, names, colors, captions, ink } = this.#items;
    const button = makeButton("alviz-pick", "", "", () => this.#choose(ids[place]));
    button.tabIndex = -1;
    button.dataset.id = ids[place];
    button.setAttribute("role", "option");
    const picture = makeElement("span", ink ? "alviz-thumb alviz-ink" : "alviz-thumb");
    const name = makeElement("b", "", names[classes[place]]);
    name.style.color = colors[classes[place]];
    button.append(picture, name);
    if (captions.length) button.append(makeElement("small", "", captions[place]));
    if (Number.isFinite(shares[place])) {
      const bar = makeElement("i", "");
      bar.style.setProperty("--share", shares[place]);
      button.append(bar);
    }
    this.#paint(button, place);
    return button;
  }

  #paint(button, place) {
    const { ids, classes, names, colors, pictured } = this.#items;
    const picture = this.#pictures.get(place);
    button.title = picture?.title ?? `id ${ids[place]}`;
    button.setAttribute("aria-label", `${button.title} · ${names[classes[place]]}`);
    const thumb = button.firstChild;
    if (thumb.childNodes.length) return;
    if (!pictured) {
      thumb.classList.add("alviz-id");
      thumb.style.setProperty("--color", colors[classes[place]]);
      thumb.textContent = ids[place];
    } else if (picture?.bitmap) {
      const { bitmap, top, height } = picture;
      const canvas = document.createElement("canvas");
      canvas.width = bitmap.width;
      canvas.height = height;
      canvas.getContext("2d").drawImage(bitmap, 0, top, bitmap.width, height, 0, 0, bitmap.width, height);
      thumb.append(canvas);
    }
  }

  #mark() {
    for (const button of this.#buttons.values()) {
      const here = button.dataset.id === String(this.#selected);
      button.classList.toggle("alviz-here", here);
      button.setAttribute("aria-selected", here);
    }
  }

  #choose(id) {
    this.#selected = this.#awaited = id;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.#awaited = null; this.#follow(); }, PATIENCE);
    this.#mark();
    this.#model.send({ id });
  }

  /** Select what the kernel selected; echoes of clicks before the last one come too late to count. */
  #follow() {
    const id = this.#model.get("selected");
    if (this.#awaited !== null && id !== this.#awaited) return;
    this.#awaited = null;
    clearTimeout(this.waiting);
    if (id !== this.#selected) {
      this.#selected = id;
      this.#show(this.#position());
    }
    this.#mark();
  }

  #position() {
    return this.#order.findIndex(place => this.#items.ids[place] === this.#selected);
  }

  #press(event) {
    const last = this.#order.length - 1;
    const here = this.#position();
    const down = this.#grid ? this.#columns : 0;
    const to = {
      ArrowLeft: here < 0 ? last : here - 1,
      ArrowRight: here + 1,
      ArrowUp: down && here - down,
      ArrowDown: down && here + down,
      Home: 0,
      End: last,
    }[event.key];
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (to === undefined || (vertical && !down)) return;
    // JupyterLab would walk through the cells.
    event.preventDefault();
    event.stopPropagation();
    if (to < 0 || to > last || to === here) return;
    this.#show(to);
    this.#choose(this.#items.ids[this.#order[to]]);
  }

  /** Scroll as far as it takes to see a position. */
  #show(position) {
    if (position < 0) return;
    const el = this.#el;
    if (this.#grid) {
      const top = Math.floor(position / this.#columns) * this.rowHeight;
      const most = top, least = top + this.rowHeight - el.clientHeight;
      el.scrollTop = Math.min(most, Math.max(least, el.scrollTop));
    } else {
      const left = position * this.#pitch;
      el.scrollLeft = Math.min(left, Math.max(left + this.#pitch - el.clientWidth, el.scrollLeft));
    }
  }
}

const render = ({ model, el }) => {
  const thumbnails = new Thumbnails(model, el);
  return () => thumbnails.close();
};

export default { render };
