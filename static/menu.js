// behind ☰: my reports, how the page looks, joining the union, who runs this
import { el, fill } from './dom.js';
import { look, setLook } from './look.js';
import { tickets } from './outbox.js';
import { kindName } from './report.js';
import { closeSheet, openSheet } from './sheets.js';
import { stylesheet } from './styles.js';
import { ago, say } from './words.js';

const SIZES = [['normal', '标准', 'Normal'], ['large', '大', 'Large'], ['huge', '特大', 'Very large']];
const THEMES = [['auto', '跟随手机', 'As the phone'], ['light', '浅色', 'Light'], ['dark', '深色', 'Dark'], ['contrast', '高对比', 'High contrast']];

function choice(name, words, options) {
  const chosen = look()[name];
  return el('fieldset', { class: 'options' }, el('legend', {}, words),
    ...options.map(([value, zh, en]) => el('label', {},
      el('input', { type: 'radio', name, value, checked: value === chosen, onchange: () => setLook(name, value) }), el('span', {}, say(zh, en)))));
}

async function becameOf(line, ticket) {
  try {
    const answer = await fetch(`/api/v1/reports/${encodeURIComponent(ticket)}`, { headers: { Accept: 'application/json' } });
    const told = await answer.json();
    if (!answer.ok) { line.textContent = say('查不到了', 'No longer kept'); return; }
    line.textContent = told.state === 'closed' ? say(told.answer_zh, told.answer_en) : say('处理中', 'Being dealt with');
  } catch (error) { line.textContent = say('没有信号', 'No signal'); }
}

function reports() {
  const mine = tickets();
  if (!mine.length) return el('p', { class: 'soft' }, say('还没有报告过。在站点里点“报告问题”。', 'None yet. Open a station and choose “Report a problem”.'));
  return el('ul', { class: 'tickets' }, ...mine.map((one) => {
    const line = el('b', {}, '…');
    becameOf(line, one.ticket);
    return el('li', {}, el('span', {}, `${one.name} · ${kindName(one.kind)}`), el('span', { class: 'soft' }, `${one.ticket} · ${ago(one.at)}`), line);
  }));
}

const link = (href, zh, en) => href && el('li', {}, el('a', { href }, say(zh, en)));

function content(sheet, { site }) {
  return [
    el('div', { class: 'sheet-head' }, el('h2', { id: 'menu-title', tabindex: -1 }, say('菜单', 'Menu')),
      el('button', { type: 'button', 'aria-label': say('关闭', 'Close'), onclick: () => closeSheet(sheet) }, '×')),
    el('h3', {}, say('我的报告', 'My reports')), reports(),
    choice('size', say('字号', 'Text size'), SIZES), choice('theme', say('外观', 'Look'), THEMES),
    el('ul', { class: 'links' }, ...[
      link(site.join_url, '扫码入会', 'Join the union'), link(`tel:${site.hotline}`, `职工热线 ${site.hotline}`, `Workers’ hotline ${site.hotline}`),
      link('/privacy', '隐私说明', 'Privacy notice'),
    ].filter(Boolean)),
  ];
}

/** Open the menu. */
export function showMenu(config) {
  let sheet = document.getElementById('menu-sheet');
  if (!sheet) {
    sheet = el('dialog', { class: 'sheet', id: 'menu-sheet', 'aria-labelledby': 'menu-title' });
    document.body.append(sheet);
    stylesheet('sheet.css');
  }
  fill(sheet, ...content(sheet, config));
  openSheet(sheet);
  document.getElementById('menu-title').focus();
}
