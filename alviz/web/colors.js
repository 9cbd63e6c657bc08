export const UNKNOWN_COLOR = "#9aa0a8";
export const UNKNOWN_CODE = 65535; // in a palette of 256 entries the last one stands for it

/** [red, green, blue] 0..255 of "#rrggbb". */
function numbersOf(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function mixed(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  if (low < 0) return numbersOf(stops[0]);
  const [a, b] = [numbersOf(stops[low]), numbersOf(stops[low + 1])];
  return a.map((part, k) => Math.round(part + (b[k] - part) * (at - low)));
}

/** The color of one class, as CSS. */
export function classColor(palette, theme, code) {
  return palette?.[theme]?.[code] ?? UNKNOWN_COLOR;
}

/** The stops of a ramp, as a CSS gradient. */
export function gradientOf(palette, theme) {
  const stops = palette[theme] ?? [];
  const two = stops.length > 1 ? stops : [stops[0] ?? UNKNOWN_COLOR, stops[0] ?? UNKNOWN_COLOR];
  return `linear-gradient(to right, ${two.join(", ")})`;
}

/**
 * RGBA bytes of a palette texture: 256 entries, or 65,536 for codes of two bytes. The last one is "unknown";
 * hidden codes are transparent, which is how the shader knows them.
 */
export function paletteTexels(palette, theme, wide, hidden) {
  const count = wide ? 65536 : 256;
  const texels = new Uint8Array(4 * count);
  const unknown = numbersOf(UNKNOWN_COLOR);
  for (let code = 0; code < count; code += 1) texels.set([...unknown, 255], 4 * code);
  const colors = palette?.[theme] ?? [];
  if (palette?.kind === "ramp" && colors.length) {
    const last = count - 2;
    for (let code = 0; code <= last; code += 1) texels.set(mixed(colors, code / last), 4 * code);
  } else {
    colors.slice(0, count - 1).forEach((color, code) => texels.set(numbersOf(color), 4 * code));
  }
  for (const code of hidden) if (code < count - 1) texels[4 * code + 3] = 0;
  return texels;
}

/** The colors that the page's style sheet gives, resolved: {name: {css, rgb: [0..1, 0..1, 0..1]}}. */
export class PageColors {
  #probe;
  #canvas;

  constructor(root) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    this.#canvas = canvas.getContext("2d", { willReadFrequently: true });
    this.#probe = document.createElement("span");
    this.#probe.hidden = true;
    root.append(this.#probe);
  }

  read() {
    const colors = {};
    for (const name of ["ground", "ink", "soft", "line", "accent"]) {
      this.#probe.style.color = `var(--alviz-map-${name})`;
      const css = getComputedStyle(this.#probe).color;
      this.#canvas.fillStyle = css;
      this.#canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue] = this.#canvas.getImageData(0, 0, 1, 1).data;
      colors[name] = { css, rgb: [red / 255, green / 255, blue / 255] };
    }
    return colors;
  }
}
