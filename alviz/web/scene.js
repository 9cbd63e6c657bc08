/** What a view shows of a catalog: names and keys only, so that a step costs nothing. */
export const NO_CATALOG = {
  size: 0, branches: [], fits: [], labels: [], marks: [], colorings: {}, palettes: {},
};
export const FIRST_VIEW = {
  serial: 0, branch: 0, cycle: 0, method: "", coloring: "", selected: null,
  playing: false, edges: false, notice: "",
};

/** The keys of all columns that are drawn, and the words that go with them. */
export function sceneOf(catalog, view) {
  const fit = catalog.fits[view.branch]?.[view.cycle];
  const marks = catalog.marks[view.branch]?.[view.cycle] ?? [];
  const coloring = catalog.colorings[view.coloring];
  const colored = coloring?.of === "mark" ? marks[0]?.key : fit;
  return {
    fit,
    layout: `layout|${view.method}|${fit}`,
    status: `status|${fit}`,
    color: `color|${view.coloring}|${colored}`,
    synthetic: `synthetic|${view.method}|${fit}`,
    marks,
    coloring,
    palette: coloring ? catalog.palettes[coloring.palette] : undefined,
    branch: catalog.branches[view.branch] ?? "",
    labels: catalog.labels[view.branch]?.[view.cycle] ?? 0,
    size: catalog.size,
    last: Math.max((catalog.fits[view.branch]?.length ?? 1) - 1, 0),
  };
}

/** `view` with its branch and cycle moved to ones that the catalog has. */
export function withinCatalog(catalog, view) {
  const branch = clampedTo(view.branch, catalog.fits.length);
  return { ...view, branch, cycle: clampedTo(view.cycle, catalog.fits[branch]?.length ?? 0) };
}

function clampedTo(value, count) {
  return count ? Math.min(Math.max(value, 0), count - 1) : value;
}
