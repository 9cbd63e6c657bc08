import { grouped, makeElement } from "./dom.js";
import { percentText, textOf } from "./report_bar.js";
import { secondsText } from "./report_costs.js";
import { placeWithin } from "./report_state.js";

/** The cycles of the shown run, one row each; a click shows that cycle. */
export class CycleTable {
  element = makeElement("div", "alviz-report-scroll");
  #page;

  constructor(page) {
    this.#page = page;
    page.state.observe(["branch", "cycle"], values => this.#draw(values));
  }

  #draw({ branch, cycle }) {
    const { data: { cycles, catalog }, state } = this.#page;
    const rows = cycles[branch];
    const metrics = [...new Set(rows.flatMap(({ metrics: found }) => Object.keys(found)))];
    const table = makeElement("table", "alviz-report-table");
    const head = table.createTHead().insertRow();
    for (const name of ["cycle", "labels", ...metrics, "picked", "took"]) head.append(makeElement("th", "", name.replace(/_/g, " ")));
    const body = table.createTBody();
    rows.forEach((row, at) => {
      const line = body.insertRow();
      line.classList.toggle("alviz-report-chosen", at === cycle);
      line.addEventListener("click", () => state.set(placeWithin(catalog, branch, at)));
      const picked = row.sampler === null ? "" : `${grouped(row.picked)} by ${row.sampler}`;
      const took = Object.values(row.seconds).reduce((sum, seconds) => sum + seconds, 0);
      const numbers = metrics.map(name => (row.metrics[name] === undefined ? "–" : percentText(row.metrics[name])));
      for (const text of [at, grouped(row.labels), ...numbers, picked, secondsText(took)]) line.append(textOf("td", "", String(text)));
    });
    this.element.replaceChildren(table, ...notesOf(rows));
  }
}

/** What runs were made with: what they share, then a table of what differs. */
export function madeWithOf({ madeWith, pool, catalog }) {
  const { run, configuration, environment } = madeWith.shared;
  const stack = makeElement("div", "alviz-report-stack");
  stack.append(section("Pool", listOf(pool)));
  if (run.length) stack.append(section(catalog.branches.length > 1 ? "All runs" : "Run", listOf(run)));
  const parts = [section("Configuration", listOf(configuration)), stack];
  const place = section("Environment", listOf(environment));
  if (!madeWith.differ.length) return [parts[0], place, stack];
  stack.append(place);
  return [section("Where the runs differ", differOf(madeWith.differ, catalog.branches)), ...parts];
}

function section(title, content) {
  const part = makeElement("section");
  part.append(makeElement("h2", "", title), content);
  return part;
}

function listOf(facts) {
  const list = makeElement("dl", "alviz-report-list");
  for (const [name, value] of facts) list.append(makeElement("dt", "", name), textOf("dd", "", value));
  return list;
}

function differOf(rows, names) {
  const frame = makeElement("div", "alviz-report-scroll");
  const table = makeElement("table", "alviz-report-table alviz-report-differ");
  const head = table.createTHead().insertRow();
  head.append(makeElement("td"), ...names.map(name => textOf("th", "", name)));
  const body = table.createTBody();
  for (const [name, values] of rows) {
    const line = body.insertRow();
    line.append(makeElement("th", "", name), ...values.map(value => textOf("td", "", value)));
  }
  frame.append(table);
  return frame;
}

function notesOf(rows) {
  const notes = rows.flatMap(({ notes: found }, at) => found.map(note => `cycle ${at}: ${note}`));
  return [...new Set(notes)].map(note => textOf("p", "alviz-report-soft", note));
}
