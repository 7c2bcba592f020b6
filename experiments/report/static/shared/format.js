// How numbers and values are written.

// So many significant digits, written out as `text.number` in Python does; a dash for what is
// unknown. Beyond a millionth and a billion it is a power of ten.
export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-6 || size >= 1e12)) return powerOfTen(value, digits);
  const text = value.toPrecision(digits);
  const rounded = Math.abs(Number(text));
  if (rounded >= 1e4) return Number(text).toLocaleString("en");
  if (text.includes("e")) return String(Number(text));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function powerOfTen(value, digits) {
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const raised = String(Number(power)).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
  return `${Number(mantissa)} × 10${raised}`;
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

// Values in their own order: numbers as numbers, words with numbers in them too, then lists.
export function inOrder(a, b) {
  if (Array.isArray(a) !== Array.isArray(b)) return Array.isArray(a) ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(plain(a), plain(b));
}
