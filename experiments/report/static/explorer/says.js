// What the explorer says of a run, so that the headline and the picture agree.

import { number, short } from "../shared/format.js";

const times = (value) => `${number(value, 3)} times`;

// The error of the run beside the best that can be known on the same rows.
export function errorSentence(row, group) {
  if (row.typical === null) return "";
  const off = Math.sqrt(row.typical);
  const words = [`Typical error ${number(row.typical)}, so it is typically off by ${number(off, 3)}`];
  const bayes = group.references.bayes;
  if (bayes > 0) {
    words.push(`; the Bayes-optimal prediction has ${number(bayes)} on the same rows`);
    words.push(` (the run has ${times(row.typical / bayes)} as much)`);
  }
  return `${words.join("")}.`;
}

// Which repeat is drawn in full, with its own error; counted from 0 as on the run's page.
export function repeatSentence(row, run) {
  const error = row.values[run.shownRepeat];
  const known = error === null || error === undefined ? "" : `, whose error is ${number(error)}`;
  if (row.values.length < 2) return "";
  const of = row.values.includes(null) ? " of" : ", the median of"; // no repeat is where some diverged
  return `Drawn in full: repeat ${run.shownRepeat}${of} ${row.values.length}${known}.`;
}

// Why there is no picture, or no curve, or nothing at all to say.
export function lackSentence(row, run, data) {
  if (row.state === "diverged") {
    return `This run diverged: ${row.reason || "its loss stopped being a finite number"}.`;
  }
  if (!run) {
    const most = data.rows.filter((one) => one.curves).length;
    const some = most === 1 ? "best run" : `best ${most.toLocaleString("en")} runs`;
    return `This page has the curves of the ${some}; those of the others are on their own pages.`;
  }
  const still = run.lossEpochs?.length === 0 ? "It has no epochs, so there are no learning curves." : "";
  if (run.kind === "curve") return still;
  const why =
    run.varying > 1
      ? `${run.varying} features vary, so a prediction is no curve`
      : "this run was written by an earlier version, which kept no curve";
  return `Prediction against target, as ${why}. ${still}`.trim();
}

// What changed besides what was asked for.
export function movedSentence(key, value, moved) {
  if (!moved.length) return "";
  const others = moved.map(({ name, value: to }) => `${short(name)} ${to}`).join(", ");
  return `${short(key)} ${value} was not run with the other choices; the nearest run has ${others}.`;
}
