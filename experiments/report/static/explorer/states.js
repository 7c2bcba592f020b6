// The states of the explorer: the runs of one dataset, and how one leads to the next.

import { inOrder, plain } from "../shared/format.js";

const WORDS_AS_BUTTONS = 8; // more values than these are a list to choose from

// The runs of a group, the best first; those without a rank last.
export function runsOf(data, group) {
  const rank = (row) => row.rank ?? Infinity;
  const mine = data.rows.filter((row) => row.group === group);
  return mine.sort((a, b) => (rank(a) === rank(b) ? a.index - b.index : rank(a) - rank(b)));
}

// Keys in which runs differ: {key, values, kind}; numbers are a slider's, words are buttons.
export function sweptKeys(keys, rows) {
  return keys.flatMap((key) => {
    const known = new Map(rows.map((row) => [plain(row.keys[key]), row.keys[key]]));
    if (known.size < 2) return [];
    const values = [...known.values()].sort(inOrder).map(plain);
    const numbers = [...known.values()].every((value) => typeof value === "number");
    const words = values.length > WORDS_AS_BUTTONS ? "list" : "buttons";
    return [{ key, values, kind: numbers ? "slider" : words }];
  });
}

// rows: of one group, the best first.
export function makeStates(keys, rows) {
  const swept = sweptKeys(keys, rows);
  const valueOf = (row, { key }) => plain(row.keys[key]);
  const place = (row) => swept.map((one) => valueOf(row, one));
  const named = (values) => JSON.stringify(values);
  const byPlace = new Map();
  for (const row of rows) {
    const name = named(place(row));
    if (!byPlace.has(name)) byPlace.set(name, row);
  }
  const at = (row, number, value) => byPlace.get(named(place(row).with(number, value)));
  const numberOf = (key) => swept.findIndex((one) => one.key === key);

  // The run that differs from another one in this key alone, or undefined.
  const neighbour = (row, key, value) => at(row, numberOf(key), value);

  // The run with this value that is otherwise nearest: few other keys differ, and by few steps.
  function nearest(row, key, value) {
    const far = (other) =>
      swept.reduce((sum, one) => {
        if (one.key === key) return sum;
        const [a, b] = [row, other].map((of) => one.values.indexOf(valueOf(of, one)));
        return sum + (a === b ? 0 : 1 + Math.abs(a - b) / one.values.length);
      }, 0);
    const some = rows.filter((other) => plain(other.keys[key]) === value);
    return some.reduce((best, other) => (far(other) < far(best) ? other : best), some[0]);
  }

  // The run of another group that is most like a row, which may lack some of the keys.
  function mostLike(row) {
    const shared = (other) =>
      swept.filter((one) => valueOf(other, one) === valueOf(row, one)).length;
    return rows.reduce((best, other) => (shared(other) > shared(best) ? other : best), rows[0]);
  }

  // Keys in which two runs differ.
  const differing = (a, b) => swept.filter((one) => valueOf(a, one) !== valueOf(b, one));

  return {
    rows,
    swept,
    connected: isConnected(rows.map(place)),
    neighbour,
    nearest,
    mostLike,
    differing,
    valueOf: (row, key) => valueOf(row, { key }),
  };
}

// Whether every run can be reached from every other by changing one key at a time.
export function isConnected(places) {
  const leader = places.map((_, index) => index);
  const find = (index) => {
    while (leader[index] !== index) index = leader[index] = leader[leader[index]];
    return index;
  };
  const seen = new Map();
  places.forEach((values, index) => {
    values.forEach((_, number) => {
      const line = `${number}:${JSON.stringify(values.with(number, null))}`;
      if (seen.has(line)) leader[find(index)] = find(seen.get(line));
      else seen.set(line, index);
    });
  });
  return new Set(places.map((_, index) => find(index))).size <= 1;
}

// Where the epoch slider stands in another run: at its end if it stood at the end, else as near as can be.
export function sameEpoch(epochs, word) {
  if (word === "" || !epochs.length) return epochs.length - 1;
  const wanted = Number(word);
  const past = epochs.findIndex((epoch) => epoch > wanted);
  return past < 0 ? epochs.length - 1 : Math.max(0, past - 1);
}
