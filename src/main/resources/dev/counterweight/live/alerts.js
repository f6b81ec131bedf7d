// What somebody should look at: a line each, with the section of the runbook that says what to do.
import { byId, element, sync, text } from './dom.js';
import { clock } from './format.js';

const RUNBOOK = 'https://counterweight.dev/docs/runbook.md#';

function line() {
  const item = element('li');
  item.append(element('span', 'dot'), element('span', 'words'), element('span', 'since'), element('a'));
  item.lastElementChild.rel = 'noreferrer';
  return item;
}

export function show(alerts) {
  const list = byId('alerts');
  list.hidden = alerts.length === 0;
  list.dataset.many = String(alerts.length > 3);
  sync(list, alerts.length, line);
  alerts.forEach((alert, i) => {
    const [, words, since, link] = list.children[i].children;
    list.children[i].dataset.tone = alert.tone;
    text(words, alert.words);
    words.title = alert.words;
    text(since, `since ${clock(alert.since_ms).slice(0, 5)}`);
    since.title = clock(alert.since_ms);
    text(link, alert.runbook.replace('Counterweight', ''));
    link.href = RUNBOOK + alert.runbook.toLowerCase();
    link.title = `what it means and what to do: ${alert.runbook} in docs/runbook.md`;
  });
}
