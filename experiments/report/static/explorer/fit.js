// The fit: rows of the data, what could be known at best, and what the network says, at an epoch.

import { setAttributes, svgElement } from "../shared/dom.js";
import { axes, chart, dotsPath, inner, linePath, roleStyle } from "../shared/draw.js";
import { linear, widened } from "../shared/scale.js";
import { makeMotion } from "./motion.js";

const HEIGHT = 360;
let clips = 0; // clip paths need names of their own in a page

// The y window: the data with some room, whatever an untrained network says.
export const heightWindow = (ys) => widened([Math.min(...ys), Math.max(...ys)], 0.12);

// holder: an element of fixed height. The returned function shows a state:
// {data, group, row, run, at, moving}, at: the number of the recorded epoch.
export function makeFit(holder) {
  let drawn = "";
  let picture = null;
  return (state) => {
    const { data, group, row, run } = state;
    const width = Math.max(280, holder.clientWidth);
    const kind = run.kind === "curve" ? "curve" : `pairs ${row.index}`;
    const name = `${row.group} ${kind} ${width}`;
    const fresh = name !== drawn;
    if (fresh) {
      picture = (run.kind === "curve" ? curvePicture : pairsPicture)(data, group.data, run, width);
      holder.replaceChildren(picture.svg);
      drawn = name;
    }
    setAttributes(picture.svg, { "aria-label": spoken(state) });
    picture.show(run, state.at, state.moving && !fresh);
  };
}

function spoken({ row, run, at, group }) {
  const over = run.kind === "curve" ? `over ${group.data.feature}` : `against ${group.data.target}`;
  return `Prediction of ${row.label} ${over} at epoch ${run.epochs[at]}`;
}

function frame(width, x, y, titles) {
  const svg = chart(width, HEIGHT, "");
  const [[left, right], [bottom, top]] = [x.range, y.range];
  const clip = `clip-${(clips += 1)}`;
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  svg.append(svgElement("clipPath", { id: clip }, svgElement("rect", box)));
  svg.append(axes(x, y, titles, {}, { x: Math.round(width / 90) }));
  const body = svgElement("g", { "clip-path": `url(#${clip})` });
  svg.append(body);
  const add = (kind, role, d = "") => {
    const path = svgElement("path", { class: kind, style: roleStyle(role), d });
    body.append(path);
    return path;
  };
  return { svg, add };
}

function rowsPaths(add, xs, ys, validation, x, y) {
  for (const [side, role] of ["training", "validation"].entries()) {
    const mine = [...xs.keys()].filter((i) => validation[i] === side);
    const [some, heights] = [mine.map((i) => xs[i]), mine.map((i) => ys[i])];
    add("rows", role, dotsPath(some, heights, x, y));
  }
}

// The target in rows that are drawn.
export function heightsIn(data, { x, y, window: [left, right] }) {
  const places = data.numbers(x);
  const inside = data.numbers(y).filter((_, i) => places[i] >= left && places[i] <= right);
  return inside.length ? inside : data.numbers(y);
}

// Over one feature: curves on the group's grid, fainter beyond the data.
function curvePicture(data, known, run, width) {
  const [grid, ys] = [data.numbers(known.grid), heightsIn(data, known)];
  const ends = inner(width, HEIGHT);
  const [x, y] = [linear(known.window, ends.x), linear(heightWindow(ys), ends.y)];
  const { svg, add } = frame(width, x, y, { x: known.feature, y: known.target });
  const inside = [...grid].map((place) => place >= known.range[0] && place <= known.range[1]);
  const curve = (heights) => {
    const within = heights.map((height, i) => (inside[i] ? height : NaN));
    const edge = (i) => !inside[i] || !inside[i - 1] || !inside[i + 1];
    const outside = heights.map((height, i) => (edge(i) ? height : NaN));
    return [within, outside].map((some) => linePath(grid, some, x, y));
  };
  const draw = (paths, heights) =>
    curve(heights).forEach((d, k) => paths[k].setAttribute("d", d));
  const thin = add("line thin", "prediction");
  rowsPaths(add, data.numbers(known.x), data.numbers(known.y), known.validation, x, y);
  if (known.bayes) {
    const paths = [add("line bayes", "bayes"), add("line bayes beyond", "bayes")];
    draw(paths, data.numbers(known.bayes));
  }
  const paths = [add("line shown", "prediction"), add("line shown beyond", "prediction")];
  const half = grid.filter((_, i) => i % 2 === 0);
  const go = makeMotion(([heights, ...others]) => {
    draw(paths, heights);
    thin.setAttribute("d", others.map((line) => linePath(half, line, x, y)).join(""));
  });
  return {
    svg,
    show: (shown, at, moving) => {
      const others = data.numbers(shown.others);
      go([data.numbers(shown.fits)[at], ...others], moving);
    },
  };
}

// Over several features: prediction against target; on the diagonal they are equal.
function pairsPicture(data, known, run, width) {
  const targets = data.numbers(run.target);
  const ends = inner(width, HEIGHT);
  const reach = heightWindow(targets);
  const [x, y] = [linear(reach, ends.x), linear(reach, ends.y)];
  const { svg, add } = frame(width, x, y, { x: known.target, y: "prediction" });
  add("line diagonal", "muted", linePath(reach, reach, x, y));
  const sides = ["training", "validation"].map((role) => add("rows", role));
  const go = makeMotion(([heights]) => {
    sides.forEach((path, side) => {
      const mine = heights.map((height, i) => (run.validation[i] === side ? height : NaN));
      path.setAttribute("d", dotsPath(targets, mine, x, y));
    });
  });
  return { svg, show: (shown, at, moving) => go([data.numbers(shown.fits)[at]], moving) };
}
