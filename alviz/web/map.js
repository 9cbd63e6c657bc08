import { Answers } from "./answers.js";
import { sharedContext } from "./context.js";
import { grouped } from "./dom.js";
import { Foot } from "./foot.js";
import { Gestures } from "./gestures.js";
import { actionOf } from "./keys.js";
import { Legend } from "./legend.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { NO_EDGES, Shown } from "./shown.js";
import { Stage } from "./stage.js";
import { Tooltip, dropPicture, withPicture } from "./tooltip.js";
import { describedCycle, describedScene, localFacts } from "./words.js";

/**
 * The selection map: points, what was labeled before, what is picked now.
 *
 * It is given data (`setCatalog`, `setView`, `addIds`, `addColumn`) and a host, `{tell(kind, payload,
 * buffers), ask(kind, question) -> Promise}`; whether a kernel or a page of recorded facts stands behind
 * that, it does not know.
 */
export class SelectionMap {
  #element;
  #host;
  #shown;
  #heard = { selected: null, playing: false }; // what the host said last
  #stage;
  #picture = null; // null without WebGL2
  #context;
  #tooltip;
  #legend;
  #foot;
  #player;
  #facts;
  #neighbors;
  #mode = ""; // "lasso", "box" or "" for panning
  #pointer = null; // where it hovers, in the stage

  /** Builds its elements inside `element`. `options.theme`: "light" or "dark". */
  constructor(element, host, { theme = "light" } = {}) {
    this.#element = element;
    this.#host = host;
    this.#shown = new Shown(theme);
    this.#context = sharedContext();
    this.#legend = new Legend(codes => this.#hideCodes(codes));
    this.#foot = new Foot(tool => this.#act(tool), name => this.#toggleSampler(name));
    this.#stage = new Stage(element, this.#legend.element, this.#foot.element, () => this.#picture?.refit());
    this.#tooltip = new Tooltip(this.#stage.root);
    this.#facts = new Answers(async question => withPicture(await host.ask("facts", question)), dropPicture);
    this.#neighbors = new Answers(question => host.ask("neighbors", question));
    this.#player = new Player(() => this.#playOn());
    this.#stage.root.dataset.theme = theme;
    element.alvizMap = this;
    if (this.#context) {
      this.#picture = new Picture(this.#shown, this.#stage, this.#context, () => this.#settled());
      this.#listen();
    } else {
      this.#stage.refuse("This browser has no WebGL2: the selection map cannot be drawn here.");
      this.#tell("unsupported", {});
    }
    this.#refresh();
  }

  setCatalog(catalog) {
    this.#shown.setCatalog(catalog);
    this.#facts.clear();
    this.#neighbors.clear();
    this.#refresh();
  }

  /**
   * Show what the host says. A view that is older than this map's own last action does not move the cycle,
   * and what the host merely repeats does not undo what was clicked or pressed meanwhile.
   */
  setView(view) {
    const { view: before } = this.#shown;
    const changes = {};
    for (const name of ["method", "coloring", "edges", "notice"]) changes[name] = view[name] ?? before[name];
    if ((view.serial ?? before.serial) >= before.serial) {
      for (const name of ["branch", "cycle", "serial"]) changes[name] = view[name] ?? before[name];
    }
    if (view.selected !== undefined && view.selected !== this.#heard.selected) {
      changes.selected = this.#heard.selected = view.selected;
    }
    this.#show(changes);
    if (view.playing !== undefined && view.playing !== this.#heard.playing) {
      this.#heard.playing = view.playing;
      this.#play(view.playing);
    }
  }

  /** Append pool rows: point i of every column is `ids[i]` of all that were added. */
  addIds(ids) {
    this.#shown.points.addIds(ids);
    this.#refresh();
  }

