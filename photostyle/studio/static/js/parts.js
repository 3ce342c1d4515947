// Parts at full size: what a pane shows of a large photo, once it is enlarged and at rest.
const REST = 150; // milliseconds without a movement
const MARGIN = 0.15; // of what is seen, round it, so that a small movement needs no other part
const MOST = 1 << 22; // pixels

// The box of the photo (left, top, width, height) that a pane shows, with a share more on each side.
function seen(pane, margin) {
  const { scale, left, top } = pane.placed;
  const { width, height } = pane.size;
  const [dx, dy] = [margin * pane.box.width, margin * pane.box.height];
  const within = (value, most) => Math.min(most, Math.max(0, value));
  const x0 = within(Math.floor((-dx - left) / scale), width);
  const y0 = within(Math.floor((-dy - top) / scale), height);
  const x1 = within(Math.ceil((pane.box.width + dx - left) / scale), width);
  const y1 = within(Math.ceil((pane.box.height + dy - top) / scale), height);
  return [x0, y0, x1 - x0, y1 - y0];
}

const holds = ([x, y, width, height], [x1, y1, width1, height1]) =>
  x <= x1 && y <= y1 && x + width >= x1 + width1 && y + height >= y1 + height1;

export class Parts {
  // `load` gives what to keep of a box; `loaded` is told when it has come.
  constructor(pane, load, loaded = () => pane.redraw()) {
    this.pane = pane;
    this.load = load;
    this.loaded = loaded;
    this.part = null; // {box, of, ...what was loaded}
  }

  // The part at hand; another one is sent for where it is needed. `of` is what it is a part of; `width` that of its picture.
  look(of, width) {
    const { pane } = this;
    if (this.part && this.part.of !== of) this.drop();
    const shown = pane.placed.scale * (devicePixelRatio || 1) * pane.size.width;
    if (width >= pane.size.width || shown <= 1.02 * width) { this.rest(); this.drop(); return null; }
    const view = seen(pane, 0);
    const small = view[2] * view[3];
    if (small === 0 || small > MOST || (this.part && holds(this.part.box, view))) { this.rest(); return this.part; }
    const wide = seen(pane, MARGIN);
    const box = wide[2] * wide[3] > MOST ? view : wide;
    if (this.wanted !== `${box}`) {
      this.wanted = `${box}`;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => pane.app.try(() => this.fetch(of, box)), REST);
    }
    return this.part;
  }

  async fetch(of, box) {
    const loaded = await this.load(box);
    if (this.wanted !== `${box}`) { loaded.free?.(); return; } // the view has moved on
    this.drop();
    this.part = { ...loaded, box, of };
    this.loaded();
  }

  rest() {
    clearTimeout(this.timer);
    this.wanted = null;
  }

  drop() {
    this.part?.free?.();
    this.part = null;
  }
}
