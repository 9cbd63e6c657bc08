const PACE = 1200; // milliseconds per cycle

/** Walks through the cycles by itself. */
export class Player {
  playing = false;
  #timer = 0;
  #next;

  /** `next()` goes one cycle on and returns whether there are more. */
  constructor(next) {
    this.#next = next;
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.#wait();
  }

  pause() {
    this.playing = false;
    clearTimeout(this.#timer);
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.playing && this.#next()) this.#wait();
    }, PACE);
  }
}
