/**
 * The shapes of marks: as signed distances for the map (GLSL) and as SVG paths for its key.
 *
 * All are centered, y points down, and have about the same visual weight at radius 1. The first is the chosen
 * sampler's, filled; the others stand hollow for the samplers it is compared with.
 */
export const MARK_SHAPES = [
  "M0-1 1 0 0 1-1 0Z", // diamond
  "M0-1 .866 .5H-.866Z", // triangle
  "M-.78-.78H.78V.78H-.78Z", // square
  "M0 1 .866-.5H-.866Z", // triangle, upside down
  "M0-1.15 .3-.41 1.09-.36 .49.16 .68.93 0 .51-.68.93-.49.16-1.09-.36-.3-.41Z", // star
  "M-.34-1H.34V-.34H1V.34H.34V1H-.34V.34H-1V-.34H-.34Z", // plus
  "M-.75-.95H.75L-.75 .95H.75Z", // hourglass
  "M.95 0A.95.95 0 1 1-.95 0 .95.95 0 1 1 .95 0Z", // circle
];
export const HALF_WIDTHS = [1, 0.866, 0.78, 0.866, 1.09, 1, 0.75, 0.95]; // at radius 1
export const CROSS_SHAPE = MARK_SHAPES.length; // of generated points

/** Distance in pixels to the outline of `shape` of radius `r`, negative inside. */
export const SHAPE_DISTANCE = `
float shapeDistance(int shape, vec2 p, float r) {
  vec2 q = abs(p);
  if (shape == 0) return (q.x + q.y - r) * 0.7071;
  if (shape == 1) return max(p.y, q.x * 0.866 - p.y * 0.5) - r * 0.5;
  if (shape == 2) return max(q.x, q.y) - r * 0.78;
  if (shape == 3) return max(-p.y, q.x * 0.866 + p.y * 0.5) - r * 0.5;
  if (shape == 4) {
    float sector = 1.2566371;
    float angle = atan(p.x, -p.y);
    angle = abs(angle - sector * floor(angle / sector + 0.5));
    vec2 folded = length(p) * vec2(sin(angle), cos(angle));
    return dot(folded - vec2(0.0, r * 1.15), vec2(0.9271, 0.3748));
  }
  if (shape == 5) return min(max(q.x - r, q.y - r * 0.34), max(q.x - r * 0.34, q.y - r));
  if (shape == 6) return max(q.y - r * 0.95, (q.x - q.y * 0.79) * 0.785);
  if (shape == 7) return length(p) - r * 0.95;
  return max(max(q.x, q.y) - r, abs(q.x - q.y) - 1.1);
}`;

const SVG = "http://www.w3.org/2000/svg";

/** Return a small SVG picture of a mark, in the current text color. */
export function shapePicture(path, { filled = false, dotted = false, size = 14, scale = 5.6 } = {}) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "-8 -8 16 16");
  picture.setAttribute("width", size);
  picture.setAttribute("height", size);
  picture.setAttribute("aria-hidden", "true");
  const outline = document.createElementNS(SVG, "path");
  outline.setAttribute("d", path);
  outline.setAttribute("transform", `scale(${scale})`);
  outline.setAttribute("fill", filled ? "currentColor" : "none");
  outline.setAttribute("stroke", "currentColor");
  outline.setAttribute("stroke-width", "1.6");
  outline.setAttribute("vector-effect", "non-scaling-stroke");
  picture.append(outline);
  if (dotted) {
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("r", "1.5");
    dot.setAttribute("fill", "currentColor");
    picture.append(dot);
  }
  return picture;
}

/** Which shape stands for the sampler at `position`: past eight they come again, with a dot inside. */
export function shapeOf(position) {
  const shape = position < MARK_SHAPES.length ? position : 1 + ((position - 1) % (MARK_SHAPES.length - 1));
  return { shape, filled: position === 0, dotted: position >= MARK_SHAPES.length || shape === 7 };
}
