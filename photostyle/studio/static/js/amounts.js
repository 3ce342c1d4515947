// The sliders: for all, and strength by region; the transform is solved once, so the picture follows at once.
import { button, element, slider } from "./dom.js";
import { TEXTS } from "./texts.js";

export class Amounts {
  constructor(section, changed) {
    this.section = section;
    this.changed = changed;
    this.regions = [];
    this.reset();
  }

  reset() {
    this.all = { strength: 1, luma: 1, chroma: 1 };
    this.byRegion = new Map();
  }

  // As the studio takes them.
  record() {
    const { strength, luma, chroma } = this.all;
    if (!this.byRegion.size) return { strength, luma, chroma };
    return { strength: { "*": strength, ...Object.fromEntries(this.byRegion) }, luma, chroma };
  }

  // From a record.
  take({ strength = 1, luma = 1, chroma = 1 }) {
    const { "*": rest, ...named } = typeof strength === "object" ? strength : { "*": strength };
    this.all = { strength: rest ?? 1, luma, chroma };
    this.byRegion = new Map(Object.entries(named));
  }

  // As the command line takes them.
  text() {
    const number = (value) => String(Number(value.toFixed(2)));
    const parts = [number(this.all.strength), ...[...this.byRegion].map(([name, value]) => `${name}=${number(value)}`)];
    return `--strength '${parts.join(",").replaceAll("'", "'\\''")}' --luma ${number(this.all.luma)} --chroma ${number(this.all.chroma)}`;
  }

  open(regions) {
    const known = new Set(regions);
    for (const name of [...this.byRegion.keys()]) if (!known.has(name)) this.byRegion.delete(name);
    this.regions = regions;
    this.show();
  }

  show() {
    const all = ["strength", "luma", "chroma"].map((name) => slider(TEXTS[name], this.all[name], (value) => {
      this.all[name] = value;
      this.changed();
    }));
    const each = this.regions.length < 2 ? [] : [element("h3", { textContent: TEXTS.byRegion }), ...this.regions.map((name) =>
      slider(name, this.byRegion.get(name) ?? this.all.strength, (value) => {
        this.byRegion.set(name, value);
        this.changed();
      }))];
    const reset = button(TEXTS.reset, () => { this.reset(); this.show(); this.changed(); });
    this.section.hidden = false;
    this.section.replaceChildren(element("h3", { textContent: TEXTS.amounts }), ...all, ...each,
      element("div", { className: "buttons" }, reset));
  }
}
