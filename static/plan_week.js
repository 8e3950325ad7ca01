// the whole week by the hour: night first, then 168 cells; a cell sets day and hour
import { answered } from './plan_ask.js';
import { coming } from './plan_controls.js';
import { el, fill } from './dom.js';
import { bar, hourName, number, percent, WEEKDAYS } from './plan_say.js';
import { asked, change, question, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const NIGHT = new Set([22, 23, 0, 1, 2, 3, 4, 5]);

/** Build the tab. */
export function buildWeek(box) {
  let found = null;
  let series = 'total';
  let at = 84;

  const names = () => [
    { key: 'total', name: say('全部', 'All'), hours: found.hours, total: found.total },
    ...found.services.map((one) => ({ key: `s:${one.code}`, name: say(one.name, one.name_en), hours: one.hours, total: found.total, kind: 'service' })),
    ...found.districts.map((one) => ({ key: `d:${one.adcode}`, name: say(one.name, one.name_en), hours: one.hours, total: one.total, kind: 'district' })),
  ];
  const now = () => names().find((one) => one.key === series) || names()[0];
  const lit = () => { if (!state.at) return -1; const day = (new Date(`${state.at.slice(0, 10)}T12:00Z`).getUTCDay() + 6) % 7; return day * 24 + Number(state.at.slice(11, 13)); };

  function pick(index) {
    const day = Math.floor(index / 24);
    const code = series.startsWith('s:') ? series.slice(2) : null;
    change({ at: `${coming(day)}T${String(index % 24).padStart(2, '0')}:00`, ...(code && !state.services.includes(code) ? { services: [code] } : {}) }, { step: true });
  }

  function table(one, readout) {
    const most = Math.max(...one.hours, 1);
    const chosen = lit();
    const cell = (index) => {
      const share = one.total ? one.hours[index] / one.total : 0;
      const made = el('td', { tabindex: index === at ? 0 : -1, 'data-index': index, class: index === chosen ? 'is-on' : NIGHT.has(index % 24) ? 'is-night' : '', 'aria-label': `${hourName(index)} ${percent(share)}` });
      made.style.setProperty('--heat', (one.hours[index] / most).toFixed(3));
      return made;
    };
    const head = el('tr', {}, el('td', {}), ...Array.from({ length: 24 }, (_, hour) => el('th', { scope: 'col' }, hour % 3 ? '' : String(hour))));
    const rows = WEEKDAYS.map(([zh, en], day) => el('tr', {}, el('th', { scope: 'row' }, say(zh, en)), ...Array.from({ length: 24 }, (_, hour) => cell(day * 24 + hour))));
    const made = el('table', { class: 'heat-table', role: 'grid', 'aria-label': say('一周每小时走得到的人', 'People covered by the hour of the week') }, el('thead', {}, head), el('tbody', {}, ...rows));
    const tell = (index) => fill(readout, el('b', {}, hourName(index)), ' ', percent(one.total ? one.hours[index] / one.total : 0), say(` · ${number(one.hours[index])} 人`, ` · ${number(one.hours[index])} people`), one.kind === 'service' ? '' : say(` · ${found.open[index]} 站开门`, ` · ${found.open[index]} stations open`));
    const of_ = (event) => event.target.closest('td[data-index]');
    made.addEventListener('pointerover', (event) => { const one_ = of_(event); if (one_) tell(Number(one_.dataset.index)); });
    made.addEventListener('focusin', (event) => { const one_ = of_(event); if (one_) tell(Number(one_.dataset.index)); });
    made.addEventListener('click', (event) => { const one_ = of_(event); if (one_) { at = Number(one_.dataset.index); pick(at); } });
    made.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -24, ArrowDown: 24 }[event.key];
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pick(at); return; }
      if (!step) return;
      event.preventDefault();
      const next = at + step;
      if (next < 0 || next > 167) return;
      made.querySelector(`[data-index="${at}"]`).tabIndex = -1;
      at = next;
      const cellThere = made.querySelector(`[data-index="${at}"]`);
      cellThere.tabIndex = 0;
      cellThere.focus();
    });
    tell(chosen >= 0 ? chosen : found.finding.hour);
    return made;
  }

  function rows(kind, title) {
    const all = names().filter((one) => one.kind === kind && one.total > 0);
    if (!all.length) return '';
    const ranked = all.map((one) => {
      const night = one.hours.reduce((best, value, index) => (NIGHT.has(index % 24) && value < one.hours[best] ? index : best), 22);
      return { ...one, least: one.hours[night] / one.total, most: Math.max(...one.hours) / one.total };
    }).sort((a, b) => a.least - b.least);
    return el('section', {}, el('h3', {}, title, el('small', {}, say('夜里最低 / 一周最高', 'worst of the night / best of the week'))), el('ul', { class: 'districts is-range' }, ...ranked.map((one) => el('li', {}, el('button', {
      type: 'button', 'aria-pressed': String(one.key === series), onclick: () => { series = series === one.key ? 'total' : one.key; draw(); box.querySelector('h3')?.scrollIntoView({ block: 'nearest' }); },
    }, el('span', { class: 'name' }, one.name), bar(one.least, { base: one.most, look: 'has-base' }), el('b', {}, `${percent(one.least, 0)} / ${percent(one.most, 0)}`))))));
  }

  function draw() {
    if (!found) return;
    const focused = box.contains(document.activeElement) && document.activeElement.dataset.index;
    const one = now();
    const readout = el('p', { class: 'readout', 'aria-live': 'polite' });
    fill(box, el('section', { class: 'finding' }, el('h2', {}, say('夜里', 'At night')), el('p', {}, say(found.finding.zh, found.finding.en)),
      el('button', { type: 'button', class: 'small', onclick: () => { at = found.finding.hour; pick(at); } }, say(`看 ${hourName(found.finding.hour)} 的地图`, `Map of ${hourName(found.finding.hour)}`))),
    el('section', {}, el('h3', {}, one.key === 'total' ? say('一周 168 个小时', 'The 168 hours of the week') : one.name, one.key === 'total' ? '' : el('button', { type: 'button', class: 'link', onclick: () => { series = 'total'; draw(); } }, say('回到全部', 'Back to all'))),
      readout, table(one, readout), el('div', { class: 'ends' }, el('span', {}, '0'), el('i', { class: 'heat-ramp' }), el('span', {}, percent(Math.max(...one.hours) / (one.total || 1), 0)), el('span', { class: 'soft' }, say('点一格,地图就看那一小时', 'Click a cell: the map shows that hour')))),
    rows('service', say('按服务', 'By service')), rows('district', say('按区县', 'By district')));
    if (focused) box.querySelector(`[data-index="${focused}"]`)?.focus();
  }

  // every hour is in it: which one is chosen changes nothing
  const part = answered(box, '/plan/week', () => ({ ...asked(), question: { ...question(), at: null } }), (answer) => { found = answer; draw(); });
  onLanguage(draw);
  return { show: part.show };
}
