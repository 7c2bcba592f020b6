// The table of all runs: search, filters, sorting, pages. Only the rows of one page are drawn.

import { byId, element, option } from "../shared/dom.js";
import { inOrder, plain, short } from "../shared/format.js";
import { written } from "./columns.js";
import { groupName } from "./data.js";

const REASONS = {
  scatter: "its repeats scatter too much",
  unseen: "the repeats cannot rule out seeds of a kind not seen yet",
  few: "too few repeats to say",
};

const unknown = (value) => value === null || value === undefined;

function compare(a, b) {
  return unknown(a) || unknown(b) ? unknown(a) - unknown(b) : inOrder(a, b);
}

// What a filter looks at: a key, the dataset or the state.
function filterValue(data, row, id) {
  if (id === "state") return row.state;
  return id === "group" ? groupName(data, row) : plain(row.keys[id]);
}

// The columns of the table, in their order.
export function tableColumns(data) {
  const shownKeys = data.keys.slice(0, data.named || 6).filter((key) => key !== "dataset.kind");
  const inTable = (one) => {
    if (one.format === "key") return shownKeys.includes(one.id);
    return one.where !== "side" && (one.id !== "group" || data.groups.length > 1);
  };
  return data.columns.filter(inTable).map((one) => written(data, one));
}

// Unknown values come last whichever way the rest is sorted; equal ones keep group, error, folder.
export function sortedRows(rows, column, down) {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    const first = unknown(x) || unknown(y) ? compare(x, y) : sign * compare(x, y);
    const byError = column.id === "rank" ? compare(a.group, b.group) : 0;
    const tie = () => compare(a.group, b.group) || compare(a.typical, b.typical) || a.index - b.index;
    return byError || first || tie();
  });
}

// The rows that hold all words of a search and pass all filters, {id: value}.
export function foundRows(data, search, filters) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return data.rows.filter(
    (row) =>
      words.every((word) => haystack(data, row).includes(word)) &&
      filters.every(([id, wanted]) => filterValue(data, row, id) === wanted),
  );
}

function haystack(data, row) {
  row.haystack ??= [
    ...[row.label, row.folder, row.state, groupName(data, row), row.verdict ?? "–"],
    ...Object.entries(row.keys).map(([key, value]) => `${key}=${plain(value)}`),
  ]
    .join(" ")
    .toLowerCase();
  return row.haystack;
}

export function startTable(store) {
  const { data } = store;
  const columns = tableColumns(data);
  let page = 0;

  const sorting = () => {
    const word = store.word("sort", "rank");
    const id = word.replace(/^-/, "");
    const column = columns.find((one) => one.id === id) ?? columns[0];
    return { column, down: word.startsWith("-") };
  };
  const sortBy = (id) => {
    const { column, down } = sorting();
    store.change({ sort: column.id === id && !down ? `-${id}` : id });
  };
  const filters = () => store.names("f.").map((name) => [name.slice(2), store.word(name)]);

  function update() {
    const { column, down } = sorting();
    store.visible = sortedRows(foundRows(data, store.word("q"), filters()), column, down);
    page = 0;
    showChoices();
    draw();
    store.tell("visible");
  }

  // The controls say what the hash says.
  function showChoices() {
    byId("sort").value = sorting().column.id;
    if (byId("search").value !== store.word("q")) byId("search").value = store.word("q");
    for (const choice of byId("tools").querySelectorAll(".filters select")) {
      const word = store.word(`f.${choice.name}`, null);
      choice.value = word === null ? "" : `=${word}`;
    }
  }

  function draw() {
    const size = Number(byId("size").value);
    const pages = Math.max(1, Math.ceil(store.visible.length / size));
    const rows = store.visible.slice(page * size, (page + 1) * size);
    const { column, down } = sorting();
    byId("table").tBodies[0].replaceChildren(...rows.map((row) => line(store, columns, row)));
    for (const head of byId("table").tHead.querySelectorAll("th[data-column]")) {
      const mine = head.dataset.column === column.id;
      head.setAttribute("aria-sort", mine ? (down ? "descending" : "ascending") : "none");
    }
    const counts = [store.visible, data.rows].map((some) => some.length.toLocaleString("en"));
    byId("found").textContent = `${counts[0]} of ${counts[1]} runs`;
    byId("place").textContent = `page ${page + 1} of ${pages}`;
    byId("previous").disabled = page === 0;
    byId("next").disabled = page >= pages - 1;
  }

  function turn(by) {
    page += by;
    draw();
  }

  addHead(columns, sortBy);
  addFilters(store);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("search").addEventListener("input", () => store.change({ q: byId("search").value || null }));
  byId("size").addEventListener("change", () => ((page = 0), draw()));
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  store.on(["q", "sort", "f."], update);
  store.on("runs", () => showTicks(store));
  update();
}

