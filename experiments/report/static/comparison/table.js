// The table of all runs: sorting, columns, pages, a pinned run. Only the rows of one page are drawn.

import { byId, element, option } from "../shared/dom.js";
import { paddedCell, tableCell } from "../table/cells.js";
import { addFilters, foundRows, showFilters, sortedRows } from "../table/filters.js";
import { written } from "./columns.js";

// All columns that the table can show, in their order.
const possible = (data) =>
  data.columns.filter(({ where }) => where !== "side").map((one) => written(data, one));

// Those that it shows: the usual ones or the chosen ones, and what it is sorted by.
export function shownColumns(store) {
  const word = store.word("columns", null);
  const chosen = word === null ? null : new Set(word.split(","));
  const sorted = store.word("sort", "rank").replace(/^-/, "");
  return possible(store.data).filter(
    (one) => one.id === "label" || one.id === sorted || (chosen ? chosen.has(one.id) : one.usual),
  );
}

export function startTable(store) {
  const { data } = store;
  let page = 0;
  const size = () => Number(byId("size").value);

  const sorting = () => {
    const word = store.word("sort", "rank");
    const id = word.replace(/^-/, "");
    const column = possible(data).find((one) => one.id === id) ?? possible(data)[0];
    return { column, down: word.startsWith("-") };
  };
  const sortBy = (id) => {
    const { column, down } = sorting();
    store.change({ sort: column.id === id && !down ? `-${id}` : id });
  };

  function update() {
    const { column, down } = sorting();
    const filters = store.names("f.").map((name) => [name.slice(2), store.word(name)]);
    store.visible = sortedRows(foundRows(data, store.word("q"), filters), column, down);
    page = 0;
    byId("sort").value = column.id;
    showFilters(store);
    draw();
    store.tell("visible");
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(store.visible.length / size()));
    drawHead(store, sorting(), sortBy);
    drawRows(store, store.visible.slice(page * size(), (page + 1) * size()));
    const counts = [store.visible, data.rows].map((some) => some.length.toLocaleString("en"));
    byId("found").textContent = `${counts[0]} of ${counts[1]} runs`;
    byId("place").textContent = `page ${page + 1} of ${pages}`;
    byId("previous").disabled = page === 0;
    byId("next").disabled = page >= pages - 1;
  }

  function turn(to) {
    page = to;
    draw();
  }

  possible(data).forEach((one) => byId("sort").append(option(one.id, one.title)));
  addFilters(store);
  addChooser(store);
  byId("sort").addEventListener("change", () => store.change({ sort: byId("sort").value }));
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("search").addEventListener("input", () => store.change({ q: byId("search").value || null }));
  byId("size").addEventListener("change", () => turn(0));
  byId("previous").addEventListener("click", () => turn(page - 1));
  byId("next").addEventListener("click", () => turn(page + 1));
  addEventListener("beforeprint", () => drawRows(store, store.visible));
  addEventListener("afterprint", draw);
  store.on(["q", "sort", "f."], update);
  store.on(["columns", "pin"], draw);
  store.on("runs", () => showTicks(store));
  update();
}

function showTicks(store) {
  const chosen = new Set(store.selected());
  for (const tr of byId("table").tBodies[0].rows)
    tr.querySelector("input").checked = chosen.has(Number(tr.dataset.index));
}

// A button in each column sorts by it, once more the other way round; the one in use keeps the focus.
function drawHead(store, { column, down }, sortBy) {
  const focused = document.activeElement?.closest?.("#table th[data-column]")?.dataset.column;
  const box = element("span", { className: "hidden", textContent: "select" });
  const head = element("tr", {}, element("th", { scope: "col", className: "box" }, box));
  for (const one of shownColumns(store)) {
    const button = element("button", { type: "button", textContent: one.title });
    button.addEventListener("click", () => sortBy(one.id));
    const cell = element("th", { scope: "col", className: `${one.kind} ${one.rest}` }, button);
    cell.dataset.column = one.id;
    const mine = one.id === column.id;
    cell.setAttribute("aria-sort", mine ? (down ? "descending" : "ascending") : "none");
    head.append(cell);
  }
  byId("table").tHead.replaceChildren(head);
  if (focused) head.querySelector(`[data-column="${CSS.escape(focused)}"] button`)?.focus();
}

// The pinned run stands first, whatever the order and the filters; the others are set beside it.
function drawRows(store, rows) {
  const columns = shownColumns(store);
  const pinned = store.data.rows.find((row) => row.folder === store.word("pin", null));
  const drawn = pinned ? [pinned, ...rows.filter((row) => row !== pinned)] : rows;
  const pads = columns.map((one) => (one.right ? paddedCell(drawn.map((row) => one.text(row))) : null));
  const chosen = new Set(store.selected());
  const sorted = store.word("sort", "rank").replace(/^-/, "");
  const lines = drawn.map((row) => {
    const box = element("input", { type: "checkbox", checked: chosen.has(row.index) });
    box.setAttribute("aria-label", `select ${row.label}, ${row.folder}`);
    box.addEventListener("change", () => store.toggle(row.index));
    const cells = columns.map((one, at) => {
      const cell = tableCell(row, one, pads[at], pinned);
      if (one.id === sorted) cell.classList.add("sorted");
      if (one.id === "label") cell.append(pinButton(store, row, row === pinned));
      return cell;
    });
    const kind = [row.rank === 1 ? "first" : "", row === pinned ? "pinned" : ""].join(" ");
    const tr = element("tr", { className: kind }, element("td", { className: "box" }, box), ...cells);
    tr.dataset.index = row.index;
    return tr;
  });
  byId("table").tBodies[0].replaceChildren(...lines);
}

function pinButton(store, row, pinned) {
  const button = element("button", { type: "button", className: "pin", textContent: pinned ? "unpin" : "pin" });
  button.setAttribute("aria-pressed", String(pinned));
  button.setAttribute("aria-label", `${pinned ? "unpin" : "pin"} ${row.label}`);
  button.addEventListener("click", () => {
    store.change({ pin: pinned ? null : row.folder });
    const line = byId("table").querySelector(`tr[data-index="${row.index}"]`);
    (line?.querySelector(".pin") ?? byId("sort")).focus();
  });
  return button;
}

function addChooser(store) {
  const boxes = possible(store.data)
    .filter(({ id }) => id !== "label")
    .map((one) => {
      const box = element("input", { type: "checkbox", value: one.id });
      box.addEventListener("change", () => {
        const chosen = boxes.map((each) => each.box).filter((each) => each.checked);
        store.change({ columns: chosen.map((each) => each.value).join(",") });
      });
      return { box, label: element("label", { className: "check" }, box, ` ${one.title}`) };
    });
  const show = () => {
    const shown = new Set(shownColumns(store).map((one) => one.id));
    boxes.forEach(({ box }) => (box.checked = shown.has(box.value)));
  };
  byId("columns").replaceChildren(...boxes.map(({ label }) => label));
  byId("usual-columns").addEventListener("click", () => store.change({ columns: null }));
  store.on(["columns", "sort"], show);
  show();
}
