const PAUSE = 60; // milliseconds a pointer rests before the host is asked
const MOST_KEPT = 300;

/** Asks the host one kind of question: not too often, each once, and only the last one asked is answered. */
export class Answers {
  #ask;
  #kept = new Map(); // key -> answer, the oldest first
  #open = new Set();
  #wanted = null;
  #timer = 0;
  #age = 0; // of the catalog that answers are about
  #dropped;

  /** `ask(question) -> Promise`; `dropped(answer)` is called for answers that are forgotten. */
  constructor(ask, dropped = () => {}) {
    this.#ask = ask;
    this.#dropped = dropped;
  }

  /** Call `deliver(answer)` now or when it comes, unless another question is asked before. */
  want(question, deliver) {
    const key = JSON.stringify(question);
    const again = this.#wanted?.key === key; // its turn comes, or came
    if (!again) clearTimeout(this.#timer);
    this.#wanted = { key, deliver };
    if (this.#kept.has(key)) deliver(this.#kept.get(key));
    else if (!again && !this.#open.has(key)) this.#timer = setTimeout(() => this.#send(key, question), PAUSE);
  }

  /** Nobody waits any more. */
  drop() {
    clearTimeout(this.#timer);
    this.#wanted = null;
  }

  /** Forget all answers. */
  clear() {
    this.drop();
    this.#age += 1;
    this.#open.clear();
    for (const answer of this.#kept.values()) this.#dropped(answer);
    this.#kept.clear();
  }

  async #send(key, question) {
    const age = this.#age;
    this.#open.add(key);
    try {
      const answer = await this.#ask(question);
      if (age === this.#age) this.#keep(key, answer);
    } catch {
      if (age === this.#age) this.#open.delete(key); // what the map knows itself stays; ask another time
    }
  }

  #keep(key, answer) {
    this.#open.delete(key);
    this.#kept.set(key, answer);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#dropped(this.#kept.get(old));
      this.#kept.delete(old);
    }
    if (this.#wanted?.key === key) this.#wanted.deliver(answer);
  }
}
