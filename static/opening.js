// whether a station is open at a minute, from the hours that the server sends along; it reads them
// as app/domain/stretches.py does, so that page and server give one answer

// how far ahead an answer looks, in minutes
const HORIZON = 60 * 24 * 60;
const STATES = ['closed', 'open', 'unknown'];

/** The schedules of a pack in minutes since 1970, each with the time that it speaks of. */
export function schedulesOf(pack) {
  const from = pack.begins;
  const to = from + pack.days * 24 * 60;
  return pack.schedules.map((spans) => ({
    from,
    to,
    spans: spans.map(([start, end, state, reason]) => ({
      start: from + start, end: from + end, open: STATES[state], reason: pack.reasons[reason],
    })),
  }));
}

/**
 * Say whether a station is open at a minute (since 1970), until when, and when it opens next.
 * Times are such minutes, or null. A minute that the schedule does not speak of is not known:
 * it has run out, or the phone's clock is wrong.
 */
export function stateAt({ from, to, spans }, minute) {
  if (!(minute >= from && minute < to)) return { open: 'unknown', open_until: null, opens_at: null, reason: 'outdated' };
  const within = (edge) => (edge < minute + HORIZON ? edge : null);
  const coming = spans.filter((span) => span.end > minute);
  const here = coming.length && coming[0].start <= minute ? coming[0] : { open: 'closed', reason: 'hours' };
  const answer = { open: here.open, open_until: null, opens_at: null, reason: here.reason };
  if (here.open === 'open') {
    let last = 0;
    while (last + 1 < coming.length && coming[last + 1].open === 'open' && coming[last + 1].start === coming[last].end) last += 1;
    answer.open_until = within(coming[last].end);
  } else {
    const next = coming.find((span) => span.open === 'open');
    if (next) answer.opens_at = within(next.start);
  }
  return answer;
}
