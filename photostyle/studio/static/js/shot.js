// A tile of the result with what was drawn of it last: the photo, the result, and marks on both.
export const NOTHING = { strength: 0, luma: 1, chroma: 1 };

export class Shot {
  constructor(tile) {
    this.tile = tile;
    this.pictures = { before: null, after: null, beforeMarks: null, afterMarks: null };
    this.marked = ""; // the kinds of marks on the photo
    this.drawn = ""; // amounts and marks of the pictures
    this.isRough = false; // whether they are smaller than they should be
    this.isStale = false; // whether they are of other amounts
  }

  get before() { return this.pictures.before; }
  get after() { return this.pictures.after; }

  // Have it drawn; `quick` while a slider moves: then what takes long is drawn roughly, without marks, or is stale until it rests.
  async draw(amounts, kinds, quick = false) {
    const drawn = JSON.stringify([amounts, kinds]);
    const isRough = Boolean(quick && this.tile.isSlow);
    if (drawn === this.drawn && (isRough || !this.isRough)) {
      this.isStale = false;
      return;
    }
    if (isRough && this.tile.isPart) {
      this.isStale = true;
      return;
    }
    const marking = Object.values(kinds).some(Boolean);
    const marked = JSON.stringify(kinds);
    this.keep("after", await this.tile.draw(amounts, isRough));
    if (!this.before) this.keep("before", await this.tile.draw(NOTHING));
    this.keep("afterMarks", marking && !isRough ? await this.tile.marks(amounts, kinds) : null);
    if (marked !== this.marked) this.keep("beforeMarks", marking ? await this.tile.marks(NOTHING, kinds) : null);
    this.marked = marked;
    this.drawn = drawn;
    this.isRough = isRough;
    this.isStale = false;
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
