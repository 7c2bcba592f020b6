// Motion between two states of a picture: its numbers go from the old ones to the new ones.

const MOTION = 200; // milliseconds

// draw: called with a list of lines of numbers, each time they moved. The returned function goes
// to other lines; without motion where the person wants none or where lines have other lengths.
export function makeMotion(draw) {
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  let shown = null;
  let frame = 0;
  return (lines, moving = true) => {
    cancelAnimationFrame(frame);
    const same = shown && lines.every((line, k) => line.length === shown[k]?.length);
    if (!moving || !same || still?.matches || document.hidden) {
      shown = lines;
      draw(lines);
      return;
    }
    const from = shown;
    const start = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - start) / MOTION));
      shown = share < 1 ? between(from, lines, eased(share)) : lines;
      draw(shown);
      if (share < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  };
}

const eased = (share) => 1 - (1 - share) ** 3;

// What is unknown at either end does not move.
export function between(from, to, share) {
  return to.map((line, k) =>
    Float64Array.from(line, (value, i) => {
      const before = from[k][i];
      return Number.isFinite(before) && Number.isFinite(value)
        ? before + share * (value - before)
        : value;
    }),
  );
}
