import { grouped, ordinal } from "./dom.js";

/** What the map itself knows of a point, until the host tells more: {title, lines}. */
export function localFacts(id, { coloring, palette, code, labeled, pickers }) {
  const lines = [];
  const name = palette?.kind === "classes" ? palette.names?.[code] : undefined;
  if (name !== undefined) lines.push([`${coloring.title} ${name}`, "soft"]);
  for (const [{ name: sampler, preview }, rank] of pickers) {
    lines.push([`${preview ? "would be" : "picked"} ${ordinal(rank)} by ${sampler}`, ""]);
  }
  if (labeled) lines.push(["labeled", ""]);
  return { title: `id ${id}`, lines };
}

/** What is shown, for those who do not see it. */
export function describedScene(scene, view, samplers, head) {
  const parts = [
    `Selection map${scene.branch ? ` of ${scene.branch}` : ""}`, head, describedCycle(scene, view, samplers),
  ];
  return parts.filter(Boolean).join(". ");
}

/** One cycle in a few words, said after every step. */
export function describedCycle(scene, view, samplers) {
  const picks = samplers
    .filter(({ hidden }) => !hidden)
    .map(({ name, count, preview }) => {
      const verb = preview ? "would be picked" : "picked";
      return `${grouped(count)} ${verb} by ${name}`;
    });
  return [`cycle ${view.cycle} of ${scene.last}: ${grouped(scene.labels)} labeled`, ...picks].join(", ");
}
