import { grouped, makeElement } from "./dom.js";

const WIDTH = 132;
const HEIGHT = 30;
const EDGE = 3;

/** What the labels were good for so far, small: the last value, the way there, and a hint. */
export class LabelingCurve {
  element = makeElement("div", "alviz-label-curve");
  #words = makeElement("div", "alviz-label-value");
  #drawing = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  #hint = makeElement("div", "alviz-soft alviz-label-hint");
  #curve;

  constructor() {
    this.element.append(this.#words, this.#drawing, this.#hint);
  }

  show(curve, hint) {
    this.#hint.textContent = hint;
    this.#hint.title = hint;
    if (curve === this.#curve) return;
    this.#curve = curve;
    this.#drawing.replaceChildren();
    this.#drawing.toggleAttribute("hidden", !curve || curve.points.length < 2);
    if (!curve) {
      this.#words.replaceChildren(makeElement("span", "alviz-soft", "Nothing is measured yet."));
      return;
    }
    const { title, points } = curve;
    const [labels, share] = points.at(-1);
    this.#words.replaceChildren(
      makeElement("b", "", `${(100 * share).toFixed(1)} %`),
      makeElement("span", "alviz-soft", ` ${title} · ${grouped(labels)} labels`),
    );
    this.#words.title = this.#words.textContent;
    if (points.length > 1) this.#draw(points);
  }

  #draw(points) {
    const least = Math.min(...points.map(([, share]) => share));
    const most = Math.max(...points.map(([, share]) => share));
    const [first] = points[0];
    const [last] = points.at(-1);
    const x = labels => EDGE + ((WIDTH - 2 * EDGE) * (labels - first)) / (last - first || 1);
    const y = share => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (share - least)) / (most - least || 1);
    const way = points.map(([labels, share]) => `${x(labels).toFixed(1)} ${y(share).toFixed(1)}`).join("L");
    const [labels, share] = points.at(-1);
    this.#drawing.append(
      svgElement("path", { d: `M${way}` }),
      svgElement("circle", { cx: x(labels), cy: y(share), r: 2.6 }),
    );
  }
}

function svgElement(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
