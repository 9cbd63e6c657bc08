import { UNKNOWN_CODE, paletteTexels } from "./colors.js";
import { Marks } from "./marks.js";
import { Points } from "./points.js";
import { FIRST_VIEW, NO_CATALOG, sceneOf, withinCatalog } from "./scene.js";

const NOTHING = new Set();
const NO_PLACES = new Float32Array(0);
export const NO_EDGES = { key: "", id: null, ids: [] };

/** What is shown: the data, the view, and what the person at the map hid, hovers or drew. */
export class Shown {
  points = new Points();
  marks = new Marks();
  catalog = NO_CATALOG;
  view = { ...FIRST_VIEW };
  scene = sceneOf(NO_CATALOG, FIRST_VIEW);
  layout = null; // the column that is drawn
  theme;
  hovered = null;
  area = null; // {shape, polygon: [[x, y]...] in layout coordinates, label}
  edges = NO_EDGES;
  hiddenMarks = new Set();
  #hiddenCodes = new Map(); // coloring -> Set
  #texels = null;

  constructor(theme) {
    this.theme = theme;
  }

  setCatalog(catalog) {
    this.catalog = { ...NO_CATALOG, ...catalog };
    this.setView({});
  }

  setView(changes) {
    this.view = withinCatalog(this.catalog, { ...this.view, ...changes });
    this.update();
  }

  /** Follow catalog, view and columns. */
  update() {
    this.scene = sceneOf(this.catalog, this.view);
    this.marks.update(this.scene, this.points, this.hiddenMarks);
  }

  /** The layout to draw: the view's, or as long as that is not there, the one that is drawn. */
  get nextLayout() {
    const { points, scene, layout } = this;
    return points.column(scene.layout) ?? (layout && points.column(layout.key)) ?? null;
  }

  /** The column keys that the view draws. */
  get keys() {
    const { layout, status, color, synthetic, marks } = this.scene;
    return [layout, status, color, synthetic, ...marks.map(({ key }) => key), this.layout?.key];
  }

  get codes() {
    return this.points.column(this.scene.color)?.array;
  }

  get status() {
    return this.points.column(this.scene.status);
  }

  /** Places of generated points in layout coordinates; only beside the layout that they belong to. */
  get synthetic() {
    if (this.layout?.key !== this.scene.layout) return NO_PLACES;
    return this.points.column(this.scene.synthetic)?.array ?? NO_PLACES;
  }

  /** Codes of the shown coloring that are hidden. */
  get hidden() {
    return this.#hiddenCodes.get(this.view.coloring) ?? NOTHING;
  }

  hide(codes) {
    this.#hiddenCodes.set(this.view.coloring, new Set(codes));
  }

  /** How many points can be drawn. */
  get count() {
    return this.layout ? Math.min(this.points.count, this.layout.array.length >> 1) : 0;
  }

  /** A function that tells whether the class of point i is shown. */
  get shows() {
    const { codes, hidden } = this;
    return codes && hidden.size ? i => !hidden.has(codes[i]) : () => true;
  }

  get unknown() {
    return this.codes?.BYTES_PER_ELEMENT === 2 ? UNKNOWN_CODE : 255;
  }

  /** The palette texture, the same array as long as nothing in it changes. */
  get texels() {
    const { codes, hidden, scene, theme } = this;
    const wide = codes?.BYTES_PER_ELEMENT === 2;
    const signature = [codes && scene.palette, theme, wide, codes ? hidden : NOTHING];
    if (!this.#texels || signature.some((part, k) => part !== this.#texels.signature[k])) {
      this.#texels = { signature, array: paletteTexels(...signature) };
    }
    return this.#texels.array;
  }

  /** Exact counts of what is drawn; looks at every point. */
  drawn() {
    const { shows, status, layout } = this;
    const drawn = { unlabeled: 0, labeled: 0, marks: {}, synthetic: this.synthetic.length >> 1, hidden: 0 };
    const placed = i => Number.isFinite(layout.array[2 * i] + layout.array[2 * i + 1]);
    for (let i = 0; i < this.count; i += 1) {
      if (!placed(i)) continue;
      drawn[!shows(i) ? "hidden" : status?.array[i] === 1 ? "labeled" : "unlabeled"] += 1;
    }
    for (const { name } of this.marks.samplers) drawn.marks[name] = 0;
    for (const { index, sampler } of this.marks.entries) {
      if (index < this.count && placed(index) && shows(index)) drawn.marks[sampler.name] += 1;
    }
    return drawn;
  }
}
