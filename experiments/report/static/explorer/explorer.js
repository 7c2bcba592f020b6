// The explorer: one run at a time, its fit and its learning curves. Every state is a run.

import { byId, element } from "../shared/dom.js";
import { makeControls } from "./controls.js";
import { makeFit } from "./fit.js";
import { makeLearning } from "./learning.js";
import { errorSentence, lackSentence, movedSentence, repeatSentence } from "./says.js";
import { makeStates, runsOf, sameEpoch } from "./states.js";

const FRAME = 130; // milliseconds an epoch is shown while playing

export function startExplorer(store) {
  const { data } = store;
  const first = data.groups.findIndex((group) => group.best !== null);
  byId("explorer").hidden = first < 0;
  if (first < 0) return;
  const [showFit, showLearning] = [makeFit(byId("explorer-fit")), makeLearning(byId("explorer-learning"))];
  const byFolder = new Map(data.rows.map((row) => [row.folder, row]));
  const ofGroup = new Map(); // states and controls of each dataset
  let shownGroup = null;
  let note = "";
  let timer = 0;

  const current = () => {
    const row = byFolder.get(store.word("x.run"));
    return row && row.group !== null ? row : data.rows[data.groups[first].best];
  };
  const partsOf = (group) => {
    if (!ofGroup.has(group)) {
      const states = makeStates(data.keys, runsOf(data, group));
      ofGroup.set(group, { states, controls: makeControls(states, choose) });
    }
    return ofGroup.get(group);
  };
  const go = (row) => store.change({ "x.run": row.folder });

  function choose(key, value) {
    const [row, { states }] = [current(), partsOf(current().group)];
    const next = states.neighbour(row, key, value) ?? states.nearest(row, key, value);
    const moved = states.differing(row, next).filter((one) => one.key !== key);
    const told = moved.map((one) => ({ name: one.key, value: states.valueOf(next, one.key) }));
    note = movedSentence(key, value, told);
    go(next);
  }

  function chooseGroup(group) {
    note = "";
    go(partsOf(group).states.mostLike(current()));
  }

  function update(moving = true) {
    const row = current();
    const group = data.groups[row.group];
    const { controls } = partsOf(row.group);
    if (shownGroup !== row.group) byId("explorer-controls").replaceChildren(...controls.nodes);
    shownGroup = row.group;
    controls.show(row);
    groups.show(row.group);
    const run = row.curves;
    const at = run ? sameEpoch(run.epochs, store.word("x.epoch")) : -1;
    say(row, group, run);
    showEpoch(run, at);
    byId("explorer-pictures").hidden = !run;
    if (!run) return;
    const state = { data, group, row, run, at, moving };
    showFit(state);
    showLearning(state);
    byId("explorer-captions").textContent = caption(group, run);
  }

  function say(row, group, run) {
    const page = element("a", { href: row.page, textContent: row.label });
    const sentences = [errorSentence(row, group), run ? repeatSentence(row, run) : ""];
    byId("explorer-run").replaceChildren(page, data.groups.length > 1 ? ` on ${group.name}` : "");
    byId("explorer-says").textContent = sentences.filter(Boolean).join(" ");
    byId("explorer-note").textContent = [lackSentence(row, run, data), note].filter(Boolean).join(" ");
  }

  function showEpoch(run, at) {
    const [slider, epochs] = [byId("explorer-epoch"), run?.epochs ?? [0]];
    slider.max = String(epochs.length - 1);
    slider.value = String(Math.max(at, 0));
    const words = `epoch ${epochs[Math.max(at, 0)].toLocaleString("en")}`;
    slider.setAttribute("aria-valuetext", words);
    byId("explorer-epoch-said").textContent = words;
    byId("explorer-time").hidden = !run || epochs.length < 2;
  }

  function setEpoch(at) {
    const { epochs } = current().curves;
    store.change({ "x.epoch": at >= epochs.length - 1 ? null : epochs[at] });
  }

  function play() {
    const stop = timer !== 0;
    clearInterval(timer);
    timer = 0;
    byId("explorer-play").textContent = stop ? "Play" : "Pause";
    if (stop) return;
    const slider = byId("explorer-epoch");
    if (slider.value === slider.max) setEpoch(0);
    timer = setInterval(() => {
      if (slider.value === slider.max || !current().curves) play();
      else setEpoch(Number(slider.value) + 1);
    }, FRAME);
  }

  const groups = makeGroups(data, chooseGroup);
  byId("explorer-groups").replaceChildren(...groups.nodes);
  byId("explorer-epoch").addEventListener("input", (event) => setEpoch(Number(event.target.value)));
  byId("explorer-play").addEventListener("click", play);
  store.on("x.", () => update());
  new ResizeObserver(() => update(false)).observe(byId("explorer-fit"));
  update(false);
}

// Buttons for the datasets, where there are several.
function makeGroups(data, choose) {
  const known = [...data.groups.keys()].filter((group) => data.groups[group].data);
  const inputs = known.map((group) => {
    const input = element("input", { type: "radio", name: "explorer-group", value: String(group) });
    input.addEventListener("change", () => choose(group));
    return input;
  });
  const labels = known.map((group, k) =>
    element("label", {}, inputs[k], element("span", { textContent: data.groups[group].name })),
  );
  const legend = element("legend", { textContent: "dataset" });
  const box = element("fieldset", { className: "control buttons" }, legend, ...labels);
  return {
    nodes: known.length > 1 ? [box] : [],
    show: (shown) => inputs.forEach((input, k) => (input.checked = known[k] === shown)),
  };
}

function caption(group, run) {
  const known = group.data;
  const [all, drawn] = [known.rows.toLocaleString("en"), known.validation.length];
  const words = [drawn < known.rows ? `${drawn} of ${all} rows are drawn` : `${all} rows`];
  if (run.kind === "curve" && known.outside) words.push(`${known.outside} lie outside the picture`);
  else if (run.kind === "curve") words.push("beyond the data the curve is fainter");
  return `${words.join("; ")}. Learning curves: both axes are logarithmic, the upright line is the epoch.`;
}
