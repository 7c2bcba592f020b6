// The selected runs: losses and fits on shared axes, with a slider over the epochs.

archlab.starters.push(() => {
  const { data, byId, element, look, role, safe, most } = archlab;
  let shown = []; // the selected runs whose curves have come: {row, run, look}
  let epochs = [0];
  let timer = 0;

  const chosen = () => [...archlab.selected].map((index) => data.rows[index]);
  const groups = () => [...new Set(shown.map(({ row }) => row.group))].sort((a, b) => a - b);

  // Loading is asynchronous; an answer that a later click has overtaken is dropped.
  let asked = 0;
  async function update() {
    const mine = ++asked;
    const rows = chosen();
    describe(rows);
    const drawn = rows.filter((row) => row.curves).slice(0, most);
    const runs = await Promise.all(drawn.map(archlab.loadRun));
    await Promise.all([...new Set(drawn.map((row) => row.group))].map(archlab.loadPoints));
    if (mine !== asked) return;
    shown = drawn
      .map((row, place) => ({ row, run: runs[place], look: look(place) }))
      .filter(({ run }) => run);
    setEpochs();
    drawLosses();
    drawFits();
  }

  function describe(rows) {
    const without = rows.filter((row) => !row.curves).length;
    const parts = [`${rows.length} selected`];
    if (without) parts.push(`${without} without curves on this page`);
    if (rows.length - without > most) parts.push(`curves of the first ${most}`);
    byId("selected-count").textContent = parts.join(" · ");
    byId("overlays").hidden = rows.length === without;
  }

  function setEpochs() {
    const before = epochs[Number(byId("epoch").value)];
    const atEnd = Number(byId("epoch").value) >= epochs.length - 1;
    epochs = [...new Set([0, ...shown.flatMap(({ run }) => run.epochs)])].sort((a, b) => a - b);
    byId("epoch").max = epochs.length - 1;
    const near = epochs.findLastIndex((epoch) => epoch <= before);
    byId("epoch").value = atEnd ? epochs.length - 1 : Math.max(near, 0);
    showEpoch();
  }

  function showEpoch() {
    const epoch = epochs[Number(byId("epoch").value)];
    byId("epoch-shown").textContent = `epoch ${epoch.toLocaleString("en")}`;
    byId("epoch").setAttribute("aria-valuetext", `epoch ${epoch}`);
  }

  // One chart a dataset; charts of datasets that are no longer selected go.
  function places(holder, title) {
    const wanted = groups();
    for (const old of [...holder.children]) {
      if (!wanted.includes(Number(old.dataset.group))) old.remove();
    }
    return wanted.map((group) => {
      let box = holder.querySelector(`[data-group="${group}"]`);
      if (!box) {
        box = element(
          "div",
          {},
          element("h4", { textContent: data.groups[group].name }),
          element("div", { className: "chart" }),
        );
        box.dataset.group = group;
        box.lastChild.setAttribute("role", "img");
        box.lastChild.setAttribute("aria-label", `${title}, ${data.groups[group].name}`);
        holder.append(box);
      }
      return [group, box.lastChild];
    });
  }

  function drawLosses() {
    if (!window.Plotly) return;
    const which = byId("loss-rows").value;
    for (const [group, place] of places(byId("loss-charts"), "Learning curves")) {
      const mine = shown.filter(({ row }) => row.group === group);
      const ends = [1, Math.max(2, ...mine.flatMap(({ run }) => run.lossEpochs))];
      const lines = mine.map(({ row, run, look: { color, dash } }) => ({
        x: run.lossEpochs,
        y: run[which],
        mode: "lines",
        name: safe(row.label),
        line: { color, dash, width: 2 },
      }));
      const traces = [...archlab.referenceTraces(data.groups[group], ends), ...lines];
      const heights = traces.flatMap((one) => one.y);
      archlab.draw(place, traces, {
        height: 400,
        xaxis: { title: { text: "epoch" }, ...archlab.logAxis(ends) },
        yaxis: { title: { text: "loss, median of repeats" }, ...archlab.logAxis(heights) },
      });
    }
  }

  async function drawFits() {
    if (!window.Plotly) return;
    const epoch = epochs[Number(byId("epoch").value)];
    for (const [group, place] of places(byId("fit-charts"), "Fits over the data")) {
      const points = await archlab.loadPoints(group);
      if (!points) continue;
      const mine = shown.filter(({ row }) => row.group === group);
      archlab.draw(
        place,
        [...dataTraces(points), ...mine.map((one) => fitTrace(one, points, epoch))],
        {
          height: 460,
          xaxis: { title: { text: safe(points.feature) } },
          yaxis: { title: { text: safe(points.target) }, range: window_(points) },
        },
      );
    }
  }

  // A curve over the rows, interrupted where a straight line would mislead.
  function curve(points, heights) {
    if (!points.curve) return { x: points.x, y: heights, mode: "markers" };
    const [x, y] = [[], []];
    const breaks = new Set(points.breaks);
    points.x.forEach((place, i) => {
      if (breaks.has(i)) (x.push(place), y.push(null));
      (x.push(place), y.push(heights[i]));
    });
    return { x, y, mode: "lines" };
  }

  function dataTraces(points) {
    const side = (validation, name, color) => {
      const mine = points.x.map((_, i) => i).filter((i) => points.validation[i] === validation);
      return {
        x: mine.map((i) => points.x[i]),
        y: mine.map((i) => points.y[i]),
        mode: "markers",
        name,
        marker: { color, size: 5, opacity: 0.65 },
        hoverinfo: "skip",
      };
    };
    const traces = [
      side(false, "training rows", role("training").color),
      side(true, "validation rows", role("validation").color),
    ];
    if (points.optimum) {
      traces.push({
        ...curve(points, points.optimum),
        name: "Bayes-optimal",
        line: { ...role("bayes"), width: 2 },
        marker: { color: role("bayes").color, size: 4 },
        hoverinfo: "skip",
      });
    }
    return traces;
  }

  function fitTrace({ row, run, look: { color, dash } }, points, epoch) {
    const at = Math.max(
      0,
      run.epochs.findLastIndex((one) => one <= epoch),
    );
    return {
      ...curve(points, run.fits[at]),
      name: safe(row.label),
      line: { color, dash, width: 2.5 },
      marker: { color, size: 5 },
      hovertemplate: `${safe(row.label)}, epoch ${run.epochs[at]}<br>%{x:.4g}: %{y:.4g}<extra></extra>`,
    };
  }

  // The data stay in view whatever an untrained network says.
  function window_(points) {
    const [low, high] = [Math.min(...points.y), Math.max(...points.y)];
    const margin = 0.25 * (high - low) || 1;
    return [low - margin, high + margin];
  }

  function play() {
    const running = timer !== 0;
    clearInterval(timer);
    timer = 0;
    byId("play").textContent = running ? "Play" : "Pause";
    byId("play").setAttribute("aria-pressed", String(!running));
    if (running) return;
    if (Number(byId("epoch").value) >= epochs.length - 1) byId("epoch").value = 0;
    timer = setInterval(() => {
      if (Number(byId("epoch").value) >= epochs.length - 1) return play();
      byId("epoch").value = Number(byId("epoch").value) + 1;
      showEpoch();
      drawFits();
    }, 200);
  }

  // What a stranger sees first: a best run beside the first one that is worse, or the next one.
  const bests = () => data.groups.map((group) => group.best).filter((index) => index !== null);
  function firstLook() {
    const first = data.groups.findIndex((group) => group.best !== null);
    const others = data.rows
      .filter((row) => row.group === first && row.rank !== null && row.how !== "best")
      .sort((a, b) => (a.verdict !== "worse") - (b.verdict !== "worse") || a.rank - b.rank);
    return [...bests().slice(0, 1), ...others.slice(0, 1).map((row) => row.index)];
  }

  byId("epoch").addEventListener("input", () => (showEpoch(), drawFits()));
  byId("play").addEventListener("click", play);
  byId("loss-rows").addEventListener("change", drawLosses);
  byId("select-best").addEventListener("click", () => archlab.selectOnly(bests()));
  byId("select-none").addEventListener("click", () => archlab.selectOnly([]));
  archlab.on("selection", update);
  archlab.selectOnly(firstLook());
  archlab.whenPlotly(update);
});
