// Which runs stand in which cell of the fit grid: two keys and a facet, and what the others come to.

import { number, plain } from "../shared/format.js";
import { sweptKeys } from "./states.js";

const USUAL = { rows: "model.depth", columns: "model.width", facet: "model.activation" };
const MOST_VALUES = 10; // of a key along a side; more are taken together

// The keys of rows, columns and facet: what was asked for, what is usual, then what varies.
// wanted: {rows, columns, facet}; "" asks for none, null leaves it open.
export function chooseKeys(swept, wanted = {}) {
  const names = swept.map(({ key }) => key);
  const chosen = {};
  const free = () => names.filter((key) => !Object.values(chosen).includes(key));
  for (const side of Object.keys(USUAL)) {
    if (wanted[side] === "" || (names.includes(wanted[side]) && !Object.values(chosen).includes(wanted[side]))) chosen[side] = wanted[side];
  }
  for (const [side, usual] of Object.entries(USUAL)) {
    if (side in chosen) continue;
    chosen[side] = free().includes(usual) ? usual : undefined;
  }
  for (const side of Object.keys(USUAL)) {
    const words = swept.filter(({ kind, values }) => kind === "buttons" && values.length > 1);
    const fit = side === "facet" ? words.map(({ key }) => key) : names;
    chosen[side] ??= free().find((key) => fit.includes(key)) ?? "";
  }
  return chosen;
}

// The values of a key along a side, [{title, has(row)}]; one that has all rows without a key.
export function sideOf(swept, key) {
  const known = swept.find((one) => one.key === key);
  if (!known) return [{ title: "", has: () => true }];
  const { values } = known;
  const count = Math.min(values.length, MOST_VALUES);
  return Array.from({ length: count }, (_, k) => {
    const mine = values.slice(
      Math.round((k * values.length) / count),
      Math.round(((k + 1) * values.length) / count),
    );
    const some = new Set(mine);
    const title = mine.length > 1 ? [mine[0], mine.at(-1)].map(brief).join(" to ") : mine[0];
    return { title, has: (row) => some.has(plain(row.keys[key])) };
  });
}

// A number of many digits, short enough for the head of a line.
function brief(text) {
  const value = Number(text);
  return text.trim() && Number.isFinite(value) ? number(value, 2) : text;
}

// The whole grid: {sides, facets: [{title, lines: [{title, cells}]}], averaged}.
// A cell is {runs, middle, ratio}: its runs by error, the one in the middle, and the geometric mean
// of their errors over the Bayes-optimal one (over the best run's where that is unknown).
export function gridOf(keys, rows, group, wanted) {
  const swept = sweptKeys(keys, rows);
  const chosen = chooseKeys(swept, wanted);
  const floor = floorOf(rows, group);
  const [across, down, facets] = ["columns", "rows", "facet"].map((one) => sideOf(swept, chosen[one]));
  const shown = Object.values(chosen);
  return {
    chosen,
    swept,
    columns: across.map(({ title }) => title),
    averaged: swept.map(({ key }) => key).filter((key) => !shown.includes(key)),
    facets: facets.map((facet) => ({
      title: facet.title,
      lines: down.map((line) => ({
        title: line.title,
        cells: across.map((column) =>
          cellOf(rows.filter((row) => [facet, line, column].every((one) => one.has(row))), floor),
        ),
      })),
    })),
  };
}

// What errors are divided by: {name, height}.
export function floorOf(rows, group) {
  if (group.references.bayes > 0) return { name: "the Bayes-optimal prediction", height: group.references.bayes };
  const errors = rows.map((row) => row.typical).filter((error) => error > 0);
  return { name: "the best run", height: errors.length ? Math.min(...errors) : 1 };
}

function cellOf(rows, floor) {
  const known = rows.filter((row) => row.typical > 0).sort((a, b) => a.typical - b.typical);
  const logs = known.map((row) => Math.log(row.typical / floor.height));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return {
    runs: rows,
    middle: known[Math.floor((known.length - 1) / 2)] ?? rows[0] ?? null,
    ratio: logs.length ? Math.exp(mean) : null,
  };
}

const FAR_ABOVE = 1000; // times the median, from where one ratio is like another

// From a ratio to its place on the colour scale, 0 to 1: logarithmic; of many cells the highest 5 %
// are all at its end, and so is what is far above the others.
export function colourScale(cells) {
  const logs = cells.flatMap(({ ratio }) => (ratio ? [Math.max(0, Math.log(ratio))] : []));
  logs.sort((a, b) => a - b);
  const last = logs.length < 20 ? logs.length - 1 : Math.floor(0.95 * (logs.length - 1));
  const middle = logs[Math.floor((logs.length - 1) / 2)] ?? 0;
  const top = Math.max(Math.min(logs[last] ?? 0, middle + Math.log(FAR_ABOVE)), Math.log(1.2));
  const share = (ratio) => Math.min(1, Math.max(0, Math.log(ratio) / top));
  return { share, top: Math.exp(top) };
}