function showTicks(store) {
  const chosen = new Set(store.selected());
  for (const tr of byId("table").tBodies[0].rows) {
    tr.querySelector("input").checked = chosen.has(Number(tr.dataset.index));
  }
}

function addFilter(store, id, title, place) {
  const values = [...new Set(store.data.rows.map((row) => filterValue(store.data, row, id)))];
  if (values.length < 2) return;
  const choice = element("select", { name: id }, option("", "all"));
  values.sort(inOrder).forEach((value) => choice.append(option(`=${value}`, value)));
  choice.addEventListener("change", () =>
    store.change({ [`f.${id}`]: choice.value ? choice.value.slice(1) : null }),
  );
  place.append(element("label", {}, `${title} `, choice));
}

// One select for each key that varies, and for dataset and state.
function addFilters(store) {
  const { data } = store;
  if (data.groups.length > 1) addFilter(store, "group", "dataset", byId("filters"));
  data.keys.forEach((key, place) => {
    if (key === "dataset.kind" && data.groups.length > 1) return;
    const first = place < (data.named || 6);
    const holder = byId(first ? "filters" : "other-filters");
    addFilter(store, key, first ? short(key) : key, holder);
  });
  addFilter(store, "state", "state", byId("filters"));
  byId("more-filters").hidden = !byId("other-filters").hasChildNodes();
}

// Head: a button in each column sorts by it, once more the other way round.
function addHead(columns, sortBy) {
  const box = element("span", { className: "hidden", textContent: "select" });
  const head = element("tr", {}, element("th", { scope: "col" }, box));
  for (const one of columns) {
    const button = element("button", { type: "button", textContent: one.title });
    button.addEventListener("click", () => sortBy(one.id));
    const cell = element("th", { scope: "col", className: one.right ? "number" : "" }, button);
    cell.dataset.column = one.id;
    head.append(cell);
    byId("sort").append(option(one.id, one.title));
  }
  byId("table").tHead.append(head);
  byId("sort").addEventListener("change", () => sortBy(byId("sort").value));
}

function cellOf(row, one) {
  const td = element("td", {
    className: `${one.right ? "number" : ""} c-${one.key ? "key" : one.id}`,
  });
  td.dataset.label = one.title;
  const text = String(one.text(row));
  if (one.format === "run" && row.state !== "missing" && row.page) {
    td.append(element("a", { href: row.page, textContent: text }));
  } else if (one.format === "verdict" && text !== "–") {
    const className = `mark ${text.replace(" ", "-")}`;
    const title = REASONS[row.why] ?? "";
    td.append(element("span", { className, textContent: text, title }));
  } else {
    td.textContent = text;
  }
  return td;
}

function line(store, columns, row) {
  const checked = store.selected().includes(row.index);
  const box = element("input", { type: "checkbox", checked });
  box.setAttribute("aria-label", `select ${row.label}, ${row.folder}`);
  box.addEventListener("change", () => store.toggle(row.index));
  const tr = element("tr", { className: row.rank === 1 ? "first" : "" });
  tr.dataset.index = row.index;
  tr.append(element("td", { className: "box" }, box), ...columns.map((one) => cellOf(row, one)));
  return tr;
}
