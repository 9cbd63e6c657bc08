import { grouped, makeElement } from "./dom.js";

const XML = "http://www.w3.org/2000/svg";
const HEIGHT = 172;
const ROOM = { left: 44, right: 12, top: 10, bottom: 24 };
const ROW = 13; // pixels of a line of text
const MOST_LINE_NAMES = 8;
const LONGEST_LINE_NAME = 16;
const NEAR = 24; // pixels from which a point is meant

/**
 * A value against labels: a line per group of runs, a band where it has several, the shown cycle marked.
 *
 * `curves`: {runs: [{labels, values, shared}], lines: [{name, color, members, labels, mean, std}]};
 * `written(value)` is the text of a value; `chosen(branch, cycle)` is called after a click.
 */
export class Curves {
  element = makeElement("div", "alviz-report-curves");
  #curves;
  #written;
  #chosen;
  #svg = makeSvg("svg", { role: "img" });
  #card = makeElement("div", "alviz-report-card");
  #shown = { branch: 0, cycle: 0 };
  #points = [];

  constructor(curves, { title, written, chosen }) {
    this.#curves = curves;
    this.#written = written;
    this.#chosen = chosen;
    this.#svg.setAttribute("aria-label", this.#described(title));
    this.#card.hidden = true;
    this.element.append(this.#svg, this.#card);
    this.#svg.addEventListener("pointermove", event => this.#hover(event));
    this.#svg.addEventListener("pointerleave", () => { this.#card.hidden = true; });
    this.#svg.addEventListener("click", event => this.#click(event));
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  show(branch, cycle) {
    this.#shown = { branch, cycle };
    this.#draw();
  }

  #described(title) {
    const ends = this.#curves.lines
      .filter(({ mean }) => mean.length)
      .map(({ name, mean, labels }) => `${name} ${this.#written(mean.at(-1))} with ${grouped(labels.at(-1))} labels`);
    return `${title} against labels: ${ends.join(", ")}`;
  }

  /** What is drawn of a line: the mean of several runs, or one run from where it leaves its parent's line. */
  #pieces() {
    return this.#curves.lines.map(line => {
      if (line.members.length > 1) {
        return { ...line, points: line.labels.map((x, k) => ({ x, y: line.mean[k], half: line.std[k] })), fork: false };
      }
      const { labels, values, shared } = this.#curves.runs[line.members[0]];
      const start = Math.max(shared - 1, 0);
      const points = labels.map((x, k) => ({ x, y: values[k], half: 0 })).slice(start).filter(({ y }) => y !== null);
      return { ...line, points, fork: shared > 0 };
    });
  }

  #draw() {
    const width = this.element.clientWidth;
    if (!width) return;
    const pieces = this.#pieces();
    const named = pieces.length <= MOST_LINE_NAMES;
    const longest = named ? Math.max(0, ...pieces.map(({ name }) => Math.min(Array.from(name).length, LONGEST_LINE_NAME))) : 0;
    const frame = { width, right: width - ROOM.right - 6.6 * longest, bottom: HEIGHT - ROOM.bottom };
    const scale = scaleOf(pieces, this.#ownPoints(), frame);
    this.#svg.replaceChildren();
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.setAttribute("height", HEIGHT);
    this.#drawAxes(scale, frame);
    this.#drawHere(scale, frame);
    for (const piece of pieces) this.#drawBand(piece, scale);
    this.#points = [];
    for (const piece of [...pieces].sort((a, b) => this.#strong(a) - this.#strong(b))) this.#drawLine(piece, scale);
    this.#drawOwn(scale);
    if (named) this.#drawNames(pieces, scale, frame);
  }

  #strong({ members }) {
    return Number(members.includes(this.#shown.branch));
  }

  #ownPoints() {
    const { labels, values } = this.#curves.runs[this.#shown.branch];
    return labels.map((x, k) => ({ x, y: values[k] })).filter(({ y }) => y !== null);
  }

  #drawAxes({ x, y, ticksX, ticksY }, { right, bottom }) {
    for (const tick of ticksY) {
      this.#put("line", { x1: ROOM.left, x2: right, y1: y(tick), y2: y(tick), class: "alviz-report-rule" });
      this.#say(this.#written(tick, true), ROOM.left - 6, y(tick) + 4, "end");
    }
    for (const tick of ticksX) this.#say(grouped(tick), x(tick), bottom + 16, "middle");
  }

  /** The shown cycle. */
  #drawHere({ x }, { bottom }) {
    const at = x(this.#curves.runs[this.#shown.branch].labels[this.#shown.cycle]);
    this.#put("line", { x1: at, x2: at, y1: ROOM.top, y2: bottom, class: "alviz-report-here" });
  }

  #drawBand({ points, members, color }, { x, y }) {
    if (members.length < 2 || !points.length) return;
    const above = points.map(point => [x(point.x), y(point.y + point.half)]);
    const below = points.map(point => [x(point.x), y(point.y - point.half)]).reverse();
    this.#put("path", { d: `${pathOf([...above, ...below])}Z`, fill: color, class: "alviz-report-band" });
  }

  #drawLine(piece, { x, y }) {
    const { points, color, name, fork } = piece;
    const places = points.map(point => [x(point.x), y(point.y)]);
    const strong = this.#strong(piece);
    this.#put("path", { d: pathOf(places), stroke: color, class: `alviz-report-line${strong ? " alviz-report-strong" : ""}` });
    places.forEach(([cx, cy], k) => {
      const leaves = fork && k === 0;
      const look = leaves ? { r: 4, fill: "none", stroke: color } : { r: points.length > 40 ? 1.2 : 2.2, fill: color };
      const dot = this.#put("circle", { cx, cy, ...look });
      Object.assign(dot.dataset, { name, labels: points[k].x, value: points[k].y });
      this.#points.push({ cx, cy, piece, ...points[k] });
    });
  }

  /** The run that is looked at: its own line beside a mean, and the dot of the shown cycle. */
  #drawOwn({ x, y }) {
    const line = this.#curves.lines.find(({ members }) => members.includes(this.#shown.branch));
    const { labels, values } = this.#curves.runs[this.#shown.branch];
    const own = this.#ownPoints();
    if (line.members.length > 1) {
      this.#put("path", { d: pathOf(own.map(point => [x(point.x), y(point.y)])), stroke: line.color, class: "alviz-report-own" });
    }
    const value = values[this.#shown.cycle];
    if (value === null) return;
    this.#put("circle", { cx: x(labels[this.#shown.cycle]), cy: y(value), r: 4.5, fill: line.color, class: "alviz-report-now" });
  }

  #drawNames(pieces, { x, y }, { right, bottom }) {
    const ends = pieces.filter(({ points }) => points.length).map(piece => ({ piece, end: piece.points.at(-1) }));
    ends.sort((a, b) => y(a.end.y) - y(b.end.y));
    const rows = apart(ends.map(({ end }) => y(end.y)), ROOM.top, bottom);
    ends.forEach(({ piece, end }, k) => {
      const letters = Array.from(piece.name);
      const text = letters.length > LONGEST_LINE_NAME ? `${letters.slice(0, LONGEST_LINE_NAME - 1).join("")}…` : piece.name;
      const shown = this.#say(text, Math.min(x(end.x), right) + 7, rows[k] + 4, "start");
      shown.setAttribute("fill", piece.color);
      shown.setAttribute("class", this.#strong(piece) ? "alviz-report-strong" : "");
    });
  }

  #nearest(event) {
    const box = this.#svg.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    const away = ({ cx, cy }) => Math.hypot(cx - at[0], cy - at[1]);
    // Of points that cover each other the last one is seen: that of the shown run.
    const best = this.#points.reduce((a, b) => (a && away(a) < away(b) ? a : b), null);
    return best && away(best) <= NEAR ? best : null;
  }

  #hover(event) {
    const point = this.#nearest(event);
    this.#card.hidden = !point;
    if (!point) return;
    const { piece, x, y, half, cx, cy } = point;
    const spread = piece.members.length > 1 ? ` ± ${this.#written(half)} (${piece.members.length} seeds)` : "";
    const name = makeElement("b", "", piece.name);
    name.dir = "auto";
    this.#card.replaceChildren(name, makeElement("span", "", `${grouped(x)} labels · ${this.#written(y)}${spread}`));
    const { offsetWidth: wide } = this.#card;
    this.#card.style.left = `${Math.max(Math.min(cx - wide / 2, this.element.clientWidth - wide), 0)}px`;
    this.#card.style.top = `${cy + (cy > HEIGHT / 2 ? -54 : 12)}px`;
  }

  /** A click on a point goes to it; a click beside all points goes to the nearest cycle of the shown run. */
  #click(event) {
    const point = this.#nearest(event);
    const { branch } = this.#shown;
    if (point) {
      const to = point.piece.members.includes(branch) ? branch : point.piece.members[0];
      this.#chosen(to, this.#curves.runs[to].labels.indexOf(point.x));
      return;
    }
    const box = this.#svg.getBoundingClientRect();
    const own = this.#points.filter(({ piece }) => piece.members.includes(branch));
    const away = ({ cx }) => Math.abs(cx - (event.clientX - box.left));
    const best = own.reduce((a, b) => (a && away(a) <= away(b) ? a : b), null);
    if (best) this.#chosen(branch, this.#curves.runs[branch].labels.indexOf(best.x));
  }

  #put(tag, attributes) {
    const element = makeSvg(tag, attributes);
    this.#svg.append(element);
    return element;
  }

  #say(text, x, y, anchor) {
    const element = this.#put("text", { x, y, "text-anchor": anchor });
    element.textContent = text;
    return element;
  }
}

