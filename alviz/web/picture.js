import { homeCamera, toLayout, toScreen } from "./camera.js";
import { Cloud } from "./cloud.js";
import { PageColors } from "./colors.js";
import { lookOf } from "./look.js";
import { Motion, motionWanted } from "./motion.js";
import { besideMarks, namePlaces } from "./names.js";
import { Overlay, namesOf } from "./overlay.js";

const SLOW = 120; // milliseconds a frame may take before moves become jumps
const VEIL = 0.72; // opacity of the ground inside hollow shapes
const REACH = 8; // CSS pixels around a dot that are its own
const FARTHEST = 0.1; // of the home scale
const CLOSEST = 5000;
const MOST_AVOIDED = 2000; // marks that names keep clear of

/** Where everything stands on the screen, and the painting of it: cameras, moves, frames. */
export class Picture {
  frames = 0;
  edges = 0; // drawn
  motion = new Motion();
  #shown;
  #stage;
  #context;
  #cloud;
  #overlay;
  #pageColors;
  #colors = null;
  #ownCamera = false;
  #cost = 0; // milliseconds of the last frame
  #due = { points: false, colors: true };
  #scheduled = 0;
  #namesBefore = new Map(); // code -> screen place when the move began
  #namesNow = new Map();
  #settled;
  #drawn = []; // what the last frame of points was asked to show

  /** `settled()` is called when a move has ended. */
  constructor(shown, stage, context, settled) {
    this.#shown = shown;
    this.#stage = stage;
    this.#context = context;
    this.#settled = settled;
    this.#cloud = new Cloud(context);
    this.#overlay = new Overlay(stage.canvases[0], stage.canvases[2]);
    this.#pageColors = new PageColors(stage.root);
    context.clients.add(this.redraw);
  }

  get submitted() {
    return this.#cloud.submitted;
  }

  get camera() {
    return this.motion.end.camera;
  }

  get home() {
    return homeCamera(this.#shown.layout?.bounds, ...this.#stage.size);
  }

  get look() {
    const { theme, points, status } = this.#shown;
    return lookOf(theme, points.count, status?.labeled.length ?? 0, this.camera.scale / this.home.scale);
  }

  get #animated() {
    const [width, height] = this.#stage.size;
    return this.motion.end.xy !== null && width * height > 0 && this.#cost < SLOW && motionWanted();
  }

  /** Draw `column` from now on: points move there, and the camera with them unless somebody holds it. */
  follow(column) {
    const { layout } = this.#shown;
    if (column === layout) return false;
    if (methodOf(column) !== methodOf(layout)) this.#ownCamera = false;
    this.#shown.layout = column;
    this.#moveTo(column.array, this.#ownCamera ? this.camera : this.home);
    return true;
  }

  /** Show everything. */
  goHome() {
    this.#ownCamera = false;
    if (this.motion.end.xy) this.#moveTo(this.motion.end.xy, this.home);
  }

  #moveTo(xy, camera) {
    if (this.#animated) {
      this.#namesBefore = this.#namesNow;
      this.motion.go(xy, camera, performance.now(), this.#stage.size);
    } else {
      this.motion.jump(xy, camera);
    }
    this.redraw();
  }

