// The pane of the result: before and after with a line that is dragged, side by side, alone, or beside all results that are kept.
import { attachHandle } from "./handle.js";
import { Live } from "./live.js";
import { Pane } from "./pane.js";
import { Rendering } from "./rendering.js";
import { TEXTS } from "./texts.js";

const REST = 150; // milliseconds without a change, until what was drawn roughly is drawn well

export class Result extends Pane {
  constructor(section, app) {
    super(section, app);
    this.split = section.querySelector("#split");
    this.mode = "split"; // or beside, after, all
    this.kinds = { clipping: false, gamut: false, attention: false }; // of marks
    this.live = Live.open(() => this.useStudio());
    this.current = null; // the Rendering of what was solved last
    this.kept = []; // {name, rendering} of results that are kept to be compared
    this.reference = null; // the one of them that stands for "before"; null for the photo
    this.growing = null; // a picture of what is being solved
    this.split.addEventListener("input", () => this.redraw());
    attachHandle(this, app);
  }

  get whole() { return this.current?.whole ?? null; }
  get after() { return this.growing ?? this.whole?.after ?? null; }
  get before() { return this.reference ? this.reference.rendering.whole?.after ?? null : this.whole?.before ?? this.layer?.picture ?? null; }
  get renderings() { return [this.current, ...this.kept.map(({ rendering }) => rendering)].filter(Boolean); }

  // What is seen: a name, the Rendering, and whether it is the photo ("before") or the result of it.
  get views() {
    const photo = { name: TEXTS.content, rendering: this.current, of: "before" };
    const now = { name: TEXTS.result, rendering: this.current, of: "after" };
    const others = this.kept.map(({ name, rendering }) => ({ name, rendering, of: "after" }));
    if (this.mode === "all") return [photo, ...others, now];
    const first = others.find(({ rendering }) => rendering === this.reference?.rendering) ?? photo;
    return this.mode === "after" ? [now] : [first, now];
  }

  // Those that are shown beside one another, each in a part of the pane: so that the photo is as large as it can be.
  get grid() {
    const count = this.mode === "split" ? 1 : this.views.length;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const { width: columns, height: rows } = this.size;
    let best = { columns: 1, rows: 1, scale: 0 };
    for (let across = 1; across <= count; across++) {
      const down = Math.ceil(count / across);
      const scale = Math.min(width / across / columns, height / down / rows);
      if (scale > best.scale) best = { columns: across, rows: down, scale };
    }
    return best;
  }

  get box() {
    const { columns, rows } = this.grid;
    return { width: this.canvas.clientWidth / columns, height: this.canvas.clientHeight / rows };
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
    if (this.current?.transform !== transform) {
      this.current?.free();
      this.current = new Rendering(this, transform, () => this.app.amountsRecord());
    }
    this.show(layer);
    this.current.settle(this.side, 0);
    this.refresh();
  }

  // The results to compare with, as the list of them has them; `reference` is one of that list, or null.
  compare(list, reference) {
    const known = new Map(this.kept.map((each) => [each.result, each]));
    this.kept = list.map((result) => known.get(result) ??
      { result, rendering: new Rendering(this, result.solved.transform, () => result.amounts) });
    for (const each of this.kept) each.name = each.result.name;
    for (const [result, { rendering }] of known) if (!list.includes(result)) rendering.free();
    this.reference = this.kept.find(({ result }) => result === reference) ?? null;
    this.redraw();
    this.changed?.();
  }

  close() {
    this.compare([], null);
    this.current?.free();
    this.current = null;
  }

  // Show what is found so far.
  grow(picture, layer) {
    this.growing?.close();
    this.growing = picture;
    this.current?.parts.drop();
    this.show(layer);
  }

  stopGrowing() {
    this.growing?.close();
    this.growing = null;
    this.redraw();
  }

  // A picture of another size has come.
  async arrived(rendering) {
    if (rendering === this.current) this.stopGrowing();
    await this.update();
  }

  // The amounts have changed.
  refresh() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.app.try(() => this.update()));
  }

  // One round at a time; what came in the meantime is drawn next. Once the sliders rest, what was drawn roughly is drawn well.
  async update(quick = true) {
    if (this.asking) { this.again = true; return; }
    this.asking = true;
    clearTimeout(this.finer);
    try {
      do {
        this.again = false;
        for (const rendering of this.renderings) await rendering.draw(quick);
        this.redraw();
        this.changed?.();
      } while (this.again);
    } finally {
      this.asking = false;
    }
    if (quick && this.renderings.some(({ isSlow }) => isSlow)) {
      this.finer = setTimeout(() => this.app.try(() => this.update(false)), REST);
    }
  }

  // The card is lost: what it drew is drawn by the studio.
  useStudio() {
    this.live = null;
    for (const rendering of this.renderings) rendering.forget();
    this.redraw();
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
    const { context, mode, views } = this;
    const { width, height } = this.box;
    if (!this.growing) for (const { rendering } of views) rendering?.settle(this.side);
    if (mode === "split") {
      const { line } = this.columns;
      this.drawView(views[0], 0, line);
      this.drawView(views[1], line, width);
      if (this.after) {
        this.drawBar(line, this.placed.top, this.size.height * this.placed.scale);
        this.drawKnob(line, height / 2);
      }
      if (this.reference) this.say(views[0].name);
      return;
    }
    const { columns } = this.grid;
    views.forEach((view, place) => {
      context.save();
      context.translate((place % columns) * width, Math.floor(place / columns) * height);
      this.drawView(view, 0, width);
      if (views.length > 1) this.say(view.name);
      if (place % columns) this.drawBar(0, 0, height);
      context.restore();
    });
  }

  // A view, between two columns of its part of the pane.
  drawView({ rendering, of }, from, to) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(from, 0, Math.max(0, to - from), this.box.height);
    context.clip();
    if (this.growing && rendering === this.current) this.put(of === "after" ? this.growing : this.layer.picture);
    else if (rendering?.whole) rendering.put(of);
    else if (of === "before") this.put(this.layer.picture);
    context.restore();
  }

  // A name, in the upper left corner.
  say(text) {
    const { context } = this;
    context.font = "13px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.fillStyle = "#000a";
    context.fillRect(6, 6, context.measureText(text).width + 12, 22);
    context.fillStyle = "#fff";
    context.fillText(text, 12, 17);
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
