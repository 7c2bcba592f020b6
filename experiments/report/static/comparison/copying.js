// Buttons that copy what stands beside them: a button with `data-copies` names the element.

import { byId } from "../shared/dom.js";

export function startCopying() {
  for (const button of document.querySelectorAll("button[data-copies]")) {
    const before = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(byId(button.dataset.copies).textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = before), 1500);
    });
  }
}
