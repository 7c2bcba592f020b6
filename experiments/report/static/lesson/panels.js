// What stands side by side: the fit of one run, or its learning curves, at an epoch.

import { axes, chart, dotsPath, inner, linePath, round } from "../shared/draw.js";
import { svgElement } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { heightsIn } from "../explorer/fit.js";
import { linear, log, logDomain, widened } from "../shared/scale.js";

const PANEL = { gap: 24, narrowest: 300, tallest: 440 };
const LEAVES = 100; // times the highest first loss: where a loss leaves the picture
let clips = 0;

// The size of a panel, so many beside each other where there is room, in a page so wide.
export function panelSize(available, count) {
  const beside = available >= 2 * 400 + PANEL.gap ? count : 1;
  const width = Math.max(PANEL.narrowest, Math.floor((available - (beside - 1) * PANEL.gap) / beside));
  return { width, height: Math.round(Math.min(Math.max(0.66 * width, 240), PANEL.tallest)) };
}

export const isCurve = (row) => row.curves?.kind === "curve";
export const hasLosses = (row) => (row.curves?.lossEpochs.length ?? 0) > 1;

export function dataDots(lesson, data, x, y) {
  const [xs, ys] = [lesson.numbers(data.x), lesson.numbers(data.y)];
  const group = svgElement("g", { class: "rows" });
  for (const [role, wanted] of [["training", 0], ["validation", 1]]) {
    const chosen = [...xs.keys()].filter((i) => data.validation[i] === wanted);
    const d = dotsPath(chosen.map((i) => xs[i]), chosen.map((i) => ys[i]), x, y);
    group.append(svgElement("path", { class: `dots dots-${role}`, d }));
  }
  return group;
}

// The edges of fits that share their axes: what is drawn of x, and the target there.
export function fitEdges(lesson, rows) {
  const shown = rows.filter((row) => row.data);
  const xs = shown.flatMap((row) => row.data.window);
  const ys = shown.flatMap((row) => [...heightsIn(lesson, row.data)]);
  return {
    x: [Math.min(...xs), Math.max(...xs)],
    y: widened([Math.min(...ys), Math.max(...ys)], 0.2),
  };
}

// Returns node and show(epoch, isLast, sketch).
export function fitPanel(lesson, row, edges, size) {
  const { node, body, x, y } = framed(edges, size, [linear, linear], `Fit of ${row.name}`);
  node.insertBefore(axes(x, y, { x: row.data.feature, y: row.data.target }), body);
  const grid = lesson.numbers(row.data.grid);
  const frames = lesson.numbers(row.curves.fits);
  const others = lesson.numbers(row.curves.others);
  const thinGrid = grid.filter((_, i) => i % 2 === 0);
  const inside = (at) => at >= row.data.range[0] && at <= row.data.range[1];
  const edge = (i) => ![grid[i - 1], grid[i], grid[i + 1]].every(inside);
  body.append(dataDots(lesson, row.data, x, y));
  const thin = svgElement("g", { class: "thin" });
  for (const heights of others) {
    thin.append(svgElement("path", { class: "line role-prediction", d: linePath(thinGrid, heights, x, y) }));
  }
  body.append(thin);
  if (row.data.bayes) {
    const d = linePath(grid, lesson.numbers(row.data.bayes), x, y);
    body.append(svgElement("path", { class: "line role-bayes", d }));
  }
  const beyond = svgElement("path", { class: "line role-prediction beyond" });
  const line = svgElement("path", { class: "line role-prediction main" });
  const drawn = svgElement("path", { class: "line sketched" });
  body.append(beyond, line, drawn);
  return {
    node,
    show(epoch, isLast, sketch) {
      const heights = frames[lastAt(row.curves.epochs, epoch)] ?? [];
      const kept = heights.map((height, i) => (inside(grid[i]) ? height : NaN));
      const rest = heights.map((height, i) => (edge(i) ? height : NaN));
      beyond.setAttribute("d", linePath(grid, rest, x, y));
      line.setAttribute("d", linePath(grid, kept, x, y));
      thin.style.display = isLast ? "" : "none";
      if (sketch) drawn.setAttribute("d", linePath(sketch.places, sketch.heights, x, y));
    },
  };
}

