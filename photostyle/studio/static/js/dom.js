// Elements, made in one line. Texts are never read as HTML.
import { TEXTS } from "./texts.js";

export function element(tag, facts = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && !name.startsWith("aria-")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export const button = (text, onclick, facts = {}) => element("button", { type: "button", textContent: text, onclick, ...facts });

// Put other children into an element; what has the focus keeps it, and a text that is being typed its letters.
export function refill(parent, ...children) {
  const { activeElement: active } = document;
  const key = parent.contains(active) ? keyOf(active) : null;
  parent.replaceChildren(...children);
  if (key === null) return;
  const successor = [...parent.querySelectorAll("button, input, select, summary")].find((each) => keyOf(each) === key);
  if (!successor) return;
  if (successor.type === "text" && successor.value !== active.value) successor.value = active.value;
  successor.focus({ preventScroll: true });
}

// A command line, with a button that copies it.
export function commandLine(text, app) {
  const code = element("code", { textContent: text });
  const copy = button(TEXTS.copy, () => app.try(async () => {
    await navigator.clipboard.writeText(text);
    app.say(TEXTS.copied);
  }));
  return [code, element("div", { className: "buttons" }, copy)];
}

const keyOf = (each) => each.id || `${each.tagName} ${each.getAttribute("aria-label") ?? each.textContent}`;

const DRAWINGS = {
  lock: "M5 8V5.5a3 3 0 0 1 6 0V8M3.5 8h9v6h-9z",
  unlock: "M5 8V5.5a3 3 0 0 1 6 0M3.5 8h9v6h-9z",
  eye: "M1 8s2.5-4.5 7-4.5S15 8 15 8s-2.5 4.5-7 4.5S1 8 1 8zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  hidden: "M1 8s2.5-4.5 7-4.5S15 8 15 8s-2.5 4.5-7 4.5S1 8 1 8zM3 14 13 2",
};

// A button with a drawing in place of a text.
export function iconButton(drawing, label, onclick, facts = {}) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", DRAWINGS[drawing]);
  picture.append(path);
  const made = button("", onclick, { className: "icon", title: label, "aria-label": label, ...facts });
  made.append(picture);
  return made;
}

export function choice(options, value, onchange, label) {
  const select = element("select", { onchange: () => onchange(select.value), "aria-label": label });
  for (const [key, text] of options) select.append(element("option", { value: key, textContent: text }));
  select.value = value;
  return select;
}

export function slider(text, value, oninput, most = 1.5) {
  const shown = element("output", { textContent: value.toFixed(2) });
  const input = element("input", { type: "range", min: 0, max: most, step: 0.01, "aria-label": text });
  input.value = value;
  input.addEventListener("input", () => {
    shown.textContent = Number(input.value).toFixed(2);
    oninput(Number(input.value));
  });
  return element("div", { className: "slider" }, element("span", { textContent: text, title: text }), input, shown);
}
