// The result drawn by the studio: where there is no WebGL2, and for what is no field.
import * as api from "./api.js";

const QUICK = 960; // pixels of the long side, that are drawn while a slider moves

export class ServedTile {
  // A tile: the whole photo within a side, or a box of it.
  constructor(transform, place) {
    this.path = `transforms/${transform}`;
    this.place = place;
  }

  free() {}

  // Whether it takes longer than a slider's move may.
  get isSlow() { return this.isPart || this.place.side > QUICK; }

  get isPart() { return Boolean(this.place.box); }

  draw(amounts, isRough = false) {
    return api.picture(`${this.path}/preview`, { ...amounts, ...(isRough ? { side: QUICK } : this.place) });
  }

  marks(amounts, kinds) { return api.picture(`${this.path}/marks`, { ...amounts, ...this.place, ...kinds }); }
}
