// The state of the page, and what holds its parts together.
import * as api from "./api.js";
import { Amounts } from "./amounts.js";
import { Batch } from "./batch.js";
import { element } from "./dom.js";
import { showHistogramSoon } from "./histogram.js";
import { Layer } from "./layer.js";
import { Kept } from "./kept.js";
import { Lines } from "./lines.js";
import { Methods } from "./methods.js";
import { Pane } from "./pane.js";
import { showProject } from "./project.js";
import { showRegions } from "./regions.js";
import { Result } from "./result.js";
import { showSave } from "./saving.js";
import { TEXTS } from "./texts.js";
import { attachTools } from "./tools.js";
import { View } from "./view.js";
import { showViewing } from "./viewing.js";
import { Works } from "./works.js";

const find = (selector) => document.querySelector(selector);
const REST = 1500; // milliseconds

export class App {
  constructor() {
    this.layers = { content: null, style: null };
    this.pairs = new Map(); // content's region -> style's, by name
    this.protect = new Set();
    this.ignore = new Set();
    this.planned = [];
    this.tool = "select";
    this.size = 40; // pixels of the screen, of the brush
    this.tint = 0.35;
    this.notes = [];
    this.isStale = false; // whether masks or pairs have changed since it was solved
    this.works = new Works(this);
    this.methods = new Methods(this);
    this.batch = new Batch(find("#batch"), this);
    this.lines = new Lines(find("#lines"), this);
    this.view = new View(() => this.redraw());
    this.panes = { content: new Pane(find("#content"), this), style: new Pane(find("#style"), this) };
    this.result = new Result(find("#result"), this);
    this.amounts = new Amounts(find("#amounts"), () => {
      this.result.refresh();
      showSave(find("#save"), this);
      this.works.keepSoon();
    });
    this.kept = new Kept(find("#kept"), this, () => {
      this.result.compare(this.kept.list, this.kept.reference);
      showViewing(find("#viewing"), this);
      this.works.keepSoon();
    });
    showViewing(find("#viewing"), this);
    this.result.changed = () => showHistogramSoon(find("#histogram"), this.result);
    for (const pane of Object.values(this.panes)) attachTools(pane, this);
    this.current = this.panes.content;
    for (const kind of ["pointerdown", "keydown", "drop", "paste"]) addEventListener(kind, () => this.fail(null), { capture: true });
  }

  amountsRecord() { return this.amounts.record(); }

  // What was open when the page was left: in this tab, else what the studio had open last.
  async reopen({ works, opened, notes }) {
    const latest = works[0] ? { content: works[0].content.id, style: works[0].style.id } : {};
    const open = JSON.parse(sessionStorage.getItem("open") ?? "null") ?? opened ?? latest;
    if (open.content && open.style) await this.openBoth(open.content, open.style);
    else for (const role of ["content", "style"]) if (open[role]) await this.open(role, open[role]);
    this.note([...notes, ...(open === opened ? opened.notes : []), ...this.notes]);
  }

  // Open a pair; a photo that is its own style was painted by a network, and has no other.
  async openBoth(content, style) {
    this.layers.style = null;
    this.panes.style.show(null);
    await this.open("content", content, style === content ? { content, style } : undefined);
    if (this.methods.needsStyle || style !== content) await this.open("style", style);
  }

  redraw() { for (const drawn of [...Object.values(this.panes), this.result, this.lines]) drawn.redraw(); }

  // Do something that may fail; a failure is a line at the bottom, until the user does something else.
  async try(work) {
    try {
      return await work();
    } catch (error) {
      this.fail(error.message);
      return undefined;
    }
  }

  fail(line) {
    find("#message").hidden = !line;
    find("#message").textContent = line ?? "";
  }

  say(text) { find("#stage").textContent = text; }

  note(lines) {
    this.notes = lines;
    find("#notes").replaceChildren(...(lines.length ? [element("h3", { textContent: TEXTS.notes }),
      element("ul", {}, ...lines.map((textContent) => element("li", { textContent })))] : []));
  }

  async open(role, id, pair = undefined) {
    this.say("…");
    await this.works.keep(); // of what is open now
    this.works.paused++;
    try {
      await this.load(role, id);
      await this.works.restore(pair);
    } finally {
      this.works.paused--;
    }
    await this.plan();
    this.batch.show();
    await showProject(this);
  }

  async load(role, id) {
    const layer = await Layer.open(id);
    this.layers[role] = layer;
    this.panes[role].show(layer);
    this.closeResult();
    this.view.fit();
    const { name, width, height, depth } = layer.photo;
    const bits = depth === "float" ? "float" : `${depth} bit`;
    this.panes[role].title.textContent = `${TEXTS[role]}: ${name}, ${width} × ${height}, ${bits}; ${TEXTS.view}`;
    this.say(TEXTS.finding);
    await layer.find();
    layer.refreshed = () => { this.changedLayer(layer); this.try(() => this.plan()); };
    layer.sent = () => { this.works.tellTabs(layer); this.planSoon(); };
    this.say("");
    if (role === "content") for (const names of [this.pairs, this.protect, this.ignore]) names.clear();
    else this.pairs.clear();
    this.note([...layer.photo.notes, ...layer.notes]);
    this.changedLayer(layer);
  }

  choosePane(pane) { if (pane !== this.result) this.current = pane; }

  changedLayer(layer) {
    for (const role of ["content", "style"]) {
      showRegions(find(`#${role}-layers`), role, this);
      if (this.layers[role] === layer) this.current = this.panes[role];
    }
    this.forgetGone();
    if (layer.changed) this.stale();
    this.works.keepSoon();
    this.showReady();
    this.redraw();
  }

