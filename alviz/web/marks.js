import { UNKNOWN_CODE } from "./colors.js";
import { CROSS_SHAPE, HALF_WIDTHS, shapeOf } from "./shapes.js";

const NEST = 3.4; // CSS pixels between the outlines of samplers that picked the same point
const FILLED = 1 << 24;
const DOTTED = 2 << 24;
const PLAIN = 4 << 24;
const OPEN = 8 << 24; // what lies inside stays as it is

/** The picks of one cycle, a mark per sampler and point: outer outlines first, the chosen sampler's last. */
export class Marks {
  entries = []; // {index, level, sampler, shape, kind}
  samplers = []; // {name, position, preview, hidden, count (of picks), ids}
  #signature = "";

  /** Bring up to date; returns whether anything changed. */
  update(scene, points, hidden) {
    const arrays = scene.marks.map(({ key }) => points.column(key)?.array);
    const signature = [points.count, ...scene.marks.map(({ name, key, preview }, k) =>
      `${name} ${key} ${preview} ${hidden.has(name)} ${tagOf(arrays[k])}`)].join("\n");
    if (signature === this.#signature) return false;
    this.#signature = signature;
    this.samplers = scene.marks.map(({ name, preview }, position) => ({
      name, preview, position, hidden: hidden.has(name),
      count: arrays[position]?.length ?? 0,
      ids: arrays[position] ?? [],
    }));
    this.entries = [];
    const levels = new Map();
    for (const sampler of this.samplers) {
      if (sampler.hidden) continue;
      const { shape, filled, dotted } = shapeOf(sampler.position);
      const kind = (shape << 16) | (filled ? FILLED : 0) | (dotted ? DOTTED : 0);
      for (const id of sampler.ids) {
        const index = points.indexOf(id);
        if (index < 0) continue;
        const level = levels.get(index) ?? 0;
        levels.set(index, level + 1);
        this.entries.push({ index, level, sampler, shape, kind: level ? kind | OPEN : kind });
      }
    }
    this.entries.sort((a, b) => b.level - a.level || b.sampler.position - a.sampler.position);
    return true;
  }

  /** [sampler, rank from 1] of all that picked `id`. */
  pickers(id) {
    return this.samplers
      .map(sampler => [sampler, sampler.ids.indexOf(id) + 1])
      .filter(([, rank]) => rank > 0);
  }

  /** CSS pixels from the middle of a mark to its rim; around other marks all shapes are as much wider. */
  radius({ level, shape }) {
    const size = Math.min(Math.max(7 * (240 / Math.max(this.entries.length, 1)) ** 0.15, 4), 7);
    return level ? (size + 1.6 + level * NEST) / HALF_WIDTHS[shape] : size;
  }

  /**
   * Vertices of generated points and marks: x, y, radius (float32), kind (uint32).
   * `place(i)` gives a screen place or null; `codes` may be undefined.
   */
  pack(place, codes, crosses) {
    const floats = new Float32Array(4 * (this.entries.length + crosses.length));
    const kinds = new Uint32Array(floats.buffer);
    let used = 0;
    const add = ([x, y], radius, kind) => {
      floats.set([x, y, radius], 4 * used);
      kinds[4 * used + 3] = kind;
      used += 1;
    };
    for (const cross of crosses) add(cross, 2.6, ((CROSS_SHAPE << 16) | PLAIN) >>> 0);
    for (const entry of this.entries) {
      const at = place(entry.index);
      if (at) add(at, this.radius(entry), (entry.kind | codeOf(codes, entry.index)) >>> 0);
    }
    return { bytes: new Uint8Array(floats.buffer, 0, 16 * used), count: used };
  }
}

/** The color code of a point, in a palette texture of the width that belongs to `codes`. */
export function codeOf(codes, index) {
  if (!codes) return 255;
  return codes[index] ?? (codes.BYTES_PER_ELEMENT === 2 ? UNKNOWN_CODE : 255);
}

const tags = new WeakMap();
let lastTag = 0;

/** A number that tells arrays apart. */
function tagOf(array) {
  if (!array) return 0;
  if (!tags.has(array)) tags.set(array, (lastTag += 1));
  return tags.get(array);
}
