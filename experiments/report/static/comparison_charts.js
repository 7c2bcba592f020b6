// Two charts of all runs of a dataset: error against a key, and all keys side by side.

archlab.starters.push(() => {
  const { data, byId, option, number, plain, short, look, draw, safe, referenceTraces, logAxis } =
    archlab;
  const { token } = archlab;

  const group = () => Number(byId("chart-group").value);
  const ranked = () => archlab.visible.filter((row) => row.group === group() && row.typical !== null);
  const distinct = (rows, key) => new Set(rows.map((row) => plain(row.keys[key])));

  // Values in their own order, numbers as numbers; a list or a word is a place on the axis.
  function ordered(rows, key) {
    const values = [...distinct(rows, key)];
    return values.sort(new Intl.Collator("en", { numeric: true }).compare);
  }

  function fillChoices() {
    data.groups.forEach((one, place) =>
      byId("chart-group").append(option(String(place), one.name)),
    );
    fillKeys();
  }

  // Keys that vary within the dataset; a choice that still makes sense stays.
  function fillKeys() {
    const rows = data.rows.filter((row) => row.group === group());
    const keys = data.keys.filter((key) => distinct(rows, key).size > 1);
    const options = () => keys.map((key) => option(key, short(key)));
    const [key, line] = [byId("chart-key").value, byId("chart-line").value];
    byId("chart-key").replaceChildren(...options());
    byId("chart-line").replaceChildren(option("", "(one line)"), ...options());
    const usual = keys.length > 1 && keys.includes("model.activation") ? "model.activation" : "";
    byId("chart-line").value = keys.includes(line) ? line : usual;
    const numeric = keys.find((one) => rows.some((row) => typeof row.keys[one] === "number"));
    const wanted = [key, "model.width", "model.depth", numeric].find((one) => keys.includes(one));
    byId("chart-key").value = wanted ?? keys[0] ?? "";
  }

  function lineTraces(rows, key, places) {
    const lineKey = byId("chart-line").value;
    const names = lineKey ? ordered(rows, lineKey) : [""];
    return names.flatMap((name, place) => {
      const mine = rows.filter((row) => !lineKey || plain(row.keys[lineKey]) === name);
      const best = new Map();
      for (const row of mine) {
        const at = plain(row.keys[key]);
        if (!best.has(at) || row.typical < best.get(at).typical) best.set(at, row);
      }
      const chosen = [...best.values()].sort(
        (a, b) => places.get(plain(a.keys[key])) - places.get(plain(b.keys[key])),
      );
      const rest = mine.filter((row) => best.get(plain(row.keys[key])) !== row);
      return [
        trace(chosen, name, key, places, look(place), true),
        trace(rest, name, key, places, look(place), false),
      ];
    });
  }

  function trace(rows, name, key, places, { color, dash }, main) {
    const bars = {
      type: "data",
      symmetric: false,
      thickness: 1.2,
      width: 4,
      color,
      array: rows.map((row) => (row.ci95 ? row.ci95[1] - row.typical : 0)),
      arrayminus: rows.map((row) => (row.ci95 ? row.typical - row.ci95[0] : 0)),
    };
    return {
      x: rows.map((row) => places.get(plain(row.keys[key]))),
      y: rows.map((row) => row.typical),
      customdata: rows.map((row) => row.index),
      text: rows.map((row) => safe(`${row.label}: ${number(row.typical)}`)),
      hoverinfo: "text",
      name: safe(name || "best run"),
      legendgroup: name,
      showlegend: main,
      mode: main ? "lines+markers" : "markers",
      line: { color, dash, width: 2 },
      marker: { color, size: main ? 8 : 6, opacity: main ? 1 : 0.6 },
      ...(main ? { error_y: bars } : {}),
    };
  }

  function drawKeyChart() {
    const [rows, key] = [ranked(), byId("chart-key").value];
    const values = ordered(rows, key);
    const places = new Map(values.map((value, place) => [value, place]));
    const log = byId("chart-log").checked;
    const every = Math.ceil(values.length / 25); // more words would overlap
    const ticks = values.map((_, place) => place).filter((place) => place % every === 0);
    const traces = [
      ...referenceTraces(data.groups[group()], [-0.4, Math.max(values.length, 1) - 0.6]),
      ...lineTraces(rows, key, places),
    ];
    draw("key-chart", traces, {
      height: 460,
      xaxis: {
        title: { text: safe(key || "all runs") },
        tickvals: ticks,
        ticktext: ticks.map((place) => safe(values[place])),
      },
      yaxis: {
        title: { text: "typical mean squared error" },
        ...(log ? logAxis(traces.flatMap((one) => one.y)) : { type: "linear", tickvals: null }),
      },
    });
  }

  function drawParallel() {
    const rows = ranked();
    const keys = data.keys.filter((key) => distinct(rows, key).size > 1).slice(0, 9);
    byId("parallel-chart").hidden = rows.length < 2 || !keys.length;
    if (byId("parallel-chart").hidden) return;
    const dimensions = keys.map((key) => {
      const values = ordered(rows, key);
      const numbers = rows.map((row) => row.keys[key]);
      if (values.length > 8 && numbers.every((value) => typeof value === "number")) {
        return { label: safe(short(key)), values: numbers };
      }
      return {
        label: safe(short(key)),
        values: rows.map((row) => values.indexOf(plain(row.keys[key]))),
        tickvals: values.map((_, place) => place),
        ticktext: values.map(safe),
        range: [-0.1, values.length - 0.9],
      };
    });
    const errors = rows.map((row) => Math.log10(Math.max(row.typical, 1e-300)));
    const ends = [Math.min(...errors), Math.max(...errors)];
    if (ends[0] === ends[1]) ends[1] += 0.01; // an axis needs some length
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => ends[0] + share * (ends[1] - ends[0]));
    dimensions.push({
      label: "error (log)",
      values: errors,
      range: ends,
      tickvals: ticks,
      ticktext: ticks.map((tick) => number(10 ** tick, 3)),
    });
    const longest = Math.max(0, ...(dimensions[0].ticktext ?? []).map((word) => word.length));
    const left = Math.min(220, 40 + 7 * longest);
    const line = {
      color: errors,
      colorscale: [
        [0, token("scale-low")],
        [0.5, token("scale-middle")],
        [1, token("scale-high")],
      ],
    };
    const parallel = {
      type: "parcoords",
      dimensions,
      line,
      labelfont: { size: 13 },
      tickfont: { color: token("ink") },
      rangefont: { color: "transparent" },
    };
    draw("parallel-chart", [parallel], { height: 380, margin: { l: left, r: 60, t: 50, b: 25 } });
  }

  let waiting = 0;
  function drawAll() {
    if (!window.Plotly || !data.groups.length) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      drawKeyChart();
      drawParallel();
    }, 60);
  }

  fillChoices();
  byId("chart-group").addEventListener("change", fillKeys);
  for (const id of ["chart-group", "chart-key", "chart-line", "chart-log"])
    byId(id).addEventListener("change", drawAll);
  archlab.on("filter", drawAll);
  archlab.whenPlotly(() => {
    byId("no-plotly").hidden = Boolean(window.Plotly);
    if (!window.Plotly || !data.groups.length) {
      for (const id of ["key-chart", "parallel-chart"]) byId(id).hidden = true;
      return;
    }
    drawAll();
    drawKeyChart();
    byId("key-chart").on("plotly_click", (event) => {
      const index = event.points[0].customdata;
      if (index !== undefined) archlab.select(index, !archlab.selected.has(index));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      drawAll();
      archlab.tell("selection");
    });
  });
});
