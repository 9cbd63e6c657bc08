/**
 * Cameras are plain values {x, y, scale}: the place of the layout that is seen in the middle, and CSS pixels
 * per unit. In layouts y points up, on screens down.
 */
const MARGIN = 26; // CSS pixels, room for the marks at the rim
const BLIND = { x: 0, y: 0, scale: 40 };

/** The camera that shows all of `bounds` [left, bottom, right, top], or null bounds, in the middle. */
export function homeCamera(bounds, width, height) {
  if (!bounds) return BLIND;
  const [left, bottom, right, top] = bounds;
  const across = Math.max(width - 2 * MARGIN, 8) / (right - left);
  const up = Math.max(height - 2 * MARGIN, 8) / (top - bottom);
  const scale = Math.min(across, up);
  return {
    x: left + (right - left) / 2,
    y: bottom + (top - bottom) / 2,
    scale: Number.isFinite(scale) ? scale : BLIND.scale, // all points stand on one place
  };
}

export function panned(camera, right, down) {
  return { ...camera, x: camera.x - right / camera.scale, y: camera.y + down / camera.scale };
}

/** Scaled by `factor` while what is at the screen place (x, y) stays there. */
export function zoomed(camera, factor, x, y, width, height) {
  const scale = camera.scale * factor;
  const shift = 1 / camera.scale - 1 / scale;
  return { x: camera.x + (x - width / 2) * shift, y: camera.y - (y - height / 2) * shift, scale };
}

export function toScreen(camera, x, y, width, height) {
  return [width / 2 + (x - camera.x) * camera.scale, height / 2 - (y - camera.y) * camera.scale];
}

export function toLayout(camera, x, y, width, height) {
  return [camera.x + (x - width / 2) / camera.scale, camera.y - (y - height / 2) / camera.scale];
}
