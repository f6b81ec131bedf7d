// Asks for the state once a second while somebody looks, and shows it.
import { age, clock, duration, figure, known, percent, ratio, whole } from './format.js';
import { lines } from './charts.js';

const EVERY_MS = 1000;
const PATIENCE_MS = 5000;
const POINTS = 600;
const byId = id => document.getElementById(id);
const charts = lines();
const recalls = new Map();
let next = 0;
let timer = 0;
let asking = false;
let answeredMs = null;
let announced = '';
const started = Date.now();

// Only what changed is touched, so that a selection or a reader's place is not lost.
function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

const set = (id, value) => text(byId(id), value);

function element(tag, className, content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (content !== undefined) node.textContent = content;
  return node;
}

// Keeps as many children as there are items.
function sync(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(make());
}

function showHeadline(state) {
  document.body.dataset.tone = state.headline.tone;
  set('headline', state.headline.words);
  document.title = `${state.headline.words} · ${state.job}`;
  // Distances change each second; read aloud is only what changes in kind.
  const kind = state.headline.words.replace(/[\d.,]+ \w+( \d+ s)?/g, '');
  if (kind !== announced) set('announcer', state.headline.words);
  announced = kind;
}

function showJobs(state) {
  const jobs = byId('jobs');
  sync(jobs, state.jobs.length, () => element('a'));
  state.jobs.forEach((job, i) => {
    const link = jobs.children[i];
    text(link, job);
    link.href = `?job=${encodeURIComponent(job)}`;
    if (job === state.job) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
}

function showRoles(state) {
  const list = byId('roles');
  sync(list, state.roles.length, () => {
    const item = element('li');
    item.append(element('span', 'dot'), element('b'), element('span', 'words'));
    return item;
  });
  state.roles.forEach((role, i) => {
    const item = list.children[i];
    item.dataset.role = role.role;
    item.dataset.state = role.state;
    item.dataset.tone = role.tone;
    item.dataset.here = String(role.here);
    text(item.children[1], role.role);
    text(item.children[2], role.words);
    item.title = role.here ? 'runs in this process' : 'runs elsewhere: this is what its topics tell';
  });
}

function showMissing(state) {
  const sentences = state.missing.slice();
  if (state.cluster.trouble) {
    const since = state.cluster.answered_ms ? ` since ${clock(state.cluster.answered_ms)}` : ' yet';
    sentences.unshift(`Kafka has not answered this process${since}: ${state.cluster.trouble}`);
  }
  const list = byId('missing');
  list.hidden = sentences.length === 0;
  sync(list, sentences.length, () => element('li'));
  sentences.forEach((sentence, i) => text(list.children[i], sentence));
}

function perSecond(id, value, unit) {
  const node = byId(id);
  if (!known(value)) return text(node, '–');
  const shown = value >= 10 || value === 0 ? whole(value) : figure(value);
  if (node.dataset.shown === shown) return undefined;
  node.dataset.shown = shown;
  return node.replaceChildren(shown, element('small', '', unit));
}

function showFigures(state) {
  const f = state.figures;
  const window = f.window || {};
  const all = f.since_start || {};
  perSecond('training', f.training_per_second, ' events/s');
  set('arriving', known(f.arriving_per_second) ? `${whole(f.arriving_per_second)} arriving` : '');
  perSecond('steps', f.steps_per_second, ' /s');
  set('steps-total', known(f.steps) ? `${whole(f.steps)} so far` : 'none yet');
  const unknown = known(f.behind_events) && f.behind_events > 0 && !known(f.behind_seconds);
  set('behind', f.behind_events === 0 ? '0 s' : unknown ? 'long' : duration(f.behind_seconds));
  set('behind-events', !known(f.behind_events) ? '' : f.behind_events ? `${whole(f.behind_events)} events` : 'caught up');
  set('gmean', ratio(window.gmean));
  set('gmean-all', known(all.gmean) ? `${ratio(all.gmean)} since the start` : 'no recall yet');
  set('loss', figure(f.loss));
  set('log-loss', known(window.log_loss) ? `log loss served ${figure(window.log_loss)}` : 'no step yet');
  const checkpoint = state.checkpoint;
  set('checkpoint', checkpoint ? age(state.now_ms - checkpoint.written_ms) : 'none');
  set('checkpoint-step', checkpoint ? `ago, at step ${whole(checkpoint.step)}` : 'none written yet');
  const letters = state.dead_letters;
  set('letters', known(letters.count) ? `${letters.estimated ? 'about ' : ''}${whole(letters.count)}` : '–');
  byId('letters').parentElement.dataset.bad = String(letters.count > 0);
  set('letters-newest', letters.newest_reason ? `newest: ${letters.newest_reason}`
    : letters.count === 0 ? 'all events readable' : '');
}

function bar(cell, part) {
  const width = `${(100 * Math.min(1, Math.max(0, part || 0))).toFixed(1)}%`;
  const fill = cell.querySelector('i');
  if (fill.style.width !== width) fill.style.width = width;
}

function row() {
  const tr = element('tr');
  tr.setAttribute('role', 'row');
  const name = element('th');
  name.scope = 'row';
  name.setAttribute('role', 'rowheader');
  tr.append(name);
  for (const [className, label, withBar] of [
    ['num', 'events'], ['share stream', 'stream', true], ['share batch', 'batches', true],
    ['num', 'weight'], ['num', 'uses'], ['recall', 'recall', true]]) {
    const cell = element('td', className);
    cell.setAttribute('role', 'cell');
    cell.dataset.label = label;
    if (className === 'recall') {
      cell.append(sparkline());
    } else if (withBar) {
      const track = element('span', 'bar');
      track.append(element('i'));
      cell.append(track);
    }
    cell.append(element('span', 'value'));
    tr.append(cell);
  }
  return tr;
}

const SVG = 'http://www.w3.org/2000/svg';

function sparkline() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 100 20');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const name of ['base', 'line']) {
    const line = document.createElementNS(SVG, 'polyline');
    line.setAttribute('class', name);
    svg.append(line);
  }
  svg.firstElementChild.setAttribute('points', '0,19 100,19');
  return svg;
}

