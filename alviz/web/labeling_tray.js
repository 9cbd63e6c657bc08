import { Pictures } from "./sprites.js";

export const OPEN = -1;
export const SKIPPED = -2;
export const CANNOT_TELL = -3;

const AHEAD = 12; // large pictures that are kept ready behind the one at hand

/** A picture that the browser cannot decode is one that cannot be shown, never an error. */
const decoded = async (pictures, places, bytes) => {
  try {
    await pictures.take(places, [], bytes);
  } catch {
    await pictures.take(places, [], null);
  }
};

/** The examples that the kernel has put down, with the pictures of them that are here: by place. */
export class LabelingTray {
  names = new Map();
  values = new Map();
  unreadable = new Set();
  #large;

  /** `ask(message)` sends a question for pictures. */
  constructor(about, buffers, ask) {
    Object.assign(this, about); // serial, count, pictured, ink, enlarged, chunk, largeChunk
    this.ids = Array.from(numbersOf(Uint32Array, buffers[0]));
    this.codes = Array.from(numbersOf(Int32Array, buffers[1]));
    this.small = new Pictures(about.serial, about.chunk, message => ask(message));
    this.#large = new Pictures(about.serial, about.largeChunk, message => ask({ ...message, large: true }));
  }

  /** Look at an example that is not asked. */
  visit(ids) {
    for (const id of ids) {
      this.ids.push(id);
      this.codes.push(OPEN);
    }
  }

  async take({ places, names, values, unreadable, large }, bytes) {
    places.forEach((place, i) => {
      this.names.set(place, names[i]);
      if (values.length) this.values.set(place, values[i]);
    });
    for (const i of unreadable) this.unreadable.add(places[i]);
    await decoded(large ? this.#large : this.small, places, bytes);
  }

  /** The best picture that is here of an example: {bitmap, top, height}; undefined while there is none. */
  best(place) {
    return this.#large.get(place) ?? this.small.get(place);
  }

  /** Have at hand what is looked at next, so that it is painted at once. */
  prepare(place) {
    if (place === null) return;
    const near = [place];
    for (let next = place + 1; near.length < AHEAD && next < this.count; next += 1) {
      if (this.codes[next] === OPEN) near.push(next);
    }
    if (place > 0) near.push(place - 1);
    this.small.want(near);
    if (this.enlarged) this.#large.want(near);
  }

  get open() {
    let open = 0;
    for (let place = 0; place < this.count; place += 1) open += this.codes[place] === OPEN;
    return open;
  }
}

/** Copy a message's buffer: its own may start anywhere, arrays of numbers may not. */
function numbersOf(kind, view) {
  return new kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** A canvas with one picture out of a strip of them. */
export function cutOut({ bitmap, top, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = height;
  canvas.getContext("2d").drawImage(bitmap, 0, top, bitmap.width, height, 0, 0, bitmap.width, height);
  return canvas;
}
