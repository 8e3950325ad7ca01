// a report that goes up, and figures that stay as they were reported
import { ask, config, into, Trouble, trouble } from './plan_ask.js';
import { el, fill } from './dom.js';
import { button, percent, segmented, toast } from './plan_say.js';
import { asked, state } from './plan_state.js';
import { language, onLanguage, say } from './words.js';

const PARTS = [['circle', '圈与各区县', 'Circle and districts'], ['week', '一周', 'The week'], ['gaps', '缺口', 'Gaps'], ['worth', '站点价值', 'Worth of stations'], ['curve', '历年', 'Over time'], ['siting', '选址', 'Siting'], ['scenario', '方案', 'Scenario']];
const FORMATS = [['docx', 'DOCX'], ['pdf', 'PDF'], ['xlsx', 'XLSX'], ['gpkg', 'GeoPackage'], ['geojson', 'GeoJSON'], ['png', 'PNG'], ['html', '单文件地图', 'One-file map']];
const POLL = 900;

/** Build the tab. */
export function buildReport(box) {
  const wish = { language: language(), parts: ['circle', 'week', 'gaps', 'worth', 'curve'] };
  const form = el('form', { class: 'report' });
  const made = el('section', { 'aria-live': 'polite' });
  const frozen = el('section', {});
  let job = null;
  let timer = 0;
  let list = [];

  function draw() {
    fill(form, el('h2', {}, say('向上呈报的报告', 'A report for the leadership')), el('p', { class: 'definition' }, say('就按现在的设置:地图、表格、定义、数据日期和算法都在里面,数可以按算例重算。', 'By the settings of now: maps, tables, definitions, dates of the data and the method; its figures repeat by their run.')),
      el('div', { class: 'field' }, el('span', { class: 'label' }, say('语言', 'Language')), segmented(['语言', 'Language'], [['zh', '中文', 'Chinese'], ['en', '英文', 'English']], wish.language, (one) => { wish.language = one; draw(); })),
      el('div', { class: 'field' }, el('span', { class: 'label' }, say('包括', 'What is in it')), el('div', { class: 'chips' }, ...PARTS.filter(([key]) => key !== 'scenario' || state.scenario || state.changes.length).map(([key, zh, en]) => el('button', { type: 'button', class: 'chip', 'aria-pressed': String(wish.parts.includes(key)), onclick: () => { wish.parts = wish.parts.includes(key) ? wish.parts.filter((one) => one !== key) : PARTS.map(([one]) => one).filter((one) => one === key || wish.parts.includes(one)); draw(); } }, say(zh, en))))),
      el('div', { class: 'buttons' }, el('button', { class: 'main' }, say('生成报告', 'Make the report')), config.may_save ? button('冻结这个数', 'Freeze this figure', freeze, 'small') : ''));
  }

  function drawMade() {
    if (!job) { fill(made); return; }
    if (job.state === 'waiting' || job.state === 'running') { fill(made, el('h3', {}, say('正在生成', 'Being made')), el('progress', { max: 1, value: job.progress || 0, 'aria-label': say('报告进度', 'Progress') }), el('p', { class: 'soft' }, say(job.stage?.zh || '', job.stage?.en || ''))); return; }
    if (job.state !== 'done') { fill(made, trouble(say(job.message?.zh || '报告没有生成,请重试。', job.message?.en || 'The report was not made; try again.'))); return; }
    fill(made, el('h3', {}, say('报告好了', 'The report is ready')), el('div', { class: 'buttons' }, el('a', { class: 'button main', href: `/plan/reports/${job.id}` }, say('打开网页版', 'Open the page')), ...FORMATS.map(([end, zh, en]) => el('a', { class: 'button small', href: `/plan/reports/${job.id}.${end}`, download: '' }, say(zh, en || zh)))));
  }

  function follow(id) {
    clearTimeout(timer);
    into(made, () => ask(`/plan/reports/${id}`, undefined, { channel: 'report' }), (found) => {
      job = found;
      drawMade();
      if (['waiting', 'running'].includes(found.state)) timer = setTimeout(() => follow(id), POLL);
    });
  }

  const attempt = async (work) => {
    try { await work(); } catch (error) { if (!(error instanceof Trouble)) throw error; fill(made, trouble(error.message)); }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => { const begun = await ask('/plan/reports', { ...asked(), scenario: state.scenario || null, language: wish.language, parts: wish.parts }, { channel: 'report' }); if (begun) follow(begun.id); });
  });

  const freeze = () => attempt(async () => {
    const title = prompt(say('这个数报到哪里、叫什么?例如:2026 年总结', 'What is this figure reported as? For example: summary of 2026'));
    if (!title) return;
    if (await ask('/plan/frozen', { ...asked(), scenario: state.scenario || null, title }, { channel: 'freeze' })) { toast(say('已冻结。以后数据和算法变了,这个数不变。', 'Frozen. It stays as it is, whatever becomes of data and method.')); load(); }
  });

  function drawFrozen() {
    fill(frozen, el('h3', {}, say('冻结的数', 'Frozen figures')), list.length ? el('ul', { class: 'saved-list' }, ...list.map((one) => el('li', { class: 'saved' }, el('a', { class: 'name', href: `/plan/frozen/${one.id}` }, one.title, el('small', {}, [(one.frozen_at || '').slice(0, 10), one.signed_by ? say(`${one.signed_by} 已签`, `signed by ${one.signed_by}`) : say('未签', 'not signed')].join(' · '))), el('b', {}, percent(one.share)))))
      : el('p', { class: 'soft' }, say('还没有。报出去的数先冻结,以后随时对得上。', 'None yet. Freeze a figure before it is reported, and it can be traced at any time.')));
  }

  const rows = el('div', {});
  function load() { if (!list.length) fill(frozen, rows); into(rows, () => ask('/plan/frozen', undefined, { channel: 'frozen' }), (found) => { list = found.frozen; drawFrozen(); }); }

  fill(box, form, made, frozen);
  draw();
  onLanguage(() => { draw(); drawMade(); if (list.length) drawFrozen(); });
  return { show() { draw(); load(); } };
}
