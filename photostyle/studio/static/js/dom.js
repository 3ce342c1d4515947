// Elements, made in one line. Texts are never read as HTML.
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
