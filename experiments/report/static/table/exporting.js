// A table as text for a paper or an issue: heads and rows are lists of words.

// right: which columns are numbers.
export function markdownTable(heads, rows, right) {
  const line = (words) => `| ${words.map(markdownCell).join(" | ")} |`;
  const marks = heads.map((_, at) => (right[at] ? "---:" : "---"));
  return [line(heads), `| ${marks.join(" | ")} |`, ...rows.map(line)].join("\n") + "\n";
}

export function latexTable(heads, rows, right) {
  const line = (words) => `  ${words.map(latexCell).join(" & ")} \\\\`;
  return [
    "% needs \\usepackage{booktabs}",
    `\\begin{tabular}{${heads.map((_, at) => (right[at] ? "r" : "l")).join("")}}`,
    "  \\toprule",
    line(heads),
    "  \\midrule",
    ...rows.map(line),
    "  \\bottomrule",
    "\\end{tabular}\n",
  ].join("\n");
}

const markdownCell = (word) =>
  word.replace(/[\\|`*_<>[\]]/g, (letter) => `\\${letter}`).replace(/\s+/g, " ");

const LATEX = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "±": "$\\pm$",
  "×": "$\\times$",
  "–": "--",
  "²": "$^2$",
};

const latexCell = (word) =>
  word
    .replace(/[\\~^<>|±×–²&%$#_{}]/g, (letter) => LATEX[letter] ?? `\\${letter}`)
    .replace(/\s+/g, " ");
