// the panel of the management map: legend and layer switch in one, and its notices
import { el, fill } from './dom.js';
import { rank, sign } from './states.js';
import { onLanguage } from './words.js';

/** Both languages; the one in use stands first and larger. */
export const pair = (zh, en) => el('span', { class: 'pair' }, el('span', { lang: 'zh' }, zh), en ? el('span', { lang: 'en' }, en) : '');

const swatch = (name, zh, en) => el('li', {}, el('i', { class: `swatch ${name}` }), pair(zh, en));

function stateRows(states, notes, onStates) {
  const hidden = new Set();
  const list = el('ul', { class: 'states' });
  const ordered = [...states].sort((a, b) => rank(a.state) - rank(b.state));
  const draw = () => fill(list, ...ordered.map((item) => el('li', {}, el('button', {
    type: 'button', 'aria-pressed': String(!hidden.has(item.state)),
    onclick: () => {
      if (!hidden.delete(item.state)) hidden.add(item.state);
      draw();
      onStates(hidden);
    },
  }, sign(item.state, { size: 26 }), pair(item.name, item.name_en), el('b', {}, String(item.count))))));
  draw();
  onLanguage(draw);
  return [list, ...notes.map((note) => el('p', { class: 'small' }, pair(...note)))];
}

const ramp = (names, ends) => [el('div', { class: 'ramp' }, ...names.map((name) => el('i', { class: `swatch ${name}` }))), el('div', { class: 'ends' }, ...ends.map((end) => el('span', {}, end)))];

function legends(config, onStates) {
  const [near, middle, far] = config.limits;
  return {
    stations: stateRows(config.states, config.state_notes, onStates),
    minutes: [
      el('ul', { class: 'swatches' }, swatch('min-5', `0–${near} 分钟`, `0–${near} min`), swatch('min-10', `${near}–${middle} 分钟`, `${near}–${middle} min`),
        swatch('min-15', `${middle}–${far} 分钟`, `${middle}–${far} min`), swatch('min-99', `${far} 分钟以上或走不到`, `Over ${far} min, or no way`)),
      el('p', { class: 'small' }, pair(...config.minutes_rule)),
    ],
    scope: [el('ul', { class: 'swatches' }, swatch('scope-line', '中心城区的边界', 'Edge of its centre areas'),
      swatch('scope-street', '列入的主要街道', 'Its main streets'))],
    districts: [
      ...ramp(['share-1', 'share-2', 'share-3', 'share-4', 'share-5'], ['0%', '20', '40', '60', '80', '100%']),
      el('ul', { class: 'swatches' }, swatch('share-0', '没有数据', 'No figure')),
    ],
    gaps: [el('p', { class: 'small' }, pair('按圈外人数编号', 'Numbered by people left out'))],
    uncovered: [...ramp(['heat'], ['少 few', '多 many']), el('p', { class: 'small', id: 'uncovered-layer' })],
  };
}

/** Build the panel into an element. layers: [{id, zh, en, on}]; the callbacks get what the hand does. */
export function buildPanel(panel, { config, layers, onLayer, onStates }) {
  const explained = legends(config, onStates);
  const inputs = new Map();
  const rows = layers.map((layer) => {
    const input = el('input', { type: 'checkbox', id: `layer-${layer.id}`, onchange: () => { mark(); onLayer(layer.id, input.checked); } });
    const legend = el('div', { class: 'legend' }, ...explained[layer.id]);
    input.checked = layer.on;
    inputs.set(layer.id, { input, legend });
    return el('section', {}, el('label', { for: `layer-${layer.id}` }, input, pair(layer.zh, layer.en)), legend);
  });
  const mark = () => { for (const { input, legend } of inputs.values()) legend.hidden = !input.checked; };
  const notice = el('p', { class: 'panel-notice', role: 'status', hidden: true });
  const body = el('div', { class: 'panel-body', id: 'panel-body' }, notice, ...rows);
  const toggle = el('button', {
    type: 'button', class: 'panel-toggle', 'aria-controls': 'panel-body',
    onclick: () => { panel.classList.toggle('is-folded'); tell(); },
  }, pair('图层与图例', 'Layers and legend'));
  const tell = () => toggle.setAttribute('aria-expanded', String(!panel.classList.contains('is-folded')));
  if (window.matchMedia('(max-width: 700px)').matches) panel.classList.add('is-folded');
  fill(panel, toggle, body);
  mark();
  tell();
  return {
    /** Set which layers are ticked, without calling back. */
    show(ids) {
      for (const [id, { input }] of inputs) input.checked = ids.has(id);
      mark();
    },
    /** Say what went wrong, in both languages; nothing takes the notice away. */
    notice(zh, en) {
      notice.hidden = !zh;
      fill(notice, zh ? pair(zh, en) : '');
    },
    /** Name the people whom the heat layer counts. */
    uncovered(zh, en) { fill(document.getElementById('uncovered-layer'), pair(zh, en || '')); },
  };
}
