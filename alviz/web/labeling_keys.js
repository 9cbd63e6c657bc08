/** Everything that can be done beside giving a class: its key, as it is pressed and as it is written. */
export const LABEL_COMMANDS = {
  skip: { key: " ", written: "␣", words: "Skip", title: "Leave it unlabeled; it is not asked again" },
  cannotTell: { key: "?", written: "?", words: "Cannot tell", title: "Its class cannot be told" },
  undo: { key: "Backspace", written: "⌫", words: "Undo", title: "Take the last answer back (also Ctrl+Z)" },
  note: { key: "n", written: "N", words: "Note", title: "Write something down about this example" },
  predicted: { key: "p", written: "P", words: "Prediction", title: "Show or hide the predicted class" },
  add: { key: "+", written: "+", words: "Add class", title: "Add a class" },
  rename: { key: "F2", written: "F2", words: "Rename", title: "Give a class another name" },
  find: { key: "/", written: "/", words: "Find", title: "Find a class by its name" },
  previous: { key: "ArrowLeft", written: "←", words: "", title: "The one before, to give its label again" },
  next: { key: "ArrowRight", written: "→", words: "", title: "The next one" },
  above: { key: "ArrowUp" },
  below: { key: "ArrowDown" },
  first: { key: "Home" },
  last: { key: "End" },
  offer: { key: "Enter" },
  leave: { key: "Escape" },
};

const BY_KEY = new Map(Object.entries(LABEL_COMMANDS).map(([name, { key }]) => [key, name]));

/** What a tooltip says of a command. */
export function hintOf(name) {
  const { title, key, written } = LABEL_COMMANDS[name];
  return `${title} (${key === " " ? "Space" : written})`;
}

/**
 * What a key asks for: {command}, {label} for the class that has the key, or null for keys that are nobody's.
 * `keys` is {class number: key}.
 */
export function meaningOf(event, keys) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return key === "z" && !event.shiftKey ? { command: "undo" } : null;
  if (event.altKey && !event.getModifierState("AltGraph")) return null;
  const found = Object.entries(keys).find(([, each]) => each === key);
  if (found) return { label: Number(found[0]) };
  return BY_KEY.has(key) ? { command: BY_KEY.get(key) } : null;
}
