// The features: how often each is missing, and a category unseen, lately and since the start.
import { byId, set, sync } from './dom.js';
import { known, percent } from './format.js';
import { fill, remembered, row, spark } from './rows.js';

const COLUMNS = [['recall', 'missing'], ['num', 'since the start'], ['recall', 'unseen'], ['num', 'since the start']];
const RISE = 0.1;
const ROOM = 16;
const FEW = 5;
const LOW = matchMedia('(min-width: 1181px) and (max-height: 960px)');
const missing = new Map();
const unseen = new Map();

const risen = (lately, before) => String(known(lately) && known(before) && lately - before > RISE);

// Paths into one object begin alike: of a long one the end is told.
const short = name => (name.length > ROOM ? `…${name.slice(1 - ROOM)}` : name);

const change = r => Math.max(
  Math.abs((r.missing || 0) - (r.missing_since_start || 0)), Math.abs((r.unseen || 0) - (r.unseen_since_start || 0)));

// A screen that is full has room for those that changed most.
function fitting(all, note) {
  if (document.body.dataset.dense !== 'true' || !LOW.matches || all.length <= FEW) return { rows: all, note };
  const most = [...all].sort((a, b) => change(b) - change(a)).slice(0, FEW);
  return { rows: all.filter(r => most.includes(r)), note: `The ${FEW} whose shares changed most.` };
}

export function show(told) {
  const { rows, note } = fitting(told.rows, told.note);
  const body = byId('features');
  document.body.dataset.features = String(rows.length > 0);
  byId('drifting').hidden = rows.length === 0;
  byId('drifting-note').hidden = !note;
  set('drifting-note', note || '');
  body.parentElement.dataset.many = String(rows.length > 3);
  sync(body, rows.length, () => row(COLUMNS));
  rows.forEach((r, i) => {
    const cells = fill(body.children[i], short(r.feature),
      [percent(r.missing), percent(r.missing_since_start), percent(r.unseen), percent(r.unseen_since_start)]);
    body.children[i].firstElementChild.title = r.feature;
    spark(cells[0], missing.get(r.feature) || []);
    spark(cells[2], unseen.get(r.feature) || []);
    cells[0].dataset.weak = risen(r.missing, r.missing_since_start);
    cells[2].dataset.weak = risen(r.unseen, r.unseen_since_start);
  });
}

export function remember(points) {
  remembered(missing, points.missing, points.next);
  remembered(unseen, points.unseen, points.next);
}

export function clear() {
  missing.clear();
  unseen.clear();
}