// A class's recall over the last minutes, from 0 at the bottom to 1 at the top.
function spark(cell, values) {
  const shown = values.map((value, i) => [i, value]).filter(([, value]) => known(value));
  const last = Math.max(1, values.length - 1);
  const points = shown.map(([i, value]) => `${(100 * i / last).toFixed(1)},${(18.5 - 17 * value).toFixed(1)}`);
  cell.querySelector('.line').setAttribute('points', points.join(' '));
}

// Bars run from a power of ten below the smallest share to 100 %.
function lowestPower(rows) {
  const shares = rows.flatMap(r => [r.stream_share, r.batch_share]).filter(s => s > 0);
  return shares.length ? Math.min(-1, Math.floor(Math.log10(Math.min(...shares)))) : -1;
}

function showClasses(state) {
  const { rows, note, formula } = state.classes;
  const low = lowestPower(rows);
  const length = share => (share > 0 ? 1 - Math.log10(share) / low : 0);
  const body = byId('classes');
  sync(body, rows.length, row);
  rows.forEach((r, i) => {
    const [name, events, stream, batch, weight, uses, recall] = body.children[i].children;
    text(name, r.class);
    const cells = [[events, whole(r.events)], [stream, percent(r.stream_share)], [batch, percent(r.batch_share)],
      [weight, figure(r.weight)], [uses, figure(r.uses)], [recall, ratio(r.recall)]];
    for (const [cell, value] of cells) text(cell.lastElementChild, value);
    bar(stream, length(r.stream_share));
    bar(batch, length(r.batch_share));
    spark(recall, recalls.get(r.class) || []);
    body.children[i].dataset.weak = String(known(r.recall) && r.recall < 0.5);
  });
  byId('classes-empty').hidden = rows.length > 0;
  body.parentElement.hidden = rows.length === 0;
  set('balance-note', note);
  byId('balance-note').hidden = !note;
  set('scale-note', rows.length === 0 ? ''
    : `Share bars are logarithmic, from ${percent(10 ** low).replace(/0+ %| %/, ' %').replace('. %', ' %')} to 100 %. Batches: rows drawn in the last minutes. `
      + `Weight: what the objective pays an event (${formula}). Uses: how often an event is drawn.`);
}

// Lists all as long as one another, so that they share a time axis.
function remember(points) {
  for (const [name, values] of Object.entries(points.recall)) {
    const before = recalls.get(name) || new Array(Math.min(points.next, POINTS) - values.length).fill(null);
    recalls.set(name, before.concat(values).slice(-POINTS));
  }
  for (const name of recalls.keys()) if (!(name in points.recall)) recalls.delete(name);
}

function show(state) {
  showHeadline(state);
  showJobs(state);
  showRoles(state);
  showMissing(state);
  showFigures(state);
  // A server started anew counts its points from the start again.
  if (state.points.next < next) {
    charts.forEach(chart => chart.clear());
    recalls.clear();
    next = 0;
    return;
  }
  remember(state.points);
  showClasses(state);
  charts.forEach(chart => chart.add(state.points));
  next = state.points.next;
  set('source', `events from ${state.events_topic}`);
}

function showAnswered(at) {
  answeredMs = at;
  document.body.dataset.offline = 'false';
  byId('notice').hidden = true;
  set('updated', clock(at));
}

function showUnanswered() {
  document.body.dataset.offline = 'true';
  const notice = byId('notice');
  notice.hidden = false;
  text(notice, `No answer since ${clock(answeredMs || started)}. What stands below is from then; still asking.`);
  set('updated', 'no answer');
}

async function ask() {
  const job = new URLSearchParams(location.search).get('job');
  const query = new URLSearchParams({ since: String(next) });
  if (job) query.set('job', job);
  try {
    const answer = await fetch(`/status?${query}`, { signal: AbortSignal.timeout(PATIENCE_MS), cache: 'no-store' });
    return answer.ok || answer.status === 404 ? await answer.json() : null;
  } catch {
    return null;
  }
}

async function poll() {
  clearTimeout(timer);
  if (document.hidden || asking) return;
  asking = true;
  const state = await ask();
  asking = false;
  timer = setTimeout(poll, EVERY_MS);
  if (!state) {
    showUnanswered();
  } else if (state.error) {
    byId('notice').hidden = false;
    set('notice', state.error);
  } else {
    showAnswered(Date.now());
    show(state);
  }
}

document.addEventListener('visibilitychange', poll);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.forEach(chart => {
  chart.draw();
  chart.add({ time_ms: [] });
}));
poll();
