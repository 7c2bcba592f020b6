// A pad on which the reader draws the fit that they expect: over the real rows, with mouse, pen or
// finger, or with the arrow keys on its points.

import { heightsIn } from "../explorer/fit.js";
import { axes, chart, inner, label, linePath, round } from "../shared/draw.js";
import { setAttributes, svgElement } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { linear, widened } from "../shared/scale.js";
import { dataDots } from "./panels.js";

const WIDEST = 860;
const PLACES = 65;
const HANDLES = 9; // every eighth place
const EVERY = (PLACES - 1) / (HANDLES - 1);

// room: the width in pixels that there is; changed: called once the curve is another than the flat line at the mean.
// Returns node, places (the xs), heightAt(x), freeze().
export function sketchPad(lesson, room, changed) {
  const row = lesson.rows[lesson.sketch.run];
  const width = Math.min(room, WIDEST);
  const height = Math.round(Math.max(0.5 * width, 260));
  const ends = inner(width, height);
  const ys = heightsIn(lesson, row.data);
  const [left, right] = row.data.window;
  const x = linear(widened([left, right], 0.02), ends.x);
  const y = linear(widened([Math.min(...ys), Math.max(...ys)], 0.15), ends.y);
  const places = Array.from({ length: PLACES }, (_, k) => left + ((right - left) * k) / (PLACES - 1));
  const mean = ys.reduce((a, b) => a + b, 0) / ys.length;
  const state = { places, heights: new Float64Array(PLACES).fill(mean), frozen: false };
  const line = svgElement("path", { class: "line sketched" });
  const handles = Array.from({ length: HANDLES }, (_, k) => handle(k));
  const node = chart(width, height, "");
  setAttributes(node, { role: "group", "aria-label": "Your sketch over the rows of the data" });
  node.classList.add("pad");
  node.append(axes(x, y, { x: row.data.feature, y: row.data.target }));
  node.append(...lastRows(), dataDots(lesson, row.data, x, y), line, ...handles);

  // Lines at the first and the last row, where the pad goes on beyond them.
  function lastRows() {
    const [bottom, top] = y.range;
    return row.data.range.flatMap((at, side) => {
      if (at <= left || at >= right) return [];
      const d = `M${round(x(at))} ${bottom}V${top}`;
      const beside = side ? [x(at) - 4, top + 12, "last row", "end"] : [x(at) + 4, top + 12, "first row"];
      return [svgElement("path", { class: "end-row", d }), label(...beside)];
    });
  }

  function draw() {
    line.setAttribute("d", linePath(places, state.heights, x, y));
    handles.forEach((one, k) => {
      const value = state.heights[k * EVERY];
      setAttributes(one, {
        cy: round(y(value)),
        "aria-valuenow": Number(value.toPrecision(4)),
        "aria-valuetext": `${row.data.target} ${number(value, 3)}`,
      });
    });
  }

  function handle(k) {
    const at = places[k * EVERY];
    const circle = svgElement("circle", {
      class: "handle",
      cx: round(x(at)),
      r: 6,
      role: "slider",
      tabindex: k === 0 ? 0 : -1,
      "aria-orientation": "vertical",
      "aria-label": `your curve at ${row.data.feature} ${number(at, 3)}`,
      "aria-valuemin": Number(y.domain[0].toPrecision(4)),
      "aria-valuemax": Number(y.domain[1].toPrecision(4)),
    });
    circle.addEventListener("keydown", (event) => pressed(event, k));
    return circle;
  }

  function pressed(event, k) {
    const room = y.domain[1] - y.domain[0];
    const up = { ArrowUp: 0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1 }[event.key];
    const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (up === undefined && aside === undefined) return;
    event.preventDefault();
    if (aside) return focus(Math.min(Math.max(k + aside, 0), HANDLES - 1));
    if (!state.frozen) lift(k, up * room);
  }

  function focus(k) {
    handles.forEach((one, n) => one.setAttribute("tabindex", n === k ? 0 : -1));
    handles[k].focus();
  }

  // One point moves; what is between it and its neighbours follows.
  function lift(k, by) {
    for (let n = 0; n < PLACES; n += 1) {
      const share = Math.max(0, 1 - Math.abs(n - k * EVERY) / EVERY);
      state.heights[n] = within(state.heights[n] + share * by);
    }
    draw();
    changed();
  }

  const within = (value) => Math.min(Math.max(value, y.domain[0]), y.domain[1]);

  function heightAt(at) {
    const place = ((at - left) / (right - left || 1)) * (PLACES - 1);
    const first = Math.min(Math.max(Math.floor(place), 0), PLACES - 2);
    const share = Math.min(Math.max(place - first, 0), 1);
    return state.heights[first] * (1 - share) + state.heights[first + 1] * share;
  }

  let last = null; // where the pointer was: [place, value]

  function moved(event) {
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) stroke(one);
    draw();
    changed();
  }

  function stroke({ clientX, clientY }) {
    const point = new DOMPoint(clientX, clientY).matrixTransform(node.getScreenCTM().inverse());
    const share = (x.invert(point.x) - left) / (right - left || 1);
    const place = Math.round(Math.min(Math.max(share, 0), 1) * (PLACES - 1));
    const value = within(y.invert(point.y));
    const [first, start] = last ?? [place, value];
    const step = Math.sign(place - first) || 1;
    for (let n = first; n !== place + step; n += step) {
      const along = place === first ? 1 : (n - first) / (place - first);
      state.heights[n] = start + along * (value - start);
    }
    last = [place, value];
  }

  node.addEventListener("pointerdown", (event) => {
    if (state.frozen || event.button > 0) return;
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    last = null;
    moved(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (!state.frozen && node.hasPointerCapture(event.pointerId)) moved(event);
  });

  function freeze() {
    state.frozen = true;
    for (const one of handles) one.setAttribute("aria-disabled", "true");
  }

  draw();
  return { node, places, heights: state.heights, heightAt, freeze };
}
