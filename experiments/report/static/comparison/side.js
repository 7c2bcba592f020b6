// The selected runs side by side: numbers, the keys in which they differ, where their files are.

import { byId, element } from "../shared/dom.js";
import { plain } from "../shared/format.js";
import { written } from "./columns.js";
import { MOST } from "./store.js";

export function startSide(store) {
  const { data } = store;
  const bests = () => data.groups.map((group) => group.best).filter((index) => index !== null);
  store.fallback = firstLook(data);

  function update() {
    const rows = store.selected().map((index) => data.rows[index]);
    const more = rows.length > MOST ? ` · the first ${MOST} are shown` : "";
    byId("selected-count").textContent = `${rows.length} selected${more}`;
    drawDifferences(data, rows.slice(0, MOST));
  }

  byId("select-best").addEventListener("click", () => store.select(bests()));
  byId("select-none").addEventListener("click", () => store.select([]));
  store.on("runs", update);
  update();
}

// What a stranger sees first: a best run beside the first one that is worse, or the next one.
function firstLook(data) {
  const first = data.groups.findIndex((group) => group.best !== null);
  const others = data.rows
    .filter((row) => row.group === first && row.rank !== null && row.how !== "best")
    .sort((a, b) => (a.verdict !== "worse") - (b.verdict !== "worse") || a.rank - b.rank);
  return first < 0 ? [] : [data.groups[first].best, ...others.slice(0, 1).map((row) => row.index)];
}

// Numbers and keys, one column a run.
function drawDifferences(data, rows) {
  const values = (key) => new Set(rows.map((row) => plain(row.keys[key])));
  const differing = data.keys.filter((key) => values(key).size > 1);
  const beside = ({ id, format, where }) =>
    format === "key" ? differing.includes(id) : where !== "table";
  const lines = data.columns.filter(beside).map((one) => written(data, one));
  const table = byId("differences");
  table.hidden = !rows.length;
  const heads = rows.map((row) =>
    element(
      "th",
      { scope: "col" },
      row.page ? element("a", { href: row.page, textContent: row.label }) : row.label,
    ),
  );
  table.tHead.replaceChildren(element("tr", {}, element("td"), ...heads));
  const files = element(
    "tr",
    {},
    element("th", { scope: "row", textContent: "files" }),
    ...rows.map((row) => filesOf(data, row)),
  );
  table.tBodies[0].replaceChildren(
    ...lines.map(({ id, key, title, text }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row", textContent: key ? id : title }),
        ...rows.map((row) => element("td", { textContent: String(text(row)) })),
      ),
    ),
    files,
  );
}

// Where a run's own page and its pictures are.
function filesOf(data, row) {
  if (!row.page) return element("td", { textContent: "–" });
  const folder = row.page.replace(/[^/]*$/, "");
  const links = [["its page", row.page], ...data.pictures.map((name) => [name, folder + name])];
  const items = links.map(([words, href]) =>
    element("li", {}, element("a", { href, textContent: words })),
  );
  return element("td", {}, element("ul", { className: "links" }, ...items));
}
