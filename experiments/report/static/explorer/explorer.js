// The explorer: one run at a time, its fit and its learning curves.

export function startExplorer() {}
