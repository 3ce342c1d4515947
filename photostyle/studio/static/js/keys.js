// The tools by keyboard: arrows move a cross, Enter does there what a click does, and puts a brush down or lifts it.
import { regionAt } from "./lines.js";
import { TEXTS } from "./texts.js";

const [STEP, FAR, PAN] = [6, 40, 40]; // pixels of the pane; FAR with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const DRAWN = ["brush", "eraser", "lasso"]; // tools that are put down and lifted

export function attachKeys(pane, app) {
  const { canvas } = pane;
  let isDown = false;
  let moved = true; // since Enter was pressed
  let said = "";

  const place = () => {
    const box = canvas.getBoundingClientRect();
    return { clientX: box.left + pane.cross.x, clientY: box.top + pane.cross.y };
  };
  const send = (kind, more = {}) => canvas.dispatchEvent(new PointerEvent(kind, { ...place(), button: 0, bubbles: true, ...more }));

  function move([x, y], far) {
    const { width, height } = pane.box;
    pane.cross ??= { x: width / 2, y: height / 2 };
    const step = far ? FAR : STEP;
    pane.cross = { x: Math.min(width - 1, Math.max(0, pane.cross.x + x * step)),
      y: Math.min(height - 1, Math.max(0, pane.cross.y + y * step)) };
    moved = true;
    send("pointermove");
    const region = regionAt(pane, place());
    if (region && region.name !== said) app.say(said = region.name);
  }

  function act(shiftKey) {
    const { drag } = app.lines;
    if (drag && drag.pane !== pane) {
      app.lines.end(place());
    } else if (DRAWN.includes(app.tool)) {
      send(isDown ? "pointerup" : "pointerdown");
      isDown = !isDown;
      app.say(isDown ? TEXTS.putDown : TEXTS.lifted);
    } else if (app.tool === "polygon" && !moved) {
      pane.endPolygon(true);
    } else {
      send("pointerdown", { shiftKey });
      if (app.tool !== "pair") send("pointerup");
    }
    moved = false;
  }

  function drop() {
    pane.endPolygon(false);
    if (isDown) send("pointercancel");
    isDown = false;
    app.lines.end(null);
  }

  canvas.addEventListener("pointermove", ({ isTrusted }) => { if (isTrusted && !isDown) pane.cross = null; });
  canvas.addEventListener("blur", () => { if (isDown) { send("pointerup"); isDown = false; } });
  canvas.addEventListener("keydown", (event) => {
    if (!pane.layer || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      if (app.tool === "move") app.view.drag(-arrow[0] * PAN, -arrow[1] * PAN, pane.size, pane.box);
      else if (pane.layer.labels) move(arrow, event.shiftKey);
    } else if (event.key === "Enter") {
      if (pane.cross && pane.layer.labels) act(event.shiftKey);
      else pane.endPolygon(true);
    } else if (event.key === "Escape") {
      drop();
    }
  });
}
