// The row of tools, and the keys.
import { button, element } from "./dom.js";
import { TEXTS } from "./texts.js";

export function showTools(bar, app) {
  const tools = Object.entries(TEXTS.tools).map(([tool, text]) => button(text, () => choose(tool), {
    title: `${TEXTS.toolHints[tool]} (${TEXTS.toolKeys[tool]})`, "aria-keyshortcuts": TEXTS.toolKeys[tool],
  }));
  const names = Object.keys(TEXTS.tools);
  const range = (text, value, most, oninput, step = 1) => {
    const input = element("input", { type: "range", min: 0, max: most, step, "aria-label": text, oninput: () => oninput(Number(input.value)) });
    input.value = value;
    return [element("label", {}, text, input), input];
  };
  const [sizeLabel, size] = range(TEXTS.size, app.size, 200, (value) => { app.size = Math.max(1, value); app.redraw(); });
  const [tintLabel] = range(TEXTS.tint, app.tint, 1, (value) => { app.tint = value; app.redraw(); }, 0.05);
  const undo = button(TEXTS.undo, () => app.undo(true), { title: TEXTS.keys.undo });
  const redo = button(TEXTS.redo, () => app.undo(false), { title: TEXTS.keys.redo });
  const fit = button(TEXTS.fit, () => app.view.fit(), { title: TEXTS.keys.fit });
  const full = button(TEXTS.full, () => app.fullSize(), { title: TEXTS.keys.full });
  bar.replaceChildren(...tools, sizeLabel, tintLabel, undo, redo, fit, full);

  function choose(tool) {
    app.tool = tool;
    tools.forEach((each, place) => each.setAttribute("aria-pressed", String(names[place] === tool)));
    app.redraw();
  }
  choose(app.tool);

  addEventListener("keydown", (event) => {
    if (event.target.matches("input[type=text], input[type=number], select")) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      app.undo(key === "z" && !event.shiftKey);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === " " && event.target.matches("canvas, body")) { app.space = true; event.preventDefault(); }
    if (key === "[" || key === "]") {
      app.size = Math.min(200, Math.max(1, app.size * (key === "]" ? 1.25 : 0.8)));
      size.value = app.size;
      app.redraw();
    }
    if (key === "+" || key === "-") app.view.set(app.view.x, app.view.y, app.view.zoom * (key === "+" ? 1.25 : 0.8));
    if (key === "0") app.view.fit();
    if (key === "1") app.fullSize();
    const tool = names.find((name) => TEXTS.toolKeys[name] === key);
    if (tool) choose(tool);
  });
  addEventListener("keyup", (event) => { if (event.key === " ") app.space = false; });
}
