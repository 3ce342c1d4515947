// A tile of the result with what was drawn of it last: the photo, the result, and marks on both.
export const NOTHING = { strength: 0, luma: 1, chroma: 1 };

export class Shot {
  constructor(tile) {
    this.tile = tile;
    this.pictures = { before: null, after: null, beforeMarks: null, afterMarks: null };
    this.marked = ""; // the kinds of marks on the photo
    this.drawn = ""; // amounts and marks of the pictures
  }

  get before() { return this.pictures.before; }
  get after() { return this.pictures.after; }

  async draw(amounts, kinds) {
    const drawn = JSON.stringify([amounts, kinds]);
    if (drawn === this.drawn) return;
    const marking = kinds.clipping || kinds.gamut;
    const marked = JSON.stringify(kinds);
    this.keep("after", await this.tile.draw(amounts));
    if (!this.before) this.keep("before", await this.tile.draw(NOTHING));
    this.keep("afterMarks", marking ? await this.tile.marks(amounts, kinds) : null);
    if (marked !== this.marked) this.keep("beforeMarks", marking ? await this.tile.marks(NOTHING, kinds) : null);
    this.marked = marked;
    this.drawn = drawn;
  }

  keep(name, picture) {
    if (this.freed) { picture?.close(); return; }
    this.pictures[name]?.close();
    this.pictures[name] = picture;
  }

  free() {
    this.freed = true;
    this.tile.free();
    for (const name of Object.keys(this.pictures)) { this.pictures[name]?.close(); this.pictures[name] = null; }
  }
}
