/** A new element with text, never markup: makeElement("span", "alviz-map-soft", "a < b"). */
export function makeElement(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** A quiet button that stays out of forms. */
export function makeButton(className, text, title, onClick) {
  const button = makeElement("button", className, text);
  button.type = "button";
  if (title) button.title = title;
  button.addEventListener("click", onClick);
  return button;
}

export function grouped(count) {
  return count.toLocaleString("en-US");
}

export function ordinal(rank) {
  const teen = rank % 100 > 10 && rank % 100 < 14;
  return `${grouped(rank)}${(!teen && ["", "st", "nd", "rd"][rank % 10]) || "th"}`;
}
