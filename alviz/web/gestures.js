const STILL = 4; // CSS pixels that a click may move
const WHEEL = 0.0016; // of the logarithm of the scale, per CSS pixel scrolled

/**
 * What a pointer does on the map: calls `on.hover(x, y)`, `on.leave()`, `on.click(x, y)`, `on.pan(dx, dy)`,
 * `on.zoom(factor, x, y)`, `on.home()`, `on.hint()`, and for areas `on.area(shape, place)` ("start", "go" and
 * "end" in turn). Places are CSS pixels in the stage.
 */
export class Gestures {
  #stage;
  #on;
  #mode;
  #focused;
  #drag = null; // {id, shape, from, at, moved}

  /** `mode()` is "lasso", "box" or ""; `focused()` whether the map has the keyboard. */
  constructor(stage, { mode, focused, on }) {
    this.#stage = stage;
    this.#mode = mode;
    this.#focused = focused;
    this.#on = on;
    stage.addEventListener("pointerdown", event => this.#down(event));
    stage.addEventListener("pointermove", event => this.#move(event));
    stage.addEventListener("pointerup", event => this.#up(event));
    stage.addEventListener("pointercancel", () => this.#cancel());
    stage.addEventListener("pointerleave", () => this.#drag ?? on.leave());
    stage.addEventListener("dblclick", () => this.#mode() || on.home());
    stage.addEventListener("wheel", event => this.#wheel(event), { passive: false });
  }

  #place(event) {
    const box = this.#stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #down(event) {
    if (event.button !== 0 || this.#drag) return;
    const at = this.#place(event);
    const shape = event.shiftKey ? "box" : this.#mode();
    this.#stage.setPointerCapture(event.pointerId);
    this.#drag = { id: event.pointerId, shape, from: at, at, moved: false };
    this.#on.down();
  }

  #move(event) {
    const drag = this.#drag;
    if (!drag) {
      this.#on.hover(...this.#place(event));
      return;
    }
    if (event.pointerId !== drag.id) return;
    const every = drag.shape === "lasso" ? (event.getCoalescedEvents?.() ?? []) : [];
    for (const each of every.length ? every : [event]) this.#dragTo(this.#place(each));
  }

  #dragTo(place) {
    const drag = this.#drag;
    if (!drag.moved) {
      if (Math.hypot(place[0] - drag.from[0], place[1] - drag.from[1]) < STILL) return;
      drag.moved = true;
      if (drag.shape) this.#on.area("start", drag.shape, drag.from);
    }
    if (drag.shape) this.#on.area("go", drag.shape, place);
    else this.#on.pan(place[0] - drag.at[0], place[1] - drag.at[1]);
    drag.at = place;
  }

  #up(event) {
    const drag = this.#drag;
    if (drag?.id !== event.pointerId) return;
    this.#drag = null;
    const place = this.#place(event);
    if (!drag.moved) this.#on.click(...place);
    else if (drag.shape) this.#on.area("end", drag.shape, place);
    this.#on.hover(...place);
  }

  #cancel() {
    if (this.#drag?.moved && this.#drag.shape) this.#on.area("cancel", this.#drag.shape, this.#drag.at);
    this.#drag = null;
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey && !this.#focused()) {
      this.#on.hint(); // the page scrolls
      return;
    }
    event.preventDefault();
    const pixels = event.deltaY * [1, 16, this.#stage.clientHeight][event.deltaMode];
    const pinch = event.ctrlKey && Math.abs(pixels) < 40 ? 6 : 1; // touchpads pinch by tiny Ctrl scrolls
    const scrolled = Math.min(Math.max(pixels, -400), 400) * pinch;
    this.#on.zoom(Math.exp(-scrolled * WHEEL), ...this.#place(event));
  }
}
