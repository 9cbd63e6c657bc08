import { makeElement } from "./dom.js";

/** How far each two agree: a table whose cells are the darker the more they do. */
export class Matrix {
  element = makeElement("div", "alviz-report-matrix");

  /** `names`: of rows and columns; `values`: numbers -1..1, or null; `unit`: "%" or "". */
  show(names, values, unit) {
    const table = makeElement("table");
    const head = table.createTHead().insertRow();
    head.append(makeElement("td"), ...names.map(name => nameCell(name, "col")));
    const body = table.createTBody();
    values.forEach((row, i) => {
      const line = body.insertRow();
      line.append(nameCell(names[i], "row"));
      row.forEach((value, j) => line.append(valueCell(value, i === j, unit, `${names[i]} and ${names[j]}`)));
    });
    this.element.replaceChildren(table);
  }
}

function nameCell(name, scope) {
  const cell = makeElement("th");
  const words = makeElement("bdi", "", name);
  cell.scope = scope;
  cell.title = name;
  cell.append(words);
  return cell;
}

function valueCell(value, same, unit, title) {
  const cell = makeElement("td", "", same ? "" : numberText(value, unit));
  cell.title = same ? title.split(" and ")[0] : `${title}: ${cell.textContent}${unit && value !== null ? " %" : ""}`;
  cell.style.setProperty("--alviz-report-share", same ? 1 : Math.max(value ?? 0, 0));
  cell.dataset.value = value ?? "";
  return cell;
}

function numberText(value, unit) {
  if (value === null) return "–";
  return unit ? String(Math.round(100 * value)) : value.toFixed(2).replace("-", "−");
}
