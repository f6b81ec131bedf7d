'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const MAX_MULTIPLES = 24;
  const LIGHT = ['#0f62d6', '#b45309', '#0a7d55', '#a3267f', '#6b4fc9', '#b3261e', '#0b7a91', '#6d6a1d'];
  const DARK = ['#6ea8ff', '#f5a04a', '#4fd1a0', '#f08ac8', '#b39dff', '#ff8a80', '#5fd0e6', '#d6d066'];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const pair = data.jobs.length > 1;
  const overEvents = data.over === 'events';
  const x = p => (overEvents ? p.events : p.seconds);
  let charts = [];

  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const classColor = i => (dark.matches ? DARK : LIGHT)[i % DARK.length];
  const dash = i => (i < DARK.length ? [] : [6, 3]);
  const last = list => list[list.length - 1];
  const total = map => Object.values(map).reduce((sum, n) => sum + n, 0);

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

  function logAxis(title, unit = '') {
    return axis(title, {
      ticks: { callback: value => powerOfTen(value, unit), autoSkip: false },
      grid: { color: context => isPowerOfTen(context.tick.value) ? style('--grid') : 'transparent' },
      axis: { type: 'logarithmic' },
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

  // After a rollback, or a restart from an older checkpoint, what was trained on again counts.
  function forward(list, along) {
    const kept = [];
    for (const p of list) {
      while (kept.length && along(last(kept)) > along(p)) kept.pop();
      kept.push(p);
    }
    return kept;
  }

  const points = (job, along, y) =>
    forward(data[job].metrics, along).filter(p => y(p) !== null && y(p) !== undefined).map(p => ({ x: along(p), y: y(p) }));

  const compact = new Intl.NumberFormat('en', { notation: 'compact' });

  // The axis of the plots over time, or over events where a job may have stood still.
  function alongAxis(title, ticks = {}) {
    const shown = overEvents ? { callback: value => compact.format(value) } : {};
    return axis(title, { axis: { type: 'linear', min: 0, max: end() }, ticks: { ...shown, ...ticks } });
  }

  const alongTitle = overEvents ? 'Events' : 'Seconds since the stream began';

  function draw(canvas, type, datasets, scales, more = {}) {
    charts.push(new Chart(canvas, {
      type,
      data: { labels: more.labels, datasets },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, indexAxis: more.indexAxis || 'x',
        interaction: { mode: 'index', intersect: false, axis: more.indexAxis || 'x' },
        scales,
        plugins: {
          legend: {
            display: more.legend !== false,
            labels: { color: style('--ink'), usePointStyle: true, pointStyle: more.mark || 'line', padding: 14 },
          },
          tooltip: { callbacks: more.tooltip || {} },
        },
      },
    }));
  }

  const told = at => (overEvents ? `${at.toLocaleString('en')} events` : `${at.toFixed(1)} s`);
  const alongTip = { title: items => items.length ? told(items[0].parsed.x) : '' };

  function shares() {
    const drawn = job => (last(data[job].metrics) || { drawn: {} }).drawn;
    const series = [
      ['stream', data.counts, '--stream'],
      ...data.jobs.map(job => [pair ? `${job} batches` : 'batches', drawn(job), `--${job}`]),
    ];
    const all = [];
    const datasets = series.map(([label, counts, color]) => {
      const sum = total(counts);
      const values = data.classes.map(c => (counts[c] && sum ? 100 * counts[c] / sum : null));
      all.push(...values.filter(v => v !== null));
      return { label, data: values, backgroundColor: style(color), borderRadius: 3, categoryPercentage: 0.78, barPercentage: 0.92 };
    });
    const x = logAxis('Share of events or rows (%, logarithmic)', ' %');
    x.min = 10 ** Math.floor(Math.log10(Math.min(1, ...all) * 0.999));
    x.max = 100;
    const y = axis('', { grid: { display: false }, ticks: { autoSkip: false, color: style('--ink') } });
    document.getElementById('shares-plot').style.height = `${data.classes.length * 50 + 120}px`;
    draw(document.getElementById('shares'), 'bar', datasets, { x, y }, {
      labels: data.classes, indexAxis: 'y', mark: 'rectRounded',
      tooltip: { label: item => `${item.dataset.label}: ${percent(item.raw)}` },
    });
  }

  function gmean() {
    const value = p => p.gmean;
    draw(document.getElementById('gmean'), 'line', data.jobs.map(job =>
      line(job, points(job, x, value), style(`--${job}`))), {
      x: alongAxis(alongTitle),
      y: axis('G-mean', { axis: { min: 0, max: 1 } }),
    }, { legend: pair, tooltip: alongTip });
  }

  function weights() {
    const history = forward(data[last(data.jobs)].weights, x);
    const datasets = data.classes.map((c, i) =>
      line(c, history.filter(p => p.weights[c] > 0).map(p => ({ x: x(p), y: p.weights[c] })),
        classColor(i), { stepped: 'before', borderDash: dash(i) }));
    draw(document.getElementById('weights'), 'line', datasets, {
      x: alongAxis(alongTitle),
      y: logAxisOver('Class weight (logarithmic)', datasets),
    }, { tooltip: alongTip });
  }

  function recalls() {
    const shown = data.classes.length > MAX_MULTIPLES ? data.classes.slice(-MAX_MULTIPLES) : data.classes;
    const place = document.getElementById('recalls');
    place.textContent = '';
    for (const name of shown) {
      const figure = place.appendChild(document.createElement('figure'));
      const caption = figure.appendChild(document.createElement('figcaption'));
      const count = document.createElement('span');
      count.textContent = ` ${data.counts[name].toLocaleString('en')} events`;
      caption.append(name, count);
      const plot = figure.appendChild(document.createElement('div'));
      plot.className = 'plot';
      const canvas = plot.appendChild(document.createElement('canvas'));
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `Line chart: recall of class ${name} over ${data.over}${pair ? ', natural and rebalanced' : ''}.`);
      draw(canvas, 'line', data.jobs.map(job =>
        line(job, points(job, x, p => p.recall[name]), style(`--${job}`))), {
        x: alongAxis(overEvents ? 'Events' : 'Seconds', { maxTicksLimit: 5 }),
        y: axis('Recall', { axis: { min: 0, max: 1 }, ticks: { stepSize: 0.5 } }),
      }, { legend: false, tooltip: alongTip });
    }
  }

  function end() {
    const ends = data.jobs.flatMap(job => [last(data[job].metrics), overEvents ? last(data[job].weights) : undefined]);
    return Math.ceil(Math.max(1, ...ends.filter(Boolean).map(x)));
  }

  function loss() {
    const datasets = data.jobs.map(job =>
      line(job, points(job, p => p.step, p => (p.loss > 0 ? p.loss : null)), style(`--${job}`), { borderWidth: 1.5 }));
    draw(document.getElementById('loss'), 'line', datasets, {
      x: axis('Steps', { axis: { type: 'linear', min: 0 } }),
      y: logAxisOver('Loss (logarithmic)', datasets),
    }, { legend: pair, tooltip: { title: items => items.length ? `step ${items[0].parsed.x.toLocaleString('en')}` : '' } });
  }

  // A line a feature: how much of the events had it missing, or a category of it that was new.
  function features(id) {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    const datasets = data[id].map((of, i) =>
      line(of.feature, forward(of.points, x).map(p => ({ x: x(p), y: 100 * p.share })), classColor(i), { borderDash: dash(i) }));
    draw(canvas, 'line', datasets, {
      x: alongAxis(alongTitle),
      y: axis(`${id === 'missing' ? 'Missing' : 'Unseen'} (% of the events)`, { axis: { min: 0 } }),
    }, { tooltip: alongTip });
  }

  function calibration() {
    const bins = job => data.judged[job].reliability.map(b => ({ x: b.probability, y: b.right, r: 3 + 10 * Math.sqrt(b.share) }));
    const even = {
      type: 'line', label: 'equal', data: [{ x: 0, y: 0 }, { x: 1, y: 1 }], borderColor: style('--soft'),
      backgroundColor: 'transparent', borderWidth: 1, borderDash: [4, 4], pointRadius: 0, pointHitRadius: 0,
    };
    const datasets = data.jobs.map(job => {
      const off = data.judged[job].ece;
      const name = pair ? job : 'given';
      return {
        type: 'bubble', label: off === null ? name : `${name}: ${percent(100 * off)} off`, data: bins(job),
        borderColor: style(`--${job}`), backgroundColor: `${style(`--${job}`)}99`, clip: 12,
      };
    });
    draw(document.getElementById('calibration'), 'bubble', [even, ...datasets], {
      x: axis('Probability given', { axis: { type: 'linear', min: 0, max: 1 } }),
      y: axis('Share that is right', { axis: { min: 0, max: 1 } }),
    }, {
      mark: 'circle',
      tooltip: { label: item => `${item.dataset.label}: ${item.parsed.x.toFixed(3)} given, ${item.parsed.y.toFixed(3)} right` },
    });
  }

  function drawAll() {
    charts.forEach(chart => chart.destroy());
    charts = [];
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    calibration();
    shares();
    gmean();
    weights();
    recalls();
    features('missing');
    features('unseen');
    loss();
  }

  drawAll();
  dark.addEventListener('change', drawAll);
})();