// The edges of learning curves that share their axes. A loss that grows without end leaves at the
// top: it would press all others flat.
export function lossEdges(lesson, rows) {
  const shown = rows.filter(hasLosses);
  const powers = (names, chosen) =>
    shown
      .flatMap((row) => names.flatMap((name) => chosen(lesson.numbers(row.curves[name]))))
      .map((value) => 10 ** value)
      .filter((value) => value > 0 && Number.isFinite(value));
  const losses = powers(["loss", "valLoss", "thin"], (values) => [...values].flatMap(listed));
  const firsts = powers(["loss", "valLoss"], (values) => [values[0]]);
  const highest = LEAVES * Math.max(...firsts, Math.min(...losses));
  const last = Math.max(2, ...shown.map((row) => row.curves.lossEpochs.at(-1)));
  return { x: [1, 1.1 * last], y: logDomain(losses.filter((value) => value <= highest)) };
}

export function lossPanel(lesson, row, edges, size) {
  const { node, body, x, y } = framed(edges, size, [log, log], `Learning curves of ${row.name}`);
  node.insertBefore(axes(x, y, { x: "epoch", y: "mean squared error" }, { y: tickWords }), body);
  const { lossEpochs, thinEpochs } = row.curves;
  const powers = (values) => Array.from(values, (value) => 10 ** value);
  const add = (epochs, values, kind) =>
    body.append(svgElement("path", { class: `line ${kind}`, d: linePath(epochs, powers(values), x, y) }));
  for (const values of lesson.numbers(row.curves.thin)) add(thinEpochs, values, "role-training thin");
  for (const values of lesson.numbers(row.curves.thinVal)) add(thinEpochs, values, "role-validation thin");
  add(lossEpochs, lesson.numbers(row.curves.valLoss), "role-validation");
  add(lossEpochs, lesson.numbers(row.curves.loss), "role-training main");
  const cursor = svgElement("path", { class: "cursor" });
  body.append(cursor);
  return {
    node,
    show(epoch) {
      const [bottom, top] = y.range;
      const end = lossEpochs.at(-1);
      const at = (ended(row, epoch) && row.keptEpoch) || Math.min(Math.max(epoch, 1), end);
      cursor.setAttribute("d", `M${round(x(at))} ${bottom}V${top}`);
    },
  };
}

// What a run's errors were at an epoch: [training, validation], undefined where unknown.
export function errorsAt(lesson, row, epoch) {
  if (!hasLosses(row)) return [];
  const at = lastAt(row.curves.lossEpochs, epoch);
  if (at < 0) return [];
  return ["loss", "valLoss"].map((name) => 10 ** lesson.numbers(row.curves[name])[at]);
}

// Whether a run had ended at an epoch: from then on it has its final weights.
export const ended = (row, epoch) => hasLosses(row) && epoch >= row.curves.lossEpochs.at(-1);

export function lastAt(epochs, epoch) {
  let found = -1;
  while (found + 1 < epochs.length && epochs[found + 1] <= epoch) found += 1;
  return found;
}

function framed(edges, { width, height }, [across, up], words) {
  const ends = inner(width, height);
  const [x, y] = [across(edges.x, ends.x), up(edges.y, ends.y)];
  const node = chart(width, height, words);
  const [left, right] = ends.x;
  const [bottom, top] = ends.y;
  const id = `clip-${(clips += 1)}`;
  const box = svgElement("rect", { x: left, y: top, width: right - left, height: bottom - top });
  const body = svgElement("g", { "clip-path": `url(#${id})` });
  node.append(svgElement("clipPath", { id }, box), body);
  return { node, body, x, y };
}

// Short enough to stand beside the axis: 2e5.
function tickWords(value) {
  const long = value >= 1e5 || value < 1e-3;
  return long ? value.toExponential().replace("e+", "e") : number(value);
}

const listed = (value) => (typeof value === "number" ? [value] : [...value]);
