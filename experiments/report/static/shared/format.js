// How numbers and values are written.

// Four significant digits, as everywhere in archlab; a dash for what is unknown.
export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(digits - 1);
  const text = value.toPrecision(digits);
  if (text.includes("e")) return String(Math.round(value));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

// A config value as it is written on the command line.
export function plain(value) {
  if (value === undefined) return "–";
  if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export const interval = (pair, digits = 4) =>
  pair ? `[${number(pair[0], digits)}, ${number(pair[1], digits)}]` : "–";

export const short = (key) => key.replace(/^(model|training)\./, "");

const collator = new Intl.Collator("en", { numeric: true });

// Values in their own order: numbers as numbers, words with numbers in them too.
export function inOrder(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(plain(a), plain(b));
}
