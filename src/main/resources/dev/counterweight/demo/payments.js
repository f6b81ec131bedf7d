'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const { style, axis, logAxis, line, band, draw } = plots;
  const DAY = 86400000;
  const FLOOR = 1e-4;
  const byId = id => document.getElementById(id);
  const color = name => style({ natural: '--natural', rebalanced: '--rebalanced' }[name] || '--best');
  const dash = name => (name === 'natural' || name === 'rebalanced' ? [] : [6, 4]);
  const ends = p => [p.low, p.high];
  const day = x => new Date(data.startMs + x * DAY).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const days = ms => (ms - data.startMs) / DAY;
  const two = value => (value === null || value === undefined ? '–' : value.toFixed(2));
  const tip = {
    label: item => {
      const of = item.dataset.intervals && item.dataset.intervals[item.dataIndex];
      return `${item.dataset.label}: ${plots.plain(item.chart.options.indexAxis === 'y' ? item.parsed.x : item.parsed.y)}`
        + (of && of[0] !== null ? ` (${plots.plain(of[0])} to ${plots.plain(of[1])})` : '');
    },
  };

  // A line with its intervals: as a band where they would hide one another, or as whiskers.
  function series(one, points, more = {}) {
    return line(one.name, points, color(one.name), { borderDash: dash(one.name), intervals: points.map(ends), whisker: 'transparent', ...more });
  }

  function curves() {
    const bands = data.learners.filter(one => one.name !== 'Bayes').flatMap(one => band(one.curve, color(one.name)));
    const lines = data.learners.map(one => series(one, one.curve));
    draw(byId('curves'), 'line', [...lines, ...bands], {
      x: axis('Share of the frauds that is found (recall)', { axis: { type: 'linear', min: 0, max: 1 } }),
      y: axis('Share of the alerts that is right (precision)', { axis: { min: 0, max: 1 } }),
    }, { first: 'Recall', tooltip: { ...tip, title: items => (items.length ? `recall ${two(items[0].parsed.x)}` : '') } });
  }

  const moments = () => [
    { x: days(data.newPatternMs), label: 'new pattern begins' },
    { x: days(data.burstMs), to: days(data.burstEndMs), label: 'burst' },
  ];

  function overTime(id, pattern, list, from) {
    const shown = data.learners.map(one => ({ name: one.name, points: one.overTime[pattern].filter(p => p.y !== null) }));
    const bands = pattern === 'all' ? shown.filter(one => one.name === 'rebalanced').flatMap(one => band(one.points, color(one.name))) : [];
    const lines = shown.map(one => series(one, one.points, {
      pointRadius: 2.5, ...(pattern === 'all' || one.name !== 'rebalanced' ? {} : { whisker: color(one.name) }),
    }));
    draw(byId(id), 'line', [...lines, ...bands], {
      x: axis('', { axis: { type: 'linear', min: from, max: days(data.endMs) }, ticks: { stepSize: 7, callback: day, autoSkip: true } }),
      y: axis('Share of the frauds that is found', { axis: { min: 0, max: 1 } }),
    }, { marks: list, first: 'Around', told: day, tooltip: { ...tip, title: items => (items.length ? `around ${day(items[0].parsed.x)}` : '') } });
  }

  const bars = (one, points) => ({
    label: one.name, data: points.map(p => p.y), intervals: points.map(ends), whisker: style('--ink'),
    backgroundColor: color(one.name), borderRadius: 3, categoryPercentage: 0.8, barPercentage: 0.85,
  });

  function patterns() {
    draw(byId('patterns'), 'bar', data.learners.map(one => bars(one, one.patterns)), {
      x: axis('Share of its frauds that is found', { axis: { min: 0, max: 1 } }),
      y: axis('', { grid: { display: false }, ticks: { autoSkip: false, color: style('--ink') } }),
    }, { labels: data.patterns, first: 'Pattern', indexAxis: 'y', mark: 'rectRounded', tooltip: tip });
  }

  function saved() {
    const set = {
      ...bars({ name: 'saved' }, data.learners.map(one => one.saved)),
      backgroundColor: data.learners.map(one => color(one.name)),
    };
    draw(byId('saved'), 'bar', [set], {
      x: axis('Saved, in the currency of the amounts', { axis: { suggestedMin: 0, suggestedMax: Math.max(0, ...data.learners.map(one => one.saved.high)) } }),
      y: axis('', { grid: { display: false }, ticks: { autoSkip: false, color: style('--ink') } }),
    }, { labels: data.learners.map(one => one.name), first: 'Who alerts', indexAxis: 'y', legend: false, tooltip: tip });
  }

  function calibration() {
    const even = {
      label: 'equal', data: [{ x: FLOOR, y: FLOOR }, { x: 1, y: 1 }], borderColor: style('--soft'), backgroundColor: 'transparent',
      borderWidth: 1, borderDash: [4, 4], pointRadius: 0, pointHitRadius: 0, helper: true,
    };
    const sets = data.learners.map(one => series(one, one.reliability.filter(p => p.x >= FLOOR && p.y >= FLOOR), {
      pointRadius: 4, borderWidth: 1, whisker: color(one.name),
    }));
    const edge = { min: FLOOR, max: 1 };
    draw(byId('calibration'), 'line', [...sets, even], {
      x: logAxis('Probability given (logarithmic)', '', edge),
      y: logAxis('Share that is fraud (logarithmic)', '', edge),
    }, { near: true, points: ['Probability given', 'Share that is fraud'], tooltip: tip });
  }

  function delays() {
    const last = data.delays.length - 1;
    const set = { label: 'chargebacks', data: data.delays, backgroundColor: style('--stream'), borderRadius: 2, categoryPercentage: 1, barPercentage: 0.9 };
    draw(byId('delays'), 'bar', [set], {
      x: axis('Whole days from the payment to its chargeback', { grid: { display: false } }),
      y: axis('Chargebacks', { axis: { beginAtZero: true }, ticks: { precision: 0 } }),
    }, { labels: data.delays.map((_, i) => (i === last ? `${i}+` : String(i))), first: 'Days', legend: false });
  }

  function features() {
    const canvas = byId('features');
    if (!canvas) return;
    const set = {
      label: 'share of what moved the answers, in %', data: data.features.map(f => 100 * f.share), backgroundColor: style('--accent'), borderRadius: 3,
    };
    canvas.closest('.plot').style.height = `${data.features.length * 34 + 60}px`;
    draw(canvas, 'bar', [set], {
      x: axis('Share of what moved the answers (%)', { axis: { min: 0 } }),
      y: axis('', { grid: { display: false }, ticks: { autoSkip: false, color: style('--ink') } }),
    }, { labels: data.features.map(f => f.name), first: 'Feature', indexAxis: 'y', legend: false });
  }

  plots.keepDrawn(() => {
    curves();
    overTime('recall', 'all', moments(), 0);
    const label = data.newPatternLabelMs === null ? [] : [{ x: days(data.newPatternLabelMs), label: 'its first chargeback' }];
    overTime('recovery', 'newPattern', [moments()[0], ...label], Math.max(0, days(data.newPatternMs) - 3.5));
    patterns();
    saved();
    calibration();
    delays();
    features();
  });
})();
