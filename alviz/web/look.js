const DOTS = { light: 0.42, dark: 0.5 };

/** Sizes in CSS pixels and opacities: fewer points are larger, and grow a little as one looks closer. */
export function lookOf(theme, points, labeled, closeness) {
  const growth = Math.min(Math.max(closeness ** 0.35, 1), 2.6);
  const dot = within(2.35 * (2000 / Math.max(points, 1)) ** 0.22, 0.8, 2.35);
  const ring = within(4.8 * (300 / Math.max(labeled, 1)) ** 0.2, 2.2, 4.8);
  return {
    dot: { radius: Math.min(dot * growth, Math.max(dot, 3.6)), alpha: DOTS[theme] },
    ring: { radius: Math.min(ring * growth, 4.8), stroke: 1.8 },
  };
}

function within(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
