"use strict";
// The slider of a run page: draws prediction and residuals at the chosen epoch into the picture.

(() => {
  const figure = document.getElementById("growth");
  const { kind, x, inside, epochs, frames, toStrip, sides } = JSON.parse(
    document.getElementById("growth-data").textContent,
  );
  const [slider, button] = [figure.querySelector("input"), figure.querySelector("button")];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const all = (selector) => [...figure.querySelectorAll(`svg[role] ${selector}`)];
  const [beyond, curve] = [all("path.prediction.beyond")[0], all("path.prediction:not(.beyond)")[0]];
  const [points, residuals] = ["g:not(.residuals) > ", ".residuals > "].map((group) =>
    sides.map(({ role }) => all(`${group}path.${role}`)[0]),
  );
  // What the page came with is the last epoch; it is drawn finer than the frames are.
  const drawn = [beyond, curve, ...points, ...residuals].filter(Boolean);
  const last = drawn.map((path) => path.getAttribute("d"));
  let timer = 0;

  const line = (heights, from, to) => {
    let pen = "M";
    return heights
      .slice(from, to)
      .map((y, i) => {
        const part = y === null ? "" : `${pen}${x[from + i]} ${y}`;
        pen = y === null ? "M" : "L";
        return part;
      })
      .join("");
  };
  const dots = (xs, ys) =>
    xs.map((at, i) => (at == null || ys[i] == null ? "" : `M${at} ${ys[i]}h0`)).join("");

  // The height of the curve at a place, between two of its points.
  function between(heights, at) {
    let [i, end] = [0, x.length - 1];
    while (end - i > 1) {
      const middle = (i + end) >> 1;
      if (x[middle] <= at) i = middle;
      else end = middle;
    }
    if (heights[i] === null || heights[end] === null) return null;
    const share = x[end] > x[i] ? (at - x[i]) / (x[end] - x[i]) : 0;
    return heights[i] + share * (heights[end] - heights[i]);
  }

  function drawSides(frame) {
    const [c0, c1, c2] = toStrip;
    let row = 0;
    sides.forEach((side, n) => {
      const found = side.y.map((y, i) =>
        kind === "curve" ? between(frame, side.x[i]) : frame[row + i],
      );
      row += side.y.length;
      const across = kind === "rows" ? found : side.x;
      const up = found.map((p, i) => (p === null ? null : (c0 + c1 * side.y[i] + c2 * p).toFixed(1)));
      if (kind === "rows") points[n].setAttribute("d", dots(found, side.y));
      residuals[n]?.setAttribute("d", dots(across, up));
    });
  }

  function draw() {
    const frame = frames[slider.value];
    const epoch = `epoch ${epochs[slider.value].toLocaleString("en")}`;
    const known = frame.some((place) => place !== null);
    figure.querySelector("output").textContent = known ? epoch : `${epoch}: no finite prediction`;
    slider.setAttribute("aria-valuetext", epoch);
    if (slider.value === slider.max) {
      drawn.forEach((path, i) => path.setAttribute("d", last[i]));
      return;
    }
    if (kind === "curve") {
      const [from, to] = inside;
      curve.setAttribute("d", line(frame, from, to + 1));
      beyond.setAttribute("d", line(frame, 0, from + 1) + line(frame, to, x.length));
    } else if (kind === "dots") {
      curve.setAttribute("d", dots(sides.flatMap((side) => side.x), frame));
    }
    drawSides(frame);
  }

  function play() {
    const running = timer !== 0;
    clearInterval(timer);
    timer = 0;
    button.textContent = running ? "Play" : "Pause";
    button.setAttribute("aria-pressed", String(!running));
    if (running) return;
    if (slider.value === slider.max) slider.value = 0;
    draw();
    // Who wants less motion sees one state after another at leisure.
    timer = setInterval(
      () => {
        if (slider.value === slider.max) return play();
        slider.value = Number(slider.value) + 1;
        draw();
      },
      still.matches ? 1000 : 150,
    );
  }

  slider.addEventListener("input", draw);
  button.addEventListener("click", play);
  figure.querySelector(".slider").hidden = frames.length < 2;
})();
