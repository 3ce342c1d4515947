// A photo in the page: its picture, its regions with their labels, and what was done to them.
import * as api from "./api.js";
import { Edit, History } from "./history.js";
import { Labels, NONE } from "./labels.js";
import { base64, greyPng } from "./png.js";
import { TEXTS } from "./texts.js";

const COLOURS = ["#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45", "#469990", "#9a6324"];

export class Layer {
  constructor(photo) {
    this.photo = photo;
    this.history = new History();
    this.regions = []; // {id, name, colour, found, locked, hidden}; never changed, but replaced. `found`: names it is made of
    this.active = null; // id
    this.changed = false; // since the mask was sent
    this.hard = false;
    this.feather = 0;
    this.key = null; // of the mask that the studio has
    this.refreshed = null; // called when the regions are others than those that were painted here
    this.sent = null; // called when the mask was sent
    this.version = 0; // grows with each change of labels or regions
  }

  static async open(id) {
    const layer = new Layer(await api.get(`photos/${id}`));
    layer.picture = await api.picture(`photos/${id}/view?side=2048`);
    return layer;
  }

  // A box of it at full size.
  part(box) { return api.picture(`photos/${this.photo.id}/view?box=${box.join(",")}`); }

  // The regions anew: as the studio has them, as they are found, or from a mask file.
  async find(again = false, file = null) {
    const path = `photos/${this.photo.id}`;
    let told;
    if (file) told = await api.post(`${path}/mask?name=${encodeURIComponent(file.name)}`, file);
    else told = again ? await api.remove(`${path}/mask`) : await api.get(`${path}/regions`);
    const { width, height, data } = await greyCodes(`${path}/labels`);
    this.labels = new Labels(width, height, data);
    this.found = told.found; // names of the regions that were found; null where all of the mask is by hand
    if (told.painted && this.found) this.labels.base = (await greyCodes(`${path}/labels?of=found`)).data;
    this.regions = told.regions.map(({ name, colour, found }, id) => ({ id, name, colour, found, locked: false, hidden: false }));
    this.key = told.key;
    this.isPainted = told.painted; // whether the studio has a mask by hand
    this.hard = told.hard;
    this.feather = told.feather;
    this.active = this.regions[0].id;
    this.history = new History();
    this.changed = false;
    this.notes = told.notes;
    this.version++;
  }

  // The mask was painted elsewhere, too: what is here goes over it, or that is taken.
  async settle(line) {
    if (confirm(TEXTS.otherMask(this.photo.name, line))) {
      this.key = null;
      await this.sendNow(false);
    } else {
      await this.find();
      this.refreshed?.();
    }
  }

  region(id) { return this.regions.find((region) => region.id === id); }
  named(name) { return this.regions.find((region) => region.name === name); }

  // An edit begins: what the eraser gives back is settled for as long as it lasts.
  begin() {
    this.labels.given.fill(NONE);
    for (const { id, found } of this.regions) {
      if (!this.found) this.labels.given[id] = id;
      else for (const name of found) this.labels.given[this.found.indexOf(name)] = id;
    }
    return new Edit(this.regions);
  }

  may = (label) => !this.region(label)?.locked;

  finish(edit) {
    if (edit.old.size === 0 && edit.regions === this.regions) return;
    this.history.add(edit);
    this.touch();
  }

  touch() {
    this.changed = true;
    this.version++;
    if (!this.region(this.active)) this.active = this.regions[0]?.id ?? null;
  }

  undo(back = true) { if (this.history.step(back, this)) this.touch(); }

  // Properties of a region; those that the mask has can be undone, the eyes and locks need not.
  change(id, facts) {
    const edit = this.begin();
    this.regions = this.regions.map((region) => (region.id === id ? { ...region, ...facts } : region));
    if ("name" in facts || "colour" in facts) this.finish(edit);
    else this.version++;
  }

  // Locks and eyes, by the names of regions.
  mark({ locked = [], hidden = [] }) {
    this.regions = this.regions.map((region) =>
      ({ ...region, locked: locked.includes(region.name), hidden: hidden.includes(region.name) }));
    this.version++;
  }

