// Elements made without parsing any text as HTML: what comes from configs and data stays text.

export const byId = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function option(value, text = value) {
  return element("option", { value, textContent: text });
}

// attributes: by their names; null ones are left out.
export function svgElement(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name === "style") node.style.cssText = value; // the page's policy allows no style attribute
    else node.setAttribute(name, value);
  }
  return node;
}
