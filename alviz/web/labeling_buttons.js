import { makeButton, makeElement } from "./dom.js";
import { LABEL_COMMANDS, hintOf } from "./labeling_keys.js";

/** A button that a mouse or finger presses without taking the keyboard: keys go on where they went before. */
export function makeCalmButton(className, text, title, onClick) {
  const button = makeButton(className, text, title, onClick);
  button.addEventListener("pointerdown", event => event.preventDefault());
  button.addEventListener("mousedown", event => event.preventDefault());
  return button;
}

/** The button of a command, with its key on it. */
export function commandButton(name, act) {
  const { words, written } = LABEL_COMMANDS[name];
  const button = makeCalmButton("alviz-label-command", "", hintOf(name), () => act(name));
  button.dataset.command = name;
  if (words) button.append(makeElement("span", "", words));
  button.append(makeElement("kbd", "", written));
  button.setAttribute("aria-label", words ? `${words}: ${hintOf(name)}` : hintOf(name));
  return button;
}
