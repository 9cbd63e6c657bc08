import { makeButton, makeElement } from "./dom.js";
import { Matrix } from "./matrix.js";

const KINDS_OF_AGREEMENT = [
  ["asked", "samplers", "Share of picks in common of the samplers that were asked at this cycle"],
  ["spearman", "scores", "Rank correlation of the scores that the samplers give"],
  ["between", "runs", "Share of picks in common of the runs at this cycle"],
];

/** How far picks agree at the shown cycle: of samplers that were asked there, and of runs. */
export class ReportAgreement {
  element = makeElement("section", "alviz-report-panel");
  #page;
  #kind;
  #matrix = new Matrix();
  #none = makeElement("p", "alviz-report-soft");
  #buttons = new Map();

  constructor(page) {
    this.#page = page;
    const { asked, between } = page.data;
    const there = { asked: asked.flat().some(Boolean), spearman: asked.flat().some(Boolean), between: between.some(Boolean) };
    const kinds = KINDS_OF_AGREEMENT.filter(([kind]) => there[kind]);
    this.#kind = kinds[0]?.[0] ?? null;
    if (!this.there) return;
    this.element.append(this.#head(kinds), this.#matrix.element, this.#none);
    page.state.observe(["branch", "cycle"], () => this.#draw());
  }

  get there() {
    return this.#kind !== null;
  }

  #head(kinds) {
    const head = makeElement("h2", "", "Agreement of picks");
    this.unit = makeElement("span", "alviz-report-soft");
    head.append(" ", this.unit);
    kinds.forEach(([kind, words, title]) => {
      const button = makeButton("alviz-report-link", words, title, () => {
        this.#kind = kind;
        this.#draw();
      });
      this.#buttons.set(kind, button);
      head.append(makeElement("span", "alviz-report-soft", " · "), button);
    });
    return head;
  }

  #draw() {
    for (const [kind, button] of this.#buttons) button.setAttribute("aria-pressed", String(kind === this.#kind));
    this.unit.textContent = this.#kind === "spearman" ? "Spearman" : "Jaccard, %";
    const { names, values } = this.#found();
    this.#matrix.element.hidden = !values;
    this.#none.textContent = values ? "" : "Nobody was asked at this cycle.";
    if (!values) return;
    this.#matrix.show(names, values, this.#kind === "spearman" ? "" : "%");
  }

  #found() {
    const { data, state } = this.#page;
    const { branch, cycle } = state.values;
    if (this.#kind === "between") {
      const found = data.between[cycle];
      return found ? { names: found.branches.map(k => data.catalog.branches[k]), values: found.jaccard } : {};
    }
    const found = data.asked[branch][cycle];
    return found ? { names: found.names, values: found[this.#kind === "asked" ? "jaccard" : "spearman"] } : {};
  }
}
