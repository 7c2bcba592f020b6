// The small pictures in the cells of the fit grid: few points, no axes, what all share drawn once.

import { svgElement } from "../shared/dom.js";
import { dotsPath, linePath, roleStyle, round } from "../shared/draw.js";
import { linear, log } from "../shared/scale.js";
import { heightsIn, heightWindow } from "./fit.js";
import { learningDomains } from "./learning.js";

const [CELL_WIDTH, CELL_HEIGHT] = [120, 80];
const ENDS = { x: [0, CELL_WIDTH], y: [CELL_HEIGHT - 2, 2] };

// view: fits, learning or heat. Returns {shared, of(row)}: an element that holds what all cells
// refer to, and the picture of a run, null where there is none.
export function gridPictures(data, group, rows, view) {
  const drawn = rows.find((row) => row.curves);
  if (view === "heat" || !drawn) return { shared: svgElement("svg", { hidden: "" }), of: () => null };
  const makers = { fits: fitPaths, learning: learningPaths };
  const { behind, over } = (makers[view] ?? fitPaths)(data, group, drawn);
  const id = "grid-behind";
  const shared = svgElement("svg", { class: "definitions", width: 0, height: 0, "aria-hidden": "true" });
  shared.append(svgElement("defs", {}, svgElement("g", { id, class: "behind" }, ...behind)));
  const of = (row) => {
    if (!row.curves) return null;
    const svg = svgElement("svg", {
      class: "plot",
      viewBox: `0 0 ${CELL_WIDTH} ${CELL_HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    });
    svg.append(svgElement("use", { href: `#${id}` }), ...over(row.curves));
    return svg;
  };
  return { shared, of };
}

// What a cell only refers to is styled by classes of its own elements, not of what is around.
const line = (role, d, kind = "line") => svgElement("path", { class: `small ${kind}`, style: roleStyle(role), d });

function fitPaths(data, { data: known }, drawn) {
  if (drawn.curves.kind !== "curve") return pairPaths(data, drawn.curves);
  const grid = data.numbers(known.grid);
  const x = linear(known.window, ENDS.x);
  const y = linear(heightWindow(heightsIn(data, known)), ENDS.y);
  const behind = known.bayes
    ? line("bayes", linePath(grid, data.numbers(known.bayes), x, y))
    : line("training", dotsPath(data.numbers(known.x), data.numbers(known.y), x, y), "rows");
  return {
    behind: [behind],
    over: (run) =>
      run.kind === "curve"
        ? [line("prediction", linePath(grid, data.numbers(run.fits).at(-1), x, y), "line shown")]
        : [],
  };
}

function pairPaths(data, { target }) {
  const reach = heightWindow(data.numbers(target));
  const [x, y] = [linear(reach, ENDS.x), linear(reach, ENDS.y)];
  return {
    behind: [line("muted", linePath(reach, reach, x, y))],
    over: (run) =>
      run.kind === "pairs"
        ? [line("prediction", dotsPath(data.numbers(run.target), data.numbers(run.fits).at(-1), x, y), "rows")]
        : [],
  };
}

function learningPaths(data, group, drawn) {
  const domain = learningDomains(data, group, drawn.group);
  const [x, y] = [log(domain.epochs, ENDS.x), log(domain.losses, ENDS.y)];
  const { bayes } = group.references;
  const behind = bayes > 0 ? [line("bayes", `M0 ${round(y(bayes))}H${CELL_WIDTH}`)] : [];
  const path = (run, name) => {
    return linePath(run.lossEpochs, domain.cut(data.numbers(run[name])), x, y);
  };
  return {
    behind,
    over: (run) => [line("training", path(run, "loss")), line("validation", path(run, "valLoss"))],
  };
}
