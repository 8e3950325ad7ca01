// a report in one tap of fixed choices, a photo if one likes; no account, and a ticket comes back
import { el, fill } from './dom.js';
import { once, post } from './outbox.js';
import { closeSheet, openSheet } from './sheets.js';
import { stylesheet } from './styles.js';
import { problemText, say } from './words.js';

const KINDS = [
  ['locked', '开放时间内锁门', 'Locked in posted hours'], ['no_water', '没有饮用水', 'No water'],
  ['toilet_broken', '厕所不能用', 'Toilet out of order'], ['wrong_place', '位置不对', 'Wrong place on the map'],
  ['other', '其他问题', 'Something else'],
];
const LONGEST_TEXT = 200;
const PHOTO_PIXELS = 1280;
const PHOTO_QUALITY = 0.7;

/** What a kind of report is called. */
export const kindName = (kind) => { const found = KINDS.find(([code]) => code === kind); return found ? say(found[1], found[2]) : kind; };

/** A photo as a small JPEG, so that it fits a weak signal; null for what is none. */
async function shrunk(file) {
  const address = URL.createObjectURL(file);
  try {
    const picture = new Image();
    await new Promise((done, failed) => { picture.onload = done; picture.onerror = failed; picture.src = address; });
    const scale = Math.min(1, PHOTO_PIXELS / Math.max(picture.naturalWidth, picture.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.naturalWidth * scale);
    canvas.height = Math.round(picture.naturalHeight * scale);
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/jpeg', PHOTO_QUALITY);
  } catch (error) { return null; } finally { URL.revokeObjectURL(address); }
}

function thanks(sheet, got) {
  const close = el('button', { type: 'button', class: 'main', onclick: () => closeSheet(sheet) }, say('好', 'Done'));
  const said = got.waits
    ? [el('h2', {}, say('已记下,有信号时自动发出', 'Kept; it is sent when there is a signal'))]
    : [el('h2', {}, say('收到了,谢谢', 'Received, thank you')),
      el('p', { class: 'ticket' }, got.body.ticket),
      el('p', { class: 'soft' }, say('凭这个号可以在“菜单 › 我的报告”里看处理结果。', 'With this number you can look up what became of it, under Menu › My reports.'))];
  fill(sheet, el('div', { class: 'message', role: 'status' }, ...said, close));
  close.focus();
}

function form(sheet, station, { place, proof }) {
  const token = once();
  // a photo that is being made smaller, or is
  let photo = Promise.resolve(null);
  const fault = el('p', { class: 'fault', role: 'alert', hidden: true });
  const tell = (text) => { fault.textContent = text; fault.hidden = false; };
  const text = el('textarea', { id: 'report-text', maxlength: LONGEST_TEXT, rows: 2, hidden: true, 'aria-label': say('写几句', 'A few words'), placeholder: say('写几句(不要写姓名电话)', 'A few words (no names or phones)') });
  const send = el('button', { type: 'submit', class: 'main', disabled: true }, say('发送', 'Send'));
  const picture = el('input', { type: 'file', accept: 'image/*', id: 'report-photo', class: 'unseen', onchange: async () => {
    const mine = picture.files.length ? shrunk(picture.files[0]) : Promise.resolve(null);
    photo = mine;
    fault.hidden = true;
    const read = await mine;
    if (photo !== mine) return;
    if (picture.files.length && !read) tell(say('这张图读不了,请换一张。', 'This picture cannot be read. Choose another.'));
    label.textContent = read ? say('已附照片 ✓', 'Photo attached ✓') : say('附一张照片(可不附)', 'Attach a photo (optional)');
  } });
  const label = el('label', { for: 'report-photo', class: 'plain' }, say('附一张照片(可不附)', 'Attach a photo (optional)'));
  const choices = KINDS.map(([code, zh, en]) => el('label', { class: 'choice' },
    el('input', { type: 'radio', name: 'kind', value: code, onchange: () => { send.disabled = false; text.hidden = code !== 'other'; text.required = code === 'other'; } }),
    el('span', {}, say(zh, en))));
  const onsubmit = async (event) => {
    event.preventDefault();
    const kind = event.target.elements.kind.value;
    send.disabled = true;
    const here = place && place.at ? { lon: place.lon, lat: place.lat, datum: 'wgs84' } : {};
    const got = await post('/api/v1/reports', {
      station: station.code, kind, once: token, ...here, ...(proof ? { proof } : {}), ...(kind === 'other' && text.value.trim() ? { text: text.value.trim() } : {}),
    }, { name: say(station.name, station.name_en), photo: await photo });
    send.disabled = false;
    if (!got.waits && got.status >= 400) { tell(problemText(got.body)); return; }
    thanks(sheet, got);
  };
  return el('form', { class: 'report-form', onsubmit },
    el('div', { class: 'sheet-head' }, el('h2', { id: 'report-title', tabindex: -1 }, say('报告问题', 'Report a problem')),
      el('button', { type: 'button', 'aria-label': say('关闭', 'Close'), onclick: () => closeSheet(sheet) }, '×')),
    el('p', { class: 'soft' }, say(station.name, station.name_en)),
    el('fieldset', {}, el('legend', { class: 'unseen' }, say('什么问题', 'What is wrong')), ...choices),
    text, picture, label, fault, send,
    el('p', { class: 'soft' }, say('不用登录;不记录你是谁、在哪里。', 'No account; who and where you are is not kept.')));
}

/** Open the report of a station; `proof` is what its plaque's QR code brought along. */
export function showReport(station, { place = null, proof = '' } = {}) {
  let sheet = document.getElementById('report-sheet');
  if (!sheet) {
    sheet = el('dialog', { class: 'sheet', id: 'report-sheet', 'aria-labelledby': 'report-title' });
    document.body.append(sheet);
    stylesheet('sheet.css');
  }
  fill(sheet, form(sheet, station, { place, proof }));
  openSheet(sheet);
  document.getElementById('report-title').focus();
}
