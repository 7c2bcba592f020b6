import assert from "node:assert/strict";
import { test } from "node:test";

import {
  chooseKeys,
  colourScale,
  floorOf,
  gridOf,
  sideOf,
} from "../../../../experiments/report/static/explorer/gridlayout.js";
import { sweptKeys } from "../../../../experiments/report/static/explorer/states.js";

const KEYS = ["model.depth", "model.width", "model.activation", "training.learning_rate"];
const row = (values, typical) => ({
  keys: Object.fromEntries(KEYS.map((key, k) => [key, values[k]])),
  typical,
  state: typical === null ? "diverged" : "done",
});
const group = { references: { bayes: 0.1 } };

test("depth by width by activation where they vary, else what varies", () => {
  const rows = [1, 2].flatMap((d) => ["relu", "tanh"].flatMap((a) => [0.1, 0.2].map((r) => row([d, 5, a, r], 1))));
  const swept = sweptKeys(KEYS, rows);
  assert.deepEqual(chooseKeys(swept), {
    rows: "model.depth",
    columns: "training.learning_rate",
    facet: "model.activation",
  });
  assert.deepEqual(chooseKeys(swept, { rows: "model.activation", columns: null, facet: "" }), {
    rows: "model.activation",
    facet: "",
    columns: "model.depth",
  });
  assert.equal(chooseKeys(swept, { rows: "no.such.key" }).rows, "model.depth");
  assert.deepEqual(chooseKeys([]), { rows: "", columns: "", facet: "" });
});

test("a cell takes the geometric mean and shows the run in the middle; what it averages is named", () => {
  const rows = [row([1, 5, "relu", 0.1], 0.2), row([1, 5, "relu", 0.2], 0.8), row([2, 10, "relu", 0.1], 0.1)];
  const grid = gridOf(KEYS, rows, group, { facet: "" });
  assert.deepEqual(grid.averaged, ["training.learning_rate"]);
  assert.deepEqual(grid.columns, ["5", "10"]);
  const [first, none] = grid.facets[0].lines[0].cells;
  assert.ok(Math.abs(first.ratio - 4) < 1e-12);
  assert.equal(first.middle, rows[0]);
  assert.deepEqual([none.runs.length, none.middle, none.ratio], [0, null, null]);
});

test("every run stands in one cell, also where a key has a hundred values", () => {
  const rows = Array.from({ length: 100 }, (_, k) => row([1 + (k % 3), k / 7, "relu", 0.1], 1 + k));
  const grid = gridOf(KEYS, rows, group, {});
  assert.ok(grid.columns.length <= 10);
  const cells = grid.facets.flatMap(({ lines }) => lines.flatMap((line) => line.cells));
  assert.equal(cells.reduce((sum, cell) => sum + cell.runs.length, 0), 100);
  const side = sideOf(sweptKeys(KEYS, rows), "model.width");
  for (const one of rows) assert.equal(side.filter(({ has }) => has(one)).length, 1);
});

test("colours are logarithmic, and one bad run does not take them all", () => {
  const cells = [...Array(30).fill({ ratio: 2 }), { ratio: 4 }, { ratio: 4 }, { ratio: 4 }, { ratio: 1e9 }];
  const { share, top } = colourScale(cells);
  assert.ok(Math.abs(top - 4) < 1e-9);
  assert.ok(Math.abs(share(2) - 0.5) < 1e-9);
  assert.equal(share(0.9), 0);
  assert.equal(share(1e9), 1);
  assert.ok(colourScale([]).top > 1);
});

test("of few cells the worst one ends the scale", () => {
  const { share, top } = colourScale([{ ratio: 2 }, { ratio: 16 }]);
  assert.ok(Math.abs(top - 16) < 1e-9);
  assert.ok(Math.abs(share(2) - 0.25) < 1e-9);
});

test("an enormous ratio leaves the others their colours", () => {
  const { share, top } = colourScale([{ ratio: 2 }, { ratio: 16 }, { ratio: 4 }, { ratio: 1e12 }]);
  assert.ok(Math.abs(top - 4000) < 1e-6);
  assert.ok(share(16) > 0.3);
  assert.equal(share(1e12), 1);
});

test("without a Bayes-optimal error the best run is what others are compared with", () => {
  assert.equal(floorOf([row([], 3), row([], 2), row([], null)], { references: {} }).height, 2);
  assert.equal(floorOf([], group).height, 0.1);
});

test("a run without an error has a cell without a colour", () => {
  const rows = [row([1, 5, "relu", 0.1], null), row([2, 5, "relu", 0.1], 1)];
  const [cell] = gridOf(KEYS, rows, group, {}).facets[0].lines[0].cells;
  assert.equal(cell.ratio, null);
  assert.equal(cell.middle, rows[0]);
});
