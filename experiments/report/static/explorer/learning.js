// The learning curves: loss over epochs on logarithmic axes, the same for all runs of a dataset.

import { ceilingOf, referencesOf } from "../comparison/data.js";
import { setAttributes, svgElement } from "../shared/dom.js";
import { axes, chart, inner, label, linePath, roleStyle, round } from "../shared/draw.js";
import { number } from "../shared/format.js";
import { log, logDomain } from "../shared/scale.js";
import { makeMotion } from "./motion.js";

const HEIGHT = 360;
const SIDES = ["loss", "valLoss"];
const ROLES = { loss: "training", valLoss: "validation" };
const LABEL_GAP = 14;
const FAR_LOSS = 1000; // times the worst reference: untrained networks are far off, too

// The ends of both axes over all runs of a group that have curves; cut: (logs) -> losses, those far
// above all references at the upper edge.
export function learningDomains(data, group, index) {
  const runs = data.rows.filter((row) => row.group === index && row.curves).map((row) => row.curves);
  const logs = runs.flatMap((run) => SIDES.flatMap((side) => [...data.numbers(run[side])]));
  const losses = logs.filter(Number.isFinite).map((value) => 10 ** value);
  const levels = referencesOf(group).map(([, height]) => height);
  const ceiling = ceilingOf(levels, losses, FAR_LOSS);
  const cut = (logs) => logs.map((value) => Math.min(10 ** value, ceiling));
  const within = losses.map((value) => Math.min(value, ceiling));
  const last = runs.reduce((most, run) => Math.max(most, run.lossEpochs.at(-1) ?? 1), 2);
  return { epochs: [1, last], losses: logDomain([...within, ...levels]), ceiling, cut };
}

// holder: an element of fixed height; the returned function shows a state, see makeFit.
export function makeLearning(holder) {
  let drawn = "";
  let picture = null;
  const domains = new Map();
  return (state) => {
    const { data, group, row } = state;
    if (!domains.has(row.group)) domains.set(row.group, learningDomains(data, group, row.group));
    const width = Math.max(280, holder.clientWidth);
    const fresh = `${row.group} ${width}` !== drawn;
    if (fresh) {
      picture = learningPicture(data, group, domains.get(row.group), width);
      holder.replaceChildren(picture.svg);
      drawn = `${row.group} ${width}`;
    }
    setAttributes(picture.svg, { "aria-label": `Learning curves of ${row.label}` });
    picture.show(state.run, state.at, state.moving && !fresh);
  };
}

function learningPicture(data, group, domain, width) {
  const ends = inner(width, HEIGHT);
  const [x, y] = [log(domain.epochs, ends.x), log(domain.losses, ends.y)];
  const svg = chart(width, HEIGHT, "");
  svg.append(axes(x, y, { x: "epoch", y: "mean squared error" }));
  const add = (kind, role) => {
    const path = svgElement("path", { class: kind, style: roleStyle(role), d: "" });
    svg.append(path);
    return path;
  };
  const thin = { thin: add("line thin", "training"), thinVal: add("line thin", "validation") };
  const marks = levels(group, x, y);
  svg.append(...marks.map(({ line }) => line));
  const lines = Object.fromEntries(SIDES.map((side) => [side, add("line shown", ROLES[side])]));
  const cursor = svgElement("path", { class: "cursor" });
  const dots = SIDES.map((side) =>
    svgElement("circle", { class: "now", r: 4, style: roleStyle(ROLES[side]) }),
  );
  const above = label(ends.x[1] - 6, ends.y[1] + 10, "", "end", "level-name");
  svg.append(...marks.map(({ name }) => name), cursor, ...dots, above);
  let epochs = []; // of the run that is shown
  let untrained = false; // before the first epoch there is no loss to point at
  const go = makeMotion(([across, training, validation]) => {
    cursor.setAttribute("d", `M${round(across[0])} ${ends.y[0]}V${ends.y[1]}`);
    [training, validation].forEach((logs, k) => {
      const losses = domain.cut(logs);
      lines[SIDES[k]].setAttribute("d", linePath(epochs, losses, x, y));
      const height = y(at(epochs, losses, x.invert(across[0])));
      const hidden = Number.isFinite(height) && !untrained ? null : "hidden";
      dots[k].removeAttribute("visibility");
      setAttributes(dots[k], { cx: round(across[0]), cy: round(height || 0), visibility: hidden });
    });
  });
  return {
    svg,
    show: (run, number_, moving) => {
      epochs = run.lossEpochs;
      untrained = (run.epochs[number_] ?? 1) < epochs[0];
      for (const name of ["thin", "thinVal"]) {
        const losses = data.numbers(run[name]).map(domain.cut);
        const path = losses.map((line) => linePath(run.thinEpochs, line, x, y)).join("");
        thin[name].setAttribute("d", path);
      }
      const highest = 10 ** Math.max(...SIDES.flatMap((side) => [...data.numbers(run[side])].filter(Number.isFinite)));
      above.textContent = highest > domain.ceiling ? `↑ up to ${number(highest, 2)}` : "";
      const across = x(Math.max(1, run.epochs[number_] ?? 1));
      go([[across], ...SIDES.map((side) => data.numbers(run[side]))], moving);
    },
  };
}

// References as level lines with names, [{line, name}]; names that would overlap move apart.
function levels(group, x, y) {
  const marks = referencesOf(group)
    .filter(([, height]) => height > 0)
    .sort((a, b) => b[1] - a[1]);
  let above = -Infinity;
  return marks.map(([name, height, role]) => {
    const up = y(height);
    const at_ = Math.max(up - 4, above + LABEL_GAP);
    above = at_;
    const line = svgElement("path", {
      class: "level",
      style: roleStyle(role),
      d: `M${x.range[0]} ${round(up)}H${x.range[1]}`,
    });
    const words = `${name} ${number(height)}`;
    return { line, name: label(x.range[0] + 6, at_, words, "start", "level-name") };
  });
}

// The height of a line at an epoch: that of the last one not past it.
export function at(epochs, heights, epoch) {
  const past = epochs.findIndex((one) => one > epoch + 1e-6);
  return past === 0 ? NaN : heights.at(past < 0 ? -1 : past - 1);
}
