// the week editor: presets, copies of Monday, rows that make room for what is chosen
const DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const PRESETS = {
  24: () => ['all_day', []],
  daily: () => ['open', [['08:00', '20:00']]],
  work: (day) => (DAYS.indexOf(day) < 5 ? ['open', [['09:00', '17:00']]] : ['closed', []]),
};

/** Make the week editor of a form work; `changed` is told after every change made here. */
export function startWeek(form, changed) {
  const row = (day) => form.querySelector(`.day[data-day="${day}"]`);
  const kindOf = (day) => row(day).querySelector('.day-kind');
  const times = (day, end) => [...row(day).querySelectorAll(`input[name="${day}.${end}"]`)];
  const choose = (mode) => { form.querySelector(`input[name="hours_mode"][value="${mode}"]`).checked = true; };

  function shape(day) {
    const shut = day === 'PH'
      ? form.elements.namedItem('hours_holidays').value !== 'own'
      : ['closed', 'all_day'].includes(kindOf(day).value);
    row(day).classList.toggle('is-shut', shut);
    const [, second] = row(day).querySelectorAll('.span');
    const [begins] = times(day, 'from');
    // the second span comes when the first is there
    if (second && !shut) second.hidden = !begins.value && ![...second.querySelectorAll('input')].some((input) => input.value);
  }
  const shapeAll = () => { for (const day of [...DAYS, 'PH']) shape(day); };

  function set(day, kind, spans) {
    kindOf(day).value = kind;
    setTimes(day, spans);
    shape(day);
  }

  function setTimes(day, spans) {
    for (const [index, end] of [[0, 'from'], [1, 'to']]) {
      times(day, end).forEach((input, place) => { input.value = spans[place] ? spans[place][index] : ''; });
    }
  }

  form.addEventListener('click', (event) => {
    const { preset, copy } = event.target.closest('.chip')?.dataset || {};
    if (!preset && !copy) return;
    const monday = times('Mo', 'from').map((input, place) => [input.value, times('Mo', 'to')[place].value]);
    const days = preset ? DAYS : DAYS.slice(1, Number(copy));
    for (const day of days) set(day, ...(preset ? PRESETS[preset](day) : [kindOf('Mo').value, monday]));
    choose('week');
    changed('Mo.from');
  });

  form.addEventListener('input', (event) => {
    const day = event.target.closest('.day')?.dataset.day;
    if (!day) {
      if (event.target.name === 'hours_text' && event.target.value) choose('text');
      if (event.target.name?.startsWith('exception.')) choose('week');
      return;
    }
    const timed = event.target.type === 'time';
    if (day === 'PH') {
      if (timed) form.elements.namedItem('hours_holidays').value = 'own';
    } else {
      if (timed && event.target.value) kindOf(day).value = 'open';
      if (!timed && kindOf(day).value !== 'open') setTimes(day, []);
    }
    choose('week');
    shape(day);
  });

  form.addEventListener('harbor:week', (event) => {
    const sheet = event.detail;
    for (const day of [...DAYS, 'PH']) {
      const spans = (sheet[`${day}.from`] || []).map((begins, place) => [begins, sheet[`${day}.to`][place]]);
      if (day === 'PH') setTimes(day, spans);
      else set(day, (sheet[`${day}.kind`] || [''])[0], spans);
    }
    form.elements.namedItem('hours_holidays').value = (sheet.hours_holidays || ['unsaid'])[0];
    choose('week');
    shapeAll();
    changed('Mo.from');
  });

  document.getElementById('more-exceptions').addEventListener('click', () => {
    const rows = document.getElementById('hours_exceptions');
    const fresh = rows.lastElementChild.cloneNode(true);
    for (const input of fresh.querySelectorAll('input')) input.value = '';
    rows.append(fresh);
    fresh.querySelector('input').focus();
  });
  shapeAll();
}
