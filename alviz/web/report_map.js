import { SelectionMap } from "./map.js";
import { reportFacts } from "./report_facts.js";
import { placeWithin } from "./report_state.js";

/** The selection map of a report: fed from the page's own columns, what is shown first. */
export class ReportMap {
  #page;
  #map;
  #serial = 0;
  #sent = new Set();
  #filling = 0;

  /** `page`: {data, points, sheets, state}. */
  constructor(element, page) {
    this.#page = page;
    const { data, points, state } = page;
    const host = { tell: (kind, payload, buffers) => this.#hear(kind, payload, buffers), ask: this.#answer.bind(this) };
    this.unsupported = false;
    this.#map = new SelectionMap(element, host, { theme: state.values.theme });
    this.#map.setCatalog(data.catalog);
    this.#map.addIds(points.ids);
    state.observe(["theme"], ({ theme }) => this.#map.setTheme(theme));
    state.observe(["branch", "cycle", "method", "coloring", "selected", "playing"], values => this.#show(values));
    state.observe(["branch", "method", "coloring"], values => this.#fill(values));
  }

  get map() {
    return this.#map;
  }

  #show({ branch, cycle, method, coloring, selected, playing }) {
    this.#send(branch, cycle, method, coloring);
    this.#map.setView({ serial: this.#serial, branch, cycle, method, coloring, selected, playing, edges: false, notice: "" });
  }

  /** Send every cycle, the nearest first and those of other branches last; stops when something else is wanted. */
  async #fill({ branch, cycle, method, coloring }) {
    const turn = ++this.#filling;
    const { fits } = this.#page.data.catalog;
    const places = fits.flatMap((names, index) => names.map((_, at) => [index, at]));
    const distance = ([index, at]) => Math.abs(at - cycle) + (index === branch ? 0 : 1000);
    for (const [index, at] of places.sort((a, b) => distance(a) - distance(b))) {
      await this.#send(index, at, method, coloring);
      if (turn !== this.#filling) return;
    }
  }

  /** Give the map all columns of one cycle that it does not have. */
  async #send(branch, cycle, method, coloring) {
    const { data: { catalog }, points } = this.#page;
    const fit = catalog.fits[branch][cycle];
    const marks = catalog.marks[branch][cycle];
    const colored = catalog.colorings[coloring]?.of === "mark" ? marks[0]?.key : fit;
    const layout = `layout|${method}|${fit}`;
    await Promise.all([
      this.#once(layout, () => points.get(layout)),
      this.#once(`status|${fit}`, () => points.status(branch, cycle)),
      this.#once(`color|${coloring}|${colored}`, () => points.color(coloring, branch, cycle)),
      ...marks.map(({ key }) => this.#once(key, () => points.get(key))),
    ]);
  }

  async #once(key, make) {
    if (this.#sent.has(key)) return;
    this.#sent.add(key);
    const column = await make();
    if (column) this.#map.addColumn(key, column, this.#page.points.about(key));
  }

  #hear(kind, payload, buffers) {
    const { data, state } = this.#page;
    if (kind === "go") {
      this.#serial = payload.serial;
      state.set(placeWithin(data.catalog, payload.branch, payload.cycle));
    } else if (kind === "select") state.set({ selected: payload.id });
    else if (kind === "play") state.set({ playing: payload.playing });
    else if (kind === "lasso") state.set({ lasso: Array.from(buffers[0]) });
    else if (kind === "clear") state.set({ lasso: null });
    else if (kind === "unsupported") this.unsupported = true;
  }

  async #answer(kind, { id, branch, cycle }) {
    if (kind !== "facts") throw new Error("a page does not know neighbors");
    const { sheets } = this.#page;
    const facts = await reportFacts(this.#page, id, branch, cycle);
    return { ...facts, image: await sheets.png(id), ink: sheets.ink };
  }
}
