// Two runs side by side under one slider of epochs, on shared axes.

import { byId, element, option } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { ended, errorsAt, fitEdges, fitPanel, hasLosses, isCurve, lossEdges, lossPanel, panelSize } from "./panels.js";

// The image of a picture's file, which the page carries among those for readers without script.
function inPage(address) {
  const link = [...document.querySelectorAll("#still a")].find((a) => a.getAttribute("href") === address);
  return link?.firstElementChild.src;
}

const VIEWS = {
  fit: { can: isCurve, edges: fitEdges, panel: fitPanel },
  loss_curves: { can: hasLosses, edges: lossEdges, panel: lossPanel },
};
const SIDES = ["on the left", "on the right"];
const FRAME_MS = 180;

// room: the width in pixels that there is. null where no run can be drawn; else node, addSketch,
// fitTo(room), and complete: whether the files of pictures are not needed besides.
export function buildStage(lesson, room) {
  const views = lesson.views.filter((name) => lesson.rows.some(VIEWS[name].can));
  if (!views.length) return null;
  const shown = [...lesson.pair];
  const slider = element("input", { type: "range", min: 0, step: 1, id: "epoch" });
  const output = element("output");
  output.setAttribute("for", "epoch");
  const button = element("button", { type: "button", textContent: "Play" });
  const label = element("label", { textContent: "Epoch " });
  label.setAttribute("for", "epoch");
  const controls = element("div", { className: "tools epochs" }, button, label, slider, output);
  const pair = element("div", { className: "pair" });
  const node = element("div", {}, controls, pair, legend(lesson, views));
  if (views.includes("fit")) node.append(leftOut(lesson));
  let [epochs, panels, timer, sketch, size] = [[], [], 0, null, panelSize(room, shown.length)];

  function rebuild() {
    const atEnd = !epochs.length || Number(slider.value) === epochs.length - 1;
    const before = epochs[slider.value];
    const rows = shown.map((n) => lesson.rows[n]);
    epochs = [...new Set(rows.flatMap((row) => epochsOf(row)))].sort((a, b) => a - b);
    if (!epochs.length) epochs = [0];
    slider.max = epochs.length - 1;
    slider.value = atEnd ? epochs.length - 1 : nearest(epochs, before);
    controls.hidden = epochs.length < 2;
    panels = shown.map((n, side) => sidePanel(n, side, rows));
    pair.replaceChildren(...panels.map((panel) => panel.node));
    draw();
  }

  function sidePanel(n, side, rows) {
    const row = lesson.rows[n];
    const numbers = element("p", { className: "quiet numbers" });
    const parts = views.map((name) => viewOf(name, row, alike(row, rows)));
    const head = lesson.rows.length > 2 ? chooser(n, side) : element("h3", { textContent: row.name });
    const style = `width: ${size.width}px`;
    return { node: element("div", { style }, head, ...parts.map((part) => part.node), numbers), parts, row, n, numbers };
  }

  function viewOf(name, row, rows) {
    const view = VIEWS[name];
    if (view.can(row)) return view.panel(lesson, row, view.edges(lesson, rows.filter(view.can)), size);
    const src = inPage(row.pictures[name]);
    const why = name === "fit" ? "There is no picture of this fit." : "It was solved at once: there is no learning curve.";
    const node = src ? element("img", { src, alt: `${row.name}: ${name}` }) : element("p", { className: "quiet", textContent: why });
    return { node, show() {} };
  }

  function chooser(n, side) {
    const select = element("select", { id: `side-${side}` }, ...lesson.rows.map((row, k) => option(String(k), row.name)));
    select.value = String(n);
    select.addEventListener("change", () => {
      shown[side] = Number(select.value);
      rebuild();
      byId(select.id).focus();
    });
    const words = element("span", { className: "hidden", textContent: `Run ${SIDES[side]}` });
    return element("label", { className: "chooser" }, words, select);
  }

  function draw() {
    const epoch = epochs[slider.value];
    const isLast = Number(slider.value) === epochs.length - 1;
    output.textContent = epoch.toLocaleString("en");
    slider.setAttribute("aria-valuetext", `epoch ${epoch.toLocaleString("en")}`);
    for (const { parts, row, n, numbers } of panels) {
      for (const part of parts) part.show(epoch, isLast, sketch?.run === n ? sketch : null);
      numbers.textContent = [whichRepeat(row), ...errorWords(row, epoch), keptWords(row, epoch), row.note].filter(Boolean).join(" · ");
    }
  }

  function errorWords(row, epoch) {
    if (row.divergedAt !== null && epoch >= row.divergedAt) return [`diverged: not finite from epoch ${row.divergedAt}`];
    const [training, validation] = ended(row, epoch) ? row.final : errorsAt(lesson, row, epoch);
    const known = [["training error", training], ["validation error", validation]];
    return known.filter(([, value]) => Number.isFinite(value)).map(([name, value]) => `${name} ${number(value)}`);
  }

  function play() {
    const running = timer !== 0;
    clearInterval(timer);
    timer = 0;
    button.textContent = running ? "Play" : "Pause";
    if (running) return;
    if (slider.value === slider.max) slider.value = 0;
    draw();
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      draw();
      if (slider.value === slider.max) play();
    }, FRAME_MS);
  }

  slider.addEventListener("input", draw);
  button.addEventListener("click", play);
  rebuild();
  return {
    node,
    complete: lesson.rows.every((row) => views.every((name) => VIEWS[name].can(row) || row.pictures[name])),
    fitTo(available) {
      size = panelSize(available, shown.length);
      rebuild();
    },
    addSketch(run, places, heights) {
      sketch = { run, places, heights };
      if (!shown.includes(run)) shown[0] = run;
      node.classList.add("with-sketch");
      rebuild();
    },
  };
}