  addColumn(key, array, about) {
    this.#shown.points.add(key, array, about);
    if (this.#shown.keys.includes(key)) this.#refresh();
  }

  setTheme(theme) {
    this.#shown.theme = theme;
    this.#stage.root.dataset.theme = theme;
    this.#picture?.recolor();
    this.#refresh();
  }

  resize() {
    this.#stage.measure();
  }

  destroy() {
    this.#player.pause();
    this.#facts.clear();
    this.#neighbors.clear();
    this.#picture?.destroy();
    this.#stage.destroy();
    delete this.#element.alvizMap;
  }

  /** Window place [clientX, clientY] of a pool row as it is drawn now; null for one without a place. */
  place(id) {
    const at = this.#picture?.placeOf(this.#shown.points.indexOf(id)) ?? null;
    const box = this.#stage.stage.getBoundingClientRect();
    return at && [box.left + at[0], box.top + at[1]];
  }

  /** [r, g, b, a] as painted at a place of the window. */
  pixel(clientX, clientY) {
    return this.#stage.pixel(clientX, clientY, this.#picture?.ground ?? "#0000");
  }

  debug() {
    const [shown, picture, context] = [this.#shown, this.#picture, this.#context];
    const { branch, cycle, serial, method, coloring, selected } = shown.view;
    return {
      frame: picture?.frames ?? 0,
      submitted: picture?.submitted ?? 0,
      branch, cycle, serial, method, coloring, selected,
      theme: shown.theme,
      layout: shown.layout?.key ?? null,
      moving: picture?.motion.moving ?? false,
      drawn: { ...shown.drawn(), edges: picture?.edges ?? 0 },
      camera: picture ? { ...picture.camera } : null,
      contexts: {
        live: context && !context.gl.isContextLost() ? 1 : 0,
        lost: context?.lost ?? 0,
        restored: context?.restored ?? 0,
      },
      hovered: shown.hovered,
      hidden: [...shown.hidden].sort((a, b) => a - b),
      playing: this.#player.playing,
      mode: this.#mode,
      columns: shown.points.keys,
      bytes: shown.points.received,
      unsupported: !picture,
    };
  }

  #tell(kind, payload, buffers = []) {
    this.#host.tell(kind, payload, buffers);
  }

  // What is shown

  #show(changes) {
    const { branch, cycle } = this.#shown.view;
    this.#shown.setView(changes);
    this.#refresh();
    const { view, scene, marks } = this.#shown;
    if (view.branch === branch && view.cycle === cycle) return;
    this.#stage.say(describedCycle(scene, view, marks.samplers));
  }

