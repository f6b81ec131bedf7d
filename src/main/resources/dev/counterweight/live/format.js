// Numbers and times as people read them. An absent value is a dash.
const DASH = '–';

export const known = value => value !== null && value !== undefined;

export const whole = value => (known(value) ? Math.round(value).toLocaleString('en') : DASH);

// Three figures that matter: 0.873, 12.4, 1,240.
export function figure(value) {
  if (!known(value)) return DASH;
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  if (size === 0) return '0';
  return size >= 0.001 ? value.toFixed(3) : value.toExponential(1);
}

export const ratio = value => (known(value) ? value.toFixed(3) : DASH);

export function percent(share) {
  if (!known(share)) return DASH;
  const value = share * 100;
  if (value === 0) return '0 %';
  const digits = value >= 10 ? 1 : value >= 0.1 ? 2 : 3;
  return `${value.toFixed(digits)} %`;
}

export function duration(seconds) {
  if (!known(seconds)) return DASH;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

export const age = milliseconds => duration(Math.max(0, Math.round(milliseconds / 1000)) || 0.0);

export const clock = ms =>
  new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
