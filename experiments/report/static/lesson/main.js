// A lesson's page: the reader predicts, and then everything is shown.

import { readData } from "../comparison/data.js";
import { byId } from "../shared/dom.js";
import { judgeChoice, judgeSketch, markRight } from "./judge.js";
import { sketchPad } from "./sketch.js";
import { buildStage } from "./stage.js";

const lesson = await readData(byId("lesson-data").textContent);
const room = () => byId("predict").clientWidth;
const stage = buildStage(lesson, room());
const asked = byId("prediction");
const compareButton = byId("reveal");
const pad = lesson.sketch ? sketchPad(lesson, room(), () => (compareButton.disabled = false)) : null;

if (pad) byId("sketch").append(pad.node);
if (stage) {
  byId("stage").append(stage.node);
  byId("stage").hidden = false;
  byId("still").hidden = stage.complete;
}

let before = room();
addEventListener("resize", () => {
  if (room() !== before) stage?.fitTo((before = room()));
});
asked.addEventListener("change", () => (compareButton.disabled = false));
asked.addEventListener("submit", (event) => {
  event.preventDefault();
  if (pad) {
    tell(judgeSketch(lesson, pad.heightAt));
    stage?.addSketch(lesson.sketch.run, pad.places, pad.heights);
  } else {
    tell(judgeChoice(asked, lesson));
  }
  reveal();
});
byId("show").addEventListener("click", () => {
  markRight(asked, lesson);
  reveal();
});
// Paper shows what is folded; afterwards it is folded again.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open])")];
  for (const folded of unfolded) folded.open = true;
});
addEventListener("afterprint", () => {
  for (const folded of unfolded) folded.open = false;
});
document.documentElement.dataset.ready = "true";

function tell(outcome) {
  byId("outcome").textContent = outcome;
  byId("outcome").hidden = false;
}

function reveal() {
  document.documentElement.classList.add("revealed");
  byId("results").open = true;
  asked.querySelector(".actions").hidden = true;
  for (const input of asked.querySelectorAll("input")) input.disabled = true;
  pad?.freeze();
  byId("results-head").focus();
  byId("results-head").scrollIntoView({ block: "start" });
}
