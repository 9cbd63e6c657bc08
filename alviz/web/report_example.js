import { makeButton, makeElement } from "./dom.js";
import { classColor } from "./colors.js";
import { textOf } from "./report_bar.js";
import { reportFacts } from "./report_facts.js";
import { missingIn } from "./report_points.js";
import { placeWithin } from "./report_state.js";

const PICTURE = 76; // CSS pixels

/** The selected example: its picture, what is known of it, and what it was taken for in every cycle. */
export class ReportExample {
  element = makeElement("section", "alviz-report-panel");
  #page;
  #turn = 0;
  #shown = null;

  constructor(page) {
    this.#page = page;
    page.state.observe(["selected", "branch", "cycle", "theme"], values => this.#draw(values));
  }

  async #draw({ selected, branch, cycle, theme }) {
    const turn = ++this.#turn;
    this.element.hidden = selected === null;
    if (selected === null) {
      this.#shown = null;
      return;
    }
    const { title, lines } = await reportFacts(this.#page, selected, branch, cycle);
    const history = await this.#history(selected, branch, cycle, theme);
    if (turn !== this.#turn) return;
    const words = makeElement("div", "alviz-report-words");
    words.append(...lines.map(([text, kind]) => textOf("span", kind ? `alviz-report-${kind}` : "", text)));
    const body = makeElement("div", "alviz-report-example");
    if (this.#page.sheets.has(selected)) {
      const picture = makeElement("i");
      this.#page.sheets.paint(picture, selected, PICTURE);
      body.append(picture);
    }
    body.append(words);
    const close = makeButton("alviz-report-link", "×", "Close", () => this.#page.state.set({ selected: null }));
    const head = textOf("h2", "", title);
    head.append(close);
    this.element.replaceChildren(head, body, ...history);
    if (selected === this.#shown) return;
    this.#shown = selected;
    this.element.parentElement?.scrollTo({ top: this.element.offsetTop, behavior: "smooth" });
  }

  /** A button per cycle with the class that the example was taken for; nothing where no fit holds predictions. */
  async #history(id, branch, cycle, theme) {
    const { data: { catalog }, points, state } = this.#page;
    const index = points.indexes.get(id);
    const fits = catalog.fits[branch];
    const predictions = await Promise.all(fits.map(fit => points.get(`prediction|${fit}`)));
    if (!predictions.some(Boolean)) return [];
    const row = makeElement("div", "alviz-report-history");
    predictions.forEach((prediction, at) => {
      const code = prediction && prediction[index] !== missingIn(prediction) ? prediction[index] : -1;
      const name = catalog.palettes.classes.names[code] ?? "·";
      const place = makeButton("", "", `cycle ${at}: ${name}`, () => state.set(placeWithin(catalog, branch, at)));
      const taken = textOf("b", "", name);
      taken.style.color = classColor(catalog.palettes.classes, theme, code);
      const mark = points.labeledAt(index, branch, at) >= 0 ? "○" : "";
      place.append(taken, makeElement("small", "", `${at}${mark}`));
      place.classList.toggle("alviz-report-chosen", at === cycle);
      row.append(place);
    });
    return [makeElement("div", "alviz-report-soft", "taken for, by cycle · ○ labeled"), row];
  }
}
