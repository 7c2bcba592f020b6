// Which runs the table shows, and in which order.

import { byId, element, option } from "../shared/dom.js";
import { inOrder, plain, short } from "../shared/format.js";
import { groupName } from "../comparison/data.js";

const unknown = (value) => value === null || value === undefined;

function compareValues(a, b) {
  return unknown(a) || unknown(b) ? unknown(a) - unknown(b) : inOrder(a, b);
}

// What a filter looks at: a key, the dataset or the state.
function filterValue(data, row, id) {
  if (id === "state") return row.state;
  return id === "group" ? groupName(data, row) : plain(row.keys[id]);
}

// Unknown values come last whichever way the rest is sorted; equal ones keep group, error, folder.
export function sortedRows(rows, column, down) {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    const known = !unknown(x) && !unknown(y);
    const first = (known ? sign : 1) * compareValues(x, y);
    const byError = column.id === "rank" ? compareValues(a.group, b.group) : 0;
    const tie = () =>
      compareValues(a.group, b.group) || compareValues(a.typical, b.typical) || a.index - b.index;
    return byError || first || tie();
  });
}

// The rows that hold all words of a search and pass all filters, [id, value].
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

// The controls say what the address says.
export function showFilters(store) {
  if (byId("search").value !== store.word("q")) byId("search").value = store.word("q");
  for (const choice of byId("tools").querySelectorAll(".filters select")) {
    const word = store.word(`f.${choice.name}`, null);
    choice.value = word === null ? "" : `=${word}`;
  }
}

// One select for each key that varies, and for dataset and state.
export function addFilters(store) {
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
