const ACTIONS = {
  ArrowLeft: "previous", ArrowRight: "next", " ": "play", s: "step", l: "lasso", b: "box", r: "reset",
  "+": "closer", "=": "closer", "-": "farther", Escape: "clear",
};

/** What a key on the focused map asks for; undefined for keys that are not the map's. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === " " && event.target.closest("button")) return undefined; // it presses the button
  return ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
}
