// The four lines. Each is a picture with a label, and a table for whoever prefers to read it.
import { clock, duration, figure, known, ratio, whole } from './format.js';
import * as ticks from './ticks.js';

const LIMIT = 600;
const TABLE_ROWS = 12;
const LEAST_SPAN_MS = 10000;
let marks = [];

const rate = value => (known(value) && value > 0 && value < 10 ? figure(value) : whole(value));
const seconds = value => (known(value) ? duration(value) : '–');
const LINES = {
  gmean: { series: [['gmean', 'G-mean', '--accent']], format: ratio, ticks: ticks.plain, y: { min: 0, max: 1 } },
  loss: { series: [['loss', 'loss', '--accent']], format: figure, log: true, ticks: ticks.logarithmic },
  throughput: {
    series: [['arriving', 'arriving', '--stream'], ['training', 'trained on', '--accent']],
    format: rate, ticks: ticks.plain, y: { min: 0, suggestedMax: 10 },
  },
  behind: { series: [['behind_seconds', 'behind', '--accent']], format: seconds, ticks: ticks.durations, y: { min: 0, suggestedMax: 2 } },
};

const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function axis(more) {
  return {
    ticks: { color: color('--soft'), font: { size: 11 }, maxRotation: 0, autoSkip: false,
      callback: (value, i, list) => list[i].label, ...more.ticks },
    grid: { color: color('--grid'), drawTicks: false },
    border: { display: false },
    ...more.axis,
  };
}

// What happened meanwhile, as dashed lines across every chart.
const marked = {
  id: 'marks',
  afterDatasetsDraw(chart) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.setLineDash([4, 3]);
    for (const mark of marks) {
      const at = x.getPixelForValue(mark.time_ms);
      if (mark.time_ms < x.min || mark.time_ms > x.max) continue;
      ctx.strokeStyle = color(mark.kind === 'drift' ? '--wait' : '--soft');
      ctx.beginPath();
      ctx.moveTo(at, area.top);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
    }
    ctx.restore();
  },
};

// A value between two gaps has no line to stand on: it is a dot.
const alone = key => context => {
  const near = i => known((context.dataset.data[i] || {})[key]);
  return near(context.dataIndex - 1) || near(context.dataIndex + 1) ? 0 : 1.5;
};

class Line {
  constructor(element) {
    this.element = element;
    this.spec = LINES[element.dataset.chart];
    this.title = element.querySelector('h2').textContent;
    this.canvas = element.querySelector('canvas');
    this.empty = element.querySelector('.empty');
    this.button = element.querySelector('button');
    this.button.setAttribute('aria-label', `Table: ${this.title}`);
    this.button.addEventListener('click', () => this.toggle());
    this.points = [];
    this.draw();
  }

  draw() {
    if (this.chart) this.chart.destroy();
    const datasets = this.spec.series.map(([key, label, hue]) => ({
      label, data: this.points, parsing: { xAxisKey: 't', yAxisKey: key },
      borderColor: color(hue), backgroundColor: color(hue), borderWidth: 2, pointRadius: alone(key),
      pointHoverRadius: 4, pointHitRadius: 10, spanGaps: false, clip: 4, borderJoinStyle: 'round',
    }));
    const y = axis({
      ticks: { padding: 6 },
      axis: { type: this.spec.log ? 'logarithmic' : 'linear', afterBuildTicks: this.spec.ticks, ...this.spec.y },
    });
    const x = axis({
      ticks: { padding: 4 },
      axis: { type: 'linear', afterBuildTicks: ticks.times, afterFit: scale => { scale.paddingRight = 2; } },
    });
    x.grid.display = false;
    this.chart = new Chart(this.canvas, {
      type: 'line', data: { datasets }, plugins: [marked],
      options: {
        animation: false, responsive: true, maintainAspectRatio: false,
        interaction: { mode: 'index', intersect: false }, scales: { x, y },
        plugins: {
          legend: {
            display: datasets.length > 1, align: 'end',
            labels: { color: color('--soft'), usePointStyle: true, pointStyle: 'line', font: { size: 11 }, padding: 8 },
          },
          tooltip: {
            callbacks: {
              title: items => (items.length ? clock(items[0].parsed.x) : ''),
              label: item => `${item.dataset.label} ${this.spec.format(item.parsed.y)}`,
            },
          },
        },
      },
    });
  }

  add(columns) {
    columns.time_ms.forEach((t, i) => {
      const point = { t };
      for (const [key] of this.spec.series) {
        const value = columns[key][i];
        point[key] = this.spec.log && value !== null && value <= 0 ? null : value;
      }
      this.points.push(point);
    });
    this.points.splice(0, this.points.length - LIMIT);
    const [main] = this.spec.series[this.spec.series.length - 1];
    const values = this.points.filter(p => this.spec.series.some(([key]) => known(p[key])));
    this.empty.hidden = values.length > 0;
    this.canvas.hidden = values.length === 0 || this.table !== undefined;
    const last = this.points.length ? this.points[this.points.length - 1][main] : null;
    this.element.querySelector('b').textContent = values.length ? this.spec.format(last) : '';
    this.canvas.setAttribute('aria-label', this.label(values));
    // Always a span of our own: around a single point the library makes one of years.
    const first = (values[0] || this.points[0] || { t: 0 }).t;
    const newest = (this.points[this.points.length - 1] || { t: 0 }).t;
    Object.assign(this.chart.options.scales.x, { min: first, max: Math.max(first + LEAST_SPAN_MS, newest) });
    this.chart.update('none');
    if (this.table) this.fill();
  }

  label(values) {
    if (!values.length) return `${this.title}: no data yet.`;
    const parts = this.spec.series.map(([key, label]) => {
      const own = values.filter(p => known(p[key]));
      if (!own.length) return `${label} not known yet`;
      const all = own.map(p => p[key]);
      const show = this.spec.format;
      return `${label} now ${show(all[all.length - 1])}, from ${show(Math.min(...all))} to ${show(Math.max(...all))}`;
    });
    return `Line chart, ${this.title}, since ${clock(values[0].t)}: ${parts.join('; ')}.`;
  }

  toggle() {
    const on = this.table === undefined;
    this.button.setAttribute('aria-pressed', String(on));
    this.button.textContent = on ? 'Chart' : 'Table';
    if (on) {
      this.table = document.createElement('div');
      this.table.className = 'values';
      this.table.tabIndex = 0;
      this.table.setAttribute('role', 'region');
      this.table.setAttribute('aria-label', `${this.title}, values`);
      this.canvas.parentElement.append(this.table);
      this.fill();
    } else {
      this.table.remove();
      this.table = undefined;
    }
    this.canvas.hidden = on || !this.empty.hidden;
  }

  fill() {
    const every = Math.max(1, Math.floor(this.points.length / TABLE_ROWS));
    const rows = this.points.filter((p, i) => (this.points.length - 1 - i) % every === 0).reverse();
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const name of ['Time', ...this.spec.series.map(([, label]) => label)]) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = name;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const point of rows) {
      const row = body.insertRow();
      row.insertCell().textContent = clock(point.t);
      for (const [key] of this.spec.series) row.insertCell().textContent = this.spec.format(point[key]);
    }
    this.table.replaceChildren(table);
  }

  clear() {
    this.points.length = 0;
  }
}

// What happened, for every chart drawn from now on.
export function mark(all) {
  marks = all;
}

export function lines() {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  return [...document.querySelectorAll('[data-chart]')].map(element => new Line(element));
}
