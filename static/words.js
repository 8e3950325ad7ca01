// the two languages, and how figures and times are said in them

const KEY = 'harbor.lang';
const listeners = [];
const DAYS = [['周日', 'Sun'], ['周一', 'Mon'], ['周二', 'Tue'], ['周三', 'Wed'], ['周四', 'Thu'], ['周五', 'Fri'], ['周六', 'Sat']];

/** Remember a value on this device; false where the browser refuses storage or has no room, which is no reason to fail. */
export function keep(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch (error) { return false; }
  return true;
}

/** Forget a value kept on this device. */
export function forget(key) {
  try { localStorage.removeItem(key); } catch (error) { /* private window */ }
}

/** Recall a value kept on this device. */
export function recall(key, otherwise) {
  try {
    const stored = JSON.parse(localStorage.getItem(key));
    return stored === null ? otherwise : stored;
  } catch (error) { return otherwise; }
}

let current = recall(KEY, 'zh') === 'en' ? 'en' : 'zh';

function apply() {
  const root = document.documentElement;
  root.lang = current;
  root.dataset.lang = current;
}

/** The language in use, zh or en. */
export const language = () => current;

/** Say a pair of words in the language in use. */
export const say = (zh, en) => (current === 'en' && en ? en : zh || en || '');

/** Call back after every change of language. */
export function onLanguage(listener) { listeners.push(listener); }

/** Make a button switch between the languages. */
export function languageSwitch(button) {
  const name = () => { button.setAttribute('aria-label', say('中/EN Switch to English', '中/EN 切换到中文')); };
  apply();
  name();
  button.addEventListener('click', () => {
    current = current === 'zh' ? 'en' : 'zh';
    keep(KEY, current);
    apply();
    name();
    for (const listener of listeners) listener();
  });
}

// how far the phone's clock is from the server's; remembered, for hours are looked up with no signal too
const CLOCK = 'harbor.clock';
// what lies between the server's second and its arrival here is not the clock's fault
const SLACK_MILLISECONDS = 120000;
let skew = Number(recall(CLOCK, 0)) || 0;

/** The time as the server has it, in milliseconds since 1970. */
export const now = () => Date.now() + skew;

/** Take the time from an answer's Date header. */
export function setClock(header) {
  const told = Date.parse(header || '');
  if (!Number.isFinite(told)) return;
  const found = told - Date.now();
  skew = Math.abs(found) < SLACK_MILLISECONDS ? 0 : found;
  keep(CLOCK, skew);
}

/** Whole minutes of a walk, rounded up: nobody is promised less than it takes. */
export const minutes = (seconds) => Math.max(1, Math.ceil(seconds / 60 - 1e-6));

/** The band of the minutes scale a walk falls in: 5, 10, 15 or 99. */
export const band = (seconds) => [5, 10, 15].find((limit) => seconds <= limit * 60) || 99;

/** A distance as people say it. */
export function metres(value) {
  if (value >= 995) return `${(value / 1000).toFixed(1)} km`;
  return `${value >= 100 ? Math.round(value / 10) * 10 : Math.round(value)} m`;
}

/** Clock time as written at the station's own place, with the day where it is not today's. */
export function clock(iso) {
  const day = iso.slice(0, 10);
  const time = iso.slice(11, 16);
  // midnight of the station's day as if in UTC, less that of this moment in the station's zone
  const ahead = Date.parse(`${iso.slice(0, 16)}Z`) - Date.parse(iso);
  const today = new Date(now() + ahead).toISOString().slice(0, 10);
  const apart = (Date.parse(day) - Date.parse(today)) / 864e5;
  if (!apart) return time;
  if (apart === 1) return say(`明天 ${time}`, `tomorrow ${time}`);
  if (apart < 0 || apart > 6) return say(`${+day.slice(5, 7)}月${+day.slice(8)}日`, day);
  return `${say(...DAYS[new Date(Date.parse(day)).getUTCDay()])} ${time}`;
}

/** How long ago something was, roughly. */
export function ago(iso) {
  const hours = (now() - Date.parse(iso)) / 36e5;
  const minutes = Math.max(1, Math.round(hours * 60));
  if (hours < 1) return say(`${minutes} 分钟前`, minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`);
  if (hours < 24) return say(`${Math.floor(hours)} 小时前`, `${Math.floor(hours)} h ago`);
  const days = Math.floor(hours / 24);
  return say(`${days} 天前`, days === 1 ? '1 day ago' : `${days} days ago`);
}

const REASONS = {
  hours: ['', ''], no_hours: ['没有登记时间', 'no hours on record'], unreadable: ['登记的时间读不懂', 'its hours cannot be read'],
  holiday: ['节假日', 'a holiday'], make_up_workday: ['调休上班日', 'a make-up workday'], not_announced: ['节假日安排未公布', 'holidays not announced yet'],
  suspended: ['暂停开放', 'suspended'], closure: ['临时关闭', 'closed for a time'],
  reported_locked: ['有人反映锁门', 'reported locked'], outdated: ['手机里的时间表已过期', 'the hours on this phone are out of date'],
};
// older proof than this is worth saying where the hours are in doubt
const STALE_DAYS = 90;

/** Why a station is open or not, where that is worth saying. */
export function reason(code) {
  if (!code) return '';
  return code in REASONS ? say(...REASONS[code]) : code;
}

/** Why nobody knows whether a station is open, in one sentence: who said so and how old the proof is. */
export function doubt(station) {
  const why = station.reason === 'reported_locked' && station.reported_at
    ? say(`${ago(station.reported_at)}有人反映锁门`, `reported locked ${ago(station.reported_at)}`) : reason(station.reason);
  const old = station.last_proved && (now() - Date.parse(station.last_proved)) / 864e5 > STALE_DAYS;
  const month = old && Number(station.last_proved.slice(5, 7));
  return [why, old && say(`开放时间自 ${month} 月起未再确认`, `hours not confirmed since ${station.last_proved.slice(0, 7)}`)]
    .filter(Boolean).join(say(',', ', '));
}

/** The sign and sentence of whether one can get in. */
export function openLine(station) {
  if (station.open === 'open' && station.brief) {
    const until = clock(station.open_until);
    return { sign: '◐', look: 'soon', text: say(`只开到 ${until},快关门了`, `Only until ${until}, closing soon`) };
  }
  if (station.open === 'open') {
    const until = station.open_until && clock(station.open_until);
    return { sign: '●', text: until ? say(`开到 ${until}`, `Open until ${until}`) : say('开门中', 'Open') };
  }
  if (station.open === 'closed') {
    const at = station.opens_at && clock(station.opens_at);
    return { sign: '■', text: say('已关门', 'Closed') + (at ? say(`,${at} 开`, `, opens ${at}`) : '') };
  }
  return { sign: '▲', text: say('情况不明', 'Not known if open') };
}

/** What a problem document says, as a sentence. */
export function problemText(problem) {
  const fields = (problem.errors || []).map((error) => error.message).join(';');
  return [problem.detail || problem.title, fields].filter(Boolean).join(' ');
}
