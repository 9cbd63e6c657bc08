import { SelectionMap } from "./map.js";

/** Copy a message's buffer: its own may start anywhere, arrays of numbers may not. */
const asArray = (kind, view) =>
  new kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array };

/** What the kernel has sent for one widget; every view of it is a map that draws from here. */
class Columns {
  constructor(model) {
    this.model = model;
    this.maps = new Set();
    this.ids = [];
    this.count = 0;
    this.columns = new Map();
    this.waiting = new Map();
    this.token = 0;
    this.hear = this.hear.bind(this);
    model.on("msg:custom", this.hear);
  }

  hear(message, buffers) {
    if (message.kind === "column") this.keep(message, buffers[0]);
    else if (message.kind === "reply") this.settle(message, buffers);
  }

  keep({ key, dtype, about }, buffer) {
    const array = asArray(KINDS[dtype], buffer);
    if (key === "ids") {
      // What another page of this widget asked for again is known here.
      if (about.start !== this.count) return;
      this.count += array.length;
      this.ids.push(array);
    } else this.columns.set(key, { array, about });
    for (const map of this.maps) this.give(map, key, array, about);
  }

  give(map, key, array, about) {
    if (key === "ids") map.addIds(array);
    else map.addColumn(key, array, about);
  }

  /** Give a new view of the widget everything that came before it. */
  join(map) {
    map.setCatalog(this.model.get("catalog"));
    for (const ids of this.ids) map.addIds(ids);
    for (const [key, { array, about }] of this.columns) map.addColumn(key, array, about);
    map.setView(this.model.get("view"));
    this.maps.add(map);
  }

  ask(kind, payload) {
    const token = ++this.token;
    return new Promise((resolve, reject) => {
      this.waiting.set(token, { resolve, reject });
      this.model.send({ kind, token, ...payload });
    });
  }

  settle({ token, error, ...answer }, buffers) {
    const promise = this.waiting.get(token);
    if (!promise) return;
    this.waiting.delete(token);
    if (error !== undefined) promise.reject(new Error(error));
    else if (answer.ids) promise.resolve({ ids: asArray(Uint32Array, buffers[0]) });
    else promise.resolve({ ...answer, image: buffers.length ? asArray(Uint8Array, buffers[0]) : null });
  }

  close() {
    this.model.off("msg:custom", this.hear);
    for (const { reject } of this.waiting.values()) reject(new Error("the widget was closed"));
  }
}

const pageTheme = () => (document.body.dataset.jpThemeLight === "false" ? "dark" : "light");

/** Called once per widget: the model that `render` gets is not the object that `initialize` got. */
export default () => {
  let store = null;
  const initialize = ({ model }) => {
    store = new Columns(model);
    model.send({ kind: "hello" });
    return () => store.close();
  };
  const render = ({ model, el }) => {
    el.classList.add("alviz-map-widget");
    const host = {
      tell: (kind, payload, buffers = []) =>
        model.send({ kind, ...payload }, undefined, buffers.map(array => array.buffer)),
      ask: (kind, payload) => store.ask(kind, payload),
    };
    const map = new SelectionMap(el, host, { theme: pageTheme() });
    store.join(map);
    const themes = new MutationObserver(() => map.setTheme(pageTheme()));
    themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    const setCatalog = () => map.setCatalog(model.get("catalog"));
    const setView = () => map.setView(model.get("view"));
    model.on("change:catalog", setCatalog);
    model.on("change:view", setView);
    return () => {
      model.off("change:catalog", setCatalog);
      model.off("change:view", setView);
      themes.disconnect();
      store.maps.delete(map);
      map.destroy();
    };
  };
  return { initialize, render };
};
