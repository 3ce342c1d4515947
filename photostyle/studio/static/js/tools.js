// The tools: what the pointer does on a pane. Strokes go on outside of the pane, for it keeps the pointer.
import { attachKeys } from "./keys.js";
import { regionAt } from "./lines.js";
import { attachPinch } from "./pinch.js";

const HEAD = 3; // pixels of the pane between points of a lasso

export function attachTools(pane, app) {
  const canvas = pane.canvas;
  let gesture = null; // what goes on while the button is down
  let corners = null; // of a polygon
  let at = null; // the pointer, in the pane

  const radius = (event) => {
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.2 + 0.8 * event.pressure : 1;
    return (app.size / 2 / pane.maskScale) * pressure;
  };
  const maskPoint = (event) => ({ ...pane.onMask(pane.point(event)), r: radius(event) });
  const value = () => (app.tool === "eraser" ? null : pane.layer.active);
  const blocked = () => app.tool !== "eraser" && pane.layer.region(pane.layer.active)?.locked;

  function endPolygon(keep) {
    if (keep && corners?.length > 2) {
      const edit = pane.layer.begin();
      pane.layer.labels.polygon(corners, pane.layer.active, pane.layer.may, edit);
      pane.layer.finish(edit);
      app.changedLayer(pane.layer);
    }
    corners = null;
    pane.redraw();
  }

  pane.endPolygon = endPolygon;

  // What has begun is taken back.
  pane.drop = () => {
    if (gesture?.edit) for (const [place, label] of gesture.edit.old) pane.layer.labels.data[place] = label;
    if (gesture?.kind === "clicked") { pane.layer.undo(); app.changedLayer(pane.layer); }
    if (gesture?.kind === "corner") corners = corners.length > 1 ? corners.slice(0, -1) : null;
    app.lines.end(null);
    gesture = null;
    pane.painting = (pane.painting ?? 0) + 1;
    pane.redraw();
  };
  attachPinch(pane, app);
  attachKeys(pane, app);

  function labelUnder(event) {
    const { labels } = pane.layer;
    const { x, y } = pane.onMask(pane.point(event));
    if (x < 0 || y < 0 || x >= labels.width || y >= labels.height) return null;
    return Math.floor(y) * labels.width + Math.floor(x);
  }

  // What the pointer does as it goes down, by tool.
  const begin = {
    move(event) { gesture = { kind: "move", last: pane.point(event) }; },

    select(event) {
      const place = labelUnder(event);
      if (place === null) return;
      const { layer } = pane;
      if (event.shiftKey && !blocked()) {
        gesture = { kind: "clicked" };
        layer.take(place, layer.active);
      } else {
        layer.active = layer.labels.data[place];
      }
      app.changedLayer(layer);
    },

    pair(event) {
      const region = regionAt(pane, event);
      if (!region) return;
      app.lines.begin(pane, region, event);
      gesture = { kind: "pair" };
    },

    fill(event) {
      const place = labelUnder(event);
      if (place === null || blocked()) return;
      const { layer } = pane;
      const edit = layer.begin();
      layer.labels.put(layer.labels.connected(place), layer.active, layer.may, edit);
      layer.finish(edit);
      if (edit.old.size) gesture = { kind: "clicked" };
      app.changedLayer(layer);
    },

    polygon(event) {
      if (blocked()) return;
      corners = [...(corners ?? []), maskPoint(event)];
      gesture = { kind: "corner" };
    },

    drawn(event) {
      if (blocked()) return;
      const { layer } = pane;
      const point = maskPoint(event);
      gesture = { kind: app.tool, edit: layer.begin(), last: point, points: [point] };
      if (app.tool !== "lasso") layer.labels.stroke(point, point, value(), layer.may, gesture.edit);
      pane.painting = (pane.painting ?? 0) + 1;
    },
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (!pane.layer) return;
    canvas.focus();
    if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
    app.choosePane(pane);
    if (app.tool === "move" || event.button === 1 || app.space) {
      begin.move(event);
      return;
    }
    if (event.button !== 0 || !pane.layer.labels) return;
    (begin[app.tool] ?? begin.drawn)(event);
    pane.redraw();
  });

  canvas.addEventListener("pointermove", (event) => {
    at = pane.point(event);
    if (!pane.layer) return;
    if (gesture?.kind === "move") {
      app.view.drag(at.x - gesture.last.x, at.y - gesture.last.y, pane.size, pane.box);
      gesture.last = at;
    } else if (gesture?.kind === "pair") {
      app.lines.move(event);
    } else if (gesture?.edit) {
      const between = event.getCoalescedEvents?.() ?? [];
      for (const each of between.length ? between : [event]) {
        const point = maskPoint(each);
        if (gesture.kind === "lasso") {
          const last = gesture.points.at(-1);
          if (Math.hypot(point.x - last.x, point.y - last.y) * pane.maskScale > HEAD) gesture.points.push(point);
        } else {
          pane.layer.labels.stroke(gesture.last, point, value(), pane.layer.may, gesture.edit);
        }
        gesture.last = point;
      }
      pane.painting++;
    }
    pane.redraw();
  });

  function release(event) {
    if (gesture?.kind === "pair") {
      app.lines.end(event.type === "pointerup" ? event : null);
    } else if (gesture?.edit) {
      const layer = pane.layer;
      if (gesture.kind === "lasso") layer.labels.polygon(gesture.points, layer.active, layer.may, gesture.edit);
      layer.finish(gesture.edit);
      app.changedLayer(layer);
    }
    gesture = null;
    pane.redraw();
  }
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => { at = null; pane.redraw(); });
  canvas.addEventListener("dblclick", () => endPolygon(true));
  canvas.addEventListener("wheel", (event) => {
    if (!pane.layer) return;
    event.preventDefault();
    app.view.zoomAt(Math.exp(-event.deltaY / 400), pane.point(event), pane.size, pane.box);
  }, { passive: false });

  pane.mark = (context) => {
    const points = corners ?? (gesture?.kind === "lasso" ? gesture.points : null);
    const { left, top } = pane.placed;
    context.lineWidth = 1.5;
    if (points) {
      for (const [colour, dash] of [["#000", []], ["#fff", [5, 5]]]) {
        context.strokeStyle = colour;
        context.setLineDash(dash);
        context.beginPath();
        for (const { x, y } of points) context.lineTo(left + x * pane.maskScale, top + y * pane.maskScale);
        if (corners && at) context.lineTo(at.x, at.y);
        context.stroke();
      }
      context.setLineDash([]);
    }
    if (pane.cross) drawCross(context, pane.cross);
    if (at && (app.tool === "brush" || app.tool === "eraser")) {
      for (const [colour, wider] of [["#000", 0.75], ["#fff", -0.75]]) {
        context.strokeStyle = colour;
        context.beginPath();
        context.arc(at.x, at.y, Math.max(1, app.size / 2 + wider), 0, 2 * Math.PI);
        context.stroke();
      }
    }
  };
}

function drawCross(context, { x, y }) {
  for (const [colour, width] of [["#000", 4], ["#fff", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 3 * dx, y + 3 * dy);
      context.lineTo(x + 12 * dx, y + 12 * dy);
    }
    context.stroke();
  }
  context.lineWidth = 1.5;
}
