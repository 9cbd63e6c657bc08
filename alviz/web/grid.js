/** [left, bottom, right, top] of the finite points of x0, y0, x1, y1, ...; null if there are none. */
export function boundsOf(xy) {
  let left = Infinity;
  let bottom = Infinity;
  let right = -Infinity;
  let top = -Infinity;
  for (let i = 0; i + 1 < xy.length; i += 2) {
    const x = xy[i];
    const y = xy[i + 1];
    if (x - x !== 0 || y - y !== 0) continue; // NaN or infinite
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  return left <= right ? [left, bottom, right, top] : null;
}

/** Whether (x, y) is inside by the even-odd rule. `polygon`: [[x, y], ...], closed by itself. */
export function insidePolygon(x, y, polygon) {
  let inside = false;
  let [lastX, lastY] = polygon[polygon.length - 1];
  for (const [cornerX, cornerY] of polygon) {
    if (cornerY > y !== lastY > y) {
      if (x < ((lastX - cornerX) * (y - cornerY)) / (lastY - cornerY) + cornerX) inside = !inside;
    }
    lastX = cornerX;
    lastY = cornerY;
  }
  return inside;
}

/** Points of one layout in square cells, for questions about a neighborhood. */
export class Grid {
  #xy;
  #left;
  #bottom;
  #cell;
  #columns;
  #rows;
  #starts;
  #members;

  constructor(xy, count, bounds) {
    this.#xy = xy;
    const [left, bottom, right, top] = bounds ?? [0, 0, 0, 0];
    const area = Math.max((right - left) * (top - bottom), ((right - left + top - bottom) / 64) ** 2);
    this.#left = left;
    this.#bottom = bottom;
    this.#cell = Math.sqrt((area / Math.max(count, 1)) * 8) || 1;
    this.#columns = Math.floor((right - left) / this.#cell) + 1;
    this.#rows = Math.floor((top - bottom) / this.#cell) + 1;
    this.#sort(count);
  }

  #sort(count) {
    const cells = new Int32Array(count);
    const starts = new Uint32Array(this.#columns * this.#rows + 1);
    for (let i = 0; i < count; i += 1) {
      const x = this.#xy[2 * i];
      const y = this.#xy[2 * i + 1];
      if (x - x !== 0 || y - y !== 0) {
        cells[i] = -1;
        continue;
      }
      cells[i] = this.#row(y) * this.#columns + this.#column(x);
      starts[cells[i] + 1] += 1;
    }
    for (let cell = 1; cell < starts.length; cell += 1) starts[cell] += starts[cell - 1];
    const next = starts.slice();
    const members = new Uint32Array(starts[starts.length - 1]);
    for (let i = 0; i < count; i += 1) if (cells[i] >= 0) members[next[cells[i]]++] = i;
    this.#starts = starts;
    this.#members = members;
  }

  #column(x) {
    return clamped(Math.floor((x - this.#left) / this.#cell), this.#columns);
  }

  #row(y) {
    return clamped(Math.floor((y - this.#bottom) / this.#cell), this.#rows);
  }

  /** The nearest point for which `counts(i)` holds, no farther than `radius`; -1 if there is none. */
  nearest(x, y, radius, counts) {
    let best = -1;
    let least = radius * radius;
    const last = this.#row(y + radius);
    const first = this.#column(x - radius);
    const end = this.#column(x + radius);
    for (let row = this.#row(y - radius); row <= last; row += 1) {
      const from = this.#starts[row * this.#columns + first];
      const to = this.#starts[row * this.#columns + end + 1];
      for (let k = from; k < to; k += 1) {
        const i = this.#members[k];
        const away = (this.#xy[2 * i] - x) ** 2 + (this.#xy[2 * i + 1] - y) ** 2;
        if (away <= least && counts(i)) {
          least = away;
          best = i;
        }
      }
    }
    return best;
  }

  /** Ascending indices of all points inside the polygon for which `counts(i)` holds. */
  inside(polygon, counts) {
    const crossed = this.#crossed(polygon);
    const found = [];
    for (let row = 0; row < this.#rows; row += 1) {
      let whole = null; // whether the cell before, which no edge came near, is inside
      for (let column = 0; column < this.#columns; column += 1) {
        const cell = row * this.#columns + column;
        if (crossed[cell]) whole = null;
        else whole ??= insidePolygon(...this.#middle(column, row), polygon);
        if (whole === false) continue;
        for (let k = this.#starts[cell]; k < this.#starts[cell + 1]; k += 1) {
          const i = this.#members[k];
          if (!whole && !insidePolygon(this.#xy[2 * i], this.#xy[2 * i + 1], polygon)) continue;
          if (counts(i)) found.push(i);
        }
      }
    }
    return Uint32Array.from(found).sort();
  }

  #middle(column, row) {
    return [this.#left + (column + 0.5) * this.#cell, this.#bottom + (row + 0.5) * this.#cell];
  }

  /** Cells that an edge of the polygon crosses, and their neighbors: rounding must not matter. */
  #crossed(polygon) {
    const crossed = new Uint8Array(this.#columns * this.#rows);
    let [lastX, lastY] = polygon[polygon.length - 1];
    for (const [x, y] of polygon) {
      const [low, high] = y < lastY ? [y, lastY] : [lastY, y];
      const end = Math.min(this.#row(high) + 1, this.#rows - 1);
      for (let row = Math.max(this.#row(low) - 1, 0); row <= end; row += 1) {
        const below = this.#bottom + (row - 1) * this.#cell;
        const at = edge => (y === lastY ? x : x + (clip(edge, low, high) - y) * ((lastX - x) / (lastY - y)));
        const one = y === lastY ? lastX : at(below);
        const two = at(below + 3 * this.#cell);
        const first = Math.max(this.#column(Math.min(one, two)) - 1, 0);
        const last = Math.min(this.#column(Math.max(one, two)) + 1, this.#columns - 1);
        crossed.fill(1, row * this.#columns + first, row * this.#columns + last + 1);
      }
      lastX = x;
      lastY = y;
    }
    return crossed;
  }
}

function clip(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

function clamped(index, count) {
  return index > 0 ? Math.min(index, count - 1) : 0;
}
