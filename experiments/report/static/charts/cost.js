// Error against what a network costs, parameters or seconds, with the runs that nothing beats in both.

import { svgElement } from "../shared/dom.js";
import { axes, chart, inner, roleStyle, round } from "../shared/draw.js";
import { number } from "../shared/format.js";
import { log, logDomain } from "../shared/scale.js";
import { errorOf, errorTitle } from "../comparison/data.js";
import { WIDE_MARGIN, capped, legendOf, levelEntries, levelLines, levelsOf, noteOf, positive, runDots } from "./parts.js";

const COST_HEIGHT = 400;
const COSTS = { parameters: "trainable parameters", training_seconds: "seconds of training, all repeats, compiling included" };
const COMPILING =
  "Seconds include compiling, which is booked on the runs that were trained first: they look slower than they are.";

// The runs that are better than every cheaper one, the cheapest first.
export function paretoFront(rows, cost) {
  const sorted = rows
    .filter((row) => row[cost] !== null && row.typical !== null)
    .sort((a, b) => a[cost] - b[cost] || a.typical - b.typical);
  const front = [];
  for (const row of sorted)
    if (!front.length || row.typical < front.at(-1).typical) front.push(row);
  return front;
}

export function costChart(store, group, rows, cost, width) {
  const known = rows.filter((row) => row[cost] !== null);
  if (!known.length) return ["Of no run that the table's filters leave this is known."];
  const levels = levelsOf(group);
  const ends = inner(width, COST_HEIGHT, WIDE_MARGIN);
  const costs = known.map((row) => row[cost]);
  const x = positive(log(logDomain(costs), ends.x));
  const errors = known.map((row) => errorOf(group, row.typical));
  const { cap, far } = capped(levels, errors);
  const y = positive(log(logDomain([...errors.map(cap), ...levels.map(([, height]) => height)]), ends.y));
  const svg = chart(width, COST_HEIGHT, `Typical error of every run against ${COSTS[cost]}`);
  svg.append(axes(x, y, { x: COSTS[cost], y: errorTitle(group) }), ...levelLines(levels, x, y));
  const place = (row) => [x(row[cost]), y(cap(errorOf(group, row.typical)))];
  const path = stepsPath(paretoFront(known, cost).map(place), ends.x[1]);
  svg.append(svgElement("path", { class: "line", style: roleStyle("good"), d: path }));
  const dot = runDots(store, group);
  svg.append(...known.map((row) => dot(row, place(row), roleStyle("accent"))));
  const entries = [["no run is both cheaper and better", roleStyle("good"), true]];
  return [svg, legendOf([...entries, ...levelEntries(levels)]), noteOf(far)];
}

const costWords = (row, cost) =>
  cost === "parameters"
    ? `${row.parameters.toLocaleString("en")} parameters`
    : `${number(row[cost], 2)} s`;

export function frontWords(group, rows, cost) {
  const front = paretoFront(rows, cost);
  if (!front.length) return "";
  const few = front.length > 6 ? front.slice(-6) : front;
  const words = few.map(
    (row) => `${row.label} (${costWords(row, cost)}, ${number(errorOf(group, row.typical))})`,
  );
  const which = few.length < front.length ? `the last ${few.length} of ${front.length}` : "all";
  const beware = cost === "training_seconds" ? ` ${COMPILING}` : "";
  return `On the Pareto line, ${which}: ${words.join("; ")}.${beware}`;
}

function stepsPath(points, end) {
  const [first, ...rest] = points;
  const steps = rest.map(([across, up]) => `H${round(across)}V${round(up)}`).join("");
  return `M${round(first[0])} ${round(first[1])}${steps}H${round(end)}`;
}
