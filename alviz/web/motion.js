import { panned, toLayout, toScreen, zoomed } from "./camera.js";

const DURATION = 350; // milliseconds
const LONGEST_CHAIN = 400; // interruptions in a row; a key held down for many seconds

/** Moves are jumps for those who asked for less motion, and where nobody looks. */
export function motionWanted() {
  return !document.hidden && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function eased(share) {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}

/**
 * From where and to where the points move.
 *
 * Both ends are {xy, camera}; points go straight from one to the other on the screen. A move that was
 * interrupted becomes the start of the next one: {frozen: {start, end, share, size}, camera}, where points
 * are found by following that move to the moment it ended. Nothing is computed for points nobody asks for.
 */
export class Motion {
  start = { xy: null, camera: homeless() };
  end = this.start;
  share = 1; // of the way that points have gone in the frame that is on the screen
  #began = 0;
  #duration = 0;

  get moving() {
    return this.#duration > 0;
  }

  jump(xy, camera) {
    this.end = { xy, camera };
    this.finish();
  }

  /** Move from where points are seen to `xy` seen by `camera`. `size`: [width, height] of the screen. */
  go(xy, camera, now, size) {
    const { share } = this;
    if (share >= 1) {
      this.start = this.end;
    } else {
      const depth = (this.start.depth ?? 0) + 1;
      const frozen = { start: this.start, end: this.end, share, size };
      this.start = depth > LONGEST_CHAIN
        ? this.end
        : { xy: null, frozen, depth, camera: this.end.camera, found: new Map() };
    }
    this.end = { xy, camera };
    this.share = 0;
    this.#began = now;
    this.#duration = DURATION;
  }

  finish() {
    this.start = this.end;
    this.share = 1;
    this.#duration = 0;
  }

  /** Go on to where points are at `now`; returns whether the move ended by that. */
  advance(now) {
    if (!this.#duration) return false;
    const share = Math.max(now - this.#began, 0) / this.#duration;
    if (share >= 1) this.finish();
    else this.share = eased(share);
    return share >= 1;
  }

  /** See the end of the move by another camera. */
  aim(camera) {
    const still = this.start === this.end;
    this.end = { ...this.end, camera };
    if (still) this.start = this.end;
  }

  pan(right, down) {
    this.#aim(camera => panned(camera, right, down));
  }

  zoom(factor, x, y, [width, height]) {
    this.#aim(camera => zoomed(camera, factor, x, y, width, height));
  }

  #aim(change) {
    const still = this.start === this.end;
    this.end = { ...this.end, camera: change(this.end.camera) };
    this.start = still ? this.end : { ...this.start, camera: change(this.start.camera) };
  }

  /** Screen place of point i, or null where it has none; with `share` 1 the one it moves to. */
  place(i, size, share = this.share) {
    return between(this.start, this.end, i, share, size);
  }
}

function homeless() {
  return { x: 0, y: 0, scale: 1 };
}

function between(start, end, i, share, size) {
  const goal = standing(end, i);
  if (!goal) return null;
  const there = toScreen(end.camera, goal[0], goal[1], ...size);
  const from = share < 1 ? standing(start, i) : null;
  if (!from) return there;
  const here = toScreen(start.camera, from[0], from[1], ...size);
  return [here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share];
}

/** Layout place of point i at one end of a move, or null. */
function standing(stand, i) {
  if (stand.xy) {
    const x = stand.xy[2 * i];
    const y = stand.xy[2 * i + 1];
    return Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null;
  }
  if (!stand.frozen) return null;
  if (!stand.found.has(i)) {
    const { start, end, share, size } = stand.frozen;
    const seen = between(start, end, i, share, size);
    stand.found.set(i, seen && toLayout(end.camera, seen[0], seen[1], ...size));
  }
  return stand.found.get(i);
}
