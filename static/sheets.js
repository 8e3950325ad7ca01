// windows over the page: the browser's own where it has them, the same by hand where it has not

const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), summary';

// the last one opened is the one that keys are for
const open = [];

function byHand(sheet) {
  const before = document.activeElement;
  const inside = () => [...sheet.querySelectorAll(FOCUSABLE)].filter((one) => one.offsetParent);
  const onKey = (event) => {
    if (open[open.length - 1] !== sheet) return;
    if (event.key === 'Escape') closeSheet(sheet);
    if (event.key !== 'Tab') return;
    const ends = inside();
    const [from, to] = event.shiftKey ? [ends[0], ends[ends.length - 1]] : [ends[ends.length - 1], ends[0]];
    if (document.activeElement === from) { event.preventDefault(); to.focus(); }
  };
  open.push(sheet);
  sheet.setAttribute('open', '');
  // a browser that does not know the element does not know what it is, either
  sheet.setAttribute('role', 'dialog');
  sheet.classList.add('by-hand');
  document.addEventListener('keydown', onKey);
  sheet.addEventListener('close', () => {
    document.removeEventListener('keydown', onKey);
    open.splice(open.indexOf(sheet), 1);
    if (before) before.focus();
  }, { once: true });
}

/** A tap on the page behind leaves the sheet. */
function onTap(event) {
  const sheet = event.currentTarget;
  const { left, right, top, bottom } = sheet.getBoundingClientRect();
  const beside = event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
  // keys press buttons at no place at all
  if (event.target === sheet && beside) closeSheet(sheet);
}

/** Open a dialog element above the page. */
export function openSheet(sheet) {
  if (sheet.hasAttribute('open')) return;
  sheet.setAttribute('aria-modal', 'true');
  sheet.addEventListener('click', onTap);
  if (sheet.showModal) sheet.showModal(); else byHand(sheet);
}

/** Close it again; whoever waits hears `close`. */
export function closeSheet(sheet) {
  if (sheet.close) sheet.close();
  else if (sheet.hasAttribute('open')) {
    sheet.removeAttribute('open');
    sheet.dispatchEvent(new Event('close'));
  }
}
