// windows over the page: the browser's own where it has them, the same by hand where it has not

const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled])';

function byHand(sheet) {
  const before = document.activeElement;
  const inside = () => [...sheet.querySelectorAll(FOCUSABLE)].filter((one) => one.offsetParent);
  const onKey = (event) => {
    if (event.key === 'Escape') closeSheet(sheet);
    if (event.key !== 'Tab') return;
    const ends = inside();
    const [from, to] = event.shiftKey ? [ends[0], ends[ends.length - 1]] : [ends[ends.length - 1], ends[0]];
    if (document.activeElement === from) { event.preventDefault(); to.focus(); }
  };
  sheet.setAttribute('open', '');
  sheet.classList.add('by-hand');
  document.addEventListener('keydown', onKey);
  sheet.addEventListener('close', () => {
    document.removeEventListener('keydown', onKey);
    if (before) before.focus();
  }, { once: true });
}

/** Open a dialog element above the page. */
export function openSheet(sheet) {
  if (sheet.hasAttribute('open')) return;
  sheet.setAttribute('aria-modal', 'true');
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
