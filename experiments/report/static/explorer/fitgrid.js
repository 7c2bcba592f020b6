// The fit grid: the runs of a dataset at a glance, as fits, as learning curves or as a heat map.

import { byId, element, option } from "../shared/dom.js";
import { number, short } from "../shared/format.js";
import { gridPictures } from "./gridpictures.js";
import { colourScale, floorOf, gridOf } from "./gridlayout.js";
import { runsOf } from "./states.js";

const SIDES = ["rows", "columns", "facet"];

export function startFitGrid(store) {
  const { data } = store;
  const first = data.groups.findIndex((group) => group.best !== null);
  const holder = byId("fit-grid");
  holder.hidden = first < 0 || !data.keys.length;
  if (holder.hidden) return;
  let waiting = null; // what is drawn when it comes into sight

  const current = () => {
    const row = data.rows.find(({ folder }) => folder === store.word("x.run"));
    return row && row.group !== null ? row : data.rows[data.groups[first].best];
  };
  const view = () => store.word("g.view", "fits");
  const wanted = () =>
    Object.fromEntries(SIDES.map((side) => [side, store.word(`g.${side}`, null)]));

  function update() {
    const index = current().group;
    const [group, rows] = [data.groups[index], runsOf(data, index)];
    const grid = gridOf(data.keys, rows, group, wanted());
    holder.hidden = rows.length < 2 || !grid.swept.length;
    if (holder.hidden) return;
    showChoices(grid);
    const cells = grid.facets.flatMap(({ lines }) => lines.flatMap((line) => line.cells));
    const scale = colourScale(cells);
    const pictures = gridPictures(data, group, rows, view());
    byId("grid-facets").replaceChildren(
      ...grid.facets.map((facet) => facetTable(grid, facet, scale, floorOf(rows, group), pictures, show)),
      pictures.shared,
    );
    describe(grid, scale, floorOf(rows, group), group, rows, view() !== "heat");
    mark();
  }

  // When it is near the screen, or else when nothing is to be done: nobody waits for what is not
  // seen, and what stands below it is in its place before somebody scrolls there.
  function drawWaiting() {
    const draw = waiting;
    waiting = null;
    draw?.();
  }
  const sight = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && drawWaiting(),
    { rootMargin: "600px" },
  );
  const whenIdle = window.requestIdleCallback ?? ((draw) => setTimeout(draw, 200));
  function later() {
    waiting = update;
    sight.unobserve(holder);
    sight.observe(holder);
    whenIdle(drawWaiting);
  }

  function show(row) {
    store.change({ "x.run": row.folder });
    byId("explorer-run").focus({ preventScroll: true });
    byId("explorer").scrollIntoView();
  }

  function mark() {
    const { folder } = current();
    for (const cell of byId("grid-facets").querySelectorAll("button")) {
      if (cell.dataset.folder === folder) cell.setAttribute("aria-current", "true");
      else cell.removeAttribute("aria-current");
    }
  }

  function showChoices(grid) {
    for (const side of SIDES) {
      const choices = grid.swept.map(({ key }) => option(key, short(key)));
      byId(`grid-${side}`).replaceChildren(option("", "none"), ...choices);
      byId(`grid-${side}`).value = grid.chosen[side];
    }
    for (const input of byId("grid-views").querySelectorAll("input")) {
      input.checked = input.value === view();
    }
  }

  for (const side of SIDES) {
    const list = byId(`grid-${side}`);
    list.addEventListener("change", () => store.change({ [`g.${side}`]: list.value }));
  }
  byId("grid-views").addEventListener("change", (event) => store.change({ "g.view": event.target.value }));
  byId("grid-facets").addEventListener("keydown", walk);
  let group = current().group;
  store.on("g.", update);
  store.on("x.run", () => {
    if (current().group === group) return mark();
    group = current().group;
    return later();
  });
  later();
}

