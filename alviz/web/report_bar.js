import { grouped, makeButton, makeElement } from "./dom.js";
import { placeWithin } from "./report_state.js";

/** The top of a report: what it is about, the cycle, and what the map shows. */
export class ReportBar {
  element = makeElement("header", "alviz-report-bar");
  #page;

  constructor(page) {
    this.#page = page;
    this.element.append(this.#about(), this.#walk(), this.#choosers());
  }

  #about() {
    const { data: { title, catalog }, state } = this.#page;
    const about = makeElement("div", "alviz-report-about");
    const name = makeElement("h1", "", title);
    name.dir = "auto";
    about.append(name);
    const go = branch => state.set(placeWithin(catalog, branch, state.values.cycle));
    const chooser = chooserOf("branch", catalog.branches.map((text, value) => [value, text]), value => go(Number(value)));
    state.observe(["branch"], ({ branch }) => { chooser.value = branch; });
    about.append(catalog.branches.length > 1 ? chooser : textOf("span", "alviz-report-soft", catalog.branches[0]));
    return about;
  }

  #walk() {
    const { data: { catalog, cycles }, state } = this.#page;
    const walk = makeElement("div", "alviz-report-walk");
    const by = step => state.set(placeWithin(catalog, state.values.branch, state.values.cycle + step));
    const back = makeButton("alviz-report-button", "◀", "The cycle before (←)", () => by(-1));
    const on = makeButton("alviz-report-button", "▶", "The next cycle (→)", () => by(1));
    const play = makeButton("alviz-report-button", "Play", "Walk through the cycles (space on the map)", () => {
      state.set({ playing: !state.values.playing });
    });
    play.hidden = !this.#page.drawable;
    const slider = makeElement("input", "alviz-report-slider");
    Object.assign(slider, { type: "range", min: 0, step: 1 });
    slider.setAttribute("aria-label", "cycle");
    slider.addEventListener("input", () => state.set(placeWithin(catalog, state.values.branch, Number(slider.value))));
    const words = makeElement("span", "alviz-report-cycle");
    words.setAttribute("aria-live", "polite");
    state.observe(["branch", "cycle", "playing"], ({ branch, cycle, playing }) => {
      const last = catalog.fits[branch].length - 1;
      slider.max = last;
      slider.value = cycle;
      slider.disabled = last === 0;
      slider.style.setProperty("--alviz-report-share", last ? cycle / last : 0);
      back.disabled = cycle === 0;
      on.disabled = cycle === last;
      play.disabled = last === 0;
      play.textContent = playing ? "Pause" : "Play";
      const { labels, metrics } = cycles[branch][cycle];
      const parts = [`of ${last}`, `${grouped(labels)} label${labels === 1 ? "" : "s"}`];
      if (metrics.accuracy !== undefined) parts.push(percentText(metrics.accuracy));
      else if (metrics.cross_validated_accuracy !== undefined) {
        parts.push(`${percentText(metrics.cross_validated_accuracy)} cross-validated`);
      }
      words.replaceChildren(makeElement("b", "", `cycle ${cycle}`), ` ${parts.join(" · ")}`);
    });
    walk.append(back, slider, on, play, words);
    return walk;
  }

  #choosers() {
    const { data: { catalog, methods }, state } = this.#page;
    const choosers = makeElement("div", "alviz-report-choosers");
    const colorings = Object.entries(catalog.colorings).map(([name, { title }]) => [name, title]);
    const coloring = chooserOf("color", colorings, value => state.set({ coloring: value }));
    state.observe(["coloring"], values => { coloring.value = values.coloring; });
    choosers.append(labeled("color", coloring));
    if (methods.length > 1) {
      const method = chooserOf("map", methods.map(({ name, title }) => [name, title]), value => state.set({ method: value }));
      state.observe(["method"], values => { method.value = values.method; });
      choosers.append(labeled("map", method));
    }
    const theme = makeButton("alviz-report-button alviz-report-theme", "", "", () => {
      state.set({ theme: state.values.theme === "dark" ? "light" : "dark" });
    });
    state.observe(["theme"], values => {
      theme.textContent = values.theme === "dark" ? "☀" : "☾";
      theme.title = `Show on ${values.theme === "dark" ? "light" : "dark"} ground`;
      theme.setAttribute("aria-label", theme.title);
    });
    choosers.append(theme);
    return choosers;
  }
}

export function percentText(share) {
  return `${(100 * share).toFixed(1)} %`;
}

/** An element with a text from data, which may be written from right to left. */
export function textOf(tag, className, text) {
  const element = makeElement(tag, className, text);
  element.dir = "auto";
  return element;
}

function labeled(words, control) {
  const label = makeElement("label", "alviz-report-soft", words);
  label.append(" ", control);
  return label;
}

function chooserOf(what, options, chosen) {
  const chooser = makeElement("select", "alviz-report-chooser");
  chooser.setAttribute("aria-label", what);
  for (const [value, text] of options) {
    const option = textOf("option", "", text);
    option.value = value;
    chooser.append(option);
  }
  chooser.addEventListener("change", () => chosen(chooser.value));
  return chooser;
}
