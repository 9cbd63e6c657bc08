import { grouped, makeElement } from "./dom.js";

/** The last line: how far it is, how fast, what happened, and who labels. */
export class LabelingFoot {
  element = makeElement("div", "alviz-label-foot");
  #bar = makeElement("i", "alviz-label-bar");
  #done = makeElement("b");
  #pace = makeElement("span", "alviz-soft");
  #message = makeElement("span", "alviz-label-message");
  #who = makeElement("span", "alviz-soft alviz-label-who");

  constructor() {
    this.#message.setAttribute("role", "status");
    this.element.append(this.#bar, this.#done, this.#pace, this.#message, this.#who);
  }

  show({ progress, head, message }, notice) {
    const { done = 0, total = 0, rate = null, left = null } = progress;
    this.#bar.style.setProperty("--share", total ? done / total : 0);
    this.#done.textContent = total ? `${grouped(done)} of ${grouped(total)}` : "";
    const words = rate === null ? [] : [`${grouped(rate)} per minute`];
    if (left !== null && done < total) words.push(`${timeOf(left)} left`);
    this.#pace.textContent = words.join(" · ");
    this.#message.textContent = notice || message;
    this.#message.title = notice || message;
    this.#who.textContent = head.who ? `as ${head.who}` : "";
  }
}

function timeOf(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
