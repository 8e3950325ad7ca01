// the best places for new stations: what is wanted, how far it is, what came out and how good it is
import { ask, config, into, Trouble, trouble } from './plan_ask.js';
import { datumField } from './plan_pasted.js';
import { el, fill } from './dom.js';
import { setChanges } from './plan_changes.js';
import { button, number, percent, segmented } from './plan_say.js';
import { change, onChange, question, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const GOALS = [['cover', '走得到的人最多', 'Most people'], ['fewest', '站点最少', 'Fewest sites'], ['walk', '平均步行最短', 'Shortest walk']];
const POLL = 700;
// a search that tells nothing for so long may have lost its worker; the next one takes it up within 20 s
const SILENT = 45000;

/** Build the tab. */
export function buildSiting(box, { plan, districts }) {
  const wish = { goal: 'cover', number: 10, target: 95, budget: '', costs: {}, kinds: config.premises.filter((one) => one.usual).map((one) => one.kind), streets: !config.premises.length, hosts: '', datum: 'wgs84', forced: [], forbidden: [], quotas: {} };
  const form = el('form', { class: 'siting' });
  const result = el('section', { 'aria-live': 'polite' });
  let job = null;
  let timer = 0;
  let picking = null;
  let heard = { what: '', at: 0 };
  let known = '';

  const numeric = (id, zh, en, value, most, onInput) => {
    const field = el('input', { id, type: 'number', min: 0, max: most, step: 'any', value, oninput: () => onInput(field.value) });
    return el('div', { class: 'field' }, el('label', { class: 'label', for: id }, say(zh, en)), field);
  };

  /** Where candidates come from by the wish of now, as costs name them. */
  const sources = () => [...config.premises.filter((one) => wish.kinds.includes(one.kind)).map((one) => [one.kind, one.name, one.name_en]),
    ...[['corner', wish.streets], ['host', wish.hosts.trim()], ['picked', wish.forced.length]].filter(([, there]) => there).map(([kind]) => [kind, ...config.sources[kind]])];

  const paid = () => wish.goal !== 'fewest' && wish.budget !== '';

  function amounts(legend, rows, given, most, step) {
    return el('fieldset', { class: 'quotas' }, el('legend', {}, legend), ...rows.map(([key, zh, en]) => {
      const field = el('input', { type: 'number', name: key, min: 0, max: most, step, value: given[key] ?? '', 'aria-label': say(zh, en), oninput: () => { if (field.value === '') delete given[key]; else given[key] = Number(field.value); } });
      return el('label', {}, el('span', {}, say(zh, en)), field);
    }));
  }

  /** What a place of each source costs, asked once there is a budget; the rows follow the sources. */
  function drawCosts() {
    const box_ = form.querySelector('#siting-costs');
    if (!box_) return;
    if (paid()) fill(box_, amounts(say('每处费用(万元;名单上写了费用的按名单)', 'Cost of each (10,000 yuan; a list may say its own)'), sources(), wish.costs, 1e6, 'any'));
    else fill(box_);
  }

  function chips(list, chosen, onPick) {
    return el('div', { class: 'chips' }, ...list.map(([value, zh, en]) => el('button', { type: 'button', class: 'chip', 'aria-pressed': String(chosen.includes(value)), onclick: () => { onPick(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]); draw(); } }, say(zh, en))));
  }

  /** The next tap on the map names a place that has to be, or may not be, chosen. */
  function pickOn(which) {
    if (!plan) return;
    picking?.();
    const onTap = ({ latlng }) => { wish[which].push([Number(latlng.lng.toFixed(6)), Number(latlng.lat.toFixed(6))]); picking(); draw(); mark(); };
    plan.map.once('click', onTap);
    plan.map.getContainer().classList.add('is-arming');
    picking = () => { plan.map.off('click', onTap); plan.map.getContainer().classList.remove('is-arming'); picking = null; };
  }

  function mark(sites = job?.result?.sites || []) {
    if (!plan || state.tab !== 'siting') return;
    plan.mark([...sites.map((one, index) => ({ lat: one.lat, lon: one.lon, text: String(index + 1), title: say(one.name, one.name_en) || String(index + 1), look: 'is-new' })),
      ...wish.forced.map(([lon, lat]) => ({ lat, lon, text: '✓', title: say('必须选', 'Forced'), look: 'is-on' })), ...wish.forbidden.map(([lon, lat]) => ({ lat, lon, text: '×', title: say('不能选', 'Forbidden'), look: 'is-brick' }))],
    (index) => { const one = sites[index]; if (one) plan.go(one.lat, one.lon, 16); });
  }

  function picked(which, zh, en) {
    return el('div', { class: 'split' }, el('span', { class: 'label' }, say(`${zh} ${wish[which].length} 处`, `${en}: ${wish[which].length}`)), el('span', { class: 'buttons' }, plan ? button('在图上点', 'Tap on the map', () => pickOn(which), 'small') : '',
      wish[which].length ? button('清除', 'Clear', () => { wish[which] = []; draw(); mark(); }, 'small') : ''));
  }

  function draw() {
    const more = el('details', { class: 'limits', open: form.querySelector('.limits')?.open }, el('summary', {}, say('预算、配额、必选与禁选', 'Budget, quotas, forced and forbidden')),
      wish.goal === 'fewest' ? '' : el('div', {}, numeric('siting-budget', '预算(万元,留空不限)', 'Budget (10,000 yuan, empty for none)', wish.budget, 1e6, (value) => { const before = paid(); wish.budget = value; if (paid() !== before) drawCosts(); }), el('div', { id: 'siting-costs' })),
      picked('forced', '必须选', 'Forced'), picked('forbidden', '不能选', 'Forbidden'),
      districts().length ? amounts(say('各区县及其工会最多几处(留空不限)', 'At most how many in a district and its union (empty for any)'), districts().map((one) => [one.adcode, one.name, one.name_en]), wish.quotas, 2000, 1) : '');
    const hosts = el('textarea', { id: 'siting-hosts', rows: 2, placeholder: say('名称, 经度, 纬度, 费用(可不填)', 'name, longitude, latitude, cost (may be left out)'), oninput: () => { wish.hosts = hosts.value; drawCosts(); } });
    hosts.value = wish.hosts;
    const lists = el('details', { open: Boolean(wish.hosts) }, el('summary', {}, say('愿意接待的单位名单', 'A list of hosts')), el('div', { class: 'field' }, el('label', { class: 'label', for: 'siting-hosts' }, say('每行一个', 'One a line')), hosts), datumField('siting-datum'));
    fill(form, el('h2', {}, say('新站点放哪里最好', 'The best places for new stations')), segmented(['目标', 'Goal'], GOALS, wish.goal, (goal) => { wish.goal = goal; draw(); }),
      wish.goal === 'fewest' ? numeric('siting-target', '要让百分之几的人走得到', 'Percent of people to be covered', wish.target, 100, (value) => { wish.target = Number(value); }) : numeric('siting-number', '新设几个', 'How many new stations', wish.number, 2000, (value) => { wish.number = Number(value); }),
      el('div', { class: 'field' }, el('span', { class: 'label' }, say('候选地点', 'Candidates')), config.premises.length ? chips(config.premises.map((one) => [one.kind, `${one.name} ${one.count}`, `${one.name_en} ${one.count}`]), wish.kinds, (kinds) => { wish.kinds = kinds; }) : el('p', { class: 'soft' }, say('街道数据里没有银行、邮局等地点,可用名单或路口。', 'The streets came without banks and such; use a list, or street corners.')),
        el('label', { class: 'check' }, checkbox(wish.streets, (on) => { wish.streets = on; drawCosts(); }), say('任何路口', 'Any street corner'))),
      lists, more, once(), config.may_save ? el('button', { class: 'main', disabled: state.depth !== 1 }, say('开始选址', 'Find the places')) : el('p', { class: 'soft' }, say('选址由规划人员和市总管理员来做。', 'Planners and city admins may do this.')));
    known = districts().map((one) => one.adcode).join();
    drawCosts();
    form.querySelector('#siting-datum').value = wish.datum;
    form.querySelector('#siting-datum').addEventListener('change', (event) => { wish.datum = event.target.value; });
  }

  /** Siting counts who reaches one station: say so before anything is asked. */
  function once() {
    if (state.depth === 1 || !config.may_save) return '';
    return el('div', { class: 'split', role: 'note' }, el('p', { class: 'warning' }, say('选址只按走得到一个站点来算;现在问的是更多重,请先改为一重。', 'Siting counts who reaches one station; more are asked for now, so change that to one first.')), button('改为一重', 'Change to one', () => change({ depth: 1 }), 'small'));
  }

  function checkbox(on, onPick) {
    const made = el('input', { type: 'checkbox', onchange: () => onPick(made.checked) });
    made.checked = on;
    return made;
  }

  const options = () => ({
    question: question(), changes: state.changes,
    goal: wish.goal, number: wish.goal === 'fewest' ? null : wish.number, target: wish.goal === 'fewest' ? wish.target / 100 : null, budget: paid() ? Number(wish.budget) : null, costs: paid() ? Object.fromEntries(sources().map(([kind]) => [kind, wish.costs[kind]]).filter(([, cost]) => cost !== undefined)) : {},
    kinds: wish.kinds, streets: wish.streets, hosts: wish.hosts, datum: wish.datum, forced: wish.forced, forbidden: wish.forbidden, quotas: wish.quotas,
  });

  function follow(id) {
    clearTimeout(timer);
    into(result, () => ask(`/plan/sitings/${id}`, undefined, { channel: 'siting' }), (found) => {
      job = found;
      const what = JSON.stringify([found.state, found.share, found.doing]);
      if (what !== heard.what) heard = { what, at: Date.now() };
      drawResult();
      if (['waiting', 'running'].includes(found.state)) timer = setTimeout(() => follow(id), POLL);
    });
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fill(result);
    heard = { what: '', at: 0 };
    try {
      const made = await ask('/plan/sitings', options(), { channel: 'siting' });
      if (made) follow(made.id);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      fill(result, trouble(error.message));
    }
  });

  async function act(what) {
    try {
      const made = await ask(`/plan/sitings/${job.id}/${what}`, {}, { channel: 'siting-act' });
      if (!made) return;
      if (what === 'cancel') { follow(job.id); return; }
      change({ scenario: 0, tab: 'scenario' }, { step: true });
      setChanges(made.changes);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      result.append(trouble(error.message));
    }
  }

  const bounded = (found) => {
    if (found.reason === 'budget' && !found.sites.length) return say('预算太少', 'the budget is too small');
    if (found.exact) return say('已证明最好', 'proved to be the best');
    if (found.goal === 'share') return say(`少于 ${found.fewest} 个一定不够`, `fewer than ${found.fewest} cannot do`);
    return say(`最多还能提高 ${percent(found.gap)}`, `at most ${percent(found.gap)} more is possible`);
  };

  function drawResult() {
    if (!job) { fill(result); return; }
    if (job.state === 'waiting' || job.state === 'running') {
      fill(result, el('h3', {}, say('正在计算', 'Working')), el('progress', { max: 1, value: job.share, 'aria-label': say('选址进度', 'Progress') }), el('div', { class: 'split' }, el('span', { class: 'soft' }, say(job.doing.zh, job.doing.en) || percent(job.share, 0)), button('停下', 'Cancel', () => act('cancel'), 'small')),
        job.note ? el('p', { class: 'soft' }, say(job.note.zh, job.note.en)) : '',
        job.state === 'running' && Date.now() - heard.at > SILENT ? el('p', { class: 'warning' }, say('好一会儿没有进展。若后台中断了,会自动从头重来;一直不动请管理员检查 harbor work 是否在运行。', 'No progress for a while. If the worker broke off, the search begins anew by itself; if nothing moves, an operator should look whether harbor work runs.')) : '');
      return;
    }
    if (job.state !== 'done') { fill(result, job.problem ? trouble(say(job.problem.zh, job.problem.en)) : el('p', { class: 'soft' }, say('已经停下,什么都没有留下。', 'It was stopped; nothing of it is kept.'))); return; }
    const { result: found } = job;
    fill(result, el('section', { class: 'headline' }, el('h3', {}, say(`${found.sites.length} 个新站点`, `${found.sites.length} new stations`)), el('div', { class: 'figure-line' }, el('strong', { class: 'figure' }, percent(found.share)), el('p', { class: 'count' }, el('b', {}, say(`原 ${percent(found.share_before)}`, `${percent(found.share_before)} before`)), el('br'), bounded(found))), el('p', { class: 'definition' }, say(found.zh, found.en))),
      config.may_save ? button('变成方案', 'Make it a scenario', () => act('scenario'), 'main') : '',
      el('ol', { class: 'sites' }, ...found.sites.slice(0, 300).map((one, index) => el('li', {}, el('button', { type: 'button', onclick: () => plan?.go(one.lat, one.lon, 16) }, el('b', { class: 'rank' }, String(index + 1)), el('span', { class: 'name' }, say(one.name, one.name_en) || say('路口', 'Street corner')), el('b', {}, `+${number(one.people)}`))))));
    mark(found.sites);
  }

  fill(box, form, result);
  draw();
  onLanguage(() => { draw(); drawResult(); });
  onChange(['depth'], draw);
  return {
    show() { draw(); mark(); },
    /** Offer a quota for every district once they are known. */
    districts() { if (districts().map((one) => one.adcode).join() !== known) draw(); },
    /** The number of a search that found something, for a report to tell of. */
    stored: () => (job?.state === 'done' ? job.id : null),
  };
}
