// The result drawn by the studio: where there is no WebGL2, and for what is no field.
import * as api from "./api.js";

export class ServedTile {
  // A tile: the whole photo within a side, or a box of it.
  constructor(transform, place) {
    this.path = `transforms/${transform}`;
    this.place = place;
  }

  free() {}

  draw(amounts) { return api.picture(`${this.path}/preview`, { ...amounts, ...this.place }); }

  marks(amounts, kinds) { return api.picture(`${this.path}/marks`, { ...amounts, ...this.place, ...kinds }); }
}
