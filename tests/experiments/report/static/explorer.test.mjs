import assert from "node:assert/strict";
import { test } from "node:test";

import { at } from "../../../../experiments/report/static/explorer/learning.js";
import { between } from "../../../../experiments/report/static/explorer/motion.js";
import {
  errorSentence,
  lackSentence,
  movedSentence,
  repeatSentence,
} from "../../../../experiments/report/static/explorer/says.js";
import {
  isConnected,
  makeStates,
  runsOf,
  sameEpoch,
  sweptKeys,
} from "../../../../experiments/report/static/explorer/states.js";

const KEYS = ["model.depth", "model.width", "model.activation"];
let made = 0;
function row(...values) {
  const keys = Object.fromEntries(KEYS.map((key, k) => [key, values[k]]));
  return { index: made, folder: `run-${made}`, rank: (made += 1), group: 0, keys };
}
function grid(depths, widths, activations) {
  return depths.flatMap((d) => widths.flatMap((w) => activations.map((a) => row(d, w, a))));
}

test("numbers are a slider's, lists and words are buttons, many words a list", () => {
  const rows = [...grid([1, 2], [5], ["relu", "tanh"]), row(3, [5, 10], "relu")];
  const kinds = sweptKeys(KEYS, rows).map(({ key, kind, values }) => [key, kind, values]);
  assert.deepEqual(kinds, [
    ["model.depth", "slider", ["1", "2", "3"]],
    ["model.width", "buttons", ["5", "[5,10]"]],
    ["model.activation", "buttons", ["relu", "tanh"]],
  ]);
  const many = [..."abcdefghij"].map((letter) => row(1, 5, letter));
  assert.deepEqual(sweptKeys(KEYS, many).map(({ kind }) => kind), ["list"]);
});

test("a step changes one key, and only to what was run", () => {
  const rows = grid([1, 2], [5, 10], ["relu", "tanh"]).slice(0, -1);
  const states = makeStates(KEYS, rows);
  assert.ok(states.connected);
  for (const one of rows) {
    for (const { key, values } of states.swept) {
      for (const value of values) {
        const next = states.neighbour(one, key, value);
        const wanted = rows.find((other) =>
          KEYS.every((k) => String(other.keys[k]) === (k === key ? value : String(one.keys[k]))),
        );
        assert.equal(next, wanted);
      }
    }
  }
  assert.equal(states.neighbour(rows[3], "model.depth", "2"), undefined);
});

test("where steps do not lead everywhere the nearest run stands in", () => {
  const rows = [row(1, 5, "relu"), row(2, 50, "tanh"), row(2, 10, "relu"), row(3, 50, "relu")];
  const states = makeStates(KEYS, rows);
  assert.ok(!states.connected);
  assert.equal(states.neighbour(rows[0], "model.depth", "2"), undefined);
  const next = states.nearest(rows[0], "model.depth", "2");
  assert.equal(next, rows[2]);
  assert.deepEqual(states.differing(rows[0], next).map(({ key }) => key), ["model.depth", "model.width"]);
  assert.ok(isConnected([["1", "a"], ["2", "a"], ["2", "b"]]));
  assert.ok(!isConnected([["1", "a"], ["2", "b"]]));
  assert.ok(isConnected([["1"]]));
});

test("a hundred values of a key are no trouble", () => {
  const rows = Array.from({ length: 100 }, (_, k) => row(1 + (k % 7), k * 1.37, "relu"));
  const states = makeStates(KEYS, rows);
  for (const { key, values } of states.swept) {
    for (const value of values) assert.equal(String(states.nearest(rows[3], key, value).keys[key]), value);
  }
});

test("of several runs with the same keys the best is the state; other datasets get the most alike", () => {
  const twice = [row(1, 5, "relu"), row(1, 5, "relu"), row(2, 5, "relu")];
  const states = makeStates(KEYS, twice);
  assert.equal(states.neighbour(twice[2], "model.depth", "1"), twice[0]);
  assert.equal(states.mostLike(row(2, 5, "tanh")), twice[2]);
  const data = { rows: [{ ...twice[0], rank: null }, twice[1], { ...twice[2], group: 1 }] };
  assert.deepEqual(runsOf(data, 0).map((one) => one.folder), [twice[1].folder, twice[0].folder]);
});

test("the epoch stays where it was, as far as it was recorded", () => {
  assert.equal(sameEpoch([0, 1, 5, 10], ""), 3);
  assert.equal(sameEpoch([0, 1, 5, 10], "5"), 2);
  assert.equal(sameEpoch([0, 1, 5, 10], "7"), 2);
  assert.equal(sameEpoch([0, 1, 5, 10], "500"), 3);
  assert.equal(sameEpoch([3, 5], "1"), 0);
  assert.equal(at([1, 2, 4], [9, 8, 7], 3), 8);
  assert.equal(at([1, 2, 4], [9, 8, 7], 99), 7);
  assert.ok(Number.isNaN(at([2, 4], [9, 8], 1)));
});

test("numbers between two states, and none where one is unknown", () => {
  const [line] = between([[0, NaN, 2]], [[4, 1, NaN]], 0.25);
  assert.deepEqual([...line], [1, 1, NaN]);
});

test("the headline says the error, the best that can be, and which repeat is drawn", () => {
  const run = { shownRepeat: 1, kind: "curve" };
  const one = { typical: 0.25, values: [0.2, 0.3], state: "done" };
  const said = errorSentence(one, { references: { bayes: 0.125 } });
  assert.match(said, /0\.25.*off by 0\.5;.*0\.125 on the same rows.*2 times/);
  assert.equal(errorSentence({ typical: null }, { references: {} }), "");
  assert.doesNotMatch(errorSentence(one, { references: {} }), /Bayes/);
  assert.equal(repeatSentence(one, run), "Drawn in full: repeat 1, the median of 2, whose error is 0.3.");
  const lost = { ...one, values: [0.2, null] };
  assert.equal(repeatSentence(lost, { shownRepeat: 0 }), "Drawn in full: repeat 0 of 2, whose error is 0.2.");
  assert.equal(repeatSentence({ ...one, values: [0.2] }, { shownRepeat: 0 }), "");
});

test("what is missing is said in one sentence", () => {
  const data = { rows: [{ curves: {} }, {}] };
  assert.match(lackSentence({ state: "diverged", reason: "at epoch 3" }, undefined, data), /diverged: at epoch 3/);
  assert.match(lackSentence({ state: "done" }, undefined, data), /curves of the best run;/);
  assert.match(lackSentence({ state: "done" }, { kind: "pairs", varying: 3 }, data), /3 features vary/);
  assert.match(lackSentence({ state: "done" }, { kind: "pairs", varying: 1 }, data), /earlier version/);
  assert.equal(lackSentence({ state: "done" }, { kind: "curve", lossEpochs: [1] }, data), "");
  assert.match(lackSentence({ state: "done" }, { kind: "curve", lossEpochs: [] }, data), /no epochs/);
  assert.match(
    movedSentence("model.depth", "2", [{ name: "model.width", value: "10" }]),
    /^depth 2 was not run with the other choices; the nearest run has width 10\.$/,
  );
});
