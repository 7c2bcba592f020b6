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
  const words = joined(search.toLowerCase()).match(/[^\s="]+="[^"]*"|\S+/g) ?? [];
  const tests = words.map((word) => matcher(data, word));
  return data.rows.filter(
    (row) =>
      tests.every((holds) => holds(row)) &&
      filters.every(([id, wanted]) => filterValue(data, row, id) === wanted),
  );
}

// Depth and width as one word, however they are written: 2 × 20 is 2x20.
const joined = (text) => text.replace(/(\d)\s*×\s*(?=\d)/g, "$1x");

// Whether a row holds a word: key=value to the letter, 2x20 as whole numbers, others anywhere.
function matcher(data, word) {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(word) ?? [];
  const wanted = value?.replace(/^"(.*)"$/, "$1");
  if (name && data.rows.some((row) => name in fields(data, row)))
    return (row) => fields(data, row)[name] === wanted;
  const size = /^\d+x\d+$/.test(word) ? new RegExp(`(?<![\\d.])${word}(?!\\d)`) : null;
  return (row) => (size ? size.test(haystack(data, row)) : haystack(data, row).includes(word));
}

// What can be asked for by name: columns of words, keys by their whole and their short names.
function fields(data, row) {
  const { label, folder, state, verdict } = row;
  row.fields ??= Object.assign(
    Object.create(null),
    ...Object.entries({ label, folder, state, verdict, dataset: groupName(data, row) })
      .map(([name, text]) => [name, text ?? "–"])
      .concat(Object.entries(row.keys).flatMap(([key, v]) => [[short(key), plain(v)], [key, plain(v)]]))
      .map(([name, text]) => ({ [name.toLowerCase()]: text.toLowerCase() })),
  );
  return row.fields;
}

function haystack(data, row) {
  const words = () => Object.entries(fields(data, row)).map(([name, text]) => `${text} ${name}=${text}`);
  row.haystack ??= words().flatMap((text) => [text, joined(text)]).join(" ");
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
