import assert from "node:assert/strict";
import { test } from "node:test";

import { frontWords, paretoFront } from "../../../../experiments/report/static/charts/cost.js";
import { median } from "../../../../experiments/report/static/charts/key.js";
import { ceilingOf } from "../../../../experiments/report/static/comparison/data.js";
import { besideWords, paddedCell } from "../../../../experiments/report/static/table/cells.js";
import { foundRows, sortedRows } from "../../../../experiments/report/static/table/filters.js";

const rows = [
  { label: "a", parameters: 10, typical: 0.5 },
  { label: "b", parameters: 20, typical: 0.6 }, // dearer and worse
  { label: "c", parameters: 20, typical: 0.3 },
  { label: "d", parameters: 40, typical: 0.3 }, // dearer and no better
  { label: "e", parameters: 80, typical: 0.1 },
  { label: "f", parameters: null, typical: 0.01 },
  { label: "g", parameters: 5, typical: null },
];

test("the Pareto line holds the runs that are better than every cheaper one", () => {
  assert.deepEqual(paretoFront(rows, "parameters").map((row) => row.label), ["a", "c", "e"]);
  assert.deepEqual(paretoFront([], "parameters"), []);
  const words = frontWords({ units: false }, rows, "parameters");
  assert.equal(words, "On the Pareto line, all: a (10 parameters, 0.5); c (20 parameters, 0.3); e (80 parameters, 0.1).");
});

test("a median is the middle, or between the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test("decimals come under each other", () => {
  const texts = ["0.25", "12", "3.1", "–", "1,234.5"];
  const pad = paddedCell(texts);
  assert.deepEqual(texts.map(pad), ["", ".00", "0", "", "0"]);
  assert.equal(paddedCell(["1", "22"])("1"), "");
});

test("a run beside the pinned one: a share of errors, a difference of others", () => {
  const [row, pinned] = [{ typical: 0.3, r2: 0.5 }, { typical: 0.2, r2: 0.75 }];
  assert.equal(besideWords(row, { id: "typical", beside: "ratio" }, pinned), "× 1.5");
  assert.equal(besideWords(row, { id: "r2", beside: "difference" }, pinned), "−0.25");
  assert.equal(besideWords(row, { id: "label", beside: "" }, pinned), "");
  assert.equal(besideWords({ typical: null }, { id: "typical", beside: "ratio" }, pinned), "");
});

test("unknown values come last whichever way the rest is sorted", () => {
  const column = { id: "parameters", value: (row) => row.parameters };
  const known = rows.slice(0, 6).map((row, index) => ({ ...row, group: 0, index }));
  const labels = (down) => sortedRows(known, column, down).map((row) => row.label).join("");
  assert.equal(labels(false), "acbdef"); // equal ones by their error
  assert.equal(labels(true), "edcbaf");
});

test("a search holds all its words, a filter the very value", () => {
  const keys = [{ "model.width": 5 }, { "model.width": 50 }];
  const data = { groups: [{ name: "sine" }], rows: keys.map((one, index) => ({ label: "x", folder: "", state: "done", verdict: null, group: 0, keys: one, index })) };
  assert.equal(foundRows(data, "sine model.width=5", []).length, 1);
  assert.equal(foundRows(data, "sine width=", []).length, 2);
  assert.equal(foundRows(data, "", [["model.width", "5"]]).length, 1);
  assert.equal(foundRows(data, "no such", []).length, 0);
});

test("an axis of errors ends far above all references, and has room for one run at least", () => {
  assert.equal(ceilingOf([0.1, 0.6], [0.2, 1e12, NaN, null]), 10 * 0.6);
  assert.equal(ceilingOf([0.1, 0.6], [50, 1e12]), 10 * 50);
  assert.equal(ceilingOf([0.1], [0.2], 1000), 1000 * 0.2);
  assert.equal(ceilingOf([], [0.2]), Infinity);
  assert.equal(ceilingOf([0.5], []), 5);
});
