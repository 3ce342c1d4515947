import { Parts } from "./parts.js";

// A pane: a photo, tinted by its regions, and the mark of the tool; drawn at most once a frame.
export class Pane {
  constructor(section, app) {
    this.section = section;
    this.app = app;
    this.canvas = section.querySelector("canvas");
    this.title = section.querySelector("h2");
    this.empty = section.querySelector(".empty");
    this.context = this.canvas.getContext("2d");
    this.layer = null;
    this.mark = null; // a function that draws the tool's mark
    this.tint = null;
    this.tinted = "";
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
  }

  show(layer) {
    this.layer = layer;
    this.tinted = "";
    if (this.empty) this.empty.hidden = Boolean(layer);
    this.redraw();
  }

  get size() {
    const { photo } = this.layer;
    return { width: photo.width, height: photo.height };
  }

  get box() { return { width: this.canvas.clientWidth, height: this.canvas.clientHeight }; }

  // Where the photo lies, on whole pixels of the screen, so that at 100 % they are the photo's own.
  get placed() {
    const { scale, left, top } = this.app.view.place(this.size.width, this.size.height, this.box.width, this.box.height);
    const ratio = devicePixelRatio || 1;
    return { scale, left: Math.round(left * ratio) / ratio, top: Math.round(top * ratio) / ratio };
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  // A point of the pane as one of the mask.
  onMask(point) {
    const { scale, left, top } = this.placed;
    const { labels, photo } = this.layer;
    return {
      x: ((point.x - left) / scale) * (labels.width / photo.width),
      y: ((point.y - top) / scale) * (labels.height / photo.height),
    };
  }

  // Pixels of the pane for one of the mask.
  get maskScale() { return this.placed.scale * (this.layer.photo.width / this.layer.labels.width); }

  redraw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  clear() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
  }

  draw() {
    this.clear();
    if (!this.layer) return;
    const { scale, left, top } = this.placed;
    const { width, height } = this.size;
    const context = this.context;
    this.put(this.layer.picture);
    if (this.part?.picture) this.put(this.part.picture, this.part.box);
    this.look();
    if (this.layer.labels && this.app.tint > 0) {
      this.refreshTint();
      context.globalAlpha = this.app.tint;
      context.imageSmoothingEnabled = false;
      context.drawImage(this.tint, left, top, width * scale, height * scale);
      context.globalAlpha = 1;
    }
    this.mark?.(context);
  }

  // Draw a picture of the photo, or of a box of it, where it lies.
  put(picture, [x, y, width, height] = [0, 0, this.size.width, this.size.height]) {
    const { scale, left, top } = this.placed;
    this.context.imageSmoothingEnabled = scale * (devicePixelRatio || 1) < 4;
    this.context.imageSmoothingQuality = "high";
    this.context.drawImage(picture, left + x * scale, top + y * scale, width * scale, height * scale);
  }

  // Have the part that is seen sent at full size, where the picture at hand is too small for it.
  look() {
    this.parts ??= new Parts(this, async (box) => ({ picture: await this.layer.part(box) }));
    this.part = this.parts.look(this.layer, this.layer.picture.width);
  }

  // The regions' colours as a picture of the mask's size; made anew where labels or regions have changed.
  refreshTint() {
    const { labels, regions, version } = this.layer;
    const wanted = `${version} ${this.painting ?? ""}`;
    if (this.tinted === wanted && this.tint) return;
    this.tinted = wanted;
    if (!this.tint || this.tint.width !== labels.width || this.tint.height !== labels.height) {
      this.tint = new OffscreenCanvas(labels.width, labels.height);
      this.image = new ImageData(labels.width, labels.height);
    }
    const colours = new Uint32Array(256);
    for (const { id, colour, hidden } of regions) {
      const code = parseInt(colour.slice(1), 16);
      colours[id] = hidden ? 0 : 0xff000000 | ((code & 255) << 16) | (code & 0xff00) | (code >> 16);
    }
    const pixels = new Uint32Array(this.image.data.buffer);
    const { data } = labels;
    for (let at = 0; at < data.length; at++) pixels[at] = colours[data[at]];
    this.tint.getContext("2d").putImageData(this.image, 0, 0);
  }
}
