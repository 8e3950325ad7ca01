// a whole list of new stations at once: pasted, or from a file of text
import { ask, into } from './plan_ask.js';
import { setChanges } from './plan_changes.js';
import { el, fill } from './dom.js';
import { toast } from './plan_say.js';
import { state } from './plan_state.js';
import { onLanguage, say } from './words.js';

export const DATUMS = [['wgs84', 'WGS-84(GPS、测绘)', 'WGS-84 (GPS, surveys)'], ['gcj02', '高德、腾讯(GCJ-02)', 'Amap, Tencent (GCJ-02)'], ['bd09', '百度(BD-09)', 'Baidu (BD-09)']];

export const datumField = (id) => el('div', { class: 'field' }, el('label', { class: 'label', for: id }, say('坐标来自', 'The coordinates come from')), el('select', { id }, ...DATUMS.map(([value, zh, en]) => el('option', { value }, say(zh, en)))));

/** Build the form. */
export function buildPasted(box) {
  const said = el('div', {});
  let open = false;
  let typed = '';

  /** Lines that begin with a place have no heads above them. */
  const headed = (text) => (/^[^,,\t]*[,,\t]\s*-?\d+(\.\d+)?\s*[,,\t]\s*-?\d+(\.\d+)?/.test(text.trim()) ? `名称,经度,纬度\n${text.trim().replace(/[,\t]/g, ',')}` : text);

  function read(file, datum) {
    const form = new FormData();
    form.append('file', file || new Blob([headed(typed)], { type: 'text/csv' }), file ? file.name : 'pasted.csv');
    form.append('datum', datum);
    into(said, () => ask('/plan/list', form, { channel: 'list' }), (found) => {
      fill(said, ...found.errors.slice(0, 8).map((one) => el('p', { class: 'warning' }, say(`第 ${one.row} 行:${one.zh}`, `Row ${one.row}: ${one.en}`))));
      if (!found.changes.length) return;
      const keys = new Set(found.changes.map((one) => one.key));
      setChanges([...state.changes.filter((one) => !keys.has(one.key)), ...found.changes]);
      toast(say(`加了 ${found.changes.length} 个站点,共 ${found.rows} 行。`, `${found.changes.length} stations were added, of ${found.rows} rows.`));
    });
  }

  function draw() {
    const area = el('textarea', { id: 'list-text', rows: 4, placeholder: say('名称, 经度, 纬度\n每行一个', 'name, longitude, latitude\none a line'), oninput: () => { typed = area.value; } });
    area.value = typed;
    const file = el('input', { type: 'file', id: 'list-file', accept: '.csv,.xlsx,.geojson,.json' });
    fill(box, el('details', { open, ontoggle: (event) => { open = event.currentTarget.open; } }, el('summary', {}, say('一次加一批…', 'Add a whole list…')),
      el('form', { onsubmit: (event) => { event.preventDefault(); read(file.files[0], box.querySelector('#list-datum').value); } },
        el('div', { class: 'field' }, el('label', { class: 'label', for: 'list-text' }, say('粘贴:名称、经度、纬度,每行一个', 'Paste name, longitude, latitude, one a line')), area),
        el('div', { class: 'field' }, el('label', { class: 'label', for: 'list-file' }, say('或选一个文件(表格、CSV、GeoJSON)', 'Or choose a file (XLSX, CSV, GeoJSON)')), file), datumField('list-datum'), el('button', { class: 'main small' }, say('加进方案', 'Add to the scenario'))), said));
  }
  onLanguage(draw);
  draw();
}
