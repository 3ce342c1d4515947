// What was chosen for the pair of photos that is open: kept by the studio at each change, and taken up again.
import * as api from "./api.js";
import { chosen } from "./commands.js";

const SOON = 300; // milliseconds
const AGAIN = 2000; // milliseconds, where the studio did not answer
const DISK_FULL = 507;

export class Works {
  constructor(app) {
    this.app = app;
    this.isLost = false; // whether the studio did not answer, or its disk is full
    this.paused = 0; // while photos are being opened, what is chosen belongs to no pair
    this.tabs = new BroadcastChannel("photostyle studio");
    this.tabs.onmessage = ({ data }) => app.try(() => this.hear(data));
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.leave(); });
  }

  tellTabs(layer) { this.tabs.postMessage({ photo: layer.photo.id, key: layer.key }); }

  // Another tab has sent a mask: it is shown here, too, unless something was painted here meanwhile.
  async hear({ photo, key }) {
    for (const layer of new Set(Object.values(this.app.layers))) {
      if (layer?.photo.id !== photo || layer.changed || layer.key === key) continue;
      await layer.find();
      layer.refreshed?.();
    }
  }

  // The photos that are worked on, by their ids; a photo is its own style where a network paints it.
  get pair() {
    const { content, style } = this.app.layers;
    if (!content?.labels) return null;
    if (!this.app.methods.needsStyle) return { content: content.photo.id, style: content.photo.id };
    return style?.labels ? { content: content.photo.id, style: style.photo.id } : null;
  }

  record() {
    const { app } = this;
    const marked = (layer, mark) => layer.regions.filter((region) => region[mark]).map(({ name }) => name);
    const layers = Object.fromEntries(Object.entries(app.layers).filter(([, layer]) => layer?.labels).map(([role, layer]) =>
      [role, { locked: marked(layer, "locked"), hidden: marked(layer, "hidden") }]));
    return { ...app.methods.record(), ...app.choices(), amounts: app.amountsRecord(), kept: app.kept.record(), saving: { ...chosen },
      layers: { ...layers, stale: app.isStale }, ...(app.solved ? { solved: app.solved } : {}) };
  }

  // Keep what is chosen and painted, soon; where the studio does not answer, again until it does.
  keepSoon(wait = SOON) {
    this.app.batch.tellCommand();
    if (this.paused) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.app.try(async () => {
      if (this.paused) return;
      try {
        await this.keep();
        if (this.isLost) this.app.fail(null);
        this.isLost = false;
      } catch (error) {
        this.isLost = error.status === undefined || error.status === DISK_FULL;
        if (this.isLost) this.keepSoon(AGAIN);
        throw error;
      }
    }), wait);
  }

  async keep() {
    clearTimeout(this.timer);
    await this.app.send();
    const { pair } = this;
    this.remember();
    if (pair) await api.put("work", { ...pair, choices: this.record() });
  }

  // What this tab has open, since others may have other photos open.
  remember() {
    const { content, style } = this.app.layers;
    sessionStorage.setItem("open", JSON.stringify(this.pair ?? { content: content?.photo.id, style: style?.photo.id }));
  }

  // The page is left: what was not sent yet goes now.
  leave() {
    clearTimeout(this.timer);
    if (this.paused) return;
    this.app.send(true).catch(() => {});
    if (this.pair) api.put("work", { ...this.pair, choices: this.record() }, true).catch(() => {});
  }

  // Take up what was chosen for the pair that is open, where anything was.
  async restore(pair = this.pair) {
    const { app } = this;
    if (!pair) return;
    const { choices, notes } = await api.get(`work?${new URLSearchParams(pair)}`);
    if (Object.keys(choices).length) this.take(choices);
    if (notes.length) app.note([...notes, ...app.notes]);
  }

  take(choices) {
    const { app } = this;
    app.pairs.clear();
    for (const [name, partner] of Object.entries(choices.pairs ?? {})) app.pairs.set(name, partner);
    for (const role of ["protect", "ignore"]) {
      app[role].clear();
      for (const name of choices[role] ?? []) app[role].add(name);
    }
    app.methods.take(choices);
    app.amounts.take(choices.amounts ?? {});
    Object.assign(chosen, choices.saving);
    for (const [role, layer] of Object.entries(app.layers)) layer?.mark(choices.layers?.[role] ?? {});
    if (choices.solved) {
      app.showResult(choices.solved);
      app.kept.take(choices.kept ?? []);
      if (choices.layers?.stale) app.stale();
    }
  }
}
