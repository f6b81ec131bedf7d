// Asks for the state once a second while somebody looks, and shows it.
import { age, clock, duration, figure, known, ratio, whole } from './format.js';
import { lines, mark } from './charts.js';
import * as alerts from './alerts.js';
import * as answers from './answers.js';
import * as letters from './letters.js';
import * as table from './classes.js';
import * as decisions from './decisions.js';
import * as features from './features.js';
import { byId, element, set, sync, text } from './dom.js';

const EVERY_MS = 1000;
const PATIENCE_MS = 10000;
const charts = lines();
let next = 0;
let timer = 0;
let asking = false;
let answeredMs = null;
let announced = '';
const started = Date.now();

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
    item.title = role.words + '; ' + (role.here ? 'runs in this process' : 'runs elsewhere: this is what its topics tell');
  });
}

// Of several networks: what each counts.
function showCandidates(state) {
  const candidates = state.candidates ? state.candidates.words : '';
  byId('candidates').hidden = candidates === '';
  set('candidates', candidates);
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
  if (!known(value)) {
    delete node.dataset.shown;
    return text(node, '–');
  }
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
  const held = state.held.offsets > 0 && state.held.seconds >= 10;
  set('behind-events', held ? `${whole(state.held.offsets)} held` : !known(f.behind_events) ? '' : f.behind_events ? `${whole(f.behind_events)} events` : 'caught up');
  set('gmean', ratio(window.gmean));
  set('gmean-all', known(all.gmean) ? `${ratio(all.gmean)} since the start` : 'no recall yet');
  set('loss', figure(f.loss));
  set('log-loss', known(window.log_loss) ? `log loss served ${figure(window.log_loss)}` : 'no step yet');
  const checkpoint = state.checkpoint;
  set('checkpoint', checkpoint ? age(state.now_ms - checkpoint.written_ms) : 'none');
  set('checkpoint-step', checkpoint ? `ago, at step ${whole(checkpoint.step)}` : 'none written yet');
  const refused = state.dead_letters;
  set('letters', known(refused.count) ? `${refused.estimated ? 'about ' : ''}${whole(refused.count)}` : '–');
  byId('letters').parentElement.dataset.bad = String(refused.count > 0);
  set('letters-newest', refused.count === 0 ? 'all events readable' : '');
  letters.show(refused);
}

const MARKS_TOLD = 3;

// The dashed lines of the charts, the newest in words.
function showMarks(state) {
  mark(state.marks);
  const from = Date.now() - 600000;
  const told = state.marks.filter(m => m.time_ms > from).slice(-MARKS_TOLD).reverse();
  byId('marks').hidden = told.length === 0;
  set('marks', `Dashed: ${told.map(m => `${clock(m.time_ms)} ${m.words}`).join('; ')}`);
}

function show(state) {
  showHeadline(state);
  showJobs(state);
  showRoles(state);
  showCandidates(state);
  alerts.show(state.alerts);
  answers.show(state);
  showMissing(state);
  showFigures(state);
  showMarks(state);
  // A server started anew counts its points from the start again.
  if (state.points.next < next) {
    charts.forEach(chart => chart.clear());
    table.clear();
    features.clear();
    next = 0;
    return;
  }
  table.remember(state.points);
  table.show(state.classes);
  decisions.show(state);
  features.remember(state.points);
  features.show(state.features);
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
