// Undo and redo without end: each edit keeps the pixels that it changed, and the list of regions before it.
export class Edit {
  constructor(regions) {
    this.regions = regions;
    this.old = new Map();
  }

  keep(at, label) {
    if (!this.old.has(at)) this.old.set(at, label);
  }
}

export class History {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  add(edit) {
    this.done.push(packed(edit));
    this.undone.length = 0;
  }

  // Take the last edit back, or do it again; returns false where there is none.
  step(back, layer) {
    const from = back ? this.done : this.undone;
    const to = back ? this.undone : this.done;
    const edit = from.pop();
    if (!edit) return false;
    const inverse = { regions: layer.regions, places: edit.places, labels: new Uint8Array(edit.labels.length) };
    edit.places.forEach((at, place) => {
      inverse.labels[place] = layer.labels.data[at];
      layer.labels.data[at] = edit.labels[place];
    });
    layer.regions = edit.regions;
    to.push(inverse);
    return true;
  }
}

function packed(edit) {
  return { regions: edit.regions, places: Uint32Array.from(edit.old.keys()), labels: Uint8Array.from(edit.old.values()) };
}
