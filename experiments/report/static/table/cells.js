// A cell of the table: text, decimals under each other, and how a run stands beside the pinned one.

import { element } from "../shared/dom.js";
import { number } from "../shared/format.js";

const REASONS = {
  scatter: "its repeats scatter too much",
  unseen: "the repeats cannot rule out seeds of a kind not seen yet",
  few: "too few repeats to say",
};

// A plain number, perhaps times something: its digits after the point; null of any other text.
const decimals = (text) => /^([−-]?[\d,]+(?:\.(\d+))?)( ×)?$/.exec(text);

// Of a column's texts a function that gives the digits a text lacks to the longest ones.
export function paddedCell(texts) {
  const found = texts.map((text) => decimals(String(text)));
  const most = Math.max(0, ...found.filter(Boolean).map((match) => (match[2] ?? "").length));
  return (text) => {
    const match = decimals(text);
    if (!match || !most) return "";
    const length = (match[2] ?? "").length;
    return `${length ? "" : "."}${"0".repeat(most - length)}`;
  };
}

// pad: see `paddedCell`, null where a column has no numbers; pinned: the run to set this beside.
export function tableCell(row, one, pad, pinned) {
  const td = element(one.id === "label" ? "th" : "td", {
    className: `${one.kind} ${one.rest} c-${one.key ? "key" : one.id}`,
  });
  if (one.id === "label") td.scope = "row";
  td.dataset.label = one.title;
  const text = String(one.text(row));
  if (one.format === "run" && row.page) {
    td.append(element("a", { href: row.page, textContent: text }));
  } else if (one.format === "verdict" && text !== "–") {
    const className = `mark ${text.replace(" ", "-")}`;
    td.append(element("span", { className, textContent: text, title: REASONS[row.why] ?? "" }));
  } else {
    td.append(...alignedParts(text, pad));
  }
  const words = pinned && row !== pinned ? besideWords(row, one, pinned) : "";
  if (words) td.append(element("small", { className: "beside", textContent: words }));
  return td;
}

// A text with the digits that it lacks, before what it may be times of.
export function alignedParts(text, pad) {
  const more = pad?.(text);
  const [, digits, , after] = (more && decimals(text)) || [text, text];
  return [digits, ...(more ? [padOf(more)] : []), after ?? ""];
}

// The room of digits that a rounded number does not have; style draws it, so it is no text.
function padOf(text) {
  const pad = element("span", { className: "pad" });
  pad.dataset.pad = text;
  pad.setAttribute("aria-hidden", "true");
  return pad;
}

// A share for what is positive, such as errors and seconds, a difference for the rest.
export function besideWords(row, { id, beside }, pinned) {
  const [mine, other] = [row[id], pinned[id]];
  if (!beside || mine === null || other === null || mine === undefined || other === undefined) return "";
  if (beside === "ratio") return mine > 0 && other > 0 ? `× ${number(mine / other, 3)}` : "";
  const difference = mine - other;
  return `${difference < 0 ? "−" : "+"}${number(Math.abs(difference), 2)}`;
}