function facetTable(grid, facet, scale, floor, pictures, show) {
  const names = [grid.chosen.rows && `${short(grid.chosen.rows)} ↓`, grid.chosen.columns && `${short(grid.chosen.columns)} →`];
  const corner = element("td", {}, ...names.filter(Boolean).map((name) => element("span", { textContent: name })));
  const heads = grid.columns.map((title) => element("th", { scope: "col", textContent: title }));
  const head = element("thead", {}, element("tr", {}, corner, ...heads));
  const body = element("tbody");
  const facetWords = grid.chosen.facet ? `${short(grid.chosen.facet)} ${facet.title}` : "";
  for (const { title, cells } of facet.lines) {
    const line = element("tr", {}, element("th", { scope: "row", textContent: title }));
    cells.forEach((cell, k) => {
      const place = [
        grid.chosen.rows && `${short(grid.chosen.rows)} ${title}`,
        grid.chosen.columns && `${short(grid.chosen.columns)} ${grid.columns[k]}`,
        facetWords,
      ];
      line.append(element("td", {}, cellButton(cell, place.filter(Boolean).join(", "), scale, floor, pictures, show)));
    });
    body.append(line);
  }
  const caption = element("caption", { textContent: facetWords });
  return element("table", { className: "fit-cells" }, caption, head, body);
}

function cellButton(cell, place, scale, floor, pictures, show) {
  if (!cell.runs.length) {
    return element("span", { className: "cell none" }, element("span", { className: "hidden", textContent: "not run" }));
  }
  const button = element("button", { type: "button", className: "cell" });
  button.dataset.folder = cell.middle.folder;
  button.addEventListener("click", () => show(cell.middle));
  const times = cell.ratio === null ? null : number(cell.ratio, 3);
  const words = times === null ? cell.middle.state : `${times} times ${floor.name}`;
  const several = cell.runs.length > 1 ? `, ${cell.runs.length} runs` : "";
  button.setAttribute("aria-label", `${place}: ${words}${several}; show it in the explorer`);
  button.title = `${cell.middle.label}: ${words}${several}`;
  if (times !== null) button.style.background = tint(scale.share(cell.ratio));
  const picture = pictures.of(cell.middle);
  button.append(picture ?? element("span", { textContent: times === null ? cell.middle.state : times }));
  return button;
}

// The colour at a place of the scale, light enough to read ink on.
function tint(share) {
  const percent = Math.round(200 * (share < 0.5 ? share : share - 0.5));
  const ends = share < 0.5 ? ["low", "middle"] : ["middle", "high"];
  const [from, to] = ends.map((end) => `var(--scale-${end})`);
  return `color-mix(in oklab, color-mix(in oklab, ${to} ${percent}%, ${from}) 38%, var(--surface))`;
}

// What the colours, the curves and each cell stand for.
function describe(grid, scale, floor, group, rows, drawsCurves) {
  byId("grid-high").textContent = `${number(scale.top, 3)} times or more`;
  byId("grid-scale").textContent = `Colour: typical error over that of ${floor.name},`;
  const words = [`The runs on ${group.name}.`];
  if (grid.averaged.length) {
    const names = grid.averaged.map(short).join(", ");
    words.push(`A cell takes together the runs that differ in ${names}: its colour is their geometric mean, its curve the run in the middle.`);
  }
  const bare = rows.some((row) => !row.curves);
  if (bare && drawsCurves) words.push("Where the page has no curve a number says how many times that is.");
  words.push("A click or Enter shows a run in the explorer, arrow keys go from cell to cell.");
  byId("grid-caption").textContent = words.join(" ");
}

// Arrow keys go from cell to cell of a table.
function walk(event) {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td");
  if (!by || !cell) return;
  event.preventDefault();
  const table = cell.closest("table");
  let [line, column] = [cell.parentElement.rowIndex, cell.cellIndex];
  for (;;) {
    [line, column] = [line + by[0], column + by[1]];
    const button = table.rows[line]?.cells[column]?.querySelector("button");
    if (!table.rows[line]?.cells[column]) return;
    if (button) return button.focus();
  }
}
