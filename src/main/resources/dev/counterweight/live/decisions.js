// What is decided of which class, and whether the probabilities hold.
import { byId, element, set, text } from './dom.js';
import { known, percent, ratio } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';
const SIZE = 100;

function cell(right) {
  const td = element('td', right ? 'right' : 'wrong');
  td.setAttribute('role', 'cell');
  td.append(element('i'), element('span'));
  return td;
}

function matrixRow(classes, own) {
  const tr = element('tr');
  tr.setAttribute('role', 'row');
  const head = element('th');
  head.scope = 'row';
  head.setAttribute('role', 'rowheader');
  tr.append(head, ...classes.map((name, j) => cell(j === own)));
  return tr;
}

const rounded = share => (share > 0 && share < 0.005 ? '<1' : String(Math.round(100 * share)));

function showMatrix({ classes, shares }) {
  const head = byId('matrix-head');
  const body = byId('matrix');
  if (body.children.length !== classes.length) {
    head.replaceChildren(element('th'), ...classes.map((name, j) => {
      const th = element('th', 'num', String(j + 1));
      th.scope = 'col';
      th.setAttribute('role', 'columnheader');
      return th;
    }));
    body.replaceChildren(...classes.map((name, i) => matrixRow(classes, i)));
  }
  classes.forEach((name, i) => {
    const [first, ...cells] = body.children[i].children;
    text(first, `${i + 1} ${name}`);
    first.title = name;
    head.children[i + 1].title = name;
    cells.forEach((td, j) => {
      const share = shares[i][j];
      text(td.lastElementChild, known(share) ? rounded(share) : '–');
      td.firstElementChild.style.opacity = known(share) ? String(Math.sqrt(share) * 0.5) : '0';
      td.title = known(share) ? `${percent(share)} of ${name} is decided as ${classes[j]}` : '';
    });
  });
  byId('matrix-card').hidden = classes.length === 0;
}

function mark(className, attributes) {
  const node = document.createElementNS(SVG, className === 'even' ? 'path' : 'circle');
  node.setAttribute('class', className);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// A dot for each bin: right of the line the model is surer than it should be.
function showCalibration(bars, ece) {
  const plot = byId('calibration');
  byId('calibration-card').hidden = bars.length === 0;
  plot.replaceChildren(
    mark('even', { d: `M0,${SIZE}L${SIZE},0` }),
    ...bars.map(bar => mark('bin', {
      cx: (SIZE * bar.probability).toFixed(1), cy: (SIZE * (1 - bar.hits)).toFixed(1),
      r: (1.6 + 4 * Math.sqrt(bar.share)).toFixed(1),
    })));
  set('ece', known(ece) ? `${percent(ece)} off` : '');
  plot.setAttribute('aria-label', bars.length === 0 ? 'No row scored yet.'
    : `Calibration: ${bars.map(bar => `at ${ratio(bar.probability)} ${ratio(bar.hits)} are right`).join('; ')}.`);
}

export function show(state) {
  showMatrix(state.decisions);
  showCalibration(state.decisions.reliability, (state.figures.window || {}).ece);
  byId('decisions').hidden = state.decisions.classes.length === 0 && state.decisions.reliability.length === 0;
}
