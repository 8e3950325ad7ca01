// a new scope: drawn by tapping its corners, or read from a GeoJSON file
import { ask, config, into, Trouble } from './plan_ask.js';
import { datumField } from './plan_pasted.js';
import { el, fill } from './dom.js';
import { button, toast } from './plan_say.js';
import { change } from './plan_state.js';
import { palette } from './theme.js';
import { say } from './words.js';

/** Open the dialog; onMade is told when there is another scope. */
export function areaDialog({ plan, onMade }) {
  const dialog = document.getElementById('area-dialog');
  let corners = [];
  let drawn = null;
  const said = el('div', {});

  function sketch() {
    drawn?.remove();
    if (!corners.length) return;
    const colour = palette();
    drawn = L.layerGroup([L.polygon(corners, { pane: 'reach', color: colour('scope-street'), weight: 2.5, fillOpacity: 0.12 }), ...corners.map((one) => L.circleMarker(one, { pane: 'reach', radius: 5, color: colour('scope-street'), fillColor: colour('paper'), fillOpacity: 1, weight: 2 }))]).addTo(plan.map);
  }

  function drawOnMap() {
    dialog.close();
    const onTap = ({ latlng }) => { corners.push([latlng.lat, latlng.lng]); sketch(); tell(); };
    const bar = el('div', { class: 'arm', role: 'status' });
    const end = () => { bar.remove(); plan.map.off('click', onTap); plan.map.getContainer().classList.remove('is-arming'); };
    const leave = () => { end(); corners = []; sketch(); };
    const tell = () => fill(bar, el('span', {}, say(`依次点出边界的角:${corners.length} 个`, `Tap the corners in turn: ${corners.length}`)), button('地图中间加一角', 'A corner in the middle', () => { const at = plan.middle(); onTap({ latlng: at }); bar.querySelector('button').focus(); }, 'small'),
      corners.length ? button('退一角', 'Undo', () => { corners.pop(); sketch(); tell(); }, 'small') : '', corners.length > 2 ? button('画好了', 'Done', () => { end(); open(); }, 'small is-on') : '', button('取消', 'Cancel', leave, 'small'));
    plan.map.on('click', onTap);
    plan.map.getContainer().classList.add('is-arming');
    plan.map.getContainer().parentElement.append(bar);
    tell();
  }

  const ring = () => ({ type: 'Polygon', coordinates: [[...corners, corners[0]].map(([lat, lon]) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))])] });

  async function save(event) {
    event.preventDefault();
    const file = dialog.querySelector('#area-file').files[0];
    const name = dialog.querySelector('#area-name').value.trim();
    let geojson = corners.length > 2 ? ring() : null;
    if (file) {
      try { geojson = JSON.parse(await file.text()); } catch (error) { fill(said, el('p', { class: 'warning' }, say('这个文件不是 GeoJSON。请从绘图软件另存为 GeoJSON。', 'This file is no GeoJSON. Save it as GeoJSON in the program that drew it.'))); return; }
    }
    if (!geojson) { fill(said, el('p', { class: 'warning' }, say('先在图上画,或选一个文件。', 'Draw it on the map first, or choose a file.'))); return; }
    into(said, () => ask('/plan/areas', { title: name, geojson, datum: file ? dialog.querySelector('#area-datum').value : 'wgs84' }, { channel: 'areas' }), (made) => {
      config.scopes.unshift({ code: made.name, name: made.title, name_en: made.title_en || made.title, drawn: true });
      fill(said);
      corners = [];
      sketch();
      dialog.close();
      toast(say(`已加入范围“${made.title}”。`, `The scope “${made.title}” was added.`));
      onMade();
      change({ scope: made.name }, { step: true });
    });
  }

  function open() {
    const name = dialog.querySelector('#area-name')?.value || '';
    fill(said);
    fill(dialog, el('form', { onsubmit: save }, el('h2', {}, say('新的范围', 'A new scope')), el('div', { class: 'field' }, el('label', { class: 'label', for: 'area-name' }, say('名称', 'Name')), el('input', { id: 'area-name', type: 'text', required: true, maxlength: 100, value: name })),
      plan ? el('div', { class: 'split' }, el('span', {}, corners.length > 2 ? say(`画了 ${corners.length} 个角`, `${corners.length} corners drawn`) : say('在图上画', 'Draw on the map')), button(corners.length > 2 ? '接着画' : '开始画', corners.length > 2 ? 'Go on drawing' : 'Draw', drawOnMap, 'small')) : '',
      el('div', { class: 'field' }, el('label', { class: 'label', for: 'area-file' }, say('或导入 GeoJSON', 'Or import GeoJSON')), el('input', { id: 'area-file', type: 'file', accept: '.json,.geojson,application/geo+json' })), datumField('area-datum'), said,
      el('div', { class: 'buttons' }, el('button', { class: 'main' }, say('保存', 'Save')), button('取消', 'Cancel', () => { corners = []; sketch(); dialog.close(); }))));
    dialog.showModal();
  }
  async function remove(one) {
    if (!confirm(say(`删除范围“${one.name}”?在它里面算过的数不受影响。`, `Delete the scope “${one.name_en}”? Figures measured in it stay.`))) return;
    try {
      await ask(`/plan/areas/${encodeURIComponent(one.code)}`, undefined, { channel: 'areas', method: 'DELETE' });
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      toast(error.message);
      return;
    }
    config.scopes.splice(config.scopes.indexOf(one), 1);
    change({ scope: '' }, { step: true });
    onMade();
  }
  return { open, remove };
}
