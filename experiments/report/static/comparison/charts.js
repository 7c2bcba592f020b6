// Charts of all runs of a dataset: error against a key.

import { byId, option, svgElement } from "../shared/dom.js";
import { axes, chart, inner, linePath, roleStyle, round } from "../shared/draw.js";
import { inOrder, number, plain, short } from "../shared/format.js";
import { linear, log, logDomain, widened } from "../shared/scale.js";
import { referencesOf } from "./data.js";

const [WIDTH, HEIGHT] = [1000, 440];

export function startCharts(store) {
  const { data } = store;
  if (!data.groups.length) return;
  const group = () => Number(byId("chart-group").value);
  const ranked = () => store.visible.filter((row) => row.group === group() && row.typical !== null);
  const update = () => byId("key-chart").replaceChildren(keyChart(store, data.groups[group()], ranked()));

  data.groups.forEach((one, place) => byId("chart-group").append(option(String(place), one.name)));
  fillKeys(data, group());
  byId("chart-group").addEventListener("change", () => fillKeys(data, group()));
  for (const id of ["chart-group", "chart-key", "chart-log"])
    byId(id).addEventListener("change", update);
  store.on("visible", update);
  update();
}

// Keys that vary within the dataset; a choice that still makes sense stays.
function fillKeys(data, group) {
  const rows = data.rows.filter((row) => row.group === group);
  const varies = (key) => new Set(rows.map((row) => plain(row.keys[key]))).size > 1;
  const keys = data.keys.filter(varies);
  const chosen = byId("chart-key").value;
  byId("chart-key").replaceChildren(...keys.map((key) => option(key, short(key))));
  const wanted = [chosen, "model.width", "model.depth"].find((one) => keys.includes(one));
  byId("chart-key").value = wanted ?? keys[0] ?? "";
}

// A dot a run; the line joins the medians at each value.
function keyChart(store, group, rows) {
  const key = byId("chart-key").value;
  const values = [...new Map(rows.map((row) => [plain(row.keys[key]), row.keys[key]])).values()];
  const words = values.sort(inOrder).map(plain);
  const ends = inner(WIDTH, HEIGHT);
  const x = linear([-0.5, Math.max(words.length, 1) - 0.5], ends.x);
  const every = Math.ceil(words.length / 25); // more words would overlap
  x.ticks = () => words.map((_, place) => place).filter((place) => place % every === 0);
  const references = referencesOf(group);
  const errors = rows.map((row) => row.typical);
  const heights = [...errors, ...references.map(([, height]) => height)];
  const y = byId("chart-log").checked
    ? log(logDomain(heights), ends.y)
    : linear(widened([0, Math.max(...heights)], 0.03), ends.y);
  const titles = { x: short(key), y: "typical mean squared error" };
  const svg = chart(WIDTH, HEIGHT, `Validation error against ${short(key)}`);
  svg.append(axes(x, y, titles, { x: (tick) => words[tick] }));
  for (const [name, height, role] of references) {
    const level = svgElement("path", {
      class: "level",
      style: roleStyle(role),
      d: `M${ends.x[0]} ${round(y(height))}H${ends.x[1]}`,
    });
    level.append(svgElement("title", {}, `${name} ${number(height)}`));
    svg.append(level);
  }
  const place = (row) => words.indexOf(plain(row.keys[key]));
  const middles = words.map((_, at) => median(rows.filter((row) => place(row) === at)));
  const path = linePath(words.map((_, at) => at), middles, x, y);
  svg.append(svgElement("path", { class: "line", style: roleStyle("accent"), d: path }));
  svg.append(...rows.map((row) => dot(store, row, x(place(row)), y(row.typical))));
  return svg;
}

function dot(store, row, across, up) {
  const [cx, cy] = [round(across), round(up)];
  const circle = svgElement("circle", { class: "dot", style: roleStyle("accent"), cx, cy, r: 4 });
  circle.append(svgElement("title", {}, `${row.label}: ${number(row.typical)}`));
  circle.addEventListener("click", () => store.toggle(row.index));
  return circle;
}

function median(rows) {
  const errors = rows.map((row) => row.typical).sort((a, b) => a - b);
  const half = errors.length / 2;
  if (!errors.length) return NaN;
  return half % 1 ? errors[Math.floor(half)] : (errors[half - 1] + errors[half]) / 2;
}
