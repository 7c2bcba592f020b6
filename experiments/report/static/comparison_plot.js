// How everything is drawn: the look of all charts, references as level lines, the rulers of the verdict.

archlab.starters.push(() => {
  const { data, number, token, role } = archlab;

  // Plotly reads a little HTML in labels; what comes from configs is to stay text.
  const safe = (text) =>
    String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  function layout(extra) {
    const [ink, grid, font] = ["ink", "grid", "font"].map(token);
    const axis = { gridcolor: grid, linecolor: grid, zeroline: false, automargin: true };
    const { xaxis, yaxis, ...rest } = extra;
    return {
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { color: ink, family: font, size: 13 },
      margin: { l: 60, r: 20, t: 20, b: 50 },
      legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom" },
      hovermode: "closest",
      xaxis: { ...axis, ...xaxis },
      yaxis: { ...axis, ...yaxis },
      ...rest,
    };
  }
  const settings = { responsive: true, displaylogo: false, displayModeBar: false };
  const draw = (place, traces, extra) => Plotly.react(place, traces, layout(extra), settings);

  function referencesOf(group) {
    const named = Object.entries(group.references).map(([name, height]) => [
      group.referenceNames[name],
      height,
      group.referenceRoles[name],
    ]);
    // Beside errors on given rows stands what the Bayes-optimal error on those rows.
    const expected = group.noise_floor !== null && !("bayes" in group.references);
    if (expected) named.push(["noise floor", group.noise_floor, "noise_floor"]);
    return named;
  }
  // A limit as a level line over the whole width; it shares the legend with the runs.
  function referenceTraces(group, ends) {
    return referencesOf(group).map(([name, height, key]) => ({
      x: ends,
      y: ends.map(() => height),
      mode: "lines",
      name: `${name} ${number(height)}`,
      line: { width: 1.5, ...role(key) },
      hoverinfo: "name",
    }));
  }

  // A logarithmic axis over some values, with words at 1, 2 and 5 times the powers of ten.
  function logAxis(values) {
    const known = values.filter((value) => value > 0);
    if (!known.length) return { type: "log" };
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const steps = high > 3000 * low ? [1] : [1, 2, 5];
    const tickvals = [];
    for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.log10(high) + 1; power += 1) {
      tickvals.push(...steps.map((step) => step * 10 ** power));
    }
    return { type: "log", tickvals, ticktext: tickvals.map((value) => number(value)) };
  }

  // Where the error of the best run of a dataset stands, from the Bayes-optimal to the mean.
  function drawRuler(place) {
    const one = data.groups[Number(place.dataset.group)];
    if (one.best === null) return;
    const marks = [
      ...referencesOf(one),
      ["best run", data.rows[one.best].typical, "accent"],
    ].filter(
      ([, height]) => height > 0,
    );
    const logs = marks.map(([, height]) => Math.log(height));
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    marks
      .sort((a, b) => a[1] - b[1])
      .forEach(([name, height, key]) => {
        const share = high > low ? (Math.log(height) - low) / (high - low) : 0.5;
        const dot = archlab.element("span", {
          className: name === "best run" ? "dot best" : "dot",
        });
        if (name !== "best run") dot.style.borderColor = `var(--${key.replaceAll("_", "-")})`;
        dot.style.left = `${100 * share}%`;
        dot.title = `${name} ${number(height)}`;
        place.append(dot);
      });
    const words = marks.map(([name, height]) =>
      archlab.element("span", {
        className: name === "best run" ? "best" : "",
        textContent: `${name} ${number(height)}`,
      }),
    );
    place.after(archlab.element("p", { className: "ruler-words" }, ...words));
  }

  Object.assign(archlab, { draw, safe, referenceTraces, logAxis });
  document.querySelectorAll(".ruler").forEach(drawRuler);
});
