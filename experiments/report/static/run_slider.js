"use strict";
// The slider of a run page: draws the prediction at the chosen epoch into the picture above it.

(() => {
  const figure = document.getElementById("growth");
  const { x, breaks, epochs, frames } = JSON.parse(
    document.getElementById("growth-data").textContent,
  );
  const [slider, button] = [figure.querySelector("input"), figure.querySelector("button")];
  const starts = new Set([0, ...breaks]);
  let timer = 0;

  function draw() {
    const heights = frames[slider.value];
    const line = heights.map((y, i) => (starts.has(i) ? `M${x[i]} ${y}h0` : `L${x[i]} ${y}`));
    figure.querySelector("g .prediction").setAttribute("d", line.join(""));
    const epoch = `epoch ${epochs[slider.value].toLocaleString("en")}`;
    figure.querySelector("output").textContent = heights.length
      ? epoch
      : `${epoch}: no finite prediction`;
    slider.setAttribute("aria-valuetext", epoch);
  }

  function play() {
    const running = timer !== 0;
    clearInterval(timer);
    timer = 0;
    button.textContent = running ? "Play" : "Pause";
    button.setAttribute("aria-pressed", String(!running));
    if (running) return;
    if (slider.value === slider.max) slider.value = 0;
    timer = setInterval(() => {
      if (slider.value === slider.max) return play();
      slider.value = Number(slider.value) + 1;
      draw();
    }, 150);
  }

  slider.addEventListener("input", draw);
  button.addEventListener("click", play);
  figure.querySelector(".slider").hidden = frames.length < 2;
})();
