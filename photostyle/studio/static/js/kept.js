// Results of a pair of photos that are kept, to be compared with one another and with what is solved next.
import { button, element, refill } from "./dom.js";
import { TEXTS } from "./texts.js";

const MOST = 6; // as the studio keeps them

export class Kept {
  constructor(section, app, changed) {
    this.section = section;
    this.app = app;
    this.changed = changed; // called when there are others, or another one stands for "before"
    this.list = []; // {name, solved, amounts}
    this.reference = null; // the one that stands for "before"; null for the photo
  }

  record() { return this.list.map(({ name, solved, amounts }) => ({ name, solved, amounts })); }

  take(list) {
    this.list = list.map((each) => ({ ...each }));
    this.compare(null);
  }

  // Keep what is shown, as it is now.
  add() {
    const { app } = this;
    const named = new Set(this.list.map(({ name }) => name));
    let number = 1;
    while (named.has(TEXTS.keptName(app.solved.method, number))) number++;
    this.list.push({ name: TEXTS.keptName(app.solved.method, number), solved: app.solved, amounts: app.amountsRecord() });
    this.compare(this.reference);
  }

  remove(result) {
    this.list = this.list.filter((each) => each !== result);
    this.compare(this.reference === result ? null : this.reference);
  }

  compare(reference) {
    this.reference = reference;
    this.show();
    this.changed();
  }

  show() {
    this.section.hidden = !this.app.solved;
    if (this.section.hidden) return;
    const keep = button(TEXTS.keepResult, () => this.add(), { disabled: this.list.length >= MOST, title: TEXTS.keepHint(MOST) });
    const help = element("p", { className: "help", textContent: TEXTS.keptHelp });
    refill(this.section, element("h3", { textContent: TEXTS.kept }), ...(this.list.length ? this.list.map((result) => this.row(result)) : [help]),
      element("div", { className: "buttons" }, keep));
  }

  row(result) {
    const name = element("input", { type: "text", value: result.name, maxLength: 60, "aria-label": TEXTS.nameOf(result.name),
      onchange: ({ target }) => { result.name = target.value.trim() || result.name; this.compare(this.reference); } });
    return element("div", { className: "kept" }, name,
      button(TEXTS.useKept, () => this.app.showKept(result), { "aria-label": `${TEXTS.useKept}: ${result.name}`, title: TEXTS.useHint }),
      button(TEXTS.removeKept, () => this.remove(result), { "aria-label": `${TEXTS.removeKept}: ${result.name}` }));
  }
}
