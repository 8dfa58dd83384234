// Makes DOM elements. Text always goes in as text, so nothing from a file or a server can become markup.

/** Return a new element with properties, attributes (names holding a dash, or role) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Return the page's element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Show a message in an element that is hidden while there is none. */
export function showMessage(target, message) {
  target.textContent = message ?? "";
  target.hidden = !message;
}