// What early stopping did, once the run has ended.
function keptWords(row, epoch) {
  if (!row.keptEpoch || !ended(row, epoch)) return "";
  const last = row.curves.lossEpochs.at(-1);
  const words = `the weights of epoch ${row.keptEpoch} are kept`;
  return last < row.epochs ? `stopped at epoch ${last}; ${words}` : words;
}

// Runs that share their axes with one: those on the same dataset.
const alike = (row, rows) => rows.filter((other) => other.dataset === row.dataset);

const epochsOf = (row) => (row.curves && (isCurve(row) || hasLosses(row)) ? row.curves.epochs : []);

const whichRepeat = ({ repeats, curves }) => (repeats > 1 && curves ? `repeat ${curves.shownRepeat} is shown` : "");

function nearest(epochs, epoch) {
  const distance = (k) => Math.abs(Math.log1p(epochs[k]) - Math.log1p(epoch));
  return [...epochs.keys()].reduce((best, k) => (distance(k) < distance(best) ? k : best), 0);
}

// Which rows are not drawn, in words.
function leftOut(lesson) {
  const known = lesson.rows.map((row) => row.data).filter(Boolean);
  const fewer = known.find((data) => data.x.shape[0] < data.rows);
  const tails = known.find((data) => data.outside);
  const words = [
    fewer ? `${fewer.x.shape[0]} of ${fewer.rows.toLocaleString("en")} rows are drawn.` : "",
    tails ? `${tails.outside} rows lie outside the picture.` : "",
  ];
  return element("p", { className: "quiet", textContent: words.join(" ").trim() });
}

function legend(lesson, views) {
  const fit = views.includes("fit");
  const entries = [
    ["dots dots-training", fit ? "training rows" : "", "training"],
    ["dots dots-validation", fit ? "validation rows" : "", "validation"],
    ["line role-prediction", fit ? "prediction" : ""],
    ["line role-prediction thin", fit && lesson.rows.some((row) => row.curves?.others?.shape[0]) ? "other repeats, at the end" : ""],
    ["line role-bayes", fit && lesson.rows.some((row) => row.data?.bayes) ? "Bayes-optimal" : ""],
    ["line sketched", lesson.sketch ? "your sketch" : ""],
    ["line role-training", views.includes("loss_curves") ? "training error" : ""],
    ["line role-validation", views.includes("loss_curves") ? "validation error" : ""],
  ];
  const list = element("ul", { className: "legend" });
  for (const [kind, words] of entries.filter(([, text]) => text)) {
    const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    swatch.setAttribute("class", "swatch");
    swatch.setAttribute("viewBox", "0 0 30 10");
    swatch.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", kind.startsWith("dots") ? "M15 5h0" : "M1 5H29");
    swatch.append(path);
    list.append(element("li", { className: kind.includes("sketched") ? "of-sketch" : "" }, swatch, words));
  }
  return list;
}
