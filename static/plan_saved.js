// scenarios that were saved: opened, shared by link, laid beside each other, made drafts, deleted
import { ask, config, Trouble, trouble } from './plan_ask.js';
import { forgetPast } from './plan_changes.js';
import { el, fill } from './dom.js';
import { button, toast } from './plan_say.js';
import { change, onChange, question, remember, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

// what the server turns while one waits, and how often to ask it how far a longer scenario is
const AT_ONCE = 50;
const POLL = 700;

/** The scenarios one may open. */
export const listScenarios = async () => (await ask('/plan/scenarios', undefined, { channel: 'scenarios' }))?.scenarios ?? null;

/** Open a saved one: its changes are those of the page from now on. */
export async function openScenario(id, { step = false } = {}) {
  const found = await ask(`/plan/scenarios/${id}`, undefined, { channel: 'scenario' });
  if (!found) return null;
  forgetPast();
  remember(id, found.changes);
  change({ scenario: id, changes: found.changes }, { step });
  return found;
}

/** Build the list; onCompare: (ids). */
export function buildSaved(box, { onCompare }) {
  let all = [];
  let ticked = new Set(state.compare);
  const said = el('div', {});
  const fault = (error) => { if (!(error instanceof Trouble)) throw error; fill(said, trouble(error.message)); };
  const doing = (work) => async () => { fill(said); try { await work(); } catch (error) { fault(error); } };
  const current = () => all.find((one) => one.id === state.scenario);

  async function save(asNew) {
    const name = box.querySelector('#scenario-name').value.trim();
    const body = { name, question: question(), changes: state.changes };
    const mine = !asNew && current();
    try {
      const made = await ask(mine ? `/plan/scenarios/${mine.id}` : '/plan/scenarios', mine ? { ...body, revision: mine.revision } : body, { channel: 'save', method: mine ? 'PUT' : 'POST' });
      if (!made) return;
      remember(made.id, made.changes);
      change({ scenario: made.id, changes: made.changes }, { step: true });
      toast(say('已保存。', 'Saved.'));
    // somebody else's revision is the one that is saved over, if it is done again
    } finally { await show(); }
  }

  async function remove(one) {
    if (!confirm(say(`删除方案“${one.name}”?`, `Delete the scenario “${one.name}”?`))) return;
    await ask(`/plan/scenarios/${one.id}`, undefined, { channel: 'delete', method: 'DELETE' });
    if (state.scenario === one.id) change({ scenario: 0 });
    ticked.delete(one.id);
    show();
  }

  const names = (each) => { const one = state.changes.find((other) => other.key === each.key); return one ? say(one.name, one.name_en) : `#${each.station}`; };

  async function drafts() {
    const one = current();
    if (!confirm(say('把新站点写成登记草稿,其余改动提为变更申请?都要经审核才会生效。', 'Make drafts of the new stations, and change requests of the rest? They take effect only after review.'))) return;
    const made = await ask(`/plan/scenarios/${one.id}/drafts`, {}, { channel: 'drafts' });
    if (made?.job) await follow(one.id, made.job);
    else if (made) outcomes(made.items);
  }

  const outcomes = (items, head = '') => fill(said, head, el('ul', { class: 'outcomes' }, ...items.map((each) => el('li', {}, each.station ? el('a', { href: `/manage/stations/${each.station}` }, names(each)) : names(each), ' ', say(each.zh, each.en)))));

  /** Show how far a long scenario is; in the end, why the first of those that are left are. */
  async function follow(id, job) {
    const path = `/plan/scenarios/${id}/drafts`;
    if (['waiting', 'working'].includes(job.state)) {
      fill(said, el('p', { role: 'status' }, say(`正在转入登记册:已转 ${job.turned} 项`, `Turning the scenario: ${job.turned} done`)), el('progress', { max: 1, value: job.share, 'aria-label': say('转入进度', 'Progress') }));
      setTimeout(async () => {
        try { const next = await ask(path, undefined, { channel: 'drafts' }); if (next) await follow(id, next); } catch (error) { fault(error); }
      }, POLL);
      return;
    }
    if (job.problem) { fill(said, trouble(say(job.problem.zh, job.problem.en))); return; }
    const rest = job.left.length ? await ask(path, { keys: job.left.slice(0, AT_ONCE) }, { channel: 'drafts' }) : { items: [] };
    if (rest) outcomes(rest.items, el('p', { role: 'status' }, say(`${job.turned} 项已在登记册中,${job.left.length} 项没有转入。`, `${job.turned} are in the register, ${job.left.length} are not.`)));
  }

  async function copy() {
    await navigator.clipboard.writeText(location.href);
    toast(say('链接已复制,打开就是现在的样子。', 'The link is copied; it opens what you see now.'));
  }

  const keeping = () => (config.may_save && state.changes.length ? el('form', { class: 'save', onsubmit: (event) => { event.preventDefault(); doing(() => save(false))(); } },
    el('label', { class: 'label', for: 'scenario-name' }, say('保存为', 'Save as')), el('div', { class: 'split' }, el('input', { id: 'scenario-name', type: 'text', required: true, maxlength: 100, value: current()?.name || '' }), el('button', { class: 'main small' }, current() ? say('保存', 'Save') : say('保存', 'Save'))),
    current() ? button('另存为新方案', 'Save as another', doing(() => save(true)), 'link') : '') : '');

  function row(one) {
    const tick = el('input', { type: 'checkbox', 'aria-label': say(`对比 ${one.name}`, `Compare ${one.name}`), onchange: () => { if (tick.checked) ticked.add(one.id); else ticked.delete(one.id); draw(); } });
    tick.checked = ticked.has(one.id);
    return el('li', { class: one.id === state.scenario ? 'saved is-on' : 'saved' }, tick, el('button', { type: 'button', class: 'name', onclick: doing(() => openScenario(one.id, { step: true })) }, one.name, el('small', {}, [one.changed_by, one.changed_at.slice(0, 10), say(`${one.items} 项`, one.items === 1 ? '1 change' : `${one.items} changes`)].filter(Boolean).join(' · '))),
      config.may_save ? el('button', { type: 'button', class: 'close', 'aria-label': say(`删除 ${one.name}`, `Delete ${one.name}`), onclick: doing(() => remove(one)) }, '×') : '');
  }

  function draw() {
    const typed = box.querySelector('#scenario-name');
    const kept = document.activeElement === typed && typed ? typed.value : null;
    fill(box, el('h3', {}, say('存好的方案', 'Saved scenarios')), said, keeping(),
      el('div', { class: 'buttons' }, state.changes.length ? button('复制链接', 'Copy the link', doing(copy), 'small') : '', current() && config.may_save && state.changes.length ? button('写成登记草稿', 'Make drafts', doing(drafts), 'small') : '',
        ticked.size ? button(`对比 ${ticked.size} 个${ticked.size === 1 ? '与现状' : ''}`, `Compare ${ticked.size}${ticked.size === 1 ? ' with now' : ''}`, () => onCompare([...ticked]), 'small is-on') : ''),
      all.length ? el('ul', { class: 'saved-list' }, ...all.map(row)) : el('p', { class: 'soft' }, config.may_save ? say('还没有。起个名字保存,就能对比、分享。', 'None yet. Save one under a name to compare and share it.') : say('还没有。', 'None yet.')));
    if (kept !== null) { const field = box.querySelector('#scenario-name'); if (field) { field.value = kept; field.focus(); } }
  }

  async function show() {
    try {
      const found = await listScenarios();
      if (found) { all = found; draw(); }
    } catch (error) { fault(error); }
  }
  onChange(['changes', 'scenario'], draw);
  onChange(['compare'], () => { ticked = new Set(state.compare); draw(); });
  onLanguage(draw);
  draw();
  return { show };
}
