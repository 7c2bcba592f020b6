// Scales from data to pixels. Each is a function with kind, domain, range, invert and ticks(count).

export function linear(domain, range) {
  return made("linear", domain, range, (v) => v, (v) => v, linearTicks);
}

// Values must be positive; what is not has no place (NaN).
export function log(domain, range) {
  const from = (v) => (v > 0 ? Math.log10(v) : NaN);
  return made("log", domain, range, from, (v) => 10 ** v, logTicks);
}

// Linear up to `threshold` on both sides of zero and logarithmic beyond.
export function symlog(domain, range, threshold) {
  const from = (v) => Math.sign(v) * Math.log10(1 + Math.abs(v) / threshold);
  const back = (v) => Math.sign(v) * threshold * (10 ** Math.abs(v) - 1);
  const ticks = (ends) => symlogTicks(ends, threshold);
  return made("symlog", domain, range, from, back, ticks);
}

// A domain that leaves some room on both sides: a share of its length.
export function widened([low, high], share) {
  const room = share * (high - low) || Math.abs(low) * share || share || 1;
  return [low - room, high + room];
}

// On a log axis: the lowest and the highest positive value, a little apart at least.
export function logDomain(values, share = 0.06) {
  const known = values.filter((value) => value > 0 && Number.isFinite(value));
  if (!known.length) return [0.1, 1];
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const room = Math.max(share * Math.log10(high / low), 0.02);
  return [low / 10 ** room, high * 10 ** room];
}

function made(kind, domain, range, from, back, ticksOf) {
  const [low, high] = domain.map(from);
  const length = high - low || 1;
  const [start, end] = range;
  const scale = (value) => start + ((from(value) - low) / length) * (end - start);
  const invert = (pixel) => back(low + ((pixel - start) / (end - start || 1)) * length);
  const ticks = (count = 5) => ticksOf(domain, count);
  return Object.assign(scale, { kind, domain, range, invert, ticks });
}

// Multiples of 1, 2 or 5 times a power of ten, about `count` of them.
function linearTicks([low, high], count) {
  const rough = (high - low) / Math.max(count, 1);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((share) => share * power).find((one) => one >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

// Powers of ten, with 2 and 5 times them (or all digits) where those are too few.
function logTicks([low, high], count) {
  const decades = Math.log10(high / low);
  const digits = [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]];
  const shares = digits.find((some) => decades * some.length >= Math.min(count, 3)) ?? digits[2];
  const found = [];
  const stride = Math.max(1, Math.ceil(decades / Math.max(count, 1)));
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    if (shares.length === 1 && power % stride !== 0) continue;
    for (const share of shares) {
      const tick = Number((share * 10 ** power).toPrecision(6));
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) found.push(tick);
    }
  }
  return found.length >= 2 ? found : linearTicks([low, high], Math.min(count, 3));
}

function symlogTicks([low, high], threshold) {
  const found = [0];
  const most = Math.max(Math.abs(low), Math.abs(high));
  for (let power = Math.ceil(Math.log10(threshold)); 10 ** power <= most; power += 1) {
    found.push(10 ** power, -(10 ** power));
  }
  return found.filter((tick) => tick >= low && tick <= high).sort((a, b) => a - b);
}
