// files are looked at before they are sent: what the server would not take is said beside the field
import { el } from './dom.js';

const MEGABYTE = 2 ** 20;
const most = Number(document.body.dataset.mostUpload);

const isHeic = (file) => /\.(heic|heif)$/i.test(file.name) || /^image\/hei[cf]/.test(file.type);

/** Everything that the form of an input would send, in bytes. */
function sent(input) {
  const all = input.form ? [...input.form.querySelectorAll('input[type=file]')] : [input];
  return all.flatMap((one) => [...one.files]).reduce((sum, file) => sum + file.size, 0);
}

function problem(input) {
  const limit = Number(input.dataset.mostMb || 15);
  const large = [...input.files].find((file) => file.size > limit * MEGABYTE);
  if (large) return [`“${large.name}”超过 ${limit} MB,没有上传。请缩小或拆成几份再选。`, `${large.name} is larger than ${limit} MB and was not sent. Make it smaller, or split it.`];
  const heic = input.accept.includes('image/jpeg') && [...input.files].find(isHeic);
  if (heic) return [`“${heic.name}”是 HEIC 格式,读不了。请在手机相机设置中选“兼容性最佳”,或转成 JPEG 再选。`, `${heic.name} is a HEIC photo, which cannot be read. Set the camera to “most compatible”, or choose it as a JPEG.`];
  const total = Math.floor(most / 1e6);
  if (sent(input) > most) return [`选的文件合计超过 ${total} MB,没有上传。请分几次上传。`, `Together these are larger than ${total} MB and were not sent. Send them in several goes.`];
  return null;
}

// before anybody else hears of the choice: a file that is no good is taken out of the field again
document.addEventListener('change', (event) => {
  const input = event.target;
  if (!input.matches('input[type=file]')) return;
  const beside = input.nextElementSibling;
  if (beside && beside.matches('[data-file-fault]')) beside.remove();
  const words = problem(input);
  input.removeAttribute('aria-invalid');
  if (!words) return;
  input.setAttribute('aria-invalid', 'true');
  event.stopPropagation();
  input.value = '';
  input.after(el('p', { class: 'fault', role: 'alert', 'data-file-fault': true }, el('span', { class: 'zh', lang: 'zh' }, words[0]), el('span', { class: 'en', lang: 'en' }, words[1])));
}, true);