  /** Follow the view and the columns: what is drawn, and the words around it. */
  #refresh() {
    const shown = this.#shown;
    shown.update();
    const next = shown.nextLayout;
    if (this.#picture && next && this.#picture.follow(next)) {
      shown.area = null; // it was drawn around other places
      this.#unhover();
    }
    this.#writeWords();
    this.#askNeighbors();
    if (shown.hovered !== null) this.#askFacts();
    this.#picture?.redrawChanged();
  }

  #writeWords() {
    const { scene, view, layout, marks, theme, hidden, points, synthetic } = this.#shown;
    const head = layout?.about?.head ?? "";
    this.#stage.setHead(head, view.notice || (layout?.about?.right ?? ""));
    this.#stage.setEmpty(this.#emptyWords());
    this.#stage.root.setAttribute("aria-label", describedScene(scene, view, marks.samplers, head));
    this.#legend.update(scene.coloring, scene.palette, theme, hidden);
    const picked = marks.samplers[0]?.preview ? 0 : (marks.samplers[0]?.count ?? 0);
    this.#foot.update({
      unlabeled: Math.max((scene.size || points.count) - scene.labels - picked, 0),
      labeled: scene.labels,
      samplers: marks.samplers,
      synthetic: synthetic.length >> 1,
    });
  }

  #emptyWords() {
    const { layout, view, points } = this.#shown;
    if (!this.#picture) return "";
    if (!layout) return view.notice || (points.count ? "The map of this cycle is not there yet." : "");
    return layout.bounds ? "" : "No point has a place on this map.";
  }

  #settled() {
    if (this.#pointer) this.#hover(...this.#pointer);
  }

  // Actions

  #listen() {
    this.#stage.root.addEventListener("keydown", event => this.#pressed(event));
    const focused = () => this.#stage.root.contains(document.activeElement);
    new Gestures(this.#stage.stage, {
      mode: () => this.#mode,
      focused,
      on: {
        down: () => {
          this.#stage.root.focus({ preventScroll: true });
          this.#unhover();
        },
        hover: (x, y) => this.#hover(x, y),
        leave: () => {
          this.#pointer = null;
          this.#unhover();
        },
        click: (x, y) => this.#click(x, y),
        pan: (right, down) => this.#picture.pan(right, down),
        zoom: (factor, x, y) => {
          this.#picture.zoom(factor, x, y);
          this.#hover(x, y);
        },
        home: () => this.#picture.goHome(),
        hint: () => this.#stage.hint(),
        area: (phase, shape, place) => this.#drawArea(phase, shape, place),
      },
    });
  }

  #pressed(event) {
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has meanings of its own for these keys
    this.#act(action);
  }

  #act(action) {
    const { cycle } = this.#shown.view;
    switch (action) {
      case "previous": return this.#go(cycle - 1);
      case "next": return this.#go(cycle + 1);
      case "play": return this.#play(!this.#player.playing, true);
      case "step": return this.#tell("step", {});
      case "lasso":
      case "box": return this.#setMode(this.#mode === action ? "" : action);
      case "reset": return this.#picture.goHome();
      case "closer": return this.#picture.zoom(1.4);
      case "farther": return this.#picture.zoom(1 / 1.4);
      default: return this.#clear();
    }
  }

  /** Step here and now, with what is there; then tell. */
  #go(cycle) {
    const { view, scene } = this.#shown;
    const goal = Math.min(Math.max(cycle, 0), scene.last);
    if (goal === view.cycle) return;
    const serial = view.serial + 1;
    this.#show({ cycle: goal, serial });
    this.#tell("go", { branch: view.branch, cycle: goal, serial });
  }

  #play(on, told = false) {
    if (on === this.#player.playing) return;
    this.#shown.view.playing = on;
    if (on) {
      if (this.#shown.view.cycle >= this.#shown.scene.last) this.#go(0);
      this.#player.play();
    } else {
      this.#player.pause();
    }
    if (told) this.#tell("play", { playing: on });
  }

  #playOn() {
    this.#go(this.#shown.view.cycle + 1);
    const more = this.#shown.view.cycle < this.#shown.scene.last;
    if (!more) this.#play(false, true);
    return more;
  }

  #setMode(mode) {
    this.#mode = mode;
    this.#foot.setMode(mode);
    if (mode) this.#stage.stage.dataset.mode = mode;
    else delete this.#stage.stage.dataset.mode;
  }

  #clear() {
    this.#setMode("");
    this.#shown.area = null;
    this.#show({ selected: null });
    this.#unhover();
    this.#tell("clear", {});
  }

  #click(x, y) {
    const { points, view, area } = this.#shown;
    const point = this.#picture.pointAt(x, y);
    const id = point < 0 ? null : points.ids[point];
    if (id === null && area) {
      this.#shown.area = null;
      this.#tell("clear", {});
    }
    if (id !== view.selected) this.#tell("select", { id });
    this.#show({ selected: id });
  }

  #drawArea(phase, shape, place) {
    const shown = this.#shown;
    if (phase === "start") this.#picture.finishMove();
    const [x, y] = this.#picture.under(...place);
    if (phase === "start") shown.area = { shape, polygon: [[x, y]], label: "" };
    if (phase === "go" && shown.area) extend(shown.area, x, y);
    if (phase === "cancel") shown.area = null;
    if (phase === "end" && shown.area) this.#finishArea(shown.area);
    this.#picture.redrawOverlay();
  }

  #finishArea(area) {
    const { points } = this.#shown;
    const ids = this.#picture.pointsIn(area.polygon).map(i => points.ids[i]);
    area.label = grouped(ids.length);
    this.#stage.say(`${grouped(ids.length)} points inside`);
    this.#tell("lasso", { shape: area.shape, polygon: area.polygon, n: ids.length }, [ids]);
  }

  #hideCodes(codes) {
    this.#shown.hide(codes);
    this.#refresh();
    this.#tell("hide", { coloring: this.#shown.view.coloring, codes });
  }

  #toggleSampler(name) {
    const { hiddenMarks } = this.#shown;
    if (!hiddenMarks.delete(name)) hiddenMarks.add(name);
    this.#refresh();
    this.#tell("marks", { hidden: [...hiddenMarks] });
  }

  // Hover

  #hover(x, y) {
    this.#pointer = [x, y];
    if (this.#picture.motion.moving) return; // again when points stand still
    const { points, hovered } = this.#shown;
    const point = this.#picture.pointAt(x, y);
    const id = point < 0 ? null : points.ids[point];
    if (id === null) this.#unhover();
    else if (id !== hovered) {
      this.#shown.hovered = id;
      this.#stage.stage.dataset.over = "";
      this.#askFacts();
      this.#askNeighbors();
      this.#picture.redrawOverlay();
    }
  }

  #unhover() {
    if (this.#shown.hovered === null) return;
    this.#shown.hovered = null;
    delete this.#stage.stage.dataset.over;
    this.#facts.drop();
    this.#tooltip.hide();
    this.#askNeighbors();
    this.#picture.redrawOverlay();
  }

  #askFacts() {
    const { points, hovered: id, view, scene, codes, status, marks } = this.#shown;
    const index = points.indexOf(id);
    const at = this.#picture.placeOf(index);
    if (!at) return;
    const { offsetLeft, offsetTop } = this.#stage.stage;
    const show = facts => this.#tooltip.show(facts, [offsetLeft + at[0], offsetTop + at[1]]);
    show(localFacts(id, {
      coloring: scene.coloring, palette: scene.palette, code: codes?.[index],
      labeled: status?.array[index] === 1, pickers: marks.pickers(id),
    }));
    this.#facts.want({ id, branch: view.branch, cycle: view.cycle }, show);
  }

  #askNeighbors() {
    const { view, hovered } = this.#shown;
    const id = view.edges ? (view.selected ?? hovered) : null;
    const question = { id, branch: view.branch, cycle: view.cycle };
    const key = JSON.stringify(question);
    if (key !== this.#shown.edges.key) this.#shown.edges = NO_EDGES;
    if (id === null || !this.#picture) {
      this.#neighbors.drop();
      return;
    }
    this.#neighbors.want(question, ({ ids }) => {
      this.#shown.edges = { key, id, ids };
      this.#picture.redrawOverlay();
    });
  }
}

/** Another corner of a lasso; a box has the four between its first corner and this one. */
function extend(area, x, y) {
  const [[left, top]] = area.polygon;
  if (area.shape === "box") area.polygon = [[left, top], [x, top], [x, y], [left, y]];
  else area.polygon.push([x, y]);
}
