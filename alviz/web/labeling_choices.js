import { grouped, makeElement } from "./dom.js";
import { makeCalmButton } from "./labeling_buttons.js";

const MOST_BUTTONS = 20; // more classes than this are a list with a field to search it
const MOST_LISTED = 120;

/** The classes that may be given: a button each, or a list that is searched where there are many. */
export class LabelingChoices {
  element = makeElement("div", "alviz-label-choices");
  #field = makeElement("input", "alviz-label-find");
  #list = makeElement("div", "alviz-label-classes");
  #rest = makeElement("span", "alviz-soft");
  #choose;
  #leave;
  #classes = null;
  #buttons = new Map();
  #given = null;
  #least = 60; // CSS pixels that a button needs

  /** `choose(number)` after a class was clicked; `leave()` when the field is left. */
  constructor(choose, leave) {
    this.#choose = choose;
    this.#leave = leave;
    this.#field.type = "text";
    this.#field.placeholder = "Find a class (/)";
    this.#field.setAttribute("aria-label", "Find a class");
    this.#field.addEventListener("input", () => this.#fill());
    this.#field.addEventListener("keydown", event => this.#pressed(event));
    this.#list.setAttribute("role", "group");
    this.#list.setAttribute("aria-label", "Classes");
    this.element.append(this.#field, this.#list, this.#rest);
    this.sizes = new ResizeObserver(() => this.#arrange());
    this.sizes.observe(this.#list);
  }

  close() {
    this.sizes.disconnect();
  }

  /** Show the classes; `given` is what the example at hand has, `waiting` what is not saved yet. */
  show(classes, given, waiting, mode) {
    this.element.dataset.mode = mode;
    if (classes !== this.#classes) {
      this.#classes = classes;
      this.#field.hidden = classes.offered.length <= MOST_BUTTONS;
      this.element.classList.toggle("alviz-label-many", !this.#field.hidden);
      this.#fill();
    }
    this.#given = given;
    for (const [number, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(number === given));
      button.toggleAttribute("data-waiting", number === waiting);
    }
  }

  /** Begin to search; return whether there is anything to search. */
  find() {
    if (this.#field.hidden) return false;
    this.#field.focus();
    this.#field.select();
    return true;
  }

  #fill() {
    const { names, colors, offered, keys } = this.#classes;
    const wanted = this.#field.hidden ? "" : this.#field.value.trim().toLowerCase();
    const found = offered.filter(number => names[number].toLowerCase().includes(wanted));
    const begins = number => names[number].toLowerCase().startsWith(wanted);
    if (wanted) found.sort((a, b) => begins(b) - begins(a));
    const shown = found.slice(0, MOST_LISTED);
    this.#buttons = new Map(shown.map(number => [number, this.#button(number, names, colors, keys)]));
    this.#list.replaceChildren(...this.#buttons.values());
    const longest = Math.max(...shown.map(number => names[number].length), 1);
    this.#least = 50 + 7 * Math.min(longest, 14);
    this.#arrange();
    const more = found.length - shown.length;
    this.#rest.textContent = found.length ? "" : "no such class";
    if (more) this.#rest.textContent = `${grouped(more)} more: type to find them`;
    this.#buttons.get(this.#given)?.setAttribute("aria-pressed", "true");
  }

  /** As few rows as there is room for, of equal length. */
  #arrange() {
    const count = this.#buttons.size || 1;
    const most = Math.max(1, Math.floor((this.#list.clientWidth + 6) / (this.#least + 6)));
    const columns = Math.ceil(count / Math.ceil(count / most));
    this.#list.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    this.#list.dataset.rows = Math.ceil(count / columns);
  }

  #button(number, names, colors, keys) {
    const key = keys[number] ?? "";
    const title = key ? `${names[number]} (${key.toUpperCase()})` : names[number];
    const button = makeCalmButton("alviz-label-class", "", title, () => this.#choose(number));
    button.dataset.label = number;
    button.style.setProperty("--color", colors[number]);
    const name = makeElement("bdi", "", names[number]);
    name.dir = "auto";
    button.append(makeElement("kbd", "", key.toUpperCase()), name);
    return button;
  }

  #pressed(event) {
    const first = this.#list.firstElementChild;
    if (event.key === "Enter" && first && this.#field.value.trim()) {
      this.#choose(Number(first.dataset.label));
      this.#field.value = "";
      this.#fill();
      this.#leave();
    } else if (event.key === "ArrowDown" && first) {
      first.focus();
    } else if (event.key === "Escape") {
      this.#field.value = "";
      this.#fill();
      this.#leave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
