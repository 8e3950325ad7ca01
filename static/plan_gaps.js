// people left out, gathered into named places, and what would mend it
import { answered } from './plan_ask.js';
import { addChange } from './plan_changes.js';
import { el, fill } from './dom.js';
import { button, number, people, walk } from './plan_say.js';
import { asked, change, state } from './plan_state.js';
import { demandOf } from './plan_circle.js';
import { onLanguage, say } from './words.js';

const REASONS = { far: ['太远', 'too far'], closed: ['那时关门', 'closed then'], service: ['缺服务', 'lacks the service'], suspended: ['暂停', 'suspended'], outside: ['不在路网上', 'off the network'] };
const KINDS = { hours: ['延时', 'Hours'], service: ['加服务', 'Service'], reopen: ['恢复', 'Reopen'], new: ['新设', 'New'] };
const FIRST_MENDS = 5;

/** Build the tab; map may be missing, onStation opens the card of one, districts: () => those of the figures. */
export function buildGaps(box, { map, onStation, districts, named }) {
  let all = false;
  let chosen = -1;

  function tryIt(mend) {
    // of a station that the scenario opens itself, the item is put in its own place
    addChange(mend.change, { edit: mend.station < 0 });
    change({ tab: 'scenario' }, { step: true });
    map?.go(mend.lat, mend.lon);
  }

  const mendRow = (mend, here) => el('li', { class: `mend is-${mend.kind}` }, el('span', { class: 'kind' }, say(...(KINDS[mend.kind] || [mend.kind, mend.kind]))),
    el('div', {}, el('p', {}, say(mend.zh, mend.en)), el('small', {}, say(`多走得到 ${number(mend.people)} 人`, `${number(mend.people)} more people`), here && mend.here < mend.people ? say(`,其中此处 ${number(mend.here)}`, `, ${number(mend.here)} of them here`) : '')),
    mend.change ? button('试一试', 'Try it', () => tryIt(mend), 'small') : '');

  const reasonsOf = (all_) => all_.map((reason) => el('span', { class: `reason is-${reason.why}` }, say(...(REASONS[reason.why] || [reason.why, reason.why])), all_.length > 1 ? ` ${number(reason.people)}` : ''));

  function placeRow(one, index) {
    const reasons = reasonsOf(one.reasons);
    const nearest = one.nearest ? [say('最近:', 'Nearest: '), el('button', { type: 'button', class: 'link', onclick: () => onStation(one.nearest.id) }, named(one.nearest)), ` ${walk(one.nearest.minutes)}`] : [say('走得到的范围内没有站点', 'No station within an hour')];
    return el('li', { class: index === chosen ? 'gap is-on' : 'gap' },
      el('button', { type: 'button', class: 'gap-head', 'aria-expanded': String(index === chosen), onclick: () => choose(index) }, el('b', { class: 'rank' }, String(one.rank)),
        el('span', { class: 'name' }, one.name || one.street || say('无名处', 'Unnamed place'), el('small', {}, [district(one.district), one.street && one.street !== one.name ? one.street : ''].filter(Boolean).join(' · '))),
        el('span', { class: 'amount' }, el('b', {}, number(one.people)), el('small', {}, say(`走 ${walk(one.minutes)}`, `walk ${walk(one.minutes)}`)))),
      index === chosen ? el('div', { class: 'gap-body' }, el('p', {}, ...reasons), el('p', { class: 'soft' }, ...nearest), el('ul', { class: 'mends' }, ...one.mends.map((mend) => mendRow(mend, true)))) : '');
  }

  function choose(index) {
    chosen = index === chosen ? -1 : index;
    part.redraw();
    box.querySelectorAll('.gap-head')[index]?.focus();
    const one = places[index];
    if (chosen >= 0) map?.go(one.lat, one.lon);
  }

  const district = (name) => { const known = districts().find((one) => one.name === name); return known ? say(known.name, known.name_en) : name; };

  let places = [];
  function draw(found) {
    if (found.places !== places) { places = found.places; chosen = -1; }
    const mends = all ? found.mends : found.mends.slice(0, FIRST_MENDS);
    fill(box, el('section', {}, el('h2', {}, say('走不到的', 'Left out')), el('p', { class: 'count' }, el('b', { class: 'figure is-small' }, people(found.uncovered, demandOf().unit))), el('p', {}, ...reasonsOf(found.reasons)),
      found.elsewhere ? el('p', { class: 'soft' }, say(`其中 ${number(found.elsewhere)} 人散在名单以外的地方。`, `${number(found.elsewhere)} of them live scattered, beyond this list.`)) : '',
      places.length ? '' : el('p', { class: 'empty' }, say('没有成片走不到的地方。可以缩短时限,或选一个夜里的钟点再看。', 'Nobody is left out in any number. Try fewer minutes, or an hour of the night.'))),
    found.mends.length ? el('section', {}, el('h3', {}, say('最划算的改动', 'What would mend most')), el('ul', { class: 'mends' }, ...mends.map((mend) => mendRow(mend, false))),
      found.mends.length > FIRST_MENDS ? button(all ? '收起' : `全部 ${found.mends.length} 项`, all ? 'Fewer' : `All ${found.mends.length}`, () => { all = !all; part.redraw(); }, 'link') : '') : '',
    places.length ? el('section', {}, el('h3', {}, say('缺口,人多的在前', 'Places, most people first')), el('ol', { class: 'gaps' }, ...places.map(placeRow))) : '');
    mark();
  }

  function mark() {
    if (!map || state.tab !== 'gaps') return;
    map.mark(places.map((one, index) => ({ lat: one.lat, lon: one.lon, text: String(one.rank), title: `${one.rank}. ${one.name}`, look: index === chosen ? 'is-on' : '' })), choose);
  }

  const part = answered(box, '/plan/gaps', asked, draw);
  onLanguage(part.redraw);
  return { show: part.show };
}
