// What is said of a prediction once the runs are shown.

import { number } from "../shared/format.js";

// Marks the right choice and what was chosen; returns the sentence. Where the claim does not hold on
// these runs no choice is right.
export function judgeChoice(form, { answer, held }) {
  const inputs = [...form.querySelectorAll("input[name=choice]")];
  const chosen = inputs.findIndex((input) => input.checked);
  const words = (index) => `“${inputs[index].closest("label").innerText.trim()}”`;
  if (!held) {
    return `You predicted ${words(chosen)}. The lesson expected ${words(answer)}. These runs do not bear it out.`;
  }
  markRight(form, { answer, held });
  if (chosen === answer) return `You predicted it: ${words(answer)}.`;
  inputs[chosen].closest("label").classList.add("wrong");
  return `You predicted ${words(chosen)}. The answer is ${words(answer)}.`;
}

export function markRight(form, { answer, held }) {
  if (held) form.querySelectorAll("input[name=choice]")[answer]?.closest("label").classList.add("right");
}

export function judgeSketch(lesson, heightAt) {
  const { x, y, rows, run, error, bayes, line } = lesson.sketch;
  const distance = meanSquaredDistance(lesson.numbers(x), lesson.numbers(y), heightAt);
  const own = error === null ? "diverged" : `comes to ${number(error)}`;
  const others = [
    [line, "the straight line of least squares"],
    [bayes, "the Bayes-optimal prediction"],
  ].filter(([value]) => typeof value === "number");
  const beside = others.map(([value, name]) => `${name} to ${number(value)}`).join(", ");
  const sentence = `Your curve has a mean squared error of ${number(distance)} on the ${rows} rows. `;
  return `${sentence}The network ${lesson.rows[run].name} ${own}${beside && `, ${beside}`}.`;
}

export function meanSquaredDistance(xs, ys, heightAt) {
  let sum = 0;
  for (let i = 0; i < xs.length; i += 1) sum += (ys[i] - heightAt(xs[i])) ** 2;
  return sum / xs.length;
}
