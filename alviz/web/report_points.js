import { PackedColumns } from "./report_data.js";

const MISSING = 255;
const MISSING_WIDE = 65535;
const STEPS = 254; // codes of a ramp; a page holds percents

/** The points of a report: columns as they are in the page, and those that follow from them. */
export class ReportPoints {
  #columns;
  #catalog;

  constructor({ columns, catalog }) {
    this.#columns = new PackedColumns(columns);
    this.#catalog = catalog;
  }

  /** Unpack what is small and asked for at every step. */
  async open() {
    this.ids = await this.#columns.get("ids");
    this.truth = await this.#columns.get("truth");
    this.indexes = new Map();
    this.ids.forEach((id, index) => this.indexes.set(id, index));
    const branches = this.#catalog.branches.map((_, branch) => branch);
    this.acquired = await Promise.all(branches.map(branch => this.#columns.get(`acquired|${branch}`)));
    this.answers = await Promise.all(branches.map(branch => this.#columns.get(`answer|${branch}`)));
    return this;
  }

  has(key) {
    return this.#columns.has(key);
  }

  get(key) {
    return this.#columns.get(key);
  }

  about(key) {
    return this.#columns.about(key);
  }

  /** When a point was labeled: 0 at the start, k + 1 in cycle k; -1 if not yet in this cycle. */
  labeledAt(index, branch, cycle) {
    const when = this.acquired[branch][index];
    return when === missingIn(this.acquired[branch]) || when > cycle ? -1 : when;
  }

  status(branch, cycle) {
    return Uint8Array.from(this.ids, (_, index) => (this.labeledAt(index, branch, cycle) >= 0 ? 1 : 0));
  }

  /** Whether the pool itself knows the class of a point. */
  knows(index) {
    return this.truth[index] !== missingIn(this.truth);
  }

  /** The class of a point as far as it is known in this cycle, -1 where it is not. */
  classOf(index, branch, cycle) {
    if (this.knows(index)) return this.truth[index];
    return this.labeledAt(index, branch, cycle) >= 0 ? this.answerOf(index, branch) : -1;
  }

  answerOf(index, branch) {
    const answer = this.answers[branch][index];
    return answer === missingIn(this.answers[branch]) ? -1 : answer;
  }

  /** The colors of all points as codes of the coloring's palette; null where the page cannot tell them. */
  async color(coloring, branch, cycle) {
    const fit = this.#catalog.fits[branch][cycle];
    switch (coloring) {
      case "class":
        return this.#codes((_, index) => this.classOf(index, branch, cycle));
      case "acquired":
        return this.#codes((_, index) => this.labeledAt(index, branch, cycle), this.#catalog.palettes.cycles.names.length);
      case "prediction":
        return this.get(`prediction|${fit}`);
      case "right":
        return this.#verdicts(await this.get(`prediction|${fit}`), branch, cycle);
      case "score":
        return asRamp(await this.get(`score|${this.#catalog.marks[branch][cycle][0]?.key}`));
      default:
        return asRamp(await this.get(`${coloring}|${fit}`));
    }
  }

  #verdicts(prediction, branch, cycle) {
    if (!prediction) return null;
    const missing = missingIn(prediction);
    return this.#codes((_, index) => {
      const truth = this.classOf(index, branch, cycle);
      return truth < 0 || prediction[index] === missing ? -1 : Number(truth !== prediction[index]);
    }, 2);
  }

  #codes(codeOf, count = this.#catalog.palettes.classes.names.length) {
    const kind = count > MISSING ? Uint16Array : Uint8Array;
    return kind.from(this.ids, (id, index) => codeOf(id, index) & (kind === Uint8Array ? MISSING : MISSING_WIDE));
  }
}

/** The code of what is not known: -1 as an unsigned number. */
export function missingIn(column) {
  return column instanceof Uint16Array ? MISSING_WIDE : MISSING;
}

function asRamp(percents) {
  return percents && percents.map(share => (share === MISSING ? MISSING : Math.round((STEPS * share) / 100)));
}
