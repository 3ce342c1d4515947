// A result as the result's pane shows it: as a whole, of the size that is needed, and in part at full size where that is too small.
// Drawn by the graphics card where it can be, else by the studio.
import { Parts } from "./parts.js";
import { ServedTile } from "./served.js";
import { Shot } from "./shot.js";

const REST = 150; // milliseconds without a movement, until a picture of another size is made

export class Rendering {
  // Of a transform, by its id; `amounts` gives those that it is drawn with.
  constructor(pane, transform, amounts) {
    this.pane = pane;
    this.transform = transform;
    this.amounts = amounts;
    this.whole = null; // a Shot of the whole photo
    this.side = 0; // that was asked for, of the whole
    this.parts = new Parts(pane, (box) => this.load({ box }), () => pane.refresh());
  }

  get shots() { return [this.whole, this.parts.part?.shot].filter(Boolean); }

  // Whether its pictures take longer than a slider's move may.
  get isSlow() { return this.shots.some(({ tile }) => tile.isSlow); }

  // Have it drawn anew; `quick` as for a Shot.
  async draw(quick) { for (const shot of this.shots) await shot.draw(this.amounts(), this.pane.kinds, quick); }

  async load(place) {
    const tile = (await this.pane.live?.tile(this.transform, place)) ?? new ServedTile(this.transform, place);
    const shot = new Shot(tile);
    await shot.draw(this.amounts(), this.pane.kinds);
    return { shot, free: () => shot.free() };
  }

  // Soon, have the whole with a long side of so many pixels.
  settle(side, wait = REST) {
    if (side === this.side || this.isFreed) return;
    this.side = side;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pane.app.try(async () => {
      const { shot } = await this.load({ side });
      if (side !== this.side || this.isFreed) { shot.free(); return; }
      this.whole?.free();
      this.whole = shot;
      await this.pane.arrived(this);
    }), wait);
  }

  // Put the photo ("before") or the result ("after") on the pane, with its marks.
  put(name) {
    const part = this.parts.look(this.transform, this.whole?.before?.width ?? Infinity);
    const pictures = [[this.whole?.pictures, undefined]];
    if (part && !part.shot.isStale) pictures.push([part.shot.pictures, part.box]);
    for (const kind of [name, `${name}Marks`]) {
      for (const [known, box] of pictures) if (known?.[kind]) this.pane.put(known[kind], box);
    }
  }

  // What was drawn is of another card, or of none any more: draw it again.
  forget() {
    this.whole = null;
    this.side = 0;
    this.parts.drop();
  }

  free() {
    this.isFreed = true;
    clearTimeout(this.timer);
    this.whole?.free();
    this.whole = null;
    this.parts.drop();
  }
}
