// The result: before and after with a split that is dragged; drawn by the studio at the pane's size, soon after a slider moves.
import * as api from "./api.js";
import { Pane } from "./pane.js";

const LATER = 40; // milliseconds, so that a slider that moves asks once

export class Result extends Pane {
  constructor(section, app) {
    super(section, app);
    this.split = section.querySelector("#split");
    this.split.addEventListener("input", () => this.redraw());
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.point(event);
      const { scale, left } = this.layer ? this.placed : { scale: 1, left: 0 };
      const line = left + Number(this.split.value) * (this.layer?.photo.width ?? 1) * scale;
      this.sliding = app.tool !== "move" && !app.space && Math.abs(this.last.x - line) < 24;
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.last || !this.layer) return;
      const point = this.point(event);
      if (this.sliding) {
        const { scale, left } = this.placed;
        this.split.value = (point.x - left) / (scale * this.size.width);
        this.redraw();
      } else {
        app.view.drag(point.x - this.last.x, point.y - this.last.y, this.size, this.box);
      }
      this.last = point;
    });
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => { this.last = null; });
    this.canvas.addEventListener("wheel", (event) => {
      if (!this.layer) return;
      event.preventDefault();
      app.view.zoomAt(Math.exp(-event.deltaY / 400), this.point(event), this.size, this.box);
    }, { passive: false });
  }

  open(transform, layer) {
    this.transform = transform;
    this.after = null;
    this.show(layer);
    this.refresh(0);
  }

  refresh(wait = LATER) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.app.try(() => this.ask()), wait);
  }

  // One request at a time; what came in the meantime is asked for next.
  async ask() {
    if (this.asking) { this.again = true; return; }
    this.asking = true;
    try {
      do {
        this.again = false;
        const { transform } = this;
        const after = await api.picture(`transforms/${transform}/preview`, { ...this.app.amountsRecord(), side: this.side });
        if (transform === this.transform) this.after = after;
        this.redraw();
      } while (this.again);
    } finally {
      this.asking = false;
    }
  }

  // The long side that fills the pane, in steps, so that a window that is dragged does not ask anew each time.
  get side() {
    const { width, height } = this.size;
    const fit = Math.min(this.box.width / width, this.box.height / height) * Math.max(width, height) * (devicePixelRatio || 1);
    return Math.min(2048, Math.max(320, Math.ceil((fit * Math.min(2, Math.max(1, this.app.view.zoom))) / 320) * 320));
  }

  draw() {
    this.clear();
    if (!this.layer) return;
    const { scale, left, top } = this.placed;
    const { width, height } = this.size;
    const line = left + Number(this.split.value) * width * scale;
    const context = this.context;
    context.drawImage(this.layer.picture, left, top, width * scale, height * scale);
    if (!this.after) return;
    context.save();
    context.beginPath();
    context.rect(line, 0, this.box.width, this.box.height);
    context.clip();
    context.drawImage(this.after, left, top, width * scale, height * scale);
    context.restore();
    context.fillStyle = "#fff";
    context.fillRect(line - 1, top, 2, height * scale);
    context.fillStyle = "#000";
    context.fillRect(line + 1, top, 1, height * scale);
  }
}
