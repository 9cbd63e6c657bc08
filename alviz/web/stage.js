import { makeElement } from "./dom.js";

const HINT = 1400; // milliseconds

/** The elements of one map: head line, canvases, foot line, and what is only said. */
export class Stage {
  root = makeElement("div", "alviz-map");
  stage = makeElement("div", "alviz-map-stage");
  size = [0, 0]; // of the stage, CSS pixels
  ratio = 1; // device pixels per CSS pixel
  #left = makeElement("span", "alviz-map-left");
  #right = makeElement("span", "alviz-map-right");
  #body = makeElement("div", "alviz-map-body");
  #canvases = ["under", "points", "over"].map(name => makeElement("canvas", `alviz-map-${name}`));
  #empty = makeElement("div", "alviz-map-empty");
  #hint = makeElement("div", "alviz-map-hint", "Click the map, or hold Ctrl, to zoom");
  #live = makeElement("div", "alviz-map-live");
  #hinting = 0;
  #resized;
  #sizes;
  #screen;

  /** `resized()` is called when the size in CSS or device pixels changed. */
  constructor(element, legend, foot, resized) {
    this.#resized = resized;
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-roledescription", "selection map");
    this.#live.setAttribute("aria-live", "polite");
    this.#hint.hidden = this.#empty.hidden = true;
    const head = makeElement("div", "alviz-map-head");
    head.append(this.#left, this.#right);
    this.#left.dir = this.#right.dir = this.#empty.dir = "auto";
    this.stage.append(...this.#canvases, this.#empty, this.#hint);
    this.#body.append(legend, this.stage);
    this.root.append(head, this.#body, foot, this.#live);
    element.append(this.root);
    this.#sizes = new ResizeObserver(() => this.measure());
    this.#sizes.observe(this.stage);
    this.#watchScreen();
    this.measure();
  }

  /** [under, points, over] */
  get canvases() {
    return this.#canvases;
  }

  measure() {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    const ratio = window.devicePixelRatio || 1;
    if (width === this.size[0] && height === this.size[1] && ratio === this.ratio) return;
    this.size = [width, height];
    this.ratio = ratio;
    this.#resized();
  }

  /** A window moved to another screen, or a page zoomed, has another devicePixelRatio: only a query tells. */
  #watchScreen() {
    this.#screen?.removeEventListener("change", this.#onScreen);
    this.#screen = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    this.#screen.addEventListener("change", this.#onScreen);
  }

  #onScreen = () => {
    this.#watchScreen();
    this.measure();
  };

  /** Give all canvases the stage's size; called right before they are drawn, for that empties them. */
  fitCanvases() {
    const [width, height] = this.size.map(length => Math.round(length * this.ratio));
    for (const canvas of this.#canvases) {
      if (canvas.width === width && canvas.height === height) continue;
      canvas.width = width;
      canvas.height = height;
    }
  }

  setHead(left, right) {
    if (this.#left.textContent !== left) this.#left.textContent = this.#left.title = left;
    if (this.#right.textContent !== right) this.#right.textContent = this.#right.title = right;
  }

  setEmpty(words) {
    this.#empty.hidden = !words;
    this.#empty.textContent = words;
  }

  say(words) {
    this.#live.textContent = words;
  }

  hint() {
    clearTimeout(this.#hinting);
    this.#hint.hidden = false;
    this.#hinting = setTimeout(() => (this.#hint.hidden = true), HINT);
  }

  /** Show one sentence in place of the map. */
  refuse(sentence) {
    this.#body.replaceChildren(makeElement("p", "alviz-map-refused", sentence));
    this.root.setAttribute("aria-label", sentence);
  }

  /** [r, g, b, a] at a place of the window, all canvases on the ground. */
  pixel(clientX, clientY, ground) {
    const box = this.stage.getBoundingClientRect();
    const x = Math.floor((clientX - box.left) * this.ratio);
    const y = Math.floor((clientY - box.top) * this.ratio);
    const canvas = makeElement("canvas");
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 1, 1);
    for (const layer of this.#canvases) if (layer.width) pen.drawImage(layer, -x, -y);
    return [...pen.getImageData(0, 0, 1, 1).data];
  }

  destroy() {
    clearTimeout(this.#hinting);
    this.#sizes.disconnect();
    this.#screen.removeEventListener("change", this.#onScreen);
    this.root.remove();
  }
}
