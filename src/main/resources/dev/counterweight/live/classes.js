// The classes: what share each has in the stream and in the batches, and how it is learnt.
import { byId, set, sync } from './dom.js';
import { figure, known, percent, ratio, whole } from './format.js';
import { fill, remembered, row, spark } from './rows.js';

const recalls = new Map();

function bar(cell, part) {
  const width = `${(100 * Math.min(1, Math.max(0, part || 0))).toFixed(1)}%`;
  const fill = cell.querySelector('i');
  if (fill.style.width !== width) fill.style.width = width;
}

const BALANCE = [['num', 'events'], ['share stream', 'stream'], ['share batch', 'batches'], ['num', 'weight'], ['num', 'uses']];
const LEARNT = [['recall', 'recall'], ['num precision', 'precision'], ['num', 'false alarms'], ['num', 'PR AUC'], ['num', 'calibration']];

// Bars run from a power of ten below the smallest share to 100 %.
function lowestPower(rows) {
  const shares = rows.flatMap(r => [r.stream_share, r.batch_share]).filter(s => s > 0);
  return shares.length ? Math.min(-1, Math.ceil(Math.log10(Math.min(...shares))) - 1) : -1;
}

function showBalance(rows, low) {
  const length = share => (share > 0 ? 1 - Math.log10(share) / low : 0);
  const body = byId('classes');
  sync(body, rows.length, () => row(BALANCE));
  rows.forEach((r, i) => {
    const [, stream, batch] = fill(body.children[i], r.class,
      [whole(r.events), percent(r.stream_share), percent(r.batch_share), figure(r.weight), figure(r.uses)]);
    bar(stream, length(r.stream_share));
    bar(batch, length(r.batch_share));
  });
}

function showLearnt(rows) {
  const body = byId('learnt-classes');
  sync(body, rows.length, () => row(LEARNT));
  rows.forEach((r, i) => {
    const [recall, precision] = fill(body.children[i], r.class,
      [ratio(r.recall), ratio(r.precision), figure(r.false_alarms), ratio(r.pr_auc), ratio(r.class_ece)]);
    spark(recall, recalls.get(r.class) || []);
    recall.dataset.weak = String(known(r.recall) && r.recall < 0.5);
    precision.dataset.weak = String(known(r.precision) && r.precision < 0.5);
  });
}

export function show({ rows, note, formula }) {
  const low = lowestPower(rows);
  showBalance(rows, low);
  showLearnt(rows);
  byId('classes-empty').hidden = rows.length > 0;
  for (const id of ['classes', 'learnt-classes']) {
    byId(id).parentElement.hidden = rows.length === 0;
    byId(id).parentElement.dataset.many = String(rows.length > 5);
  }
  byId('learnt').hidden = rows.length === 0;
  document.body.dataset.few = String(rows.length <= 4);
  set('balance-note', note);
  byId('balance-note').hidden = !note;
  set('scale-note', rows.length === 0 ? ''
    : `Share bars are logarithmic, from ${percent(10 ** low).replace(/0+ %| %/, ' %').replace('. %', ' %')} to 100 %. Batches: rows drawn in the last minutes. `
      + `Weight: what the objective pays an event (${formula}). Uses: how often an event is drawn.`);
}

export const remember = points => remembered(recalls, points.recall, points.next);

export const clear = () => recalls.clear();
