// Buttons that copy: a command, the citation, the table as the person has it.

import { byId, element } from "../shared/dom.js";
import { latexTable, markdownTable } from "../table/exporting.js";
import { shownColumns } from "./table.js";

// A button names what it copies: an element by `data-copies`, or one of these by `data-makes`.
const MAKERS = {
  markdown: (store) => markdownTable(...tableWords(store)),
  latex: (store) => latexTable(...tableWords(store)),
};

export function startCopying(store) {
  for (const button of document.querySelectorAll("button[data-copies], button[data-makes]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const { copies, makes } = button.dataset;
      const text = makes ? MAKERS[makes](store) : byId(copies).textContent;
      await copyText(text);
      button.focus();
      byId("copied").textContent = "";
      byId("copied").textContent = `Copied: ${button.dataset.what}`;
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 2000);
    });
  }
}

// All rows that search and filters leave, in the table's order, with the columns that it shows.
function tableWords(store) {
  const columns = shownColumns(store);
  const heads = columns.map((one) => one.title);
  const rows = store.visible.map((row) => columns.map((one) => String(one.text(row))));
  return [heads, rows, columns.map((one) => one.right)];
}

// Pages from the disk have no clipboard of their own in every browser: then what is selected is copied.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", { value: text, className: "hidden" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
