import assert from "node:assert/strict";
import { test } from "node:test";

import { latexTable, markdownTable } from "../../../../experiments/report/static/table/exporting.js";

const HEADS = ["run", "typical error", "R²"];
const RIGHT = [false, true, true];
const ROWS = [
  ["2 × 20 tanh | a_b", "0.2 ± 0.1", "–"],
  ["50% & more_{x} #1 ~^\\ $5", "1,966,000,000", "< 0.01"],
  ["a <b> [link](x) *bold*", "3", "0.9"],
];

// Cells of a line of a table between unescaped marks.
const cells = (line, mark) => line.split(new RegExp(`(?<!\\\\)${mark}`));

test("a Markdown table is read back as it was", () => {
  const [head, marks, ...lines] = markdownTable(HEADS, ROWS, RIGHT).trimEnd().split("\n");
  const read = (line) =>
    cells(line, "\\|")
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/\\(.)/g, "$1"));
  assert.deepEqual(read(head), HEADS);
  assert.equal(marks, "| --- | ---: | ---: |");
  assert.deepEqual(lines.map(read), ROWS);
  assert.ok(!/(?<!\\)[<*[]/.test(lines[2]));
});

test("a LaTeX table is read back as it was", () => {
  const WORDS = {
    "\\textbackslash{}": "\\",
    "\\textasciitilde{}": "~",
    "\\textasciicircum{}": "^",
    "\\textless{}": "<",
    "\\textgreater{}": ">",
    "\\textbar{}": "|",
    "$\\pm$": "±",
    "$\\times$": "×",
    "$^2$": "²",
    "--": "–",
  };
  const text = latexTable(HEADS, ROWS, RIGHT);
  assert.match(text, /\\begin\{tabular\}\{lrr\}/);
  const lines = text.split("\n").filter((line) => line.endsWith("\\\\"));
  const read = (line) =>
    cells(line.trim().replace(/ ?\\\\$/, ""), "&").map((cell) => {
      let word = cell.trim();
      for (const [written, letter] of Object.entries(WORDS)) word = word.replaceAll(written, `\0${letter}\0`);
      return word.replace(/\\([&%$#_{}])/g, "$1").replaceAll("\0", "");
    });
  assert.deepEqual(lines.map(read), [HEADS, ...ROWS]);
});

test("lines and tabs in a cell do not end it", () => {
  assert.equal(markdownTable(["a"], [["x\ny\tz"]], [false]).split("\n")[2], "| x y z |");
});
