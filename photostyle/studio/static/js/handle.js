// The pointer on the result: the line between before and after is dragged, the rest moves the view.
import { attachPinch } from "./pinch.js";

const NEAR = 24; // pixels, from which the line is taken

export function attachHandle(result, app) {
  const { canvas, split } = result;
  let last = null; // the pointer in the canvas, while a button is down
  let sliding = false;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onLine = (point) => app.tool !== "move" && !app.space && result.mode === "split" && Math.abs(point.x - result.columns.line) < NEAR;

  result.drop = () => { last = null; };
  attachPinch(result, app);
  canvas.addEventListener("pointerdown", (event) => {
    if (!result.layer) return;
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    sliding = onLine(last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!result.layer) return;
    const point = at(event);
    if (!last) {
      canvas.style.cursor = onLine(point) ? "ew-resize" : "grab";
    } else if (sliding) {
      const { from, to } = result.columns;
      split.value = (point.x - from) / (to - from);
      result.redraw();
    } else {
      app.view.drag(point.x - last.x, point.y - last.y, result.size, result.box);
    }
    if (last) last = point;
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { last = null; });
  canvas.addEventListener("wheel", (event) => {
    if (!result.layer) return;
    event.preventDefault();
    app.view.zoomAt(Math.exp(-event.deltaY / 400), result.point(event), result.size, result.box);
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => { if (result.layer) app.fullSize(result.point(event)); });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (step && result.layer) { event.preventDefault(); app.view.drag(...step, result.size, result.box); }
  });
}
