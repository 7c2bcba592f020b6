// The table of all runs: search, filters, sorting, pages. Only the rows of one page are drawn.

archlab.starters.push(() => {
  const { data, byId, element, option, plain, groupName, short } = archlab;
  const state = { sort: "rank", down: false, page: 0, filters: new Map() };

  const reasons = {
    scatter: "its repeats scatter too much",
    unseen: "the repeats cannot rule out seeds of a kind not seen yet",
    few: "too few repeats to say",
  };
  const shownKeys = data.keys.slice(0, data.named || 6).filter((key) => key !== "dataset.kind");
  const inTable = (one) => {
    if (one.format === "key") return shownKeys.includes(one.id);
    return one.where !== "side" && (one.id !== "group" || data.groups.length > 1);
  };
  const columns = data.columns.filter(inTable).map(archlab.written);
  const column = (id) => columns.find((one) => one.id === id);

  const collator = new Intl.Collator("en", { numeric: true });
  function compare(a, b) {
    const unknown = (value) => value === null || value === undefined;
    if (unknown(a) || unknown(b)) return unknown(a) - unknown(b);
    if (typeof a === "number" && typeof b === "number") return a - b;
    return collator.compare(plain(a), plain(b));
  }

  // Unknown values come last whichever way the rest is sorted; equal ones keep group, error, folder.
  function sorted(rows) {
    const { value } = column(state.sort);
    const sign = state.down ? -1 : 1;
    return [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const unknown = (v) => v === null || v === undefined;
      const first = unknown(x) || unknown(y) ? compare(x, y) : sign * compare(x, y);
      const byError = state.sort === "rank" ? compare(a.group, b.group) : 0;
      return (
        byError ||
        first ||
        compare(a.group, b.group) ||
        compare(a.typical, b.typical) ||
        a.index - b.index
      );
    });
  }

  const haystacks = data.rows.map((row) => {
    const keys = Object.entries(row.keys).map(([key, value]) => `${key}=${plain(value)}`);
    return [row.label, row.folder, row.state, groupName(row), row.verdict ?? "–", ...keys]
      .join(" ")
      .toLowerCase();
  });

  function update() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = data.rows.filter(
      (row) =>
        words.every((word) => haystacks[row.index].includes(word)) &&
        [...state.filters].every(([id, wanted]) => filterValue(row, id) === wanted),
    );
    archlab.visible = sorted(found);
    state.page = 0;
    draw();
    archlab.tell("filter");
  }

  // Filters: one select for each key that varies, and for dataset and state.
  const filterValue = (row, id) => {
    if (id === "state") return row.state;
    return id === "group" ? groupName(row) : plain(row.keys[id]);
  };

  function addFilter(id, title, place) {
    const values = [...new Set(data.rows.map((row) => filterValue(row, id)))].sort(
      collator.compare,
    );
    if (values.length < 2) return;
    const choice = element("select", { name: id }, option("", "all"));
    values.forEach((value) => choice.append(option(`=${value}`, value)));
    choice.addEventListener("change", () => {
      if (choice.value) state.filters.set(id, choice.value.slice(1));
      else state.filters.delete(id);
      update();
    });
    place.append(element("label", {}, `${title} `, choice));
  }

  function addFilters() {
    if (data.groups.length > 1) addFilter("group", "dataset", byId("filters"));
    data.keys.forEach((key, place) => {
      if (key === "dataset.kind" && data.groups.length > 1) return;
      const first = place < (data.named || 6);
      addFilter(key, first ? short(key) : key, byId(first ? "filters" : "other-filters"));
    });
    addFilter("state", "state", byId("filters"));
    byId("more-filters").hidden = !byId("other-filters").hasChildNodes();
  }

  // Head: a button in each column sorts by it, once more the other way round.
  function addHead() {
    const line = element(
      "tr",
      {},
      element(
        "th",
        { scope: "col" },
        element("span", { className: "hidden", textContent: "select" }),
      ),
    );
    for (const one of columns) {
      const button = element("button", { type: "button", textContent: one.title });
      button.addEventListener("click", () => sortBy(one.id));
      const cell = element("th", { scope: "col", className: one.right ? "number" : "" }, button);
      cell.dataset.column = one.id;
      line.append(cell);
      byId("sort").append(option(one.id, one.title));
    }
    byId("table").tHead.append(line);
    byId("sort").addEventListener("change", () => sortBy(byId("sort").value));
  }

  function sortBy(id) {
    state.down = state.sort === id && !state.down;
    state.sort = id;
    byId("sort").value = id;
    update();
  }

  function cell(row, one) {
    const td = element("td", {
      className: `${one.right ? "number" : ""} c-${one.key ? "key" : one.id}`,
    });
    td.dataset.label = one.title;
    const text = String(one.text(row));
    if (one.format === "run" && row.state !== "missing" && row.page) {
      td.append(element("a", { href: row.page, textContent: text }));
    } else if (one.format === "verdict" && text !== "–") {
      td.append(
        element("span", {
          className: `mark ${text.replace(" ", "-")}`,
          textContent: text,
          title: reasons[row.why] ?? "",
        }),
      );
    } else {
      td.textContent = text;
    }
    return td;
  }

  function line(row) {
    const box = element("input", { type: "checkbox", checked: archlab.selected.has(row.index) });
    box.setAttribute("aria-label", `select ${row.label}, ${row.folder}`);
    box.addEventListener("change", () => archlab.select(row.index, box.checked));
    const tr = element("tr", { className: row.rank === 1 ? "first" : "" });
    tr.dataset.index = row.index;
    tr.append(element("td", { className: "box" }, box), ...columns.map((one) => cell(row, one)));
    return tr;
  }

  function draw() {
    const size = Number(byId("size").value);
    const pages = Math.max(1, Math.ceil(archlab.visible.length / size));
    const rows = archlab.visible.slice(state.page * size, (state.page + 1) * size);
    byId("table").tBodies[0].replaceChildren(...rows.map(line));
    for (const head of byId("table").tHead.querySelectorAll("th[data-column]")) {
      const mine = head.dataset.column === state.sort;
      head.setAttribute("aria-sort", mine ? (state.down ? "descending" : "ascending") : "none");
    }
    const [found, all] = [archlab.visible.length, data.rows.length].map((n) =>
      n.toLocaleString("en"),
    );
    byId("found").textContent = `${found} of ${all} runs`;
    byId("place").textContent = `page ${state.page + 1} of ${pages}`;
    byId("previous").disabled = state.page === 0;
    byId("next").disabled = state.page >= pages - 1;
  }

  function turn(by) {
    state.page += by;
    draw();
  }

  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("search").addEventListener("input", update);
  byId("size").addEventListener("change", () => ((state.page = 0), draw()));
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  archlab.on("selection", () => {
    for (const tr of byId("table").tBodies[0].rows) {
      tr.querySelector("input").checked = archlab.selected.has(Number(tr.dataset.index));
    }
  });
  addHead();
  addFilters();
  update();
});
