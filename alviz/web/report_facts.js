import { ordinal } from "./dom.js";
import { missingIn } from "./report_points.js";

/** What a page knows of an example at a cycle: {title, lines: [[text, "soft" | ""]]}. */
export async function reportFacts({ data, points }, id, branch, cycle) {
  const { catalog, rowNames } = data;
  const index = points.indexes.get(id);
  const name = rowNames[id];
  const fit = catalog.fits[branch][cycle];
  const [prediction, sure] = await Promise.all([points.get(`prediction|${fit}`), points.get(`sure|${fit}`)]);
  const marks = await Promise.all(catalog.marks[branch][cycle].map(async mark => [mark, await points.get(mark.key)]));
  const lines = [
    [taken(catalog.palettes.classes.names, points, points.classOf(index, branch, cycle), prediction, sure, index), "soft"],
    [standingOf({ data, points }, index, branch, cycle, marks.filter(([mark]) => !mark.preview), id), ""],
  ];
  const wanted = marks
    .filter(([mark, picks]) => mark.preview && picks.includes(id))
    .map(([mark, picks]) => `${mark.name} would pick it ${ordinal(picks.indexOf(id) + 1)}`);
  if (wanted.length) lines.push([wanted.join(" · "), "soft"]);
  const first = marks[0] && !marks[0][0].preview ? marks[0][0] : null;
  const scores = first && (await points.get(`score|${first.key}`));
  if (scores && scores[index] !== missingIn(scores)) {
    lines.push([`score: ${first.name} ${ordinal(scores[index])} percentile`, "soft"]);
  }
  return { title: name === undefined ? `id ${id}` : `id ${id} · ${name}`, lines };
}

/** What is known of the class: by the pool, by an answer, by the model. */
function taken(names, points, truth, prediction, sure, index) {
  const known = points.knows(index);
  const words = truth >= 0 ? [`${known ? "true" : "labeled"} ${names[truth]}`] : [];
  if (prediction && prediction[index] !== missingIn(prediction)) {
    words.push(`predicted ${names[prediction[index]]} (${(sure[index] / 100).toFixed(2)})`);
    if (truth >= 0 && truth !== prediction[index]) words.push(known ? "wrong" : "not as labeled");
  }
  return words.join(" · ") || "class not known";
}

function standingOf({ data, points }, index, branch, cycle, recorded, id) {
  const when = points.labeledAt(index, branch, cycle);
  if (when >= 0) {
    const words = when ? `answered in cycle ${when - 1}` : "labeled at the start";
    const answer = points.answerOf(index, branch);
    const differs = answer >= 0 && answer !== points.classOf(index, branch, cycle);
    return differs ? `${words} as ${data.catalog.palettes.classes.names[answer]}` : words;
  }
  for (const [mark, picks] of recorded) {
    if (picks.includes(id)) return `picked ${ordinal(picks.indexOf(id) + 1)} by ${mark.name}`;
  }
  return "unlabeled";
}
