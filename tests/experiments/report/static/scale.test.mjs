import assert from "node:assert/strict";
import { test } from "node:test";

import { linePath, roleStyle } from "../../../../experiments/report/static/shared/draw.js";
import { inOrder, number, plain } from "../../../../experiments/report/static/shared/format.js";
import {
  linear,
  log,
  logDomain,
  symlog,
  widened,
} from "../../../../experiments/report/static/shared/scale.js";

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

test("a scale sends its domain to its range, and back", () => {
  for (const scale of [
    linear([-2, 6], [100, 20]),
    log([0.01, 1000], [0, 300]),
    symlog([-500, 2000], [0, 300], 0.5),
  ]) {
    near(scale(scale.domain[0]), scale.range[0]);
    near(scale(scale.domain[1]), scale.range[1]);
    for (const pixel of scale.range) near(scale(scale.invert(pixel)), pixel);
    const middle = (scale.range[0] + scale.range[1]) / 2;
    near(scale(scale.invert(middle)), middle);
  }
  near(log([1, 100], [0, 2])(10), 1);
  assert.ok(Number.isNaN(log([1, 100], [0, 2])(-1)));
  near(symlog([-9, 9], [-1, 1], 1)(0), 0);
});

test("ticks are round, in the domain, and as many as asked, more or less", () => {
  assert.deepEqual(linear([0, 10], [0, 1]).ticks(5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(linear([-0.13, 0.27], [0, 1]).ticks(4), [-0.1, 0, 0.1, 0.2]);
  assert.deepEqual(linear([3, 3], [0, 1]).ticks(), [3]);
  assert.deepEqual(log([0.9, 1100], [0, 1]).ticks(5), [1, 10, 100, 1000]);
  assert.deepEqual(log([0.9, 60], [0, 1]).ticks(5), [1, 2, 5, 10, 20, 50]);
  assert.ok(log([1e-9, 1e9], [0, 1]).ticks(5).length <= 6);
  assert.ok(log([0.52, 0.58], [0, 1]).ticks(5).length >= 2);
  assert.deepEqual(symlog([-20, 200], [0, 1], 1).ticks(), [-10, -1, 0, 1, 10, 100]);
});

test("domains leave room, also around a single value", () => {
  const [low, high] = logDomain([0.2, 0.2, -1, NaN]);
  assert.ok(low < 0.2 && high > 0.2);
  assert.deepEqual(logDomain([]), [0.1, 1]);
  assert.deepEqual(widened([0, 10], 0.1), [-1, 11]);
  const [below, above] = widened([5, 5], 0.1);
  assert.ok(below < 5 && above > 5);
});

test("a line is interrupted where a value is unknown", () => {
  const x = linear([0, 4], [0, 40]);
  const y = linear([0, 1], [10, 0]);
  assert.equal(linePath([0, 1, 2, 3, 4], [0, 1, NaN, 0.5, 1], x, y), "M0 10L10 0M30 5L40 0");
});

test("a role is a colour and dashes of the theme", () => {
  assert.equal(roleStyle("least_squares"), "color: var(--least-squares); stroke-dasharray: var(--least-squares-dash)");
});

test("numbers have four digits, values are written as on the command line", () => {
  assert.equal(number(0.123456), "0.1235");
  assert.equal(number(1500), "1500");
  assert.equal(number(123456), "123,500");
  assert.equal(number(null), "–");
  assert.equal(number(1e-7), "1 × 10⁻⁷");
  assert.equal(plain([5, "relu", null]), "[5,relu,null]");
  assert.equal(plain(undefined), "–");
  assert.deepEqual([10, 9, 2].sort(inOrder), [2, 9, 10]);
  assert.deepEqual(["[10]", "[9,2]"].sort(inOrder), ["[9,2]", "[10]"]);
});
