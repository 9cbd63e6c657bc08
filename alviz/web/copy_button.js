import { makeButton } from "./dom.js";

/** Put text where plain http keeps the page from the clipboard: select it, and copy what is selected. */
const copySelected = text => {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; opacity: 0; pointer-events: none;";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
};

const copy = async text => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text); // no clipboard without https, or none that may be written
  }
};

const render = ({ model, el }) => {
  el.classList.add("alviz-copy");
  const draw = () => {
    button.textContent = model.get("label");
    button.title = model.get("hint");
    button.hidden = !model.get("text");
  };
  let waiting = 0;
  const act = async () => {
    const done = await copy(model.get("text"));
    button.focus();
    button.textContent = done ? "copied" : "not allowed here";
    clearTimeout(waiting);
    waiting = setTimeout(draw, 1500);
  };
  const button = makeButton("alviz-link", "", "", act);
  const names = ["label", "hint", "text"];
  for (const name of names) model.on(`change:${name}`, draw);
  draw();
  el.append(button);
  return () => {
    clearTimeout(waiting);
    for (const name of names) model.off(`change:${name}`, draw);
  };
};

export default { render };
