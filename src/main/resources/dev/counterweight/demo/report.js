'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const MAX_MULTIPLES = 24;
  const { style, shade, dash, percent, axis, logAxis, logAxisOver, line, draw } = plots;
  const pair = data.jobs.length > 1;
  const overEvents = data.over === 'events';
  const x = p => (overEvents ? p.events : p.seconds);
  const last = list => list[list.length - 1];
  const total = map => Object.values(map).reduce((sum, n) => sum + n, 0);

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

  const told = at => (overEvents ? `${at.toLocaleString('en')} events` : `${at.toFixed(1)} s`);
  const alongTable = { told, first: overEvents ? 'Events' : 'Seconds' };
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
      labels: data.classes, first: 'Class, in %', indexAxis: 'y', mark: 'rectRounded',
      tooltip: { label: item => `${item.dataset.label}: ${percent(item.raw)}` },
    });
  }

  function gmean() {
    const value = p => p.gmean;
    draw(document.getElementById('gmean'), 'line', data.jobs.map(job =>
      line(job, points(job, x, value), style(`--${job}`))), {
      x: alongAxis(alongTitle),
      y: axis('G-mean', { axis: { min: 0, max: 1 } }),
    }, { legend: pair, tooltip: alongTip, ...alongTable });
  }

  function weights() {
    const history = forward(data[last(data.jobs)].weights, x);
    const datasets = data.classes.map((c, i) =>
      line(c, history.filter(p => p.weights[c] > 0).map(p => ({ x: x(p), y: p.weights[c] })),
        shade(i), { stepped: 'before', borderDash: dash(i) }));
    draw(document.getElementById('weights'), 'line', datasets, {
      x: alongAxis(alongTitle),
      y: logAxisOver('Class weight (logarithmic)', datasets),
    }, { tooltip: alongTip, ...alongTable });
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
      }, { legend: false, tooltip: alongTip, ...alongTable });
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
    }, { legend: pair, first: 'Step', tooltip: { title: items => items.length ? `step ${items[0].parsed.x.toLocaleString('en')}` : '' } });
  }

  // A line a feature: how much of the events had it missing, or a category of it that was new.
  function features(id) {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    const datasets = data[id].map((of, i) =>
      line(of.feature, forward(of.points, x).map(p => ({ x: x(p), y: 100 * p.share })), shade(i), { borderDash: dash(i) }));
    draw(canvas, 'line', datasets, {
      x: alongAxis(alongTitle),
      y: axis(`${id === 'missing' ? 'Missing' : 'Unseen'} (% of the events)`, { axis: { min: 0 } }),
    }, { tooltip: alongTip, ...alongTable });
  }

  function calibration() {
    const bins = job => data.judged[job].reliability.map(b => ({ x: b.probability, y: b.right, r: 3 + 10 * Math.sqrt(b.share) }));
    const even = {
      type: 'line', label: 'equal', data: [{ x: 0, y: 0 }, { x: 1, y: 1 }], borderColor: style('--soft'),
      backgroundColor: 'transparent', borderWidth: 1, borderDash: [4, 4], pointRadius: 0, pointHitRadius: 0, helper: true,
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
      mark: 'circle', points: ['Probability given', 'Share that is right'],
      tooltip: { label: item => `${item.dataset.label}: ${item.parsed.x.toFixed(3)} given, ${item.parsed.y.toFixed(3)} right` },
    });
  }

  plots.keepDrawn(() => {
    calibration();
    shares();
    gmean();
    weights();
    recalls();
    features('missing');
    features('unseen');
    loss();
  });
})();
