// The sliders: for all, and by region; the transform is solved once, so the picture follows at once.
import { button, choice, element, iconButton, refill, slider } from "./dom.js";
import { TEXTS } from "./texts.js";

const KINDS = ["strength", "luma", "chroma"];

export class Amounts {
  constructor(section, changed) {
    this.section = section;
    this.changed = changed;
    this.regions = [];
    this.kind = "strength"; // of the sliders by region
    this.reset();
  }

  reset() {
    this.all = { strength: 1, luma: 1, chroma: 1 };
    this.byRegion = { strength: new Map(), luma: new Map(), chroma: new Map() };
  }

  of(kind, region) { return this.byRegion[kind].get(region) ?? this.all[kind]; }

  // As the studio takes them.
  record() {
    const amount = (kind) =>
      this.byRegion[kind].size ? { "*": this.all[kind], ...Object.fromEntries(this.byRegion[kind]) } : this.all[kind];
    return Object.fromEntries(KINDS.map((kind) => [kind, amount(kind)]));
  }

  // From a record.
  take(record) {
    this.reset();
    for (const kind of KINDS) {
      const amount = record[kind] ?? 1;
      const { "*": rest, ...named } = typeof amount === "object" ? amount : { "*": amount };
      this.all[kind] = rest ?? 1;
      this.byRegion[kind] = new Map(Object.entries(named));
    }
  }

  open(regions) {
    const known = new Set(regions);
    for (const values of Object.values(this.byRegion)) for (const name of [...values.keys()]) if (!known.has(name)) values.delete(name);
    this.regions = regions;
    this.show();
  }

  show() {
    const rows = this.regions.length < 2 ? [] : this.regions.map((name) => this.row(name));
    const all = KINDS.map((kind) => slider(TEXTS[kind], this.all[kind], (value) => {
      this.all[kind] = value;
      rows.forEach((row) => row.follow());
      this.changed();
    }));
    const kinds = choice(KINDS.map((kind) => [kind, TEXTS[kind]]), this.kind, (kind) => { this.kind = kind; this.show(); }, TEXTS.byRegion);
    const reset = button(TEXTS.reset, () => { this.reset(); this.show(); this.changed(); });
    this.section.hidden = false;
    refill(this.section, element("h3", { textContent: TEXTS.amounts }), ...all,
      ...(rows.length ? [element("h3", {}, `${TEXTS.byRegion} `, kinds)] : []), ...rows, element("div", { className: "buttons" }, reset));
  }

  // A region: its slider, and a button that leaves it as it is.
  row(name) {
    const made = slider(name, this.of(this.kind, name), (value) => {
      this.byRegion[this.kind].set(name, value);
      made.follow();
      this.changed();
    });
    const protect = iconButton("lock", `${TEXTS.protect}: ${name}`, () => {
      if (this.of("strength", name) === 0) this.byRegion.strength.delete(name);
      else this.byRegion.strength.set(name, 0);
      made.follow();
      this.changed();
    });
    made.classList.add("with-lock");
    made.append(protect);
    made.follow = () => {
      const value = this.of(this.kind, name);
      made.querySelector("input").value = value;
      made.querySelector("output").textContent = value.toFixed(2);
      protect.setAttribute("aria-pressed", String(this.of("strength", name) === 0));
    };
    made.follow();
    return made;
  }
}
