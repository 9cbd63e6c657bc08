const SAMPLE = 5000;
const BINS = 28;
const COHERENT = 0.8;
const FEWEST = 2;
const CLEAR = 15; // CSS pixels between the middles of a name and of a mark
const NUDGES = [
  [0, 0], [0, -14], [0, 14], [-14, 0], [14, 0], [-14, -14], [14, -14], [-14, 14], [14, 14],
  [0, -28], [0, 28], [-28, 0], [28, 0], [-28, -14], [28, -14], [-28, 14], [28, 14],
];

const known = new WeakMap(); // layout -> codes -> names

/**
 * Where the names of classes stand: [{code, x, y, weight}], the largest class first.
 *
 * A name stands where its class is densest. Classes that are spread as widely as all points together, such as
 * "right" and "wrong", have no place of their own and no name.
 */
export function namePlaces(xy, codes, unknown) {
  if (!known.has(xy)) known.set(xy, new WeakMap());
  const places = known.get(xy);
  if (!places.has(codes)) places.set(codes, findPlaces(xy, codes, unknown));
  return places.get(codes);
}

/** A screen place near `goal` where a name covers no mark, or `goal` where there is none. */
export function besideMarks(goal, marks) {
  const near = marks.filter(([x, y]) => Math.abs(x - goal[0]) < 60 && Math.abs(y - goal[1]) < 60);
  for (const [right, down] of NUDGES) {
    const [x, y] = [goal[0] + right, goal[1] + down];
    if (near.every(mark => Math.abs(mark[0] - x) > CLEAR || Math.abs(mark[1] - y) > CLEAR)) return [x, y];
  }
  return goal;
}

function findPlaces(xy, codes, unknown) {
  const count = Math.min(xy.length >> 1, codes.length);
  const stride = Math.max(Math.ceil(count / SAMPLE), 1);
  const classes = new Map();
  const all = [];
  for (let i = 0; i < count; i += stride) {
    const point = [xy[2 * i], xy[2 * i + 1]];
    if (codes[i] === unknown || !Number.isFinite(point[0]) || !Number.isFinite(point[1])) continue;
    if (!classes.has(codes[i])) classes.set(codes[i], []);
    classes.get(codes[i]).push(point);
    all.push(point);
  }
  const middle = [0, 1].map(axis => median(all.map(point => point[axis])));
  const spread = median(all.map(point => Math.hypot(point[0] - middle[0], point[1] - middle[1])));
  const names = [];
  for (const [code, points] of classes) {
    if (points.length < Math.min(FEWEST, all.length)) continue;
    const [x, y] = densest(points);
    const own = median(points.map(point => Math.hypot(point[0] - x, point[1] - y)));
    if (classes.size === 1 || own <= COHERENT * spread) names.push({ code, x, y, weight: points.length });
  }
  return names.sort((a, b) => b.weight - a.weight || a.code - b.code);
}

/** The middle of the points around the fullest of coarse bins. */
function densest(points) {
  const xs = points.map(point => point[0]);
  const ys = points.map(point => point[1]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const cell = Math.max(right - left, top - bottom) / BINS;
  if (!(cell > 0)) return points[0];
  const counts = new Float64Array((BINS + 3) ** 2);
  for (const [x, y] of points) {
    const at = (Math.floor((y - bottom) / cell) + 1) * (BINS + 3) + Math.floor((x - left) / cell) + 1;
    for (const row of [-(BINS + 3), 0, BINS + 3]) {
      for (const column of [-1, 0, 1]) counts[at + row + column] += row || column ? 1 : 2;
    }
  }
  const best = counts.indexOf(counts.reduce((a, b) => Math.max(a, b), 0));
  let x = left + ((best % (BINS + 3)) - 0.5) * cell;
  let y = bottom + (Math.floor(best / (BINS + 3)) - 0.5) * cell;
  for (let round = 0; round < 4; round += 1) {
    const near = points.filter(point => Math.hypot(point[0] - x, point[1] - y) <= 6 * cell);
    if (!near.length) break;
    x = near.reduce((sum, point) => sum + point[0], 0) / near.length;
    y = near.reduce((sum, point) => sum + point[1], 0) / near.length;
  }
  return [x, y];
}

function median(values) {
  return values.length ? Float64Array.from(values).sort()[values.length >> 1] : 0;
}