  /** The size changed. */
  refit() {
    if (!this.#ownCamera) this.motion.aim(this.home);
    this.#due.colors = true;
    this.redraw();
  }

  finishMove() {
    if (!this.motion.moving) return;
    this.motion.finish();
    this.redraw();
  }

  pan(right, down) {
    this.#ownCamera = true;
    this.motion.pan(right, down);
    this.redraw();
  }

  zoom(factor, x = this.#stage.size[0] / 2, y = this.#stage.size[1] / 2) {
    const closeness = this.camera.scale / this.home.scale;
    const allowed = Math.min(Math.max(closeness * factor, FARTHEST), CLOSEST) / closeness;
    this.#ownCamera = true;
    this.motion.zoom(allowed, x, y, this.#stage.size);
    this.redraw();
  }

  /** Layout coordinates of a screen place. */
  under(x, y) {
    return toLayout(this.camera, x, y, ...this.#stage.size);
  }

  /** Screen place of point i now, or null. */
  placeOf(i) {
    if (i < 0 || i >= this.#shown.count) return null;
    return this.motion.place(i, this.#stage.size);
  }

  /** The point at a screen place, -1 for none: marks lie over labeled points, those over the others. */
  pointAt(x, y) {
    const { layout, marks, points, shows, status } = this.#shown;
    if (!layout) return -1;
    let best = -1;
    let least = Infinity;
    for (const entry of marks.entries) {
      const at = this.placeOf(entry.index);
      const away = at ? Math.hypot(at[0] - x, at[1] - y) : Infinity;
      if (away > marks.radius(entry) + 1 || away > least || !shows(entry.index)) continue; // last drawn wins
      [best, least] = [entry.index, away];
    }
    if (best >= 0) return best;
    const grid = points.grid(layout);
    const [layoutX, layoutY] = this.under(x, y);
    const ring = (this.look.ring.radius + 1.5) / this.camera.scale;
    const circled = i => status?.array[i] === 1 && shows(i);
    const labeled = grid.nearest(layoutX, layoutY, ring, circled);
    if (labeled >= 0) return labeled;
    return grid.nearest(layoutX, layoutY, REACH / this.camera.scale, shows);
  }

  /** Ascending points inside a polygon of layout coordinates. */
  pointsIn(polygon) {
    const { layout, points, shows } = this.#shown;
    return layout ? points.grid(layout).inside(polygon, shows) : new Uint32Array(0);
  }

  /** Paint everything in the next frame. */
  redraw = () => {
    this.#due.points = true;
    this.redrawOverlay();
  };

  /** Paint in the next frame; the points only if they are not painted as they are shown now. */
  redrawChanged() {
    const { layout, points, status, codes, texels, marks, synthetic } = this.#shown;
    const drawn = [layout, points.count, status, codes, texels, marks.entries, synthetic];
    if (drawn.some((part, k) => part !== this.#drawn[k])) this.redraw();
    else this.redrawOverlay();
    this.#drawn = drawn;
  }

  /** Paint what lies under and over the points in the next frame. */
  redrawOverlay() {
    if (!this.#scheduled) this.#scheduled = requestAnimationFrame(() => this.#paint());
  }

  /** The theme changed: the page's colors are read again, also a frame later, when the page has followed. */
  recolor() {
    this.#due.colors = true;
    this.redraw();
    requestAnimationFrame(() => {
      this.#due.colors = true;
      if (this.#scheduled >= 0) this.redraw();
    });
  }

  get ground() {
    return this.#pageColors.read().ground.css;
  }

  destroy() {
    if (this.#scheduled > 0) cancelAnimationFrame(this.#scheduled);
    this.#scheduled = -1;
    this.#context.clients.delete(this.redraw);
    this.#cloud.release();
  }

  #paint() {
    this.#scheduled = 0;
    if (window.devicePixelRatio !== this.#stage.ratio) this.#stage.measure(); // not every browser tells
    const { size, ratio } = this.#stage;
    if (!(size[0] > 0 && size[1] > 0)) return; // not on the page; a change of size paints
    const began = performance.now();
    const ended = this.motion.advance(began);
    if (this.#due.colors) this.#colors = this.#pageColors.read();
    this.#due.colors = false;
    if (this.#due.points || this.motion.moving || ended) {
      if (!this.#paintPoints(size, ratio)) return; // the context is lost; its return paints
      this.#due.points = false;
      this.#cost = performance.now() - began;
    }
    this.#paintOverlay(size, ratio);
    this.frames += 1;
    if (this.motion.moving) this.redraw();
    if (ended) this.#settled();
  }

  #paintPoints(size, ratio) {
    const shown = this.#shown;
    const place = i => this.placeOf(i);
    const ground = this.#colors.ground.rgb;
    const drawn = this.#cloud.draw({
      size, ratio,
      motion: this.motion,
      count: shown.points.count,
      status: shown.status?.array,
      labeled: shown.status?.labeled,
      codes: shown.codes,
      texels: shown.texels,
      look: this.look,
      marks: shown.marks.pack(place, shown.codes, this.#crosses(size)),
      ink: this.#colors.ink.rgb,
      veil: [...ground.map(part => part * VEIL), VEIL],
    });
    if (!drawn) return false;
    this.#stage.fitCanvases();
    const { canvas } = this.#context;
    const target = this.#stage.canvases[1];
    const pen = target.getContext("2d");
    const { width, height } = target;
    pen.clearRect(0, 0, width, height);
    pen.drawImage(canvas, 0, canvas.height - height, width, height, 0, 0, width, height);
    return true;
  }

  #crosses(size) {
    const places = [];
    const { synthetic } = this.#shown;
    for (let k = 0; k + 1 < synthetic.length; k += 2) {
      if (Number.isFinite(synthetic[k]) && Number.isFinite(synthetic[k + 1])) {
        places.push(toScreen(this.camera, synthetic[k], synthetic[k + 1], ...size));
      }
    }
    return places;
  }

  #paintOverlay(size, ratio) {
    const shown = this.#shown;
    const edges = this.#edgePlaces();
    this.edges = edges.length;
    this.#stage.fitCanvases();
    this.#overlay.drawEdges({ size, ratio, colors: this.#colors, edges });
    this.#overlay.drawOver({
      size, ratio,
      colors: this.#colors,
      font: getComputedStyle(this.#stage.root).fontFamily,
      names: this.#names(size),
      rings: this.#rings(),
      area: shown.area && {
        places: shown.area.polygon.map(([x, y]) => toScreen(this.camera, x, y, ...size)),
        label: shown.area.label,
      },
    });
  }

  #edgePlaces() {
    const { points, edges, shows } = this.#shown;
    const at = id => {
      const index = points.indexOf(id);
      return index >= 0 && shows(index) ? this.placeOf(index) : null;
    };
    const from = edges.id === null ? null : at(edges.id);
    if (!from) return [];
    return Array.from(edges.ids, id => [from, at(id)]).filter(([, to]) => to);
  }

  #rings() {
    const { view, hovered, points, marks } = this.#shown;
    const rings = [];
    for (const [id, strong] of [[hovered, false], [view.selected, true]]) {
      const index = id === null ? -1 : points.indexOf(id);
      const place = this.placeOf(index);
      if (!place || (!strong && id === view.selected)) continue;
      const outermost = marks.entries.find(entry => entry.index === index);
      const radius = outermost ? marks.radius(outermost) + 4 : 7.5;
      rings.push({ place, radius: strong ? Math.max(radius, 11) : radius, strong });
    }
    return rings;
  }

  #names(size) {
    const { share } = this.motion;
    const { layout, codes, scene, hidden, theme, unknown } = this.#shown;
    this.#namesNow = new Map();
    if (!layout || !codes || scene.palette?.kind !== "classes") return [];
    const places = [];
    const marks = this.#shown.marks.entries.slice(0, MOST_AVOIDED)
      .map(({ index }) => this.motion.place(index, size, 1)).filter(Boolean);
    for (const { code, x, y } of namePlaces(layout.array, codes, unknown)) {
      if (hidden.has(code) || code >= (scene.palette.names?.length ?? 0)) continue;
      const goal = besideMarks(toScreen(this.camera, x, y, ...size), marks);
      const before = share < 1 ? this.#namesBefore.get(code) : undefined;
      const place = before ? goal.map((to, axis) => before[axis] + (to - before[axis]) * share) : goal;
      this.#namesNow.set(code, place);
      if (place[0] < 0 || place[1] < 0 || place[0] > size[0] || place[1] > size[1]) continue;
      places.push({ code, place, alpha: before ? 1 : share });
    }
    return namesOf(places, scene.palette, theme);
  }
}

function methodOf(column) {
  return column?.key.split("|")[1];
}
