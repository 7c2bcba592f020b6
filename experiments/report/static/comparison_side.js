// The selected runs side by side: numbers, the keys in which they differ, their pictures.

archlab.starters.push(() => {
  const { data, byId, element, number, plain, spread, interval, groupName, most, ratioInterval } = archlab;

  // Numbers and keys, one column a run.
  function drawDifferences(rows) {
    const few = rows.slice(0, most);
    const differing = data.keys.filter(
      (key) => new Set(few.map((row) => plain(row.keys[key]))).size > 1,
    );
    const unknown = (value) => (value === null ? "unknown" : number(value));
    const lines = [
      ["dataset", groupName],
      ["state", (row) => row.state],
      ["rank", (row) => row.rank ?? "–"],
      ["typical error", (row) => number(row.typical)],
      ["95 % interval", (row) => interval(row.ci95)],
      ["mean ± standard deviation", spread],
      ["stuck", (row) => (row.stuck === null ? "–" : `${row.stuck} of ${row.repeats}`)],
      ["verdict", (row) => row.verdict ?? "–"],
      [
        "times the best",
        (row) =>
          row.how === "best"
            ? "the best"
            : row.ratio === null
              ? "–"
              : `${number(row.ratio, 3)} × ${ratioInterval(row)}`,
      ],
      ["above the best possible", (row) => unknown(row.aboveBest)],
      ["excess", (row) => unknown(row.excess)],
      ["parameters", (row) => row.parameters?.toLocaleString("en") ?? "–"],
      ["seconds", (row) => number(row.seconds, 3)],
      ...differing.map((key) => [key, (row) => plain(row.keys[key])]),
    ];
    const table = byId("differences");
    table.hidden = !few.length;
    const line = (name, cells) =>
      element("tr", {}, element("th", { scope: "row", textContent: name }), ...cells);
    const heads = few.map((row) =>
      element("th", { scope: "col" }, element("a", { href: row.page, textContent: row.label })),
    );
    table.tHead.replaceChildren(element("tr", {}, element("td"), ...heads));
    table.tBodies[0].replaceChildren(
      ...lines.map(([name, text]) =>
        line(
          name,
          few.map((row) => element("td", { textContent: String(text(row)) })),
        ),
      ),
    );
  }

  function drawPictures(rows) {
    const few = rows.slice(0, most).filter((row) => row.rank !== null);
    byId("pictures").replaceChildren(
      ...few.map((row) => {
        const folder = row.page.replace(/[^/]*$/, "");
        const images = data.pictures.map((name) => {
          const image = element("img", {
            src: folder + name,
            alt: `${name} of ${row.label}`,
            loading: "lazy",
          });
          const link = element("a", { href: folder + name }, image);
          image.addEventListener("error", () => link.remove());
          return link;
        });
        return element(
          "figure",
          {},
          element("figcaption", { textContent: `${groupName(row)}: ${row.label}` }),
          ...images,
        );
      }),
    );
  }

  archlab.on("selection", () => {
    const rows = [...archlab.selected].map((index) => data.rows[index]);
    drawDifferences(rows);
    drawPictures(rows);
  });
});
