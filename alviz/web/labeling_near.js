import { makeElement } from "./dom.js";
import { makeCalmButton } from "./labeling_buttons.js";
import { cutOut } from "./labeling_tray.js";

/** The labeled examples that are nearest to the one at hand, with their classes. */
export class LabelingNear {
  element = makeElement("div", "alviz-label-near");
  #words = makeElement("span", "alviz-soft");
  #row = makeElement("div", "alviz-label-row");
  #visit;
  #told = null;

  /** `visit(id)` after a click on one. */
  constructor(visit) {
    this.#visit = visit;
    this.element.append(this.#words, this.#row);
    this.#words.textContent = "nearest labeled";
  }

  async show(told, tray, classes) {
    this.#told = told;
    const { ids, labels, cosines, names, features, bytes, unreadable } = told;
    let bitmap = null;
    try {
      if (bytes?.byteLength) bitmap = await createImageBitmap(new Blob([bytes]));
    } catch {
      // Pictures that cannot be decoded: there are still their classes.
    }
    if (told !== this.#told) return;
    this.#words.textContent = !features
      ? "no features yet: nothing is near"
      : ids.length ? "nearest labeled" : "nothing is labeled yet";
    const height = bitmap ? bitmap.height / ids.length : 0;
    this.#row.replaceChildren(...ids.map((id, i) => {
      const label = labels[i];
      const parts = [`id ${id}`, names[i], classes.names[label], `cosine ${cosines[i].toFixed(2)}`];
      const title = parts.filter(Boolean).join(" · ");
      const button = makeCalmButton("alviz-label-other", "", title, () => this.#visit(id));
      const thumb = makeElement("span", tray?.ink ? "alviz-thumb alviz-ink" : "alviz-thumb");
      if (bitmap && !unreadable.includes(i)) thumb.append(cutOut({ bitmap, top: i * height, height }));
      else thumb.textContent = names[i] || id;
      const name = makeElement("b", "", classes.names[label]);
      name.style.color = classes.colors[label];
      button.append(thumb, name);
      return button;
    }));
  }
}
