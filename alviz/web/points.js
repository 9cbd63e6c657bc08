import { boundsOf, Grid } from "./grid.js";

/** The points of a map: which pool rows they are, and what is known of them, by key. */
export class Points {
  ids = new Uint32Array(0);
  received = 0; // bytes
  #indices = new Int32Array(0); // pool row -> point, -1 where there is none
  #columns = new Map();

  get count() {
    return this.ids.length;
  }

  get keys() {
    return [...this.#columns.keys()];
  }

  addIds(more) {
    this.received += more.byteLength;
    const ids = new Uint32Array(this.count + more.length);
    ids.set(this.ids);
    ids.set(more, this.count);
    const most = more.reduce((a, b) => Math.max(a, b), -1);
    if (most >= this.#indices.length) {
      const indices = new Int32Array(Math.max(most + 1, this.#indices.length * 2)).fill(-1);
      indices.set(this.#indices);
      this.#indices = indices;
    }
    more.forEach((id, k) => (this.#indices[id] = this.count + k));
    this.ids = ids;
  }

  /** Which point a pool row is; -1 for none. */
  indexOf(id) {
    return this.#indices[id] ?? -1;
  }

  add(key, array, about) {
    this.received += array.byteLength;
    const column = { key, array, about };
    if (key.startsWith("layout|")) column.bounds = boundsOf(array); // here, not while someone steps
    if (key.startsWith("status|")) column.labeled = labeledOf(array);
    this.#columns.set(key, column);
  }

  /** {key, array, about, bounds (layouts), labeled (statuses: indices)}, or undefined. */
  column(key) {
    return this.#columns.get(key);
  }

  /** Spatial index of a layout, made when it is first asked for. */
  grid(column) {
    const count = Math.min(this.count, column.array.length >> 1);
    if (column.gridded !== count) {
      column.grid = new Grid(column.array, count, column.bounds);
      column.gridded = count;
    }
    return column.grid;
  }
}

function labeledOf(status) {
  let count = 0;
  for (let i = 0; i < status.length; i += 1) count += status[i] === 1;
  const labeled = new Uint32Array(count);
  for (let i = 0, k = 0; k < count; i += 1) if (status[i] === 1) labeled[k++] = i;
  return labeled;
}
