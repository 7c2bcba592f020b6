// Charts of all runs of a dataset: what the error depends on, and what it costs.

import { byId, option } from "../shared/dom.js";
import { plain, short } from "../shared/format.js";
import { costChart, frontWords } from "../charts/cost.js";
import { drawImportance } from "../charts/importance.js";
import { keyChart } from "../charts/key.js";

export function startCharts(store) {
  const { data } = store;
  if (!data.groups.length) return;
  const group = () => store.group("chart");
  let chosen = -1;
  const ranked = () => store.visible.filter((row) => row.group === group() && row.rank !== null);
  const asked = (id) => byId(id).value;

  function update() {
    const [rows, of] = [ranked(), data.groups[group()]];
    const keys = { key: asked("chart-key"), line: asked("chart-line"), log: byId("chart-log").checked };
    fill("key-chart", keyChart(store, of, rows, keys, widthOf(byId("key-chart"))));
    const cost = asked("cost");
    fill("cost-chart", costChart(store, of, rows, cost, widthOf(byId("cost-chart"))));
    byId("cost-words").textContent = frontWords(of, rows, cost);
  }

  function choose() {
    chosen = group();
    byId("chart-group").value = String(chosen);
    fillKeys(store, group());
    drawImportance(byId("importance"), data.groups[group()].importance);
    update();
  }

  data.groups.forEach((one, place) => byId("chart-group").append(option(String(place), one.name)));
  byId("chart-group").parentElement.hidden = data.groups.length < 2;
  for (const [id, name] of Object.entries(KEPT))
    byId(id).addEventListener("change", () => store.change({ [name]: byId(id).value }));
  for (const id of ["cost", "chart-log"]) byId(id).addEventListener("change", update);
  store.on(Object.values(KEPT), choose);
  store.on(["visible", "runs"], () => (group() === chosen ? update() : choose()));
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) > 1) update();
    width = entry.contentRect.width;
  }).observe(byId("key-chart"));
  choose();
}

// What is kept in the address, by the control that says it.
const KEPT = { "chart-group": "chart", "chart-key": "key", "chart-line": "by" };

const fill = (id, parts) => byId(id).replaceChildren(...parts);

const widthOf = (place) => Math.max(280, Math.min(1200, place.clientWidth || 1000));

// Keys that vary within the dataset; a choice that still makes sense stays.
function fillKeys(store, group) {
  const rows = store.data.rows.filter((row) => row.group === group);
  const varies = (key) => new Set(rows.map((row) => plain(row.keys[key]))).size > 1;
  const keys = store.data.keys.filter(varies);
  const options = () => keys.map((key) => option(key, short(key)));
  byId("chart-key").replaceChildren(...options());
  byId("chart-line").replaceChildren(option("", "(one line)"), ...options());
  const wanted = [store.word("key"), "model.width", "model.depth"].find((one) => keys.includes(one));
  byId("chart-key").value = wanted ?? keys[0] ?? "";
  const usual = ["model.activation"].find((one) => keys.includes(one) && one !== wanted) ?? "";
  const line = store.word("by", usual);
  byId("chart-line").value = keys.includes(line) && line !== byId("chart-key").value ? line : "";
}
