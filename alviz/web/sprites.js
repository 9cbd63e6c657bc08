/** Pictures by their place in what is shown, as they come in; each is asked for once. */
export class Pictures {
  #asked = new Set();
  #there = new Map();

  constructor(serial, chunk, ask) {
    this.serial = serial;
    this.chunk = chunk;
    this.ask = ask;
  }

  get(place) {
    return this.#there.get(place);
  }

  /** Ask for the pictures of these places that nobody asked for yet, in messages of bounded size. */
  want(places) {
    const lacking = places.filter(place => !this.#asked.has(place));
    for (let start = 0; start < lacking.length; start += this.chunk) {
      const want = lacking.slice(start, start + this.chunk);
      for (const place of want) this.#asked.add(place);
      this.ask({ want, serial: this.serial });
    }
  }

  /** Take pictures that stand below each other in one image, and what is to be said of each. */
  async take(places, titles, bytes) {
    for (const place of places) this.#asked.add(place);
    const bitmap = bytes?.byteLength ? await createImageBitmap(new Blob([bytes])) : null;
    const height = bitmap ? bitmap.height / places.length : 0;
    places.forEach((place, i) => {
      this.#there.set(place, { bitmap, top: i * height, height, title: titles[i] });
    });
  }
}
