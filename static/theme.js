// the colours of the moment, for what is drawn on a canvas

/** Read the map's colours from the tokens, in the theme of the moment. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/** Call back when the theme changes. */
export function onTheme(listener) {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  window.addEventListener('harbor-look', listener);
  if (dark.addEventListener) dark.addEventListener('change', listener);
  else dark.addListener(listener);
}
