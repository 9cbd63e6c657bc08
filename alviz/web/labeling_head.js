import { makeElement } from "./dom.js";
import { makeCalmButton } from "./labeling_buttons.js";

/** The top line: what is labeled, what else could be, and when it is learned from. */
export class LabelingHead {
  element = makeElement("div", "alviz-label-head");
  #words = makeElement("div", "alviz-label-where");
  #offers = makeElement("div", "alviz-label-offers");
  #auto;
  #learn;
  #stop;
  #act;

  /** `act(what, payload)` */
  constructor(act) {
    this.#act = act;
    const turn = () => act("auto", { wanted: this.#auto.getAttribute("aria-checked") !== "true" });
    this.#auto = makeCalmButton("alviz-label-switch", "Learn when a batch is done", "", turn);
    this.#auto.setAttribute("role", "switch");
    this.#auto.title = "Fit and pick in the background when every pick is answered or set aside";
    const hint = "Learn from everything that is answered, and pick again";
    this.#learn = makeCalmButton("alviz-button alviz-primary", "Learn now", hint, () => act("learn"));
    this.#stop = makeCalmButton("alviz-button", "Stop", "End at the next report", () => act("stop"));
    const right = makeElement("div", "alviz-label-learn");
    right.append(this.#auto, this.#learn, this.#stop);
    this.element.append(this.#words, this.#offers, right);
  }

  show({ head, offers, loop }) {
    this.#words.replaceChildren(
      makeElement("b", "", head.pool ?? ""),
      makeElement("span", "alviz-soft", head.run ?? ""),
      makeElement("span", "alviz-label-asked", head.asked ?? ""),
    );
    this.#words.title = [head.pool, head.run, head.asked].join(" · ");
    this.#offers.replaceChildren(...offers.map(({ do: what, words, hint }, i) => {
      const title = i ? hint : `${hint} (Enter)`;
      const button = makeCalmButton("alviz-button", words, title, () => this.#act(what));
      button.dataset.offer = what;
      return button;
    }));
    this.#auto.hidden = this.#learn.hidden = !loop.able;
    this.#auto.setAttribute("aria-checked", String(Boolean(loop.auto)));
    this.#learn.disabled = Boolean(loop.learning);
    this.#learn.textContent = loop.learning ? "Learning" : "Learn now";
    this.#stop.hidden = !loop.learning;
  }
}