  add(wanted = "region") {
    let id = 0;
    while (this.region(id)) id++;
    if (id > 63) return null;
    let name = wanted;
    for (let number = 2; this.named(name); number++) name = `${wanted} ${number}`;
    const used = new Set(this.regions.map((region) => region.colour));
    const colour = COLOURS.find((each) => !used.has(each)) ?? COLOURS[id % COLOURS.length];
    this.regions = [...this.regions, { id, name, colour, found: [], locked: false, hidden: false }];
    return id;
  }

  addRegion(name) {
    const edit = this.begin();
    const id = this.add(name);
    if (id !== null) this.active = id;
    this.finish(edit);
  }

  // A region of where the studio sees skin.
  async findSkin() {
    const { data } = await greyCodes(`photos/${this.photo.id}/skin`);
    const edit = this.begin();
    const id = this.named(TEXTS.skin)?.id ?? this.add(TEXTS.skin);
    if (id === null) return;
    this.active = id;
    const places = [];
    data.forEach((code, at) => { if (code) places.push(at); });
    this.labels.put(places, id, this.may, edit);
    this.finish(edit);
  }

  merge(id, into) {
    const edit = this.begin();
    this.labels.put(this.labels.places(id), into, () => true, edit);
    const found = [...(this.region(into).found ?? []), ...(this.region(id).found ?? [])];
    this.regions = this.regions.filter((region) => region.id !== id)
      .map((region) => (region.id === into ? { ...region, found } : region));
    this.active = into;
    this.finish(edit);
  }

  remove(id) {
    const counts = this.labels.counts();
    const others = this.regions.filter((region) => region.id !== id).sort((a, b) => counts[b.id] - counts[a.id]);
    if (others.length) this.merge(id, others[0].id);
  }

  grow(id, pixels) {
    const edit = this.begin();
    for (let step = 0; step < Math.abs(pixels); step++) this.labels[pixels > 0 ? "grow" : "shrink"](id, this.may, edit);
    this.finish(edit);
  }

  // The connected part that was found at a place goes to a region.
  take(place, id) {
    const edit = this.begin();
    this.labels.put(this.labels.connected(place, this.labels.base), id, this.may, edit);
    this.finish(edit);
  }

  // Each connected part of a region becomes one of its own, if it is no speck.
  split(id) {
    const edit = this.begin();
    const least = this.labels.data.length / 500;
    const name = this.region(id).name;
    const rest = new Set(this.labels.places(id));
    let first = true;
    while (rest.size) {
      const part = this.labels.connected(rest.values().next().value);
      for (const at of part) rest.delete(at);
      if (part.length < least) continue;
      if (!first) {
        const other = this.add(name);
        if (other === null) break;
        this.labels.put(part, other, () => true, edit);
      }
      first = false;
    }
    this.finish(edit);
  }

  shares() {
    if (this.counted !== this.version) {
      this.counts = this.labels.counts();
      this.counted = this.version;
    }
    return (id) => this.counts[id] / this.labels.data.length;
  }

  // Send the mask, if it has changed: one after the other, or the studio would take the second for another tab's.
  async send(leaving = false) {
    if (leaving) { await this.sendNow(true); return; }
    const before = this.sending;
    this.sending = (async () => {
      await before?.catch(() => {});
      await this.sendNow(false);
    })();
    await this.sending;
  }

  // Labels counted from 0, regions without a pixel left out.
  async sendNow(leaving) {
    if (!this.changed || !this.labels) return;
    const version = this.version;
    const counts = this.labels.counts();
    const regions = this.regions.filter((region) => counts[region.id]);
    const place = new Uint8Array(256);
    regions.forEach((region, at) => { place[region.id] = at; });
    const data = this.labels.data.map((label) => place[label]);
    const record = {
      regions: regions.map(({ name, colour, found }) => (this.found ? { name, colour, found } : { name, colour })),
      png: base64(await greyPng(this.labels.width, this.labels.height, data)),
      hard: this.hard,
      feather: this.feather,
    };
    try {
      this.key = (await api.put(`photos/${this.photo.id}/mask`, { ...record, ...(this.key === null ? {} : { after: this.key }) }, leaving)).key;
    } catch (error) {
      if (error.status !== 409 || leaving) throw error;
      await this.settle(error.message);
      return;
    }
    this.sent?.();
    this.isPainted = true;
    if (version === this.version) this.changed = false;
  }
}

// The codes of a grey picture of the studio.
async function greyCodes(path) {
  const bitmap = await api.picture(path);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) data[at] = pixels[4 * at];
  return { width, height, data };
}
