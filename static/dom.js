// building elements without markup strings: what comes from data is always text

/** Create an element; attributes named on… are listeners, the rest are set as they are. */
export function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

/** Put children in place of whatever an element held. */
export function fill(parent, ...children) {
  while (parent.firstChild) parent.removeChild(parent.firstChild);
  parent.append(...children);
}

/** Write text so that it can stand inside markup; for Leaflet's attribution, which takes markup. */
export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Read the JSON a page carries for its scripts. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
