// The result drawn by the studio: where there is no WebGL2, and for what is no field.
import * as api from "./api.js";
import { NOTHING } from "./shot.js";

const SIDES = [320, 480, 640, 960]; // pixels of the long side, of which one is drawn while a slider moves
const MOMENT = 40; // milliseconds that such a picture may take to come

let quick = SIDES.at(-1); // which of the sides: a larger picture takes too long
let late = 0; // how many pictures in a row took too long
let known = 0; // the side that came last: the first picture of a side takes longer

// A picture of a long side has come after some milliseconds. One late picture is chance, two are a slow machine.
function learn(side, milliseconds) {
  late = side === known && milliseconds > MOMENT ? late + 1 : 0;
  if (late > 1) quick = SIDES.findLast((each) => each < side) ?? SIDES[0];
  if (side === known && milliseconds < MOMENT / 3) quick = Math.max(quick, SIDES.find((each) => each > side) ?? quick);
  known = side;
}

export class ServedTile {
  // A tile: the whole photo within a side, or a box of it.
  constructor(transform, place) {
    this.path = `transforms/${transform}`;
    this.place = place;
  }

  free() {}

  // Whether it takes longer than a slider's move may.
  get isSlow() { return this.isPart || this.place.side > quick; }

  get isPart() { return Boolean(this.place.box); }

  async draw(amounts, isRough = false) {
    const place = isRough ? { side: quick } : this.place;
    const begun = performance.now();
    const picture = await api.picture(`${this.path}/preview`, { ...amounts, ...place });
    if (!this.isPart && amounts !== NOTHING) learn(place.side, performance.now() - begun);
    return picture;
  }

  marks(amounts, kinds) { return api.picture(`${this.path}/marks`, { ...amounts, ...this.place, ...kinds }); }
}
