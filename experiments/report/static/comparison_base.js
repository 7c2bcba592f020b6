"use strict";
// What the parts of the page share: the data, who is selected, and small helpers. All text from
// configs and data goes in through textContent; nothing is ever parsed as HTML.

const archlab = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  data.rows.forEach((row, index) => (row.index = index));

  const byId = (id) => document.getElementById(id);

  function element(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function option(value, text = value) {
    return element("option", { value, textContent: text });
  }

  // Four significant digits, as everywhere in archlab; a dash for what is unknown.
  function number(value, digits = 4) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (value !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(digits - 1);
    const text = value.toPrecision(digits);
    if (text.includes("e")) return String(Math.round(value));
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }

  function plain(value) {
    if (value === undefined) return "–";
    if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  const spread = (row) =>
    row.std === null ? number(row.mean) : `${number(row.mean)} ± ${number(row.std, 2)}`;
  const interval = (pair, digits = 4) =>
    pair ? `[${number(pair[0], digits)}, ${number(pair[1], digits)}]` : "–";
  // A bound that is no bound: what few repeats leave open.
  const ratioInterval = (row) =>
    row.interval && row.interval[0] < 0.01
      ? `[< 0.01, ${number(row.interval[1], 3)}]`
      : interval(row.interval, 3);
  const groupName = (row) => (row.group === null ? "–" : data.groups[row.group].name);
  const short = (key) => key.replace(/^(model|training)\./, "");

  // How a column's value is written; value: what it is sorted by, where that is not the value.
  const formats = {
    text: { text: (v) => v ?? "–" },
    run: { text: (v) => v },
    verdict: { text: (v) => v ?? "–", value: (v) => v ?? "–" },
    number: { text: (v) => number(v), right: true },
    interval: { text: (v) => interval(v), value: (v) => v?.[0], right: true },
    spread: { text: (v, row) => spread(row), right: true },
    ratio: { text: (v, row) => ratio(row), right: true },
    percent: { text: (v) => (v === null ? "–" : `${Math.round(100 * v)} of 100`), right: true },
    probability: { text: probability, right: true },
    stuck: { text: (v, row) => (v === null ? "–" : `${v} of ${row.repeats}`), right: true },
    known: { text: (v) => (v === null ? "unknown" : number(v)), right: true },
    count: { text: (v) => v?.toLocaleString("en") ?? "–", right: true },
    seconds: { text: (v) => number(v, 2), right: true },
    key: { text: plain },
  };
  function ratio(row) {
    if (row.how === "best") return "the best";
    if (row.ratio === null) return "–";
    return `${number(row.ratio, 3)} × ${row.how === "exact" ? "exactly" : ratioInterval(row)}`;
  }
  function probability(value, row) {
    if (value === null) return "–";
    if (row.how === "exact") return "exact";
    return value < 0.001 ? "< 0.001" : value.toFixed(3);
  }
  // A column of the data with its text(row) and the value(row) that it is sorted by.
  function written({ id, title, format }) {
    const { text, value = (v) => v, right = false } = formats[format];
    const of = (row) => {
      if (id === "group") return groupName(row);
      return format === "key" ? row.keys[id] : row[id];
    };
    const heading = format === "key" ? short(id) : title;
    return {
      id,
      format,
      title: heading,
      right,
      key: format === "key",
      text: (row) => text(of(row), row),
      value: (row) => value(of(row)),
    };
  }

  // Colours and dashes come from the theme, by role: the custom properties of the page.
  const token = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const dashes = (name) => token(name).replace("none", "solid");
  const role = (name) => {
    const key = name.replaceAll("_", "-");
    return { color: token(key), dash: dashes(`${key}-dash`) };
  };
  // Of runs beside each other: colours, and dashes where there are more runs than colours.
  const look = (place) => {
    const [colors, kinds] = [Number(token("series-count")), Number(token("series-dash-count"))];
    return {
      color: token(`series-${1 + (place % colors)}`),
      dash: dashes(`series-dash-${1 + (Math.floor(place / colors) % kinds)}`),
    };
  };

  const most = 12; // runs side by side, and curves on one axis, that an eye can follow
  const selected = new Set();
  const listeners = { selection: [], filter: [] };
  const on = (event, listener) => listeners[event].push(listener);
  const tell = (event) => listeners[event].forEach((listener) => listener());

  function select(index, chosen) {
    if (chosen) selected.add(index);
    else selected.delete(index);
    tell("selection");
  }

  function selectOnly(indices) {
    selected.clear();
    indices.forEach((index) => selected.add(index));
    tell("selection");
  }

  // Scripts in comparison_data/ call receive(); a page on a disk may not fetch, but may add a script.
  const received = new Map();
  const waiting = new Map();
  function receive(name, value) {
    received.set(name, value);
  }
  function load(name, source) {
    if (!waiting.has(name)) {
      waiting.set(
        name,
        new Promise((resolve) => {
          const script = element("script", { src: source });
          script.onload = () => resolve(received.get(name));
          script.onerror = () => resolve(undefined);
          document.head.append(script);
        }),
      );
    }
    return waiting.get(name);
  }
  const loadRun = (row) => load(String(row.index), row.curves);
  const loadPoints = (group) => load(`group-${group}`, `comparison_data/group-${group}.js`);

  const starters = [];
  const start = () => starters.forEach((starter) => starter());
  const whenPlotly = (draw) => window.addEventListener("load", draw);

  return {
    data,
    byId,
    element,
    option,
    number,
    plain,
    written,
    groupName,
    short,
    token,
    role,
    look,
    most,
    selected,
    select,
    selectOnly,
    on,
    tell,
    receive,
    loadRun,
    loadPoints,
    starters,
    start,
    whenPlotly,
    visible: data.rows,
  };
})();
