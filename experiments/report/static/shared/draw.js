// Small SVG charts: a frame with axes, lines and dots. Colours are custom properties of the theme,
// so that dark mode and print need no script.

import { setAttributes, svgElement } from "./dom.js";
import { number } from "./format.js";

export const MARGIN = { left: 56, right: 12, top: 10, bottom: 40 };

// The inner ends of a chart: pixels of x from left to right, of y from bottom to top.
export function inner(width, height, margin = MARGIN) {
  return {
    x: [margin.left, width - margin.right],
    y: [height - margin.bottom, margin.top],
  };
}

// An empty chart; label: what it shows, for those who cannot see it.
export function chart(width, height, label) {
  return svgElement("svg", {
    class: "plot",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": label,
  });
}

// Grid lines, ticks and titles. x and y: scales; titles: {x, y}; words: {x, y} write a tick.
export function axes(x, y, titles, words = {}, counts = {}) {
  const [left, right] = x.range;
  const [bottom, top] = y.range;
  const group = svgElement("g", { class: "axes" });
  const write = { x: number, y: number, ...words };
  for (const tick of y.ticks(counts.y ?? 5)) {
    const at = round(y(tick));
    group.append(svgElement("path", { class: "gridline", d: `M${left} ${at}H${right}` }));
    group.append(label(left - 6, at + 4, write.y(tick), "end"));
  }
  for (const tick of x.ticks(counts.x ?? 6)) {
    const at = round(x(tick));
    group.append(svgElement("path", { class: "tick", d: `M${at} ${bottom}v4` }));
    group.append(label(at, bottom + 17, write.x(tick), "middle"));
  }
  group.append(svgElement("path", { class: "baseline", d: `M${left} ${bottom}H${right}` }));
  if (titles.x) group.append(label((left + right) / 2, bottom + 34, titles.x, "middle", "title"));
  if (titles.y) {
    const title = label(0, 0, titles.y, "middle", "title");
    const across = `translate(13 ${(top + bottom) / 2}) rotate(-90)`;
    group.append(setAttributes(title, { transform: across }));
  }
  return group;
}

// The `d` of a line through points; it is interrupted where one is unknown.
export function linePath(xs, ys, x, y) {
  let path = "";
  let open = false;
  for (let i = 0; i < xs.length; i += 1) {
    const [across, up] = [x(xs[i]), y(ys[i])];
    if (!Number.isFinite(across) || !Number.isFinite(up)) {
      open = false;
      continue;
    }
    path += `${open ? "L" : "M"}${round(across)} ${round(up)}`;
    open = true;
  }
  return path;
}

// The `d` of many dots, each a line of no length whose round ends make it visible.
export function dotsPath(xs, ys, x, y) {
  let path = "";
  for (let i = 0; i < xs.length; i += 1) {
    const [across, up] = [x(xs[i]), y(ys[i])];
    if (Number.isFinite(across) && Number.isFinite(up)) path += `M${round(across)} ${round(up)}h0`;
  }
  return path;
}

// Colour and dashes of a role of the theme, as its style; lines and dots are `currentColor`.
export function roleStyle(role) {
  const name = role.replaceAll("_", "-");
  return `color: var(--${name}); stroke-dasharray: var(--${name}-dash)`;
}

export function label(x, y, text, anchor = "start", kind = "word") {
  return svgElement("text", { x: round(x), y: round(y), "text-anchor": anchor, class: kind }, text);
}

export const round = (value) => Math.round(value * 10) / 10;
