// a keeper types hours: how they are read is shown at once, before anything is sent
import { languageSwitch, say } from './words.js';

const WAIT = 500;
const form = document.getElementById('change-form');

function reader() {
  const field = form.elements.hours_text;
  const shown = document.getElementById('change-reading');
  const before = field.value.trim();
  const known = shown.innerHTML;
  let timer = null;
  let asked = 0;

  async function read() {
    const turn = ++asked;
    const body = new URLSearchParams({ hours_text: field.value });
    const headers = { 'X-CSRF-Token': form.elements.csrf_token.value };
    try {
      const answer = await fetch('/k/change/reading', { method: 'POST', body, headers });
      if (turn !== asked || !answer.ok) return;
      const { said } = await answer.json();
      shown.textContent = said ? say(`读作:${said[0]}`, `Read as: ${said[1]}`)
        : say('还读不懂,请照这样写:周一至周五 8:30-18:00', 'Not understood yet; try: Mo-Fr 08:30-18:00');
    } catch (error) { /* no network: the server says so when the form is sent */ }
  }

  field.addEventListener('input', () => {
    clearTimeout(timer);
    if (field.value.trim() === before) { asked += 1; shown.innerHTML = known; return; }
    timer = setTimeout(read, WAIT);
  });
}

languageSwitch(document.getElementById('language'));
if (form) reader();
