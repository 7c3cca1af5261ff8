/** Makes elements without any markup in strings: text is always text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return an element. Of `props`, functions under `onclick` and the like are listeners, `class` and names with a dash
 * are attributes, the rest properties; null and undefined are left out. Children are elements or texts.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "function" && name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "role" || name === "for" || name.includes("-"))
      element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Return an element of an SVG picture; `attributes` are written as they are. */
export function svgElement(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Return an icon of 24 by 24 units from the `d` of its strokes; it is decoration and says nothing. */
export function icon(...strokes) {
  const paths = strokes.map((d) => svgElement("path", { d }));
  return svgElement("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, ...paths);
}

/** Return a button with an icon, by the icon's strokes; `label` is what it is called, and its tooltip. */
export function iconButton(label, strokes, onclick) {
  return h("button", { type: "button", "aria-label": label, title: label, onclick }, icon(...strokes));
}

/** Set a text only if it differs, so that live regions speak and selections stay. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
