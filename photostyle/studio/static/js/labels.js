// A mask of labels: one byte a pixel, the id of its region. All changes go through `set`, which keeps what undo needs.
export const NONE = 255; // no region: there are 64 at most

export class Labels {
  constructor(width, height, data) {
    this.width = width;
    this.height = height;
    this.data = data;
    this.base = data.slice(); // what was found, or opened: the eraser gives it back
    this.given = Uint8Array.from({ length: 256 }, (_, code) => code); // the label of each code of `base`; NONE for no region
  }

  // A row of pixels from x0 up to x1, of which `may` says by its old label whether it may change.
  set(y, x0, x1, value, may, edit) {
    if (y < 0 || y >= this.height) return;
    x0 = Math.max(0, Math.ceil(x0));
    x1 = Math.min(this.width - 1, Math.floor(x1));
    for (let at = y * this.width + x0, end = y * this.width + x1; at <= end; at++) {
      const wanted = value ?? this.given[this.base[at]];
      if (this.data[at] === wanted || wanted === NONE || !may(this.data[at])) continue;
      edit.keep(at, this.data[at]);
      this.data[at] = wanted;
    }
  }

  // A stroke of the brush from one point to another: a disc that is moved, with a radius at each end.
  stroke(from, to, value, may, edit) {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / Math.max(0.5, Math.min(from.r, to.r) / 3)));
    for (let step = 0; step <= steps; step++) {
      const t = step / steps;
      this.disc(from.x + t * (to.x - from.x), from.y + t * (to.y - from.y), from.r + t * (to.r - from.r), value, may, edit);
    }
  }

  disc(x, y, r, value, may, edit) {
    r = Math.max(r, 0.5);
    for (let row = Math.ceil(y - r - 0.5); row <= y + r - 0.5; row++) {
      const half = Math.sqrt(Math.max(0, r * r - (row + 0.5 - y) ** 2));
      this.set(row, x - half - 0.5, x + half - 0.5, value, may, edit);
    }
  }

  // The inside of a closed line of points; where it goes round more than once is inside, too.
  polygon(points, value, may, edit) {
    const ys = points.map((point) => point.y);
    for (let row = Math.max(0, Math.floor(Math.min(...ys))); row <= Math.min(this.height - 1, Math.max(...ys)); row++) {
      const y = row + 0.5;
      const cuts = [];
      points.forEach((a, place) => {
        const b = points[(place + 1) % points.length];
        if (a.y <= y !== b.y <= y) cuts.push({ x: a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x), turn: a.y < b.y ? 1 : -1 });
      });
      cuts.sort((a, b) => a.x - b.x);
      let turns = 0;
      cuts.forEach(({ x, turn }, cut) => {
        if (turns !== 0) this.set(row, cuts[cut - 1].x - 0.5, x - 0.5, value, may, edit);
        turns += turn;
      });
    }
  }

  // The places that are connected to one and have its label; of what was found where `data` is `base`.
  connected(start, data = this.data) {
    const { width, height } = this;
    const label = data[start];
    const seen = new Uint8Array(data.length);
    const found = [start];
    seen[start] = 1;
    for (let next = 0; next < found.length; next++) {
      const at = found[next];
      const x = at % width;
      for (const near of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (near < 0 || near >= width * height || seen[near] || data[near] !== label) continue;
        seen[near] = 1;
        found.push(near);
      }
    }
    return found;
  }

  put(places, value, may, edit) {
    for (const at of places) {
      if (this.data[at] === value || !may(this.data[at])) continue;
      edit.keep(at, this.data[at]);
      this.data[at] = value;
    }
  }

  // One pixel narrower on all sides: what is lost goes to the neighbour.
  shrink(value, may, edit) {
    const { width, data } = this;
    const edge = new Map();
    for (const at of this.places(value)) {
      const x = at % width;
      for (const near of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (data[near] !== undefined && data[near] !== value && may(data[near])) edge.set(at, data[near]);
      }
    }
    for (const [at, other] of edge) this.put([at], other, may, edit);
  }

  // One pixel wider on all sides.
  grow(value, may, edit) {
    const { width, data } = this;
    const edge = [];
    for (let at = 0; at < data.length; at++) {
      if (data[at] === value) continue;
      const x = at % width;
      if ((x > 0 && data[at - 1] === value) || (x < width - 1 && data[at + 1] === value) ||
          data[at - width] === value || data[at + width] === value) edge.push(at);
    }
    this.put(edge, value, may, edit);
  }

  places(value) {
    const places = [];
    this.data.forEach((label, at) => { if (label === value) places.push(at); });
    return places;
  }

  // The middle of the pixels of each label, as far as there are any: Map of label -> {x, y}, of the pixel nearest to it.
  middles() {
    const sums = new Map();
    for (let at = 0; at < this.data.length; at += 3) {
      const sum = sums.get(this.data[at]) ?? { x: 0, y: 0, count: 0 };
      sum.x += at % this.width;
      sum.y += Math.floor(at / this.width);
      sum.count++;
      sums.set(this.data[at], sum);
    }
    const nearest = new Map();
    for (let at = 0; at < this.data.length; at += 3) {
      const label = this.data[at];
      const { x, y, count } = sums.get(label);
      const here = { x: at % this.width, y: Math.floor(at / this.width) };
      const away = (here.x - x / count) ** 2 + (here.y - y / count) ** 2;
      if (!(nearest.get(label)?.away <= away)) nearest.set(label, { ...here, away });
    }
    return nearest;
  }

  counts() {
    const counts = new Uint32Array(256);
    for (const label of this.data) counts[label]++;
    return counts;
  }
}