  // Whether it can be solved, and what the pane of the style asks for.
  showReady() {
    find("#solve").disabled = !this.works.pair || Boolean(this.job);
    find("#style .empty").textContent = this.methods.needsStyle ? TEXTS.emptyStyle : TEXTS.noStyle;
  }

  // Pairs of regions that are not there any more go.
  forgetGone() {
    const { content, style } = this.layers;
    for (const names of [this.pairs, this.protect, this.ignore]) {
      for (const name of [...names.keys()]) {
        if (!content?.named(name) || (names === this.pairs && style && !style.named(names.get(name)))) names.delete(name);
      }
    }
  }

  renamed(role, from, to) {
    if (role === "style") {
      for (const [name, partner] of this.pairs) if (partner === from) this.pairs.set(name, to);
      return;
    }
    if (this.pairs.has(from)) { this.pairs.set(to, this.pairs.get(from)); this.pairs.delete(from); }
    for (const names of [this.protect, this.ignore]) if (names.delete(from)) names.add(to);
  }

  pairWith(name, partner) { this.pair(name, partner, {}); }

  pair(name, chosen, { AUTO, OWN, ALL }) {
    for (const names of [this.pairs, this.protect, this.ignore]) names.delete(name);
    if (chosen === OWN) this.protect.add(name);
    else if (chosen === ALL) this.ignore.add(name);
    else if (chosen !== AUTO) this.pairs.set(name, chosen);
    this.stale();
    this.try(() => this.plan());
  }

  // The regions' pairs and what is to be left alone; and what of it the method can use.
  choices() { return { pairs: Object.fromEntries(this.pairs), protect: [...this.protect], ignore: [...this.ignore] }; }

  asked() {
    const { pairs, ...others } = this.choices();
    return { ...this.methods.record(), ...others, ...(this.methods.needsStyle ? { pairs } : {}) };
  }

  // Ask what each region would take from.
  async plan() {
    const { content, style } = this.layers;
    if (!content?.labels || !style?.labels || !this.methods.needsStyle) {
      this.planned = [];
      showRegions(find("#content-layers"), "content", this);
      return;
    }
    this.forgetGone();
    this.works.keepSoon();
    await this.send();
    const told = await api.post("pairs", { content: content.photo.id, style: style.photo.id, ...this.choices() });
    this.planned = told.pairs;
    showRegions(find("#content-layers"), "content", this);
    this.lines.redraw();
  }

  // Once painting has rested a while; borders are drawn for it, which a solve needs as well.
  planSoon() {
    clearTimeout(this.planning);
    this.planning = setTimeout(() => { if (!this.works.paused) this.try(() => this.plan()); }, REST);
  }

  async send(leaving = false) { await Promise.all(Object.values(this.layers).map((layer) => layer?.send(leaving))); }

  // Skin as a region of its own, which keeps its colours.
  async findSkin() {
    const layer = this.layers.content;
    await this.send();
    await layer.findSkin();
    this.protect.add(TEXTS.skin);
    this.changedLayer(layer);
    await this.plan();
    this.note([TEXTS.skinFound, ...this.notes.filter((line) => line !== TEXTS.skinFound)]);
  }

  async showEdges(role) {
    await this.send();
    const { id } = this.layers[role].photo;
    this.layers[role].edges = open(api.address(`photos/${id}/refined`), "_blank", "noopener");
  }

  undo(back) {
    const { layer } = this.current;
    if (!layer?.labels) return;
    layer.undo(back);
    this.changedLayer(layer);
  }

  // 100 %, about a point of the result where one is given; there and back again.
  fullSize(point = null) {
    const pane = this.solved ? this.result : this.current;
    if (!pane.layer) return;
    const full = 1 / (devicePixelRatio || 1);
    const factor = full / pane.placed.scale;
    if (point && Math.abs(factor - 1) < 1e-3) this.view.fit();
    else if (point) this.view.zoomAt(factor, point, pane.size, pane.box);
    else this.view.set(this.view.x, this.view.y, this.view.zoom * factor);
  }

  stale() {
    if (!this.solved) return;
    this.isStale = true;
    this.note([TEXTS.stale, ...this.notes.filter((line) => line !== TEXTS.stale)]);
  }

  closeResult() {
    this.solved = null;
    this.isStale = false;
    this.kept.take([]);
    this.result.close();
    for (const part of ["#result", "#amounts", "#histogram", "#save"]) find(part).hidden = true;
    find("main").classList.remove("result");
  }

  openResult(text) {
    find("#result").hidden = false;
    find("main").classList.add("result");
    this.result.title.textContent = `${text}: ${this.layers.content.photo.name}; ${TEXTS.view}`;
  }

  // What is found so far, while it is being solved.
  showGrowing(picture) {
    this.openResult(TEXTS.growing);
    const { photo, picture: before } = this.layers.content;
    this.result.grow(picture, { photo, picture: before });
  }

  // Go on with a result that was kept.
  showKept({ solved, amounts }) {
    this.amounts.take(amounts);
    this.showResult(solved);
  }

  // Nothing came of a solve: what there was before is shown again.
  dropGrowing() {
    this.result.stopGrowing();
    if (this.solved) this.openResult(TEXTS.result);
    else this.closeResult();
  }

  showResult(solved) {
    this.solved = solved;
    this.isStale = false;
    this.works.keepSoon();
    this.openResult(TEXTS.result);
    const layer = this.layers.content;
    this.amounts.open(solved.regions);
    this.planned = solved.pairs;
    showRegions(find("#content-layers"), "content", this);
    this.note(solved.notes);
    showSave(find("#save"), this);
    this.kept.show();
    requestAnimationFrame(() => this.result.open(solved.transform, { photo: layer.photo, picture: layer.picture }));
  }
}
