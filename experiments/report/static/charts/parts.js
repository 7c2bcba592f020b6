// What the charts of runs share: references as lines, a dot a run, a legend.

import { element, svgElement } from "../shared/dom.js";
import { roleStyle, round } from "../shared/draw.js";
import { number } from "../shared/format.js";
import { FAR, ceilingOf, errorOf, referencesOf } from "../comparison/data.js";

// Beside an axis, the errors of a group's references: [name, height, role].
export const levelsOf = (group) =>
  referencesOf(group).map(([name, height, role]) => [name, errorOf(group, height), role]);

// Of errors beside such levels: (error) -> where it stands on an axis, and what is said of those
// that stand at its edge.
export function capped(levels, errors) {
  const ceiling = ceilingOf(levels.map(([, height]) => height), errors);
  const far = errors.filter((error) => error > ceiling).length;
  const words = `${far} at the upper edge: more than ${FAR} times the worst reference`;
  return { cap: (error) => Math.min(error, ceiling), far: far ? words : "" };
}

export function noteOf(...words) {
  const said = words.filter(Boolean).join("; ");
  return said && element("p", { className: "quiet", textContent: said });
}

export function levelLines(levels, x, y) {
  const known = levels.filter(([, height]) => Number.isFinite(y(height)));
  return known.map(([name, height, role]) => {
    const d = `M${x.range[0]} ${round(y(height))}H${x.range[1]}`;
    const line = svgElement("path", { class: "level", style: roleStyle(role), d });
    line.append(svgElement("title", {}, `${name} ${number(height)}`));
    return line;
  });
}

// A logarithmic scale on which zero stands at the lower edge.
export function positive(scale) {
  const place = (value) => (value > 0 ? scale(value) : value === 0 ? scale.range[0] : NaN);
  return Object.assign(place, { range: scale.range, ticks: scale.ticks });
}

// Room for long numbers beside the upright axis.
export const WIDE_MARGIN = { left: 78, right: 12, top: 10, bottom: 40 };

// Of a store and a group what draws a run's dot; a click on it selects the run.
export function runDots(store, group) {
  const selected = new Set(store.selected());
  return (row, place, style) => runDot(store, group, row, place, style, selected.has(row.index));
}

function runDot(store, group, row, [across, up], style, chosen) {
  if (!Number.isFinite(across) || !Number.isFinite(up)) return "";
  const circle = svgElement("circle", {
    class: chosen ? "dot chosen" : "dot",
    style,
    cx: round(across),
    cy: round(up),
    r: chosen ? 6 : 4,
  });
  circle.append(svgElement("title", {}, `${row.label}: ${number(errorOf(group, row.typical))}`));
  circle.addEventListener("click", () => store.toggle(row.index));
  return circle;
}

// entries: [words, style, a line rather than a dot]
export function legendOf(entries) {
  const legend = element("p", { className: "legend" });
  for (const [words, style, line] of entries) {
    const swatch = svgElement("svg", { viewBox: "0 0 28 8", class: "swatch", "aria-hidden": "true" });
    const mark = line
      ? svgElement("path", { class: "level", style, d: "M0 4H28" })
      : svgElement("circle", { class: "dot", style, cx: 14, cy: 4, r: 4 });
    swatch.append(mark);
    legend.append(element("span", {}, swatch, words));
  }
  return legend;
}

export const levelEntries = (levels) =>
  levels.map(([name, height, role]) => [`${name} ${number(height)}`, roleStyle(role), true]);

// Of things beside each other: a colour, and dashes where there are more than colours.
export function seriesStyle(place) {
  const style = getComputedStyle(document.documentElement);
  const [colors, dashes] = ["--series-count", "--series-dash-count"].map((name) =>
    Number(style.getPropertyValue(name)),
  );
  const dash = 1 + (Math.floor(place / colors) % dashes);
  return `color: var(--series-${1 + (place % colors)}); stroke-dasharray: var(--series-dash-${dash})`;
}
