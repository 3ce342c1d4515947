// Two fingers on a pane move and zoom the photos; what the first of them began is dropped.
export function attachPinch(pane, app) {
  const { canvas } = pane;
  const touches = new Map(); // points in the pane, by pointer
  let last = null; // middle and spread of two fingers
  let isPinched = false; // until all fingers are lifted, none paints

  function seen() {
    const [a, b] = [...touches.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || !pane.layer) return;
    touches.set(event.pointerId, pane.point(event));
    if (touches.size === 2) {
      pane.drop();
      isPinched = true;
      last = seen();
    }
    if (isPinched) event.stopImmediatePropagation();
  }, { capture: true });

  canvas.addEventListener("pointermove", (event) => {
    if (!touches.has(event.pointerId)) return;
    touches.set(event.pointerId, pane.point(event));
    if (!isPinched) return;
    event.stopImmediatePropagation();
    if (touches.size !== 2) return;
    const now = seen();
    app.view.drag(now.x - last.x, now.y - last.y, pane.size, pane.box);
    app.view.zoomAt(now.spread / last.spread, now, pane.size, pane.box);
    last = now;
  }, { capture: true });

  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (!touches.delete(event.pointerId)) return;
      if (isPinched) event.stopImmediatePropagation();
      if (!touches.size) isPinched = false;
    }, { capture: true });
  }
}
