'use strict';
// What the reports' plots have in common: colours of the page, axes, intervals, marks, and a table behind each.
const plots = (() => {
  const LIGHT = ['#0f62d6', '#b45309', '#0a7d55', '#a3267f', '#6b4fc9', '#b3261e', '#0b7a91', '#6d6a1d'];
  const DARK = ['#6ea8ff', '#f5a04a', '#4fd1a0', '#f08ac8', '#b39dff', '#ff8a80', '#5fd0e6', '#d6d066'];
  const MAX_ROWS = 24;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  let charts = [];

  const style = name => getComputedStyle(root).getPropertyValue(name).trim();
  const isDark = () => dark.matches && !root.classList.contains('paper');
  const shade = i => (isDark() ? DARK : LIGHT)[i % DARK.length];
  const dash = i => (i < DARK.length ? [] : [6, 3]);

  function percent(value) {
    if (value === 0) return '0 %';
    const digits = value >= 10 ? 0 : value >= 1 ? 1 : value >= 0.1 ? 2 : 3;
    return `${Number(value.toFixed(digits))} %`;
  }

  // Only whole powers of ten are named on a logarithmic axis.
  function powerOfTen(value, unit) {
    const exponent = Math.log10(value);
    if (Math.abs(exponent - Math.round(exponent)) > 1e-6) return null;
    return (value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1)))) + unit;
  }

  const isPowerOfTen = value => powerOfTen(value, '') !== null;

  function axis(title, more = {}) {
    return {
      title: { display: Boolean(title), text: title, color: style('--soft') },
      ticks: { color: style('--soft'), maxRotation: 0, autoSkipPadding: 14, ...more.ticks },
      grid: { color: style('--grid'), ...more.grid },
      border: { color: style('--line') },
      ...more.axis,
    };
  }

  function logAxis(title, unit = '', more = {}) {
    return axis(title, {
      ticks: { callback: value => powerOfTen(value, unit), autoSkip: false },
      grid: { color: context => isPowerOfTen(context.tick.value) ? style('--grid') : 'transparent' },
      axis: { type: 'logarithmic', ...more },
    });
  }

  // From the power of ten below the smallest value to the one above the largest.
  function logAxisOver(title, datasets) {
    const values = datasets.flatMap(set => set.data.map(point => point.y));
    const y = logAxis(title);
    if (values.length) {
      y.min = 10 ** Math.floor(Math.log10(values.reduce((a, b) => Math.min(a, b)) * 0.99));
      y.max = 10 ** Math.ceil(Math.log10(values.reduce((a, b) => Math.max(a, b)) * 1.01));
    }
    return y;
  }

  const line = (label, points, color, more = {}) => ({
    label, data: points, borderColor: color, backgroundColor: color, borderWidth: 2,
    pointRadius: points.length === 1 ? 3 : 0, pointHitRadius: 8, pointHoverRadius: 4, clip: 3, ...more,
  });

  // Between the ends of intervals: no line of its own, and not in the legend.
  function band(points, color) {
    const known = points.filter(p => p.low !== null);
    const edge = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 0, borderColor: 'transparent', helper: true };
    return [
      { ...edge, label: '', data: known.map(p => ({ x: p.x, y: p.low })), fill: '+1', backgroundColor: `${color}2e` },
      { ...edge, label: '', data: known.map(p => ({ x: p.x, y: p.high })), backgroundColor: `${color}2e` },
    ];
  }

  // An interval of each point or bar: `intervals` of a dataset holds [low, high] or null for each.
  const whiskers = {
    id: 'whiskers',
    afterDatasetsDraw(chart) {
      const along = chart.options.indexAxis === 'y' ? 'x' : 'y';
      const scale = chart.scales[along];
      const pen = chart.ctx;
      chart.data.datasets.forEach((set, i) => {
        if (!set.intervals || !chart.isDatasetVisible(i)) return;
        pen.save();
        pen.strokeStyle = set.whisker || set.borderColor;
        pen.lineWidth = 1.5;
        chart.getDatasetMeta(i).data.forEach((mark, k) => {
          const ends = set.intervals[k];
          if (!ends || ends[0] === null) return;
          const [from, to] = ends.map(value => scale.getPixelForValue(Math.min(scale.max, Math.max(scale.min, value))));
          const at = along === 'x' ? mark.y : mark.x;
          if (!Number.isFinite(at)) return;
          pen.beginPath();
          if (along === 'x') { pen.moveTo(from, at); pen.lineTo(to, at); } else { pen.moveTo(at, from); pen.lineTo(at, to); }
          pen.stroke();
        });
        pen.restore();
      });
    },
  };

  // Moments, or stretches, of the x axis: [{x, to, label}].
  const marks = {
    id: 'marks',
    beforeDatasetsDraw(chart, _, options) {
      const pen = chart.ctx;
      const area = chart.chartArea;
      pen.save();
      pen.font = `600 11px ${Chart.defaults.font.family}`;
      (options.list || []).forEach((mark, i) => {
        const x = chart.scales.x.getPixelForValue(mark.x);
        pen.fillStyle = style('--wait');
        pen.globalAlpha = 0.16;
        if (mark.to) pen.fillRect(x, area.top, Math.max(3, chart.scales.x.getPixelForValue(mark.to) - x), area.bottom - area.top);
        pen.globalAlpha = 1;
        pen.strokeStyle = style('--wait');
        pen.setLineDash([4, 3]);
        pen.beginPath();
        pen.moveTo(x, area.top);
        pen.lineTo(x, area.bottom);
        pen.stroke();
        const width = pen.measureText(mark.label).width;
        const right = x + 5 + width > area.right;
        pen.textAlign = right ? 'right' : 'left';
        pen.fillText(mark.label, right ? x - 5 : x + 5, area.top - 22 + 13 * (i % 2));
      });
      pen.restore();
    },
  };

  function cell(row, text, head) {
    const made = row.appendChild(document.createElement(head ? 'th' : 'td'));
    if (head) made.scope = head;
    made.textContent = text;
  }

  const plain = value => (value === null || value === undefined || Number.isNaN(value) ? '–'
    : Number.isInteger(value) ? value.toLocaleString('en')
      : Number(value.toPrecision(Math.abs(value) >= 1 ? 4 : 3)).toLocaleString('en', { maximumFractionDigits: 6 }));

  function interval(set, i, format) {
    const ends = set.intervals && set.intervals[i];
    return ends && ends[0] !== null && ends[0] !== undefined ? ` (${format(ends[0])} to ${format(ends[1])})` : '';
  }

  // Rows of a plot over x: of each series what it was at that x or last before it.
  function rowsOver(sets, told) {
    const all = [...new Set(sets.flatMap(set => set.data.map(p => p.x)))].sort((a, b) => a - b);
    const step = Math.max(1, (all.length - 1) / (MAX_ROWS - 1));
    const kept = all.length <= MAX_ROWS ? all : Array.from({ length: MAX_ROWS }, (_, i) => all[Math.round(i * step)]);
    return kept.map(x => [told(x), ...sets.map(set => {
      const i = set.data.findLastIndex(p => p.x <= x);
      return i < 0 ? '–' : plain(set.data[i].y) + interval(set, i, plain);
    })]);
  }

  const rowsOf = (labels, sets) =>
    labels.map((label, i) => [label, ...sets.map(set => plain(set.data[i]) + interval(set, i, plain))]);

  // Of points that are not above one another: a row each.
  const rowsOfPoints = sets => sets.flatMap(set =>
    set.data.map((p, i) => [set.label, plain(p.x), plain(p.y) + interval(set, i, plain)]));

  // The table behind a plot, once: a plot that is drawn again has the same.
  function tableBehind(canvas, datasets, more) {
    const plot = canvas.closest('.plot');
    if (plot.nextElementSibling && plot.nextElementSibling.matches('details.values')) return;
    const sets = datasets.filter(set => !set.helper);
    const details = document.createElement('details');
    details.className = 'values';
    const summary = details.appendChild(document.createElement('summary'));
    summary.textContent = 'Table';
    const name = canvas.getAttribute('aria-label');
    summary.setAttribute('aria-label', `Table of: ${name}`);
    const scroll = details.appendChild(document.createElement('div'));
    scroll.className = 'scroll';
    scroll.tabIndex = 0;
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', `Values: ${name}`);
    const table = scroll.appendChild(document.createElement('table'));
    const head = table.appendChild(document.createElement('thead')).appendChild(document.createElement('tr'));
    const names = more.points || sets.map(set => set.label || more.first);
    [more.points ? 'Of' : more.first, ...names].forEach(text => cell(head, text, 'col'));
    const body = table.appendChild(document.createElement('tbody'));
    const rows = more.points ? rowsOfPoints(sets) : more.labels ? rowsOf(more.labels, sets) : rowsOver(sets, more.told || plain);
    rows.forEach(([first, ...rest]) => {
      const row = body.appendChild(document.createElement('tr'));
      cell(row, first, 'row');
      rest.forEach(text => cell(row, text));
    });
    plot.after(details);
  }

  function draw(canvas, type, datasets, scales, more = {}) {
    charts.push(new Chart(canvas, {
      type,
      data: { labels: more.labels, datasets },
      plugins: [whiskers, marks],
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, indexAxis: more.indexAxis || 'x',
        interaction: { mode: more.near ? 'nearest' : 'index', intersect: false, axis: more.near ? 'xy' : more.indexAxis || 'x' },
        scales,
        layout: { padding: { top: more.marks && more.marks.length ? 30 : 0 } },
        plugins: {
          marks: { list: more.marks || [] },
          legend: {
            display: more.legend !== false, position: more.marks ? 'bottom' : 'top',
            labels: {
              color: style('--ink'), usePointStyle: true, pointStyle: more.mark || 'line', padding: 14,
              filter: item => item.text !== '',
            },
          },
          tooltip: { filter: item => !item.dataset.helper, callbacks: more.tooltip || {} },
        },
      },
    }));
    tableBehind(canvas, datasets, more);
  }

  // Draws all, and again when the page turns dark or light, or goes to paper, which is light.
  function keepDrawn(drawAll) {
    const again = () => {
      charts.forEach(chart => chart.destroy());
      charts = [];
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      Chart.defaults.font.size = 12;
      drawAll();
    };
    again();
    dark.addEventListener('change', again);
    addEventListener('beforeprint', () => { root.classList.add('paper'); again(); });
    addEventListener('afterprint', () => { root.classList.remove('paper'); again(); });
  }

  return { style, shade, dash, percent, plain, axis, logAxis, logAxisOver, line, band, draw, keepDrawn };
})();
