// The result: before and after with a line that is dragged, side by side, or alone. Drawn by the graphics card where it can be,
// else by the studio; at the pane's size, and where that is too small for what is seen, in part at full size.
import { attachHandle } from "./handle.js";
import { Live } from "./live.js";
import { Pane } from "./pane.js";
import { Parts } from "./parts.js";
import { ServedTile } from "./served.js";
import { Shot } from "./shot.js";

const LATER = 40; // milliseconds, so that a slider that moves asks the studio once
const REST = 150; // milliseconds without a movement, until a picture of another size is made

export class Result extends Pane {
  constructor(section, app) {
    super(section, app);
    this.split = section.querySelector("#split");
    this.mode = "split"; // or beside, after
    this.kinds = { clipping: false, gamut: false }; // of marks
    this.live = Live.open(() => this.useStudio());
    this.whole = null; // a Shot of the whole photo
    this.growing = null; // a picture of what is being solved
    this.parts = new Parts(this, (box) => this.load({ box }), () => this.refresh());
    this.split.addEventListener("input", () => this.redraw());
    attachHandle(this, app);
  }

  get after() { return this.growing ?? this.whole?.after ?? null; }
  get before() { return this.whole?.before ?? this.layer?.picture ?? null; }
  get shots() { return [this.whole, this.parts.part?.shot].filter(Boolean); }

  // Side by side, each has half of the pane: beside or below one another, where the photo is larger so.
  get box() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.mode !== "beside") return { width, height };
    return this.stacked ? { width, height: height / 2 } : { width: width / 2, height };
  }

  get stacked() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const { width: columns, height: rows } = this.size;
    return Math.min(width / columns, height / 2 / rows) > Math.min(width / 2 / columns, height / rows);
  }

  point(event) {
    const { x, y } = super.point(event);
    const { width, height } = this.box;
    return { x: x % width, y: y % height };
  }

  // The columns between which the photo is seen, and where among them before ends and after begins.
  get columns() {
    const { scale, left } = this.placed;
    const from = Math.max(0, left);
    const to = Math.max(from, Math.min(this.box.width, left + this.size.width * scale));
    return { from, to, line: from + Number(this.split.value) * (to - from) };
  }

  open(transform, layer) {
    if (this.transform !== transform) {
      this.transform = transform;
      this.whole?.free();
      this.whole = null;
      this.wanted = "";
    }
    this.parts.drop();
    this.show(layer);
    this.settle(0);
    this.refresh();
  }

  // Show what is found so far.
  grow(picture, layer) {
    this.growing?.close();
    this.growing = picture;
    this.parts.drop();
    this.show(layer);
  }

  stopGrowing() {
    this.growing?.close();
    this.growing = null;
    this.redraw();
  }

  // The amounts have changed.
  refresh() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.app.try(() => this.update()), this.live ? 0 : LATER);
  }

  // One round at a time; what came in the meantime is drawn next.
  async update() {
    if (this.asking) { this.again = true; return; }
    this.asking = true;
    try {
      do {
        this.again = false;
        for (const shot of this.shots) await shot.draw(this.app.amountsRecord(), this.kinds);
        this.redraw();
        this.changed?.();
      } while (this.again);
    } finally {
      this.asking = false;
    }
  }

  // A tile of the transform that is shown, drawn.
  async load(place) {
    const { transform } = this;
    const tile = (await this.live?.tile(transform, place)) ?? new ServedTile(transform, place);
    const shot = new Shot(tile);
    await shot.draw(this.app.amountsRecord(), this.kinds);
    return { shot, free: () => shot.free() };
  }

  // Soon, have a picture of the size that is needed.
  settle(wait = REST) {
    const wanted = `${this.transform} ${this.side}`;
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    clearTimeout(this.sized);
    this.sized = setTimeout(() => this.app.try(async () => {
      const { shot } = await this.load({ side: this.side });
      if (wanted !== this.wanted) { shot.free(); return; }
      this.whole?.free();
      this.whole = shot;
      this.stopGrowing();
      await this.update();
    }), wait);
  }

  // The card is lost: what it drew is drawn by the studio.
  useStudio() {
    this.live = null;
    this.whole = null;
    this.wanted = "";
    this.parts.drop();
    if (this.transform) this.settle(0);
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
    if (this.whole && !this.growing) this.settle();
    const part = this.growing ? null : this.parts.look(this.transform, this.whole?.before?.width ?? Infinity);
    const { context, mode } = this;
    const { width, height } = this.box;
    const { scale, top } = this.placed;
    const { line } = this.columns;
    if (mode !== "after") this.drawOne("before", part, 0, mode === "split" ? line : width);
    const second = this.stacked ? [0, height] : [width, 0];
    if (mode === "beside") context.translate(...second);
    this.drawOne("after", part, mode === "split" ? line : 0, width);
    if (mode === "beside") context.translate(-second[0], -second[1]);
    if (mode === "split" && this.after) {
      this.drawBar(line, top, this.size.height * scale);
      this.drawKnob(line, height / 2);
    }
    if (mode === "beside" && !this.stacked) this.drawBar(width, 0, height);
  }

  // Before or after, with its marks, between two columns of the pane.
  drawOne(name, part, from, to) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(from, 0, Math.max(0, to - from), this.box.height);
    context.clip();
    const marks = `${name}Marks`;
    if (this[name]) this.put(this[name]);
    if (part) this.put(part.shot.pictures[name], part.box);
    if (!this.growing && this.whole?.pictures[marks]) this.put(this.whole.pictures[marks]);
    if (part?.shot.pictures[marks]) this.put(part.shot.pictures[marks], part.box);
    context.restore();
  }

  drawBar(x, y, height) {
    this.context.fillStyle = "#fff";
    this.context.fillRect(x - 1, y, 2, height);
    this.context.fillStyle = "#000";
    this.context.fillRect(x + 1, y, 1, height);
  }

  drawKnob(x, y) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.strokeStyle = "#000";
    context.lineWidth = 1;
    context.stroke();
    context.beginPath();
    for (const side of [-1, 1]) {
      context.moveTo(x + 3 * side, y - 4);
      context.lineTo(x + 7 * side, y);
      context.lineTo(x + 3 * side, y + 4);
    }
    context.lineWidth = 1.5;
    context.stroke();
  }
}
