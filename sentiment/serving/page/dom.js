// Elements made by script. Text becomes text nodes, never HTML, whatever it looks like.

const SVG = "http://www.w3.org/2000/svg";

// An element with attributes and children; `onclick` and the like are listeners.
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

// What only a screen reader reads.
export const unseen = (text) => h("span", { class: "unseen" }, text);

// A horizontal bar of a share between 0 and 1; the figure itself stands beside it as text.
export function bar(share, tone) {
  const fill = h("span", { class: `fill ${tone}` });
  fill.style.width = `${(100 * share).toFixed(2)}%`; // by script, which the policy allows
  return h("span", { class: "track", "aria-hidden": "true" }, fill);
}

// A button that copies what `text()` returns, and says so.
export function copyButton(what, text) {
  const button = h("button", { type: "button", class: "button small" }, `Copy ${what}`);
  const said = h("span", { class: "faint", role: "status" });
  button.addEventListener("click", async () => {
    said.textContent = (await copied(text())) ? "copied" : "select it and copy it by hand";
    setTimeout(() => { said.textContent = ""; }, 2500);
  });
  return h("span", { class: "copy" }, button, said);
}

// The clipboard's own interface is there only over HTTPS and on this machine.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
