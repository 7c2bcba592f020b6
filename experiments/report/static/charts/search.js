// A search as it went: the error of each trial, the lowest so far, and what the keys matter to it.

import { byId, svgElement } from "../shared/dom.js";
import { axes, chart, inner, roleStyle, round } from "../shared/draw.js";
import { linear, log, logDomain } from "../shared/scale.js";
import { errorOf, errorTitle } from "../comparison/data.js";
import { importanceBars } from "./importance.js";
import { WIDE_MARGIN, capped, legendOf, levelEntries, levelLines, levelsOf, noteOf, positive, runDots } from "./parts.js";

const HISTORY_HEIGHT = 320;
const LOST = 4; // half of the cross of a trial without an error, in pixels

export function startSearch(store) {
  const { search } = store.data;
  if (!search) return;
  const place = byId("search-history");
  const draw = () => {
    const width = Math.max(280, Math.min(1200, place.clientWidth || 600));
    place.replaceChildren(...historyChart(store, search.trials, width));
  };
  store.on(["runs"], draw);
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) > 1) draw();
    width = entry.contentRect.width;
  }).observe(place);
  byId("search-importance").replaceChildren(importanceBars(search.importance));
  draw();
}

// The lowest error up to each trial, null before the first.
export function lowestSoFar(trials) {
  let lowest = null;
  return trials.map(({ value }) => {
    if (value !== null && (lowest === null || value < lowest)) lowest = value;
    return lowest;
  });
}

function historyChart(store, trials, width) {
  const known = trials.filter((trial) => trial.value !== null && trial.row !== null);
  if (!known.length) return ["No trial is done yet."];
  const group = store.data.groups[store.data.rows[known[0].row].group];
  const levels = levelsOf(group);
  const ends = inner(width, HISTORY_HEIGHT, WIDE_MARGIN);
  const last = trials.at(-1).number;
  const x = linear([-0.5, last + 0.5], ends.x);
  const { cap, far } = capped(levels, known.map((one) => errorOf(group, one.value)));
  const height = (value) => cap(errorOf(group, value));
  const errors = known.map((trial) => height(trial.value));
  const y = positive(log(logDomain([...errors, ...levels.map(([, height]) => height)]), ends.y));
  const svg = chart(width, HISTORY_HEIGHT, "Typical error of every trial in the order of the search");
  svg.append(axes(x, y, { x: "trial", y: errorTitle(group) }, { x: String }), ...levelLines(levels, x, y));
  const path = stepsOf(trials, (value) => y(height(value)), x);
  svg.append(svgElement("path", { class: "line", style: roleStyle("good"), d: path }));
  const dot = runDots(store, group);
  for (const trial of known) {
    const row = store.data.rows[trial.row];
    const named = { ...row, label: `trial ${trial.number}, ${trial.chosen}` };
    svg.append(dot(named, [x(trial.number), y(height(trial.value))], roleStyle("accent")));
  }
  const lost = trials.filter((trial) => ["diverged", "failed"].includes(trial.state));
  svg.append(...lost.map((trial) => cross(trial, x(trial.number), ends.y[1] + 2 * LOST)));
  const entries = [["lowest so far", roleStyle("good"), true]];
  const note = noteOf(lost.length ? `× ${lost.length} without an error` : "", far);
  return [svg, legendOf([...entries, ...levelEntries(levels)]), note];
}

function cross(trial, across, up) {
  const [left, right] = [round(across - LOST), round(across + LOST)];
  const [top, bottom] = [round(up - LOST), round(up + LOST)];
  const d = `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
  const mark = svgElement("path", { class: "line", style: roleStyle("bad"), d });
  mark.append(svgElement("title", {}, `trial ${trial.number} ${trial.state}: ${trial.chosen}`));
  return mark;
}

function stepsOf(trials, y, x) {
  let path = "";
  lowestSoFar(trials).forEach((lowest, place) => {
    if (lowest === null) return;
    const [across, up] = [round(x(trials[place].number)), round(y(lowest))];
    path += path ? `H${across}V${up}` : `M${across} ${up}`;
  });
  return path && `${path}H${round(x.range[1])}`;
}
