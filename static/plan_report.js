// a report that goes up, and figures that stay as they were reported
import { ask, config, Trouble, trouble } from './plan_ask.js';
import { el, fill } from './dom.js';
import { percent } from './plan_say.js';
import { RULE_NAMES, shareOf } from './plan_circle.js';
import { asked, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const INSIDE = [['圈与各区县', 'the circle and its districts'], ['一周 168 小时', 'the 168 hours of the week'], ['缺口与补法', 'gaps and mends'], ['站点价值', 'what stations are worth'], ['历年', 'the course of the years'], ['定义、数据日期与算法', 'definitions, dates of the data, the method']];
const FORMATS = 'DOCX · PDF · XLSX · PNG · GeoPackage · GeoJSON · HTML';

/** Build the tab; figures: () => the newest; siting: () => the number of one that the report is to tell of. */
export function buildReport(box, { figures, siting }) {
  const said = el('div', { role: 'status' });
  const making = el('section', {});
  const freezing = el('section', {});

  async function make() {
    fill(said);
    try {
      const begun = await ask('/plan/reports', { ...asked(), siting: siting() }, { channel: 'report' });
      // its page tells how far it is; going back leads to these settings
      if (begun) location.assign(begun.path);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      fill(said, trouble(error.message, make));
    }
  }

  function drawMaking() {
    const inside = [...INSIDE, ...(state.changes.length ? [['方案', 'the scenario']] : []), ...(siting() ? [['选址结果', 'the result of siting']] : [])];
    fill(making, el('h2', {}, say('向上呈报的报告', 'A report for the leadership')),
      el('p', { class: 'definition' }, say('就按现在的设置,中文和英文各一份。数可以按算例重算。', 'By the settings of now, in Chinese and in English. Its figures repeat by their run.')),
      el('ul', { class: 'inside' }, ...inside.map(([zh, en]) => el('li', {}, say(zh, en)))), el('p', { class: 'soft' }, FORMATS),
      el('div', { class: 'buttons' }, config.may_save ? el('button', { type: 'button', class: 'main', id: 'make-report', onclick: make }, say('生成报告', 'Make the report')) : '', el('a', { class: 'button small', href: '/plan/reports' }, say('以前的报告', 'Earlier reports'))));
  }

  function drawFreezing() {
    const now = figures();
    const run = now && now.run;
    const title = el('input', { type: 'text', id: 'freeze-title', name: 'title', required: true, maxlength: 200, placeholder: say('例如:2026 年总结', 'For example: summary of 2026') });
    fill(freezing, el('h3', {}, say('报出去的数', 'Reported figures')), el('p', { class: 'definition' }, say('定版的数连同全部输入一起保存、签发;以后数据和算法变了,页面上两个数都看得到。', 'A frozen figure is kept with all its inputs and signed off; when data or method change, its page shows both.')),
      config.may_save && run ? el('form', { class: 'freeze', method: 'post', action: '/plan/frozen' }, el('input', { type: 'hidden', name: 'csrf_token', value: config.csrf }), el('input', { type: 'hidden', name: 'run', value: run }),
        el('label', { class: 'label', for: 'freeze-title' }, say(`把 ${percent(shareOf(now.rules[RULE_NAMES[state.rule][0]]))}(算例 ${run})定版为`, `Freeze ${percent(shareOf(now.rules[RULE_NAMES[state.rule][0]]))} (run ${run}) as`)), el('div', { class: 'split' }, title, el('button', { class: 'main small' }, say('定版', 'Freeze')))) : '',
      config.may_save && !run ? el('p', { class: 'soft' }, say('这组设置还没有存下的算例;生成报告时会存,之后就能定版。', 'These settings have no stored run yet; making the report stores one, which can then be frozen.')) : '',
      el('div', { class: 'buttons' }, el('a', { class: 'button small', href: '/plan/frozen' }, say('定版数', 'Frozen figures'))));
  }

  const draw = () => { drawMaking(); drawFreezing(); };
  fill(box, making, said, freezing);
  onLanguage(draw);
  return { show: draw };
}
