import { bytesOf } from "./report_data.js";

/** Thumbnails: many in one picture; each found by its id. */
export class Sheets {
  #places = new Map(); // id -> {sheet, row, column}
  #sheets;

  constructor({ sheets, ink, left, pictured }) {
    this.ink = ink;
    this.left = left;
    this.pictured = pictured;
    this.#sheets = sheets.map(({ type, data, across, size, ids }) => {
      const blob = new Blob([bytesOf(data)], { type });
      return { blob, url: URL.createObjectURL(blob), across, size, rows: Math.ceil(ids.length / across), bitmap: null };
    });
    sheets.forEach(({ ids, across }, sheet) => ids.forEach((id, k) => {
      this.#places.set(id, { sheet, row: Math.floor(k / across), column: k % across });
    }));
  }

  get count() {
    return this.#places.size;
  }

  has(id) {
    return this.#places.has(id);
  }

  /** Show the thumbnail of `id` as the background of an element, `side` CSS pixels at its longer side. */
  paint(element, id, side) {
    const { sheet, row, column } = this.#places.get(id);
    const { url, across, rows, size: [width, height] } = this.#sheets[sheet];
    const scale = side / Math.max(width, height);
    element.style.width = `${width * scale}px`;
    element.style.height = `${height * scale}px`;
    element.style.backgroundImage = `url("${url}")`;
    element.style.backgroundSize = `${across * width * scale}px ${rows * height * scale}px`;
    element.style.backgroundPosition = `${-column * width * scale}px ${-row * height * scale}px`;
    element.classList.toggle("alviz-report-ink", this.ink);
  }

  /** The thumbnail of `id` as the bytes of a PNG, null where the page has none. */
  async png(id) {
    if (!this.has(id)) return null;
    const { sheet, row, column } = this.#places.get(id);
    const found = this.#sheets[sheet];
    found.bitmap ??= await createImageBitmap(found.blob);
    const [width, height] = found.size;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = found.size;
    canvas.getContext("2d").drawImage(found.bitmap, column * width, row * height, width, height, 0, 0, width, height);
    const blob = await new Promise(resolve => canvas.toBlob(resolve, "image/png"));
    return new Uint8Array(await blob.arrayBuffer());
  }
}
