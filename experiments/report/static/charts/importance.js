// Key importance as bars: the share of the variance of the log error that a key explains.

import { element } from "../shared/dom.js";
import { short } from "../shared/format.js";

const BARS = 10; // bars; what lies below is added up

export function drawImportance(place, found) {
  if (!found.shares.length) {
    place.replaceChildren(element("p", { className: "quiet", textContent: `Not known: ${found.reason}.` }));
    return;
  }
  const first = found.shares.slice(0, BARS);
  const others = found.shares.slice(BARS);
  const lines = first.map(([keys, share]) => barOf(keys.map(short).join(" × "), share));
  if (others.length) {
    const sum = others.reduce((total, [, share]) => total + share, 0);
    lines.push(barOf(`${others.length} others`, sum));
  }
  lines.push(barOf("the rest", found.rest));
  const table = element("table", { className: "bars" });
  table.append(
    element("caption", { textContent: captionOf(found) }),
    element("tbody", {}, ...lines),
  );
  place.replaceChildren(table);
}

// Keys of a search by themselves, as Optuna tells them.
export function importanceBars({ shares, runs }) {
  if (!shares.length) {
    return element("p", { className: "quiet", textContent: "Not known: fewer than ten trials are done, or the search has not ended." });
  }
  const table = element("table", { className: "bars" });
  table.append(
    element("caption", { textContent: `Over ${runs.toLocaleString("en")} trials.` }),
    element("tbody", {}, ...shares.map(([keys, share]) => barOf(keys.map(short).join(" × "), share))),
  );
  return table;
}

function barOf(name, share) {
  const bar = element("span", { className: "bar" });
  bar.style.width = `${Math.max(0.2, 100 * share)}%`;
  const text = share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`;
  return element(
    "tr",
    {},
    element("th", { scope: "row", textContent: name }),
    element("td", { className: "bar-of" }, bar),
    element("td", { className: "number", textContent: text }),
  );
}

function captionOf(found) {
  const parts = [`Over ${found.runs.toLocaleString("en")} runs`];
  if (found.left_out) parts.push(`${found.left_out} without an error or a key are left out`);
  if (found.binned.length) parts.push(`values of ${found.binned.map(short).join(", ")} are put in four parts`);
  if (!found.interactions) parts.push("some interactions cannot be told from these runs and are in the rest");
  return `${parts.join("; ")}.`;
}
