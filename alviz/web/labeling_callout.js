import { makeElement } from "./dom.js";
import { makeCalmButton } from "./labeling_buttons.js";

/** One sentence where it cannot be overlooked, with what can be done about it. */
export class LabelingCallout {
  element = makeElement("div", "alviz-label-callout");
  #sentence = makeElement("span");
  #actions = makeElement("span", "alviz-label-actions");
  #signature = "null";

  constructor() {
    this.element.setAttribute("role", "alert");
    this.element.append(this.#sentence, this.#actions);
    this.element.hidden = true;
  }

  /** `told`: {kind, sentence, actions: [[words, act], ...]}, or null for nothing to say. */
  show(told) {
    const { kind, sentence, actions } = told ?? {};
    const signature = JSON.stringify(told && [kind, sentence, actions.map(([words]) => words)]);
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.element.hidden = !told;
    if (!told) return;
    this.element.dataset.kind = told.kind;
    this.#sentence.textContent = told.sentence;
    this.#sentence.title = told.sentence;
    this.#actions.replaceChildren(
      ...told.actions.map(([words, act, title]) => makeCalmButton("alviz-label-link", words, title, act)),
    );
  }
}
