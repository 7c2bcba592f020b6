// The explorer's controls: a stepped slider for each key of numbers, buttons for each of words.
// Only what was run can be chosen, see states.js.

import { element, option } from "../shared/dom.js";
import { short } from "../shared/format.js";

const STOPS = 8; // as many values of a slider are written beneath it

// choose(key, value): called with what the person asks for. Returns {nodes, show(row)}.
export function makeControls(states, choose) {
  const makers = { slider: makeSlider, buttons: makeButtons, list: makeList };
  const made = states.swept.map((one, number) => makers[one.kind](one, number, states, choose));
  return { nodes: made.map(({ node }) => node), show: (row) => made.forEach((one) => one.show(row)) };
}

// Whether a value can be chosen now: always where the nearest run stands in for one not run.
const open = (states, row, key, value) =>
  !states.connected || states.neighbour(row, key, value) !== undefined;

function makeSlider({ key, values }, number, states, choose) {
  const id = `explorer-key-${number}`;
  const [min, max] = ["0", String(values.length - 1)];
  const input = element("input", { type: "range", id, min, max, step: "1" });
  const said = element("output", { htmlFor: id });
  const name = element("label", { htmlFor: id, textContent: short(key), title: key });
  const stops = values.length <= STOPS ? values.map((value) => element("span", { textContent: value })) : [];
  stops.forEach((stop, k) => (stop.style.left = `${(100 * k) / (values.length - 1)}%`));
  const scale = element("div", { className: "stops", ariaHidden: "true" }, ...stops);
  const ticks = element("datalist", { id: `${id}-ticks` }, ...values.map((_, k) => option(String(k))));
  input.setAttribute("list", ticks.id);
  let shown = null;
  input.addEventListener("input", () => {
    const from = values.indexOf(states.valueOf(shown, key));
    const wanted = Number(input.value);
    const step = Math.sign(wanted - from);
    let at = wanted;
    while (values[at] !== undefined && !open(states, shown, key, values[at])) at += step || 1;
    if (values[at] !== undefined && at !== from) choose(key, values[at]);
    else input.value = String(from);
  });
  const node = element("div", { className: "control" }, name, said, input, scale, ticks);
  return {
    node,
    show: (row) => {
      shown = row;
      const value = states.valueOf(row, key);
      input.value = String(values.indexOf(value));
      input.setAttribute("aria-valuetext", value);
      said.textContent = value;
      stops.forEach((stop, k) =>
        stop.classList.toggle("not-run", !open(states, row, key, values[k])),
      );
    },
  };
}

function makeButtons({ key, values }, number, states, choose) {
  const inputs = values.map((value) =>
    element("input", { type: "radio", name: `explorer-key-${number}`, value }),
  );
  const labels = values.map((value, k) => element("label", {}, inputs[k], element("span", { textContent: value })));
  inputs.forEach((input) => input.addEventListener("change", () => choose(key, input.value)));
  const legend = element("legend", { textContent: short(key), title: key });
  const node = element("fieldset", { className: "control buttons" }, legend, ...labels);
  return {
    node,
    show: (row) => {
      inputs.forEach((input, k) => {
        input.checked = values[k] === states.valueOf(row, key);
        input.disabled = !input.checked && !open(states, row, key, values[k]);
        labels[k].title = input.disabled ? "not run with the other choices" : "";
      });
    },
  };
}

function makeList({ key, values }, number, states, choose) {
  const options = values.map((value) => option(value));
  const list = element("select", { id: `explorer-key-${number}` }, ...options);
  list.addEventListener("change", () => choose(key, list.value));
  const name = element("label", { htmlFor: list.id, textContent: short(key), title: key });
  return {
    node: element("div", { className: "control" }, name, list),
    show: (row) => {
      list.value = states.valueOf(row, key);
      options.forEach((one, k) => {
        one.disabled = one.value !== list.value && !open(states, row, key, values[k]);
      });
    },
  };
}

