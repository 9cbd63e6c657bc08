import { grouped, makeButton, makeElement } from "./dom.js";
import { classColor } from "./colors.js";
import { missingIn } from "./report_points.js";
import { textOf } from "./report_bar.js";

const MOST_TILES = 100;
const TILE = 42; // CSS pixels

/** The picks of the shown cycle as images in pick order, or the examples that were drawn around. */
export class ReportStrip {
  element = makeElement("section", "alviz-report-strip");
  #page;
  #tiles = makeElement("div", "alviz-report-tiles");
  #mix = makeElement("div", "alviz-report-mix");
  #turn = 0;

  constructor(page) {
    this.#page = page;
    this.element.setAttribute("aria-label", "picks");
    this.element.append(this.#tiles, this.#mix);
    page.state.observe(["branch", "cycle", "lasso", "theme"], values => this.#draw(values));
    page.state.observe(["selected"], ({ selected }) => this.#mark(selected));
  }

  async #draw({ branch, cycle, lasso, theme, selected }) {
    const turn = ++this.#turn;
    const { data: { catalog }, points } = this.#page;
    const [mark] = catalog.marks[branch][cycle];
    const picks = lasso ?? (mark ? Array.from(await points.get(mark.key)) : []);
    const wanted = mark && !lasso ? await points.get(`wanted|${mark.key}`) : null;
    if (turn !== this.#turn) return;
    const classes = picks.map(id => points.classOf(points.indexes.get(id), branch, cycle));
    const palette = catalog.palettes.classes;
    const look = label => ({ name: palette.names[label] ?? "?", color: classColor(palette, theme, label) });
    const shown = picks.slice(0, MOST_TILES);
    this.#tiles.replaceChildren(...shown.map((id, k) => this.#tile(id, look(classes[k]), shareOf(wanted, k))));
    if (!picks.length) this.#tiles.append(makeElement("span", "alviz-report-soft", "Nothing was picked in this cycle."));
    this.#tellMix(picks.length, classes, look, lasso, mark);
    this.#mark(selected);
  }

  #tile(id, { name, color }, share) {
    const { sheets, state, data } = this.#page;
    const tile = makeButton("alviz-report-tile", "", `id ${id} · ${data.rowNames[id] ?? name}`, () => {
      state.set({ selected: state.values.selected === id ? null : id });
    });
    tile.dataset.id = id;
    const frame = makeElement("span", "alviz-report-frame");
    if (sheets.has(id)) {
      const picture = makeElement("i");
      sheets.paint(picture, id, TILE);
      frame.append(picture);
    } else frame.textContent = id;
    const words = textOf("b", "", name);
    words.style.color = color;
    tile.append(frame, words);
    if (share !== null) {
      const bar = makeElement("u");
      bar.style.width = `${Math.max(100 * share, 4)}%`;
      tile.append(bar);
    }
    return tile;
  }

  #tellMix(count, classes, look, lasso, mark) {
    this.#mix.replaceChildren();
    if (!count) return;
    const lines = [makeElement("div", "", lasso ? `${grouped(count)} inside the selection` : mixTitle(count, mark))];
    const bar = makeElement("div", "alviz-report-shares");
    for (const label of [...new Set(classes)].sort((a, b) => a - b)) {
      const { name, color } = look(label);
      const part = makeElement("i");
      const among = classes.filter(other => other === label).length;
      part.style.flexGrow = among;
      part.style.background = color;
      part.title = `${name}: ${grouped(among)}`;
      bar.append(part);
    }
    lines.push(bar);
    if (count > MOST_TILES) lines.push(makeElement("div", "", `the first ${MOST_TILES} are shown`));
    if (lasso) lines.push(makeButton("alviz-report-link", "back to the picks", "", () => this.#page.state.set({ lasso: null })));
    this.#mix.replaceChildren(...lines);
  }

  #mark(selected) {
    for (const tile of this.#tiles.children) tile.classList.toggle("alviz-report-chosen", tile.dataset.id === String(selected));
  }
}

function mixTitle(count, { name, preview }) {
  return preview ? `the ${grouped(count)} that ${name} would pick` : `classes of the ${grouped(count)} pick${count === 1 ? "" : "s"}`;
}

/** How wanted an example was, 0..1; null where there is no score. */
function shareOf(wanted, k) {
  return !wanted || wanted[k] === missingIn(wanted) ? null : wanted[k] / 100;
}
