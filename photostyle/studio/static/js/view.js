// Where the panes look: one centre and zoom for all, in shares of the photo, so that they move together.
export class View {
  constructor(changed) {
    this.changed = changed;
    this.x = 0.5;
    this.y = 0.5;
    this.zoom = 1; // 1 fits the photo into its pane
  }

  fit() { this.set(0.5, 0.5, 1); }

  set(x, y, zoom) {
    this.zoom = Math.min(64, Math.max(0.25, zoom));
    this.x = Math.min(1, Math.max(0, x));
    this.y = Math.min(1, Math.max(0, y));
    this.changed();
  }

  // How a picture of this size lies in a pane of that: pixels of the pane for one of the picture, and its corner.
  place(width, height, paneWidth, paneHeight) {
    const scale = Math.min(paneWidth / width, paneHeight / height) * this.zoom;
    return { scale, left: paneWidth / 2 - this.x * width * scale, top: paneHeight / 2 - this.y * height * scale };
  }

  // Zoom about a point of the pane, which stays where it is.
  zoomAt(factor, point, size, pane) {
    const before = this.place(size.width, size.height, pane.width, pane.height);
    const u = (point.x - before.left) / before.scale;
    const v = (point.y - before.top) / before.scale;
    const zoom = Math.min(64, Math.max(0.25, this.zoom * factor));
    const scale = (before.scale / this.zoom) * zoom;
    this.set((u - (point.x - pane.width / 2) / scale) / size.width, (v - (point.y - pane.height / 2) / scale) / size.height, zoom);
  }

  drag(dx, dy, size, pane) {
    const { scale } = this.place(size.width, size.height, pane.width, pane.height);
    this.set(this.x - dx / (scale * size.width), this.y - dy / (scale * size.height), this.zoom);
  }
}
