import { makeElement } from "./dom.js";
import { Curves } from "./curves.js";
import { ReportAgreement } from "./report_agreement.js";
import { ReportBar, percentText } from "./report_bar.js";
import { ReportCosts } from "./report_costs.js";
import { readReport } from "./report_data.js";
import { ReportExample } from "./report_example.js";
import { ReportMap } from "./report_map.js";
import { ReportPoints } from "./report_points.js";
import { Sheets } from "./report_sheets.js";
import { ReportState, placeWithin } from "./report_state.js";
import { ReportStrip } from "./report_strip.js";
import { CycleTable, madeWithOf } from "./report_tables.js";

const darkGround = matchMedia("(prefers-color-scheme: dark)");

/** Put the page together. */
async function openReport() {
  const data = readReport();
  const state = new ReportState({
    ...placeWithin(data.catalog, 0, lastPicked(data)),
    method: data.methods[0]?.name ?? "", coloring: "class", selected: null, playing: false,
    theme: darkGround.matches ? "dark" : "light",
  });
  darkGround.addEventListener("change", () => state.set({ theme: darkGround.matches ? "dark" : "light" }));
  state.observe(["theme"], ({ theme }) => { document.documentElement.dataset.theme = theme; });
  const page = { data, state, points: await new ReportPoints(data).open(), sheets: new Sheets(data.thumbnails), drawable: true };
  const frame = makeElement("main", "alviz-report-main");
  const middle = makeElement("div", "alviz-report-middle");
  frame.append(middle);
  document.body.append(frame); // the map measures itself: it has to stand in the page
  const place = makeElement("div", "alviz-report-map");
  middle.append(place);
  page.drawable = drawMap(place, page);
  frame.prepend(new ReportBar(page).element);
  middle.append(sideOf(page));
  frame.append(new ReportStrip(page).element, footOf(data));
  document.body.append(belowOf(page));
  document.addEventListener("keydown", event => walkByKeys(event, page));
  return page;
}

/** The last cycle of the first run in which something was picked: the one that there is most to see of. */
function lastPicked({ catalog: { marks } }) {
  const at = marks[0].findLastIndex(found => found.some(({ preview }) => !preview));
  return at < 0 ? Infinity : at;
}

/** Whether there is a map; a sentence in its place says why not. */
function drawMap(place, page) {
  if (!page.data.methods.length) {
    place.append(makeElement("p", "alviz-report-none", "These runs hold no features to lay out: there is no map."));
    return false;
  }
  return !new ReportMap(place, page).unsupported;
}

function sideOf(page) {
  const { data } = page;
  const side = makeElement("aside", "alviz-report-side");
  side.append(
    panelOf(data.accuracy.title, wordsOf(data.accuracy), curvesOf(page, data.accuracy, data.accuracy.title, share),
      "This pool has no test split: no accuracy is known."),
    panelOf("Adjacency accuracy", adjacencyWords(data.adjacency), curvesOf(page, data.adjacency, "Adjacency accuracy", plain),
      "Not known for these runs: alviz.adjacency_frame(run) computes it, and the next report shows it."),
  );
  const agreement = new ReportAgreement(page);
  if (agreement.there) side.append(agreement.element);
  side.append(new ReportExample(page).element);
  return side;
}

function share(value, tick = false) {
  return tick ? `${Number((100 * value).toFixed(1))} %` : percentText(value);
}

function plain(value, tick = false) {
  return tick ? String(Number(value.toFixed(3))) : value.toFixed(3);
}

function wordsOf({ lines }) {
  const seeds = Math.max(...lines.map(({ members }) => members.length));
  return seeds > 1 ? `mean ± std, ${seeds} seeds` : "against labels";
}

function adjacencyWords({ k, chance }) {
  return chance === null ? "" : `k = ${k}, chance ${chance.toFixed(2)}`;
}

/** The curves, or null where no value is known. */
function curvesOf({ data, state }, curves, title, written) {
  if (!curves.runs.some(({ values }) => values.some(value => value !== null))) return null;
  const chosen = (branch, cycle) => state.set(placeWithin(data.catalog, branch, cycle));
  const drawn = new Curves(curves, { title, written, chosen });
  state.observe(["branch", "cycle"], ({ branch, cycle }) => drawn.show(branch, cycle));
  return drawn.element;
}

/** A part of the side: title, words beside it, and what it shows, or why there is nothing. */
function panelOf(title, words, content, otherwise) {
  const panel = makeElement("section", "alviz-report-panel");
  const head = makeElement("h2", "", title);
  head.append(" ", makeElement("span", "alviz-report-soft", content ? words : ""));
  panel.append(head, content ?? makeElement("p", "alviz-report-soft", otherwise));
  return panel;
}

function footOf({ command, written, alviz, thumbnails, pooled }) {
  const foot = makeElement("footer", "alviz-report-foot");
  const words = [`written ${written}`, `alviz ${alviz}`];
  if (!pooled) words.push("without the pool: no images, and only answered classes are known");
  else if (thumbnails.left) words.push(`${thumbnails.left.toLocaleString("en-US")} examples have no thumbnail here`);
  foot.append(makeElement("code", "", command), makeElement("span", "alviz-report-soft", words.join(" · ")));
  return foot;
}

function belowOf(page) {
  const below = makeElement("div", "alviz-report-below");
  below.append(
    wide(panelOf("Cycles", "", new CycleTable(page).element, "")),
    panelOf("What each cycle took", "seconds by phase", new ReportCosts(page).element, ""),
    ...madeWithOf(page.data),
  );
  return below;
}

function wide(element) {
  element.classList.add("alviz-report-wide");
  return element;
}

/** Arrow keys walk through the cycles wherever nothing else wants them. */
function walkByKeys(event, { data, state }) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, select, textarea, .alviz-map")) return;
  event.preventDefault();
  state.set(placeWithin(data.catalog, state.values.branch, state.values.cycle + step));
}

document.alvizReport = openReport();
