// Labels that come later, what is served, and how it fared once its labels came: tiles of what a job has.
import { byId, set } from './dom.js';
import { duration, figure, known, percent, ratio, whole } from './format.js';

const TILES = ['joined', 'delay', 'scored', 'judged', 'served-recall', 'served-precision', 'served-loss'];

function tile(id, value, more) {
  byId(`${id}-tile`).hidden = !known(value);
  set(id, known(value) ? value : '');
  if (more !== undefined) {
    set(`${id}-more`, more);
    byId(`${id}-more`).title = more;
  }
}

const join = (...parts) => parts.filter(part => part).join(', ');
const shown = (value, format) => (known(value) ? format(value) : null);

function showLabels(labels) {
  const never = known(labels.never_share) ? `${percent(labels.never_share)} get none` : '';
  const without = (labels.unlabelled || 0) + (labels.dropped || 0);
  tile('joined', shown(labels.matched, whole), join(
    without > 0 && `${whole(without)} without`,
    known(labels.waiting) && `${whole(labels.waiting)} wait`));
  tile('delay', shown(labels.median_seconds, duration), never || 'the median');
}

function model(scorer) {
  if (!known(scorer.step)) return 'no checkpoint yet';
  const age = known(scorer.age_seconds) ? `${duration(scorer.age_seconds)} old` : '';
  return join(`by step ${whole(scorer.step)}`, scorer.held_back ? 'next held back' : age);
}

function scored(scorer) {
  if (known(scorer.per_second)) return `${scorer.per_second < 10 ? figure(scorer.per_second) : whole(scorer.per_second)} /s`;
  return known(scorer.scored) ? whole(scorer.scored) : known(scorer.step) ? 'elsewhere' : null;
}

function showServed(served) {
  tile('judged', shown(served.judged, whole), join(
    known(served.delay_seconds) && `${duration(served.delay_seconds)} later`,
    known(served.waiting) && `${whole(served.waiting)} wait`));
  const interval = served.recall_interval;
  tile('served-recall', shown(served.recall, ratio), join(
    interval && `${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}`,
    known(served.labels) && `${whole(served.labels)} label${served.labels === 1 ? '' : 's'}`));
  if (served.class) {
    set('served-class', `Recall of ${served.class}, served`);
    byId('served-class').title = served.class;
  }
  tile('served-precision', shown(served.precision, ratio));
  tile('served-loss', shown(served.log_loss, figure), known(served.gmean) ? `G-mean ${ratio(served.gmean)}` : '');
}

// One tile alone is not worth a row: it stands beside what is learnt.
let beside = '';

function place(alone) {
  if (alone === beside) return;
  beside = alone;
  byId('answers').append(...TILES.map(id => byId(`${id}-tile`)));
  if (alone) byId('learning').append(byId(`${alone}-tile`));
}

export function show(state) {
  showLabels(state.labels || {});
  const scorer = state.scorer || {};
  tile('scored', scored(scorer), model(scorer));
  showServed(state.served || {});
  const there = TILES.filter(id => !byId(`${id}-tile`).hidden);
  place(there.length === 1 ? there[0] : '');
  const row = there.length > 1;
  byId('answers').hidden = !row;
  document.body.dataset.answers = String(row);
  document.body.dataset.dense = String(row || state.alerts.length > 0);
}
