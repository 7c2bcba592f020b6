// Where every repeat of every run ended: a line a run, on one logarithmic axis for the dataset.

import { byId, element, option, svgElement } from "../shared/dom.js";
import { roleStyle } from "../shared/draw.js";
import { number } from "../shared/format.js";
import { log, logDomain } from "../shared/scale.js";
import { alignedParts, paddedCell } from "../table/cells.js";
import { ceilingOf, errorOf, errorTitle, referencesOf } from "./data.js";

const RANKED_FIRST = 25; // runs that stand there before anybody asks for all
const [WIDE, HIGH, ZERO] = [1000, 26, 12]; // of a line's drawing, stretched; where no error stands
const BEYOND = 90; // of it what is kept for errors far above all references

export function startRanking(store) {
  const { data } = store;
  if (!data.groups.length) return;
  const choice = byId("ranking-group");
  data.groups.forEach((group, place) => choice.append(option(String(place), group.name)));
  byId("ranking-tools").hidden = data.groups.length < 2;
  choice.addEventListener("change", () => store.change({ ranking: choice.value, all: null }));
  byId("ranking-all").addEventListener("click", () => store.change({ all: "yes" }));
  let shown = -1;
  const update = () => {
    shown = store.group("ranking");
    choice.value = String(shown);
    for (const part of document.querySelectorAll("[data-ranking]"))
      part.hidden = Number(part.dataset.ranking) !== shown;
    drawRanking(data, shown, store.word("all") === "yes");
  };
  store.on(["ranking", "all"], update);
  store.on(["visible"], () => (store.group("ranking") === shown ? null : update()));
  update();
}

// Of a dataset the ranked runs, and those after them whose repeats are not all numbers.
function runsOf(data, group) {
  const mine = data.rows.filter((row) => row.group === group);
  const ranked = mine.filter((row) => row.rank !== null).sort((a, b) => a.rank - b.rank);
  const diverged = mine.filter((row) => row.rank === null && row.values.includes(null));
  return [...ranked, ...diverged];
}

function drawRanking(data, place, all) {
  const group = data.groups[place];
  const runs = runsOf(data, place);
  const shown = all ? runs : runs.slice(0, RANKED_FIRST);
  const table = document.querySelector(`table[data-ranking="${place}"]`);
  const x = rankingAxis(group, runs);
  table.querySelector("th.dots").replaceChildren(...rankingHead(group, x));
  const levels = referencesOf(group).map(([, height, role]) => [errorOf(group, height), role]);
  const last = runs.findLastIndex((row) => INSEPARABLE.includes(row.verdict));
  const pad = paddedCell(shown.map((row) => number(errorOf(group, row.typical))));
  table.tBodies[0].replaceChildren(
    ...shown.map((row, at) => rankedLine(group, row, { x, levels, pad }, bracketOf(row, at, last))),
  );
  byId("ranking-all").hidden = shown.length === runs.length;
  byId("ranking-all").textContent = `Show all ${runs.length.toLocaleString("en")} runs`;
}

const INSEPARABLE = ["best", "as good", "unclear"];

// A bracket joins all runs that cannot be told from the best; one that is worse may lie between.
function bracketOf(row, at, last) {
  if (last < 1 || at > last) return "";
  const ends = `${at === 0 ? " start" : ""}${at === last ? " end" : ""}`;
  return `bracket${ends}${INSEPARABLE.includes(row.verdict) ? "" : " past"}`;
}

// Errors of all repeats and of the references. An error of zero has a place of its own on the left,
// those far above all references have one on the right: they would squeeze the others.
function rankingAxis(group, runs) {
  const errors = runs.flatMap((row) => row.values.map((value) => errorOf(group, value)));
  const heights = referencesOf(group).map(([, height]) => errorOf(group, height));
  const known = [...errors, ...heights].filter((value) => value !== null);
  const zero = known.some((value) => value <= 0);
  const ceiling = ceilingOf(heights, errors);
  const within = known.filter((value) => value <= ceiling);
  const beyond = within.length < known.length;
  const right = WIDE - (beyond ? BEYOND : 0) - ZERO;
  const positions = log(logDomain(within, 0.04), [zero ? 4 * ZERO : ZERO, right]);
  const isBeyond = (value) => value > ceiling;
  const inside = (value) => (value > 0 ? positions(value) : ZERO);
  const place = (value) => (isBeyond(value) ? WIDE - 2 * ZERO : inside(value));
  const far = beyond ? ceiling : null;
  return Object.assign(place, { zero, far, isBeyond, ticks: () => positions.ticks(6) });
}

