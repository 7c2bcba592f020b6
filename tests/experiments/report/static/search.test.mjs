import assert from "node:assert";
import test from "node:test";

import { lowestSoFar } from "../../../../experiments/report/static/charts/search.js";

test("the lowest so far goes past what has no error", () => {
  const trials = [null, 5, 7, null, 2, 3].map((value) => ({ value }));
  assert.deepEqual(lowestSoFar(trials), [null, 5, 5, 5, 2, 2]);
  assert.deepEqual(lowestSoFar([]), []);
});
