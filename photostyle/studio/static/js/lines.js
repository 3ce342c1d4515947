// Lines between regions of the photo and those of the style: which takes from which; drawn with the pointer to pair them.
import { TEXTS } from "./texts.js";

export class Lines {
  constructor(canvas, app) {
    this.canvas = canvas;
    this.app = app;
    this.drag = null; // {pane, role, region, x, y}: a line that is being drawn, and where the pointer is, in the window
    this.middles = new Map(); // of each layer, with the version that they are of
  }

  get shown() { return this.app.tool === "pair" || this.drag !== null; }

  begin(pane, region, event) {
    const role = pane === this.app.panes.content ? "content" : "style";
    this.drag = { pane, role, region, x: event.clientX, y: event.clientY };
    this.redraw();
  }

  move(event) {
    if (!this.drag) return;
    Object.assign(this.drag, { x: event.clientX, y: event.clientY });
    this.redraw();
  }

  // The line ends: what it connects is a pair.
  end(event) {
    if (!this.drag) return;
    const { role, region } = this.drag;
    this.drag = null;
    const other = this.app.panes[role === "content" ? "style" : "content"];
    const partner = event ? regionAt(other, event) : null;
    if (partner) {
      if (role === "content") this.app.pairWith(region.name, partner.name);
      else this.app.pairWith(partner.name, region.name);
    }
    this.redraw();
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  draw() {
    const { canvas, app } = this;
    canvas.hidden = !this.shown;
    if (canvas.hidden) return;
    const ratio = devicePixelRatio || 1;
    const box = canvas.getBoundingClientRect();
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, -box.left * ratio, -box.top * ratio);
    for (const pair of app.planned) {
      const from = this.middle(app.panes.content, pair.content);
      if (!from) continue;
      const to = pair.style ? this.middle(app.panes.style, pair.style) : null;
      if (to) stroke(context, from, to, app.pairs.has(pair.content));
      else say(context, from, TEXTS.gets[pair.kind] ?? pair.how);
    }
    if (this.drag) {
      const { role, region, x, y } = this.drag;
      const from = this.middle(app.panes[role], region.name);
      if (from) stroke(context, from, { ...from, x, y }, true);
    }
  }

  // The middle of a region in the window, and its colour; null where it is not seen.
  middle(pane, name) {
    const { layer } = pane;
    const region = layer?.labels && layer.named(name);
    if (!region) return null;
    const known = this.middles.get(layer);
    if (known?.version !== layer.version) this.middles.set(layer, { version: layer.version, of: layer.labels.middles() });
    const middle = this.middles.get(layer).of.get(region.id);
    if (!middle) return null;
    const { left, top } = pane.placed;
    const box = pane.canvas.getBoundingClientRect();
    const x = left + middle.x * pane.maskScale;
    const y = top + middle.y * pane.maskScale;
    if (x < 0 || y < 0 || x > box.width || y > box.height) return null;
    return { x: box.left + x, y: box.top + y, colour: region.colour };
  }
}

export function regionAt(pane, event) {
  const box = pane.canvas.getBoundingClientRect();
  if (!pane.layer?.labels || event.clientX < box.left || event.clientX >= box.right ||
      event.clientY < box.top || event.clientY >= box.bottom) return null;
  const { x, y } = pane.onMask({ x: event.clientX - box.left, y: event.clientY - box.top });
  const { width, height, data } = pane.layer.labels;
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  return pane.layer.region(data[Math.floor(y) * width + Math.floor(x)]) ?? null;
}

function stroke(context, from, to, asked) {
  for (const [colour, width] of [["#000c", 5], [from.colour, 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(asked ? [] : [8, 6]);
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  }
  context.setLineDash([]);
  for (const end of [from, to]) {
    context.fillStyle = end.colour;
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(end.x, end.y, 6, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

function say(context, { x, y, colour }, text) {
  context.font = "13px system-ui, sans-serif";
  const width = context.measureText(text).width;
  context.fillStyle = "#000b";
  context.fillRect(x - width / 2 - 6, y - 11, width + 12, 22);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x - width / 2 - 6, y - 11, width + 12, 22);
  context.fillStyle = "#fff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}