export function makeSvg(tag, attributes = {}) {
  const element = document.createElementNS(XML, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function pathOf(places) {
  return places.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function scaleOf(pieces, own, { right, bottom }) {
  const points = [...pieces.flatMap(piece => piece.points), ...own];
  const xs = points.map(({ x }) => x);
  const ys = points.flatMap(({ y, half = 0 }) => [y - half, y + half]);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const pad = Math.max(0.06 * (high - low), 0.005);
  const [bottomValue, topValue] = [low - pad, Math.min(high + pad, Math.max(1.005, high))];
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const span = last - first || 1;
  const middle = last === first ? (right - ROOM.left) / 2 : 6;
  return {
    x: value => ROOM.left + middle + ((value - first) / span) * (right - ROOM.left - 12),
    y: value => bottom - ((value - bottomValue) / (topValue - bottomValue)) * (bottom - ROOM.top),
    ticksX: chosenTicks([...new Set(xs)].sort((a, b) => a - b), right - ROOM.left),
    ticksY: roundTicks(bottomValue, topValue),
  };
}

/** Numbers of labels at which there are fits, few enough to be read. */
function chosenTicks(values, width) {
  const every = Math.ceil(values.length / Math.max(Math.floor(width / 56), 1));
  return values.filter((_, k) => k % every === 0);
}

function roundTicks(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(part => part * power).find(part => part >= 0.8 * rough);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k += 1) ticks.push(k * step);
  return ticks;
}

/** Ascending places moved apart by a line of text, and kept between two ends. */
function apart(places, low, high) {
  const moved = [];
  for (const place of places) moved.push(Math.max(place, moved.length ? moved.at(-1) + ROW : low));
  let floor = high;
  for (let k = moved.length - 1; k >= 0; k -= 1) {
    moved[k] = Math.min(moved[k], floor);
    floor = moved[k] - ROW;
  }
  return moved;
}
