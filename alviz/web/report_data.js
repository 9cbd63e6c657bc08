const ARRAYS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const NO_PLACE = 65535;

/** What Python wrote into the page. */
export function readReport() {
  return JSON.parse(document.getElementById("alviz-report-data").textContent);
}

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
}

/** The columns of a page: unpacked when they are asked for, once each. */
export class PackedColumns {
  #told;
  #open = new Map(); // key -> promise of an array

  constructor(told) {
    this.#told = told;
  }

  has(key) {
    return key in this.#told;
  }

  about(key) {
    return this.#told[key]?.about;
  }

  /** A promise of the array: of numbers, or of coordinates x0, y0, x1, y1, ...; null where the page has none. */
  get(key) {
    if (!this.has(key)) return Promise.resolve(null);
    if (!this.#open.has(key)) this.#open.set(key, this.#unpack(this.#told[key]));
    return this.#open.get(key);
  }

  async #unpack({ kind, data, frame }) {
    const packed = new Blob([bytesOf(data)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const buffer = await new Response(packed).arrayBuffer();
    return kind === "xy" ? placesOf(new Uint16Array(buffer), frame) : new ARRAYS[kind](buffer);
  }
}

function placesOf(codes, [x0, y0, step]) {
  const places = new Float32Array(codes.length);
  for (let k = 0; k < codes.length; k += 1) {
    places[k] = codes[k] === NO_PLACE ? NaN : (k % 2 ? y0 : x0) + step * codes[k];
  }
  return places;
}