function rankingHead(group, x) {
  const axis = element("div", { className: "axis" });
  axis.setAttribute("aria-hidden", "true");
  for (const tick of [...(x.zero ? [0] : []), ...x.ticks()]) {
    const mark = element("span", { textContent: number(tick) });
    mark.style.left = `${(100 * x(tick)) / WIDE}%`;
    axis.append(mark);
  }
  if (x.far !== null) {
    const mark = element("span", { textContent: `> ${number(x.far, 2)}` });
    mark.style.left = `${(100 * x(Infinity)) / WIDE}%`;
    axis.append(mark);
  }
  const legend = element("div", { className: "legend" });
  for (const [name, height, role] of referencesOf(group)) {
    const line = svgElement("path", { class: "level", style: roleStyle(role), d: "M0 4H28" });
    const swatch = svgElement("svg", { viewBox: "0 0 28 8", class: "swatch", "aria-hidden": "true" });
    swatch.append(line);
    const text = `${name} ${number(errorOf(group, height))}`;
    legend.append(element("span", {}, swatch, text));
  }
  const bracket = "The bracket joins the runs that cannot be told from the best.";
  return [`Every repeat: ${errorTitle(group)}. ${bracket}`, legend, axis];
}

function rankedLine(group, row, { x, levels, pad }, bracket) {
  const link = element("a", { href: row.page, textContent: row.label });
  const run = element("th", { scope: "row", className: "run" }, link);
  const lost = row.values.filter((value) => value === null).length;
  if (lost) run.append(element("small", { textContent: divergedWords(row) }));
  const mark = element("span", { className: `mark ${markWord(row)}`, textContent: row.verdict ?? row.state });
  const typical = element("td", { className: "number" });
  typical.append(...alignedParts(number(errorOf(group, row.typical)), pad));
  return element(
    "tr",
    { className: row.rank === 1 ? "first" : "" },
    element("td", { className: bracket }),
    element("td", { className: "number", textContent: row.rank ?? "–" }),
    run,
    element("td", { className: "dots" }, repeatDots(group, row, x, levels)),
    typical,
    element("td", {}, mark),
  );
}

const markWord = (row) => (row.verdict ?? row.state).replace(" ", "-");

// Which repeats left the numbers: `repeats 2 and 4 diverged`.
function divergedWords(row) {
  const lost = row.values.flatMap((value, repeat) => (value === null ? [repeat] : []));
  if (lost.length === row.values.length) return "every repeat diverged";
  if (lost.length > 4) return `${lost.length} of ${row.values.length} repeats diverged`;
  return lost.length === 1 ? `repeat ${lost[0]} diverged` : `repeats ${lost.join(", ")} diverged`;
}

// Stretched to the cell's width; strokes are not, so dots stay round.
function repeatDots(group, row, x, levels) {
  const at = (value) => Math.round(x(value));
  const values = row.values.filter((value) => value !== null).map((value) => errorOf(group, value));
  const drawing = svgElement("svg", {
    viewBox: `0 0 ${WIDE} ${HIGH}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  for (const [height, role] of levels)
    drawing.append(
      svgElement("path", { class: "level", style: roleStyle(role), d: `M${at(height)} 0V${HIGH}` }),
    );
  const within = values.filter((value) => !x.isBeyond(value));
  const path = within.map((value) => `M${at(value)} ${HIGH / 2}h0`).join("");
  drawing.append(svgElement("path", { class: "repeats", d: path }));
  if (within.length < values.length) {
    const tip = at(Infinity);
    const d = `M${tip - ZERO / 2} 7L${tip + ZERO / 2} ${HIGH / 2}L${tip - ZERO / 2} ${HIGH - 7}`;
    drawing.append(svgElement("path", { class: "beyond", d }));
  }
  if (row.typical !== null && !x.isBeyond(errorOf(group, row.typical))) {
    const middle = at(errorOf(group, row.typical));
    drawing.append(svgElement("path", { class: "typical", d: `M${middle} 3V${HIGH - 3}` }));
  }
  return drawing;
}
