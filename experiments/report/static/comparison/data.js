// The page's data: deflated JSON with arrays of numbers, as experiments/report/payload/packing.py
// writes them. Arrays are decoded when they are asked for.

const UNKNOWN_CODE = 0xffff;

// From base64 text to the tree; its rows know their index.
export async function readData(text) {
  const letters = atob(text.trim());
  const deflated = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) deflated[i] = letters.charCodeAt(i);
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const tree = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  tree.rows.forEach((row, index) => (row.index = index));
  const decoded = new WeakMap(); // by what describes them: nothing and what follows it begin alike
  // curves: {at, shape, low, step} -> numbers, or a list of lines of numbers
  tree.numbers = (curves) => {
    if (!decoded.has(curves)) decoded.set(curves, decode(bytes.subarray(4 + size), curves));
    return decoded.get(curves);
  };
  return tree;
}

export function decode(bytes, { at, shape, low, step }) {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = new Float64Array(count);
  let code = 0;
  for (let i = 0; i < count; i += 1) {
    code = (code + bytes[at + i] + 256 * bytes[at + count + i]) & 0xffff;
    values[i] = code === UNKNOWN_CODE ? NaN : low + step * code;
  }
  if (shape.length === 1) return values;
  const [lines, length] = shape;
  return Array.from({ length: lines }, (_, k) => values.subarray(k * length, (k + 1) * length));
}

export const groupName = (data, row) => (row.group === null ? "–" : data.groups[row.group].name);

// What is shown of a score: its root where the target has units.
export const errorOf = (group, score) => (score === null || !group.units ? score : Math.sqrt(score));

export const errorTitle = (group) =>
  group.units ? `typical error (RMSE) of ${group.target}` : "typical mean squared error";

// Above this many times the worst reference one error is like another: it stands at an axis' edge.
export const FAR = 10;

// Where an axis of errors ends. heights: of references; at least one run stands within.
export function ceilingOf(heights, errors, far = FAR) {
  const lowest = errors.reduce((a, b) => (b === null || Number.isNaN(b) ? a : Math.min(a, b)), Infinity);
  const within = Number.isFinite(lowest) ? [lowest] : [];
  return heights.length ? far * Math.max(...heights, ...within) : Infinity;
}

// [name, error, role] of what a group's errors are compared with.
export function referencesOf(group) {
  const named = Object.entries(group.references).map(([name, height]) => [
    group.referenceNames[name],
    height,
    group.referenceRoles[name],
  ]);
  // Beside errors on given rows stands what the Bayes-optimal error on those rows.
  const expected = group.noise_floor !== null && !("bayes" in group.references);
  if (expected) named.push(["noise floor", group.noise_floor, "noise_floor"]);
  return named;
}
