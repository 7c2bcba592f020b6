// The comparison page: its data are read, then each part starts.

import { byId } from "../shared/dom.js";
import { startCharts } from "./charts.js";
import { startCopying } from "./copying.js";
import { readData } from "./data.js";
import { startExplorer } from "../explorer/explorer.js";
import { startFitGrid } from "../explorer/fitgrid.js";
import { startSearch } from "../charts/search.js";
import { startRanking } from "./ranking.js";
import { startSide } from "./side.js";
import { makeStore } from "./store.js";
import { startTable } from "./table.js";

const store = makeStore(await readData(byId("data").textContent));
const parts = [startExplorer, startRanking, startSearch, startFitGrid, startSide, startTable, startCharts, startCopying];
parts.forEach((start) => start(store));
document.documentElement.dataset.ready = "true";
performance.mark("ready");
