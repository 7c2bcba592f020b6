// The fit grid: many runs at a glance.

export function startFitGrid() {}
