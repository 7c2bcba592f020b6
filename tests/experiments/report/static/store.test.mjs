import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { decode, readData } from "../../../../experiments/report/static/comparison/data.js";
import { makeStore, parsed } from "../../../../experiments/report/static/comparison/store.js";
import { foundRows, sortedRows } from "../../../../experiments/report/static/table/filters.js";

const rows = ["a", "b c", "d,e"].map((folder, index) => ({ folder, index }));

function storeAt(hash) {
  const place = { hash, pathname: "/page.html", search: "" };
  const written = [];
  const history = { replaceState: (state, title, address) => written.push(address) };
  return { store: makeStore({ rows }, place, history), written };
}

test("what is chosen stands in the address and is read from it", () => {
  const { store, written } = storeAt("#q=relu+tanh&f.model.depth=2");
  assert.equal(store.word("q"), "relu tanh");
  assert.deepEqual(store.names("f."), ["f.model.depth"]);
  store.change({ q: null, sort: "-mean", "f.a&b": "x=[1,2]" });
  const again = storeAt(written.at(-1)).store;
  assert.equal(again.word("q", "nothing"), "nothing");
  assert.equal(again.word("sort"), "-mean");
  assert.equal(again.word("f.a&b"), "x=[1,2]");
  store.change({ sort: null, "f.a&b": null, "f.model.depth": null });
  assert.equal(written.at(-1), "/page.html");
});

test("only who asked hears of a change, and only of a real one", () => {
  const { store } = storeAt("");
  const heard = [];
  store.on(["q", "f."], () => heard.push("table"));
  store.on("runs", () => heard.push("runs"));
  store.change({ "f.model.depth": 3 });
  store.change({ "f.model.depth": 3 });
  store.select([1]);
  store.change({ other: 1 });
  assert.deepEqual(heard, ["table", "runs"]);
});

test("runs are selected by their folders, whatever those are called", () => {
  const { store, written } = storeAt("");
  store.fallback = [0];
  assert.deepEqual(store.selected(), [0]);
  store.select([1, 2]);
  assert.deepEqual(storeAt(written.at(-1)).store.selected(), [1, 2]);
  store.toggle(1);
  store.toggle(0);
  assert.deepEqual(store.selected(), [2, 0]);
  store.select([]);
  assert.deepEqual(store.selected(), []);
  assert.deepEqual(storeAt("#runs=gone,a").store.selected(), [0]);
});

test("a link into the page is no choice", () => {
  assert.equal(parsed("#terms").size, 0);
  assert.equal(parsed("").size, 0);
});

test("data are read as they were written", async () => {
  const head = Buffer.from(JSON.stringify({ rows: [{ label: "ü" }, {}] }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const codes = Buffer.from([1, 2, 0xff, 0, 0, 1]); // deltas 1, 258, 511 by their low and high bytes
  codes.set([1, 2, 255, 0, 1, 1]);
  const text = deflateSync(Buffer.concat([size, head, codes])).toString("base64");
  const tree = await readData(`\n${text}\n`);
  assert.deepEqual(tree.rows, [{ label: "ü", index: 0 }, { index: 1 }]);
  const curves = { at: 0, shape: [3], low: 10, step: 0.5 };
  assert.deepEqual([...tree.numbers({ ...curves, shape: [0] })], []); // begins where the next begins
  const line = tree.numbers(curves);
  assert.deepEqual([...line], [10 + 0.5, 10 + 0.5 * 259, 10 + 0.5 * 770]);
  assert.equal(tree.numbers(curves), line);
  const lines = decode(new Uint8Array([0xff, 2, 0xff, 0]), { at: 0, shape: [2, 1], low: 0, step: 1 });
  assert.ok(Number.isNaN(lines[0][0]));
  assert.equal(lines[1][0], 1);
});

test("rows are found by words and filters, unknown values sort last", () => {
  const row = (index, typical, depth) => ({
    ...{ index, typical, group: 0, label: `run ${index}`, folder: "", state: "done", verdict: null },
    keys: { "model.depth": depth },
  });
  const data = { groups: [{ name: "sine" }], rows: [row(0, 3, 1), row(1, null, 2), row(2, 1, 2)] };
  const found = (search, filters = []) => foundRows(data, search, filters).map((one) => one.index);
  assert.deepEqual(found("SINE model.depth=2"), [1, 2]);
  assert.deepEqual(found("", [["model.depth", "1"]]), [0]);
  data.rows[0] = { ...row(0, 3, 20), label: "20 × 2 relu", verdict: "as good" };
  assert.deepEqual(found("depth=2"), [1, 2]);
  assert.deepEqual(found("model.depth=20"), [0]);
  for (const word of ["20x2", "20 × 2", "20×2", 'verdict="as good"', "dataset=sine relu"])
    assert.deepEqual(found(word), [0], word);
  for (const word of ["0x2", "20x", "verdict=good", "constructor=x"])
    assert.deepEqual(found(word), word === "20x" ? [0] : [], word);
  data.rows[0] = row(0, 3, 1);
  const typical = { id: "typical", value: (one) => one.typical };
  assert.deepEqual(sortedRows(data.rows, typical, false).map((one) => one.index), [2, 0, 1]);
  assert.deepEqual(sortedRows(data.rows, typical, true).map((one) => one.index), [0, 2, 1]);
});
