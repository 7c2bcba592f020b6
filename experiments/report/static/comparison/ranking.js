// Where the error of the best run of a dataset stands, from the Bayes-optimal one to the mean's.

import { element } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { referencesOf } from "./data.js";

export function startRanking(store) {
  document.querySelectorAll(".ruler").forEach((place) => drawRuler(store.data, place));
}

function drawRuler(data, place) {
  const group = data.groups[Number(place.dataset.group)];
  if (group.best === null) return;
  const best = ["best run", data.rows[group.best].typical, "accent"];
  const marks = [...referencesOf(group), best].filter(([, height]) => height > 0);
  const logs = marks.map(([, height]) => Math.log(height));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  marks.sort((a, b) => a[1] - b[1]);
  for (const [name, height, role] of marks) {
    const share = high > low ? (Math.log(height) - low) / (high - low) : 0.5;
    const dot = element("span", { className: name === best[0] ? "dot best" : "dot" });
    if (name !== best[0]) dot.style.borderColor = `var(--${role.replaceAll("_", "-")})`;
    dot.style.left = `${100 * share}%`;
    dot.title = `${name} ${number(height)}`;
    place.append(dot);
  }
  const words = marks.map(([name, height]) =>
    element("span", {
      className: name === best[0] ? "best" : "",
      textContent: `${name} ${number(height)}`,
    }),
  );
  place.after(element("p", { className: "ruler-words" }, ...words));
}
