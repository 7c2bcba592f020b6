// How the fields of a run are written, sorted and headed; experiments/report/payload/columns.py
// says which there are.

import { interval, number, plain, short } from "../shared/format.js";
import { groupName } from "./data.js";

const spread = (row) =>
  row.std === null ? number(row.mean) : `${number(row.mean)} ± ${number(row.std, 2)}`;

// A bound that is no bound: what few repeats leave open.
const ratioInterval = (row) =>
  row.interval && row.interval[0] < 0.01
    ? `[< 0.01, ${number(row.interval[1], 3)}]`
    : interval(row.interval, 3);

function ratio(row) {
  if (row.how === "best") return "the best";
  return row.ratio === null ? "–" : `${number(row.ratio, 3)} ×`;
}

function probability(value, row) {
  if (value === null) return "–";
  if (row.how === "exact") return "exact";
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}

// value: what a column is sorted by, where that is not the value itself.
const FORMATS = {
  text: { text: (v) => v ?? "–" },
  run: { text: (v) => v },
  verdict: { text: (v) => v ?? "–", value: (v) => v ?? "–" },
  place: { text: (v) => v ?? "–", right: true },
  number: { text: (v) => number(v), right: true },
  interval: { text: (v) => interval(v), value: (v) => v?.[0], right: true },
  bounds: { text: (v, row) => (row.how === "exact" ? "exact" : ratioInterval(row)), value: (v) => v?.[0], right: true },
  spread: { text: (v, row) => spread(row), right: true },
  ratio: { text: (v, row) => ratio(row), right: true },
  percent: { text: (v) => (v === null ? "–" : `${Math.round(100 * v)} of 100`), right: true },
  probability: { text: probability, right: true },
  stuck: { text: (v, row) => (v === null ? "–" : `${v} of ${row.repeats}`), right: true },
  known: { text: (v) => (v === null ? "unknown" : number(v)), right: true },
  count: { text: (v) => v?.toLocaleString("en") ?? "–", right: true },
  seconds: { text: (v) => number(v, 2), right: true },
  key: { text: plain },
};

// A column of the data with its text(row) and the value(row) that it is sorted by.
// kind, rest: classes of its cells; narrow screens leave out the rest.
export function written(data, { id, title, format, usual, lead, beside }) {
  const { text, value = (v) => v, right = false } = FORMATS[format];
  const of = (row) => {
    if (id === "group") return groupName(data, row);
    return format === "key" ? row.keys[id] : row[id];
  };
  return {
    id,
    format,
    usual,
    beside,
    right,
    title: format === "key" ? short(id) : title,
    kind: right ? "number" : "word",
    rest: lead ? "narrow" : "rest",
    key: format === "key",
    text: (row) => text(of(row), row),
    value: (row) => value(of(row)),
  };
}
