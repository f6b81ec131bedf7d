// Dead letters by the rule that was broken, each with where its newest stands; never what an event held.
import { byId, element, set, sync, text } from './dom.js';
import { whole } from './format.js';

function row() {
  const tr = element('tr');
  tr.setAttribute('role', 'row');
  const name = element('th');
  name.scope = 'row';
  name.setAttribute('role', 'rowheader');
  const cells = ['num', 'example'].map(className => element('td', className));
  cells.forEach(cell => cell.setAttribute('role', 'cell'));
  tr.append(name, ...cells);
  return tr;
}

export function show(letters) {
  const reasons = letters.reasons || [];
  byId('refused').hidden = reasons.length === 0;
  byId('letters-newest').hidden = reasons.length > 0;
  set('letters-reason', `newest: ${letters.newest_reason || 'not known'}`);
  const body = byId('reasons');
  sync(body, reasons.length, row);
  reasons.forEach((reason, i) => {
    const [name, count, example] = body.children[i].children;
    text(name, reason.reason);
    text(count, whole(reason.count));
    const about = reason.field ? `'${reason.field}'` : reason.key;
    text(example, [about, reason.from].filter(part => part).join(' · '));
  });
}
