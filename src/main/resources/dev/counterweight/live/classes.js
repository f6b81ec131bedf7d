// The classes: what share each has in the stream and in the batches, and how it is learnt.
import { byId, element, set, sync, text } from './dom.js';
import { figure, known, percent, ratio, whole } from './format.js';

const POINTS = 600;
const recalls = new Map();

function bar(cell, part) {
  const width = `${(100 * Math.min(1, Math.max(0, part || 0))).toFixed(1)}%`;
  const fill = cell.querySelector('i');
  if (fill.style.width !== width) fill.style.width = width;
}

function row(cells) {
  const tr = element('tr');
  tr.setAttribute('role', 'row');
  const name = element('th');
  name.scope = 'row';
  name.setAttribute('role', 'rowheader');
  tr.append(name);
  for (const [className, label] of cells) {
    const cell = element('td', className);
    cell.setAttribute('role', 'cell');
    cell.dataset.label = label;
    if (className === 'recall') {
      cell.append(sparkline());
    } else if (className.startsWith('share')) {
      const track = element('span', 'bar');
      track.append(element('i'));
      cell.append(track);
    }
    cell.append(element('span', 'value'));
    tr.append(cell);
  }
  return tr;
}

const BALANCE = [['num', 'events'], ['share stream', 'stream'], ['share batch', 'batches'], ['num', 'weight'], ['num', 'uses']];
const LEARNT = [['recall', 'recall'], ['num precision', 'precision'], ['num', 'false alarms'], ['num', 'PR AUC'], ['num', 'calibration']];

const SVG = 'http://www.w3.org/2000/svg';

function sparkline() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 100 20');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const name of ['base', 'line']) {
    const line = document.createElementNS(SVG, 'path');
    line.setAttribute('class', name);
    svg.append(line);
  }
  svg.firstElementChild.setAttribute('d', 'M0,19H100');
  return svg;
}

// A class's recall over the last minutes, from 0 at the bottom to 1 at the top; broken where it was not known.
function spark(cell, values) {
  const last = Math.max(1, values.length - 1);
  let drawing = false;
  const steps = values.map((value, i) => {
    const move = drawing ? 'L' : 'M';
    drawing = known(value);
    return drawing ? `${move}${(100 * i / last).toFixed(1)},${(18.5 - 17 * value).toFixed(1)}` : '';
  });
  cell.querySelector('.line').setAttribute('d', steps.join(''));
}

// Bars run from a power of ten below the smallest share to 100 %.
function lowestPower(rows) {
  const shares = rows.flatMap(r => [r.stream_share, r.batch_share]).filter(s => s > 0);
  return shares.length ? Math.min(-1, Math.ceil(Math.log10(Math.min(...shares))) - 1) : -1;
}

function fill(row, name, values) {
  const [head, ...cells] = row.children;
  text(head, name);
  head.title = name;
  values.forEach((value, i) => text(cells[i].lastElementChild, value));
  return cells;
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

// Lists all as long as one another, so that they share a time axis.
export function remember(points) {
  for (const [name, values] of Object.entries(points.recall)) {
    const before = recalls.get(name) || new Array(Math.min(points.next, POINTS) - values.length).fill(null);
    recalls.set(name, before.concat(values).slice(-POINTS));
  }
  for (const name of recalls.keys()) if (!(name in points.recall)) recalls.delete(name);
}

export const clear = () => recalls.clear();
