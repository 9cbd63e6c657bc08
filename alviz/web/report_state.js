/** What a report shows: one object that all its parts observe. */
export class ReportState {
  #values;
  #observers = [];

  constructor(values) {
    this.#values = { ...values };
  }

  get values() {
    return this.#values;
  }

  /** Change some values; observers of those that differ are called once each. */
  set(changes) {
    const changed = Object.keys(changes).filter(name => changes[name] !== this.#values[name]);
    if (!changed.length) return;
    this.#values = { ...this.#values, ...changes };
    for (const { names, call } of [...this.#observers]) {
      if (names.some(name => changed.includes(name))) call(this.#values);
    }
  }

  /** Call `call(values)` now, and whenever one of `names` changes. */
  observe(names, call) {
    this.#observers.push({ names, call });
    call(this.#values);
  }
}

/** Values with branch and cycle moved to ones that are there; a new place forgets what was drawn around. */
export function placeWithin(catalog, branch, cycle) {
  const shown = Math.min(Math.max(branch, 0), catalog.fits.length - 1);
  return { branch: shown, cycle: Math.min(Math.max(cycle, 0), catalog.fits[shown].length - 1), lasso: null };
}
