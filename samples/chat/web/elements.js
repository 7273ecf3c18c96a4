/** The element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element. Text is set as text: nothing a user wrote is ever read as markup. */
export function element(tag, { className = '', text, attributes = {} } = {}, ...children) {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const TONES = 8;

/** The initials of a name on a colour that is always the same for it. */
export function paintAvatar(target, name) {
  const letters = name
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => [...word][0]);
  target.textContent = (
    letters.length > 1 ? letters[0] + letters.at(-1) : [...name].slice(0, 2).join('')
  ).toUpperCase();
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  target.dataset.tone = String(hash % TONES);
  return target;
}

export function avatar(name) {
  return paintAvatar(element('span', { className: 'avatar', attributes: { 'aria-hidden': 'true' } }), name);
}
