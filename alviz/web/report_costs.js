import { makeElement } from "./dom.js";

const PHASES = ["train", "embed", "graph", "select", "label"];

/** What each cycle of the shown run took, by phase: a bar per cycle. */
export class ReportCosts {
  element = makeElement("div", "alviz-report-costs");
  #page;

  constructor(page) {
    this.#page = page;
    page.state.observe(["branch", "cycle"], values => this.#draw(values));
  }

  #draw({ branch, cycle }) {
    const costs = this.#page.data.cycles[branch].map(({ seconds }) => seconds);
    const phases = [...PHASES, ...new Set(costs.flatMap(Object.keys))].filter((name, k, all) => (
      all.indexOf(name) === k && costs.some(cost => cost[name] > 0)
    ));
    const total = cost => phases.reduce((sum, name) => sum + (cost[name] ?? 0), 0);
    const most = Math.max(...costs.map(total), 1e-9);
    const rows = costs.map((cost, at) => this.#row(at, cost, phases, total(cost), most, at === cycle));
    const key = makeElement("div", "alviz-report-key");
    for (const name of phases) {
      const entry = makeElement("span", "", `${name} ${secondsText(costs.reduce((sum, cost) => sum + (cost[name] ?? 0), 0))}`);
      entry.prepend(swatchOf(name));
      key.append(entry);
    }
    this.element.replaceChildren(...rows, key);
  }

  #row(at, cost, phases, total, most, here) {
    const row = makeElement("div", here ? "alviz-report-cost alviz-report-chosen" : "alviz-report-cost");
    const bar = makeElement("div", "alviz-report-shares");
    bar.style.width = `${(100 * total) / most}%`;
    for (const name of phases) {
      const part = swatchOf(name);
      part.style.flexGrow = cost[name] ?? 0;
      part.title = `${name}: ${secondsText(cost[name] ?? 0)}`;
      bar.append(part);
    }
    const track = makeElement("div", "alviz-report-track");
    track.append(bar);
    row.append(makeElement("span", "", `cycle ${at}`), track, makeElement("span", "", secondsText(total)));
    return row;
  }
}

function swatchOf(name) {
  const swatch = makeElement("i");
  swatch.dataset.phase = PHASES.includes(name) ? name : "other";
  return swatch;
}

/** Seconds in the unit that suits them. */
export function secondsText(seconds) {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} h`;
  if (seconds >= 90) return `${(seconds / 60).toFixed(1)} min`;
  return seconds >= 10 ? `${seconds.toFixed(0)} s` : `${seconds.toFixed(seconds >= 1 ? 1 : 2)} s`;
}
