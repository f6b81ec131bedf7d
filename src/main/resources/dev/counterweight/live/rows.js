// Rows of the tables, with the lines that some of their cells have.
import { element, text } from './dom.js';
import { known } from './format.js';

const POINTS = 600;
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

// A share over the last minutes, from 0 at the bottom to 1 at the top; broken where it was not known.
export function spark(cell, values) {
  const last = Math.max(1, values.length - 1);
  let drawing = false;
  const steps = values.map((value, i) => {
    const move = drawing ? 'L' : 'M';
    drawing = known(value);
    return drawing ? `${move}${(100 * i / last).toFixed(1)},${(18.5 - 17 * value).toFixed(1)}` : '';
  });
  cell.querySelector('.line').setAttribute('d', steps.join(''));
}

export function row(cells) {
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

export function fill(row, name, values) {
  const [head, ...cells] = row.children;
  text(head, name);
  head.title = name;
  values.forEach((value, i) => text(cells[i].lastElementChild, value));
  return cells;
}

// Adds the newest points of lines by name; all are as long as one another, so that they share a time axis.
export function remembered(lines, newest, next) {
  for (const [name, values] of Object.entries(newest)) {
    const before = lines.get(name) || new Array(Math.min(next, POINTS) - values.length).fill(null);
    lines.set(name, before.concat(values).slice(-POINTS));
  }
  for (const name of lines.keys()) if (!(name in newest)) lines.delete(name);
}
