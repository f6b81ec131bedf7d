// Where an axis is named, and how: no two names alike, however small the span.
import { clock } from './format.js';

const MOST = 5;
const ALL_MOST = 10;
const LOW = 70; // pixels: room for few names
const TIMES_S = [5, 10, 15, 30, 60, 120, 300];
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const DURATIONS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE,
  30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];

// 1, 2 or 5 times a power of ten, so that about so many steps fit.
function roundStep(span) {
  const rough = span / (MOST - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999);
}

function every(scale, step) {
  const ticks = [];
  if (!(step > 0) || !((scale.max - scale.min) / step <= 3 * ALL_MOST)) return ticks;
  for (let i = Math.ceil(scale.min / step - 1e-9); i * step <= scale.max + 1e-9 * step; i++) ticks.push(i * step + 0); // never -0
  return ticks;
}

function set(scale, values, label) {
  scale.ticks = values.map(value => ({ value, label: label(value) }));
}

const fixed = step => value =>
  value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) });

export function plain(scale) {
  const step = roundStep(scale.max - scale.min);
  set(scale, every(scale, step), fixed(step));
}

// Powers of ten times 1, 2 and 5 over a wide span; over a narrow one as on any axis.
export function logarithmic(scale) {
  const decades = Math.log10(scale.max / scale.min);
  if (!(decades >= 1)) return plain(scale);
  const low = scale.height > 0 && scale.height < LOW;
  const factors = decades > 4 ? [1] : decades > 2 || low ? [1, 3] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(scale.min)); power <= Math.ceil(Math.log10(scale.max)); power++) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= scale.min * 0.999 && value <= scale.max * 1.001 && ticks.length < ALL_MOST) ticks.push(value);
    }
  }
  return set(scale, ticks, value => (value >= 1e-4 && value < 1e6 ? String(Number(value.toPrecision(1))) : value.toExponential(0)));
}

function lasting(seconds, step) {
  if (seconds === 0) return '0 s';
  if (step < MINUTE && seconds < 2 * MINUTE) return `${fixed(step)(seconds)} s`;
  if (step < HOUR && seconds < 2 * HOUR) {
    const rest = Math.round(seconds % MINUTE);
    return `${Math.floor(seconds / MINUTE)} min${rest ? ` ${rest} s` : ''}`;
  }
  if (step < DAY && seconds < 2 * DAY) {
    const rest = Math.round(seconds % HOUR / MINUTE);
    return `${Math.floor(seconds / HOUR)} h${rest ? ` ${rest} min` : ''}`;
  }
  const rest = Math.round(seconds % DAY / HOUR);
  return `${Math.floor(seconds / DAY)} d${rest ? ` ${rest} h` : ''}`;
}

export function durations(scale) {
  const span = scale.max - scale.min;
  const step = DURATIONS_S.find(s => span / s <= MOST) || roundStep(span);
  set(scale, every(scale, step), value => lasting(value, step));
}

// Round times rather than whatever divides the span; none so near an edge that it would be cut.
export function times(scale) {
  const span = scale.max - scale.min;
  const step = 1000 * (TIMES_S.find(s => span / 1000 / s <= 4) || 600);
  scale.ticks = [];
  // A span that no step fits would make ticks without end.
  if (!(span / step <= ALL_MOST)) return;
  const offset = new Date(scale.min).getTimezoneOffset() * 60000;
  for (let t = Math.ceil((scale.min - offset) / step) * step + offset; t <= scale.max; t += step) {
    if (t > scale.min + 0.07 * span && t < scale.max - 0.07 * span) scale.ticks.push({ value: t, label: clock(t) });
  }
}
