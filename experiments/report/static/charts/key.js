// Error against a key: a dot a run, and lines that join the medians at each value.

import { svgElement } from "../shared/dom.js";
import { axes, chart, inner, linePath } from "../shared/draw.js";
import { inOrder, plain, short } from "../shared/format.js";
import { linear, log, logDomain, widened } from "../shared/scale.js";
import { errorOf, errorTitle } from "../comparison/data.js";
import { WIDE_MARGIN, capped, legendOf, levelEntries, levelLines, levelsOf, noteOf, positive, runDots, seriesStyle } from "./parts.js";

const KEY_HEIGHT = 400;

// key: on the axis; line: another key, a line for each of its values; log: the error's axis.
export function keyChart(store, group, rows, { key, line, log: logarithmic }, width) {
  if (!rows.length || !key) return ["No run that is done is left by the table's filters."];
  const words = valuesOf(rows, key);
  const names = line ? valuesOf(rows, line) : [""];
  const levels = levelsOf(group);
  const { cap, far } = capped(levels, rows.map((row) => errorOf(group, row.typical)));
  const error = (row) => cap(errorOf(group, row.typical));
  const [x, y] = scales(words, [...rows.map(error), ...levels.map(([, height]) => height)], logarithmic, width);
  const svg = chart(width, KEY_HEIGHT, `Typical error of every run against ${short(key)}, with medians`);
  const titles = { x: short(key), y: errorTitle(group) };
  svg.append(axes(x, y, titles, { x: (tick) => words[tick] ?? "" }), ...levelLines(levels, x, y));
  const dot = runDots(store, group);
  const medians = names.map((name, place) => {
    const mine = rows.filter((row) => !line || plain(row.keys[line]) === name);
    const byWord = new Map(words.map((word) => [word, []]));
    mine.forEach((row) => byWord.get(plain(row.keys[key])).push(row));
    const style = seriesStyle(place);
    const apart = names.length > 1 ? (0.4 * place) / (names.length - 1) - 0.2 : 0;
    words.forEach((word, at) =>
      svg.append(
        ...byWord.get(word).map((row) => dot(row, [x(at + apart), y(error(row))], style)),
      ),
    );
    const middles = words.map((word) => median(byWord.get(word).map(error)));
    const d = linePath(words.map((_, at) => at + apart), middles, x, y);
    return svgElement("path", { class: "line", style, d });
  });
  svg.append(...medians);
  const entries = names.map((name, place) => [`${short(line)} ${name}`, seriesStyle(place), true]);
  const said = line ? entries : [["median", seriesStyle(0), true]];
  return [svg, legendOf([...said, ...levelEntries(levels)]), noteOf(far)];
}

// Values in their own order, as words.
function valuesOf(rows, key) {
  const values = new Map(rows.map((row) => [plain(row.keys[key]), row.keys[key]]));
  return [...values.values()].sort(inOrder).map(plain);
}

function scales(words, heights, logarithmic, width) {
  const ends = inner(width, KEY_HEIGHT, WIDE_MARGIN);
  const x = linear([-0.5, Math.max(words.length, 1) - 0.5], ends.x);
  const longest = Math.max(...words.map((word) => word.length));
  const room = Math.max(1, Math.floor((ends.x[1] - ends.x[0]) / (8 * longest + 12)));
  const every = Math.ceil(words.length / room); // more words would overlap
  x.ticks = () => words.map((_, place) => place).filter((place) => place % every === 0);
  const y = logarithmic
    ? positive(log(logDomain(heights), ends.y))
    : linear(widened([0, Math.max(...heights)], 0.03), ends.y);
  return [x, y];
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  if (!sorted.length) return NaN;
  return half % 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}
