import { classColor } from "./colors.js";

const MOST_NAMES = 60;
const LONGEST_NAME = 22;

/** What is drawn beside the points: edges under them; names, rings and the lasso over them. */
export class Overlay {
  #under;
  #over;

  constructor(under, over) {
    this.#under = under.getContext("2d");
    this.#over = over.getContext("2d");
  }

  /** Lines from one screen place to others. */
  drawEdges({ size, ratio, colors, edges }) {
    const pen = cleared(this.#under, size, ratio);
    pen.strokeStyle = colors.accent.css;
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.2;
    pen.beginPath();
    for (const [from, to] of edges) {
      pen.moveTo(...from);
      pen.lineTo(...to);
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** `names`: [{text, color, place, alpha}]; `rings`: [{place, radius, strong}]; `area`: screen polygon. */
  drawOver({ size, ratio, colors, font, names, rings, area }) {
    const pen = cleared(this.#over, size, ratio);
    drawNames(pen, names, colors, font);
    for (const ring of rings) drawRing(pen, ring, colors);
    if (area) drawArea(pen, area, colors);
  }
}

function cleared(pen, [width, height], ratio) {
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width + 1, height + 1);
  return pen;
}

function drawNames(pen, names, colors, font) {
  pen.font = `bold 14px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.strokeStyle = colors.ground.css;
  pen.lineWidth = 4;
  const taken = [];
  for (const { text, color, place: [x, y], alpha } of names) {
    const half = pen.measureText(text).width / 2 + 3;
    const box = [x - half, y - 10, x + half, y + 10];
    if (taken.some(other => overlap(box, other))) continue;
    taken.push(box);
    pen.globalAlpha = alpha;
    pen.strokeText(text, x, y);
    pen.fillStyle = color;
    pen.fillText(text, x, y);
    if (taken.length >= MOST_NAMES) break;
  }
  pen.globalAlpha = 1;
}

function overlap(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function drawRing(pen, { place: [x, y], radius, strong }, colors) {
  const line = strong ? [colors.accent.css, 2.2] : [colors.ink.css, 1.4];
  for (const [color, width] of [[colors.ground.css, 4], line]) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }
}

function drawArea(pen, { places, label }, colors) {
  if (places.length < 2) return;
  pen.beginPath();
  places.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.fillStyle = colors.accent.css;
  pen.globalAlpha = 0.08;
  pen.fill("evenodd");
  pen.globalAlpha = 1;
  pen.strokeStyle = colors.accent.css;
  pen.lineWidth = 1.3;
  pen.setLineDash([4, 3]);
  pen.stroke();
  pen.setLineDash([]);
  if (!label) return;
  const [x, y] = places.reduce((best, place) => (place[1] < best[1] ? place : best));
  pen.lineWidth = 4;
  pen.strokeStyle = colors.ground.css;
  pen.strokeText(label, x, Math.max(y - 12, 12));
  pen.fillStyle = colors.accent.css;
  pen.fillText(label, x, Math.max(y - 12, 12));
}

/** A name for the map: short, and never a thousand at once. */
export function nameText(palette, code) {
  const letters = Array.from(String(palette.names?.[code] ?? code).replace(/\s+/g, " "));
  if (letters.length <= LONGEST_NAME) return letters.join("");
  return `${letters.slice(0, LONGEST_NAME - 1).join("")}…`;
}

/** The names to draw: [{text, color, place, alpha}] of `places` [{code, place, alpha}]. */
export function namesOf(places, palette, theme) {
  return places.map(({ code, place, alpha }) => ({
    text: nameText(palette, code), color: classColor(palette, theme, code), place, alpha,
  }));
}
