// The selected runs side by side: numbers, the keys in which they differ, their pictures.

archlab.starters.push(() => {
  const { data, byId, element, plain, groupName, most } = archlab;

  // Numbers and keys, one column a run.
  function drawDifferences(rows) {
    const few = rows.slice(0, most);
    const differing = data.keys.filter(
      (key) => new Set(few.map((row) => plain(row.keys[key]))).size > 1,
    );
    const beside = ({ id, format, where }) =>
      format === "key" ? differing.includes(id) : where !== "table";
    const lines = data.columns.filter(beside).map(archlab.written);
    const table = byId("differences");
    table.hidden = !few.length;
    const line = (name, cells) =>
      element("tr", {}, element("th", { scope: "row", textContent: name }), ...cells);
    const heads = few.map((row) =>
      element("th", { scope: "col" }, element("a", { href: row.page, textContent: row.label })),
    );
    table.tHead.replaceChildren(element("tr", {}, element("td"), ...heads));
    table.tBodies[0].replaceChildren(
      ...lines.map(({ id, key, title, text }) =>
        line(
          key ? id : title,
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
