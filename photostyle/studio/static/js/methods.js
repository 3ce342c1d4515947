// How it is solved: the method, and controls for its options, made from what the studio tells of them.
import * as api from "./api.js";
import { choice, element, refill, slider } from "./dom.js";
import { TEXTS } from "./texts.js";

const find = (selector) => document.querySelector(selector);
const START = "field";
const QUICK = "fast"; // the option that stands beside the method

export class Methods {
  constructor(app) {
    this.app = app;
    this.known = [];
    this.method = START;
    this.options = {}; // of each method, what was changed
  }

  async load() {
    this.known = (await api.get("methods")).methods;
    this.show();
  }

  get current() { return this.known.find(({ name }) => name === this.method); }
  get needsStyle() { return this.current?.needs_style ?? true; }
  get own() { return (this.options[this.method] ??= {}); }

  record() { return { method: this.method, options: { ...this.own } }; }

  take({ method, options }) {
    const isKnown = !method || this.known.some(({ name }) => name === method);
    this.method = isKnown ? method ?? START : START;
    this.options[this.method] = isKnown ? { ...options } : {};
    if (!isKnown) this.app.note([TEXTS.methodGone(titleOf(method)), ...this.app.notes]);
    this.show();
  }

  set(name, value) {
    const { default: usual } = this.current.controls.find((control) => control.name === name);
    if (value === usual || value === null) delete this.own[name];
    else this.own[name] = value;
    this.app.stale();
    this.app.works.keepSoon();
  }

  choose(name) {
    this.method = name;
    this.app.stale();
    this.show();
    this.app.batch.show();
    this.app.try(() => this.app.plan());
    this.app.works.keepSoon();
  }

  show() {
    this.app.showReady();
    if (!this.current) return;
    const method = choice(this.known.map(({ name }) => [name, titleOf(name)]), this.method, (name) => this.choose(name), TEXTS.method);
    const quick = this.current.controls.filter(({ name }) => name === QUICK).map((control) =>
      element("label", { title: helpOf(control) }, Object.assign(this.field(control), { id: control.name }), ` ${control.name}`));
    refill(find("#method"), method, ...quick);
    const rows = this.current.controls.filter(({ name }) => name !== QUICK).map((control) => this.row(control));
    const section = find("#options");
    const open = section.querySelector("details")?.open ?? false;
    const about = [this.current.summary, ...(this.needsStyle ? [] : [TEXTS.noStyle]), ...(this.current.finds_regions ? [] : [TEXTS.wholePhoto])]
      .map((textContent) => element("p", { className: "help", textContent }));
    refill(section, element("details", { open }, element("summary", { textContent: TEXTS.optionsOf(titleOf(this.method)) }),
      ...about, ...rows, element("p", {}, element("button", { type: "button", textContent: TEXTS.reset, onclick: () => {
        this.options[this.method] = {};
        this.app.stale();
        this.app.works.keepSoon();
        this.show();
      } }))));
  }

  row(control) {
    if (control.kind === "styles") return this.mixture(control);
    const id = `option-${control.name}`;
    const text = control.name.replaceAll("_", " ");
    const help = element("p", { id: `${id}-help`, className: "help", textContent: helpOf(control) });
    const field = this.field(control);
    field.id = id;
    field.setAttribute("aria-describedby", help.id);
    return element("div", { className: "option" }, element("label", { htmlFor: id, textContent: text }), field, help);
  }

  // How a network's styles are mixed: a slider for each.
  mixture({ name, choices, help }) {
    const shares = new Map(choices.map((style, place) => [style, place === 0 ? 1 : 0]));
    if (this.own[name]) for (const style of choices) shares.set(style, 0);
    for (const text of this.own[name] ?? []) shares.set(...sharesOf(text));
    const sliders = choices.map((style) => slider(style, shares.get(style), (share) => {
      shares.set(style, share);
      this.set(name, [...shares].filter(([, each]) => each > 0).map(([each, value]) => `${each}:${value}`));
    }, 1));
    return element("div", {}, element("p", { className: "help", textContent: help }), ...sliders);
  }

  field(control) {
    const { name, kind, default: usual, low, high } = control;
    const value = this.own[name] ?? usual;
    if (kind === "bool") return element("input", { type: "checkbox", checked: value, onchange: (event) => this.set(name, event.target.checked) });
    if (kind === "choice") return choice(control.choices.map((each) => [each, each]), value, (chosen) => this.set(name, chosen));
    if (kind === "text") return element("input", { type: "text", value, onchange: (event) => this.set(name, event.target.value.trim() || null) });
    const step = kind === "int" ? 1 : "any";
    return element("input", { type: "number", min: low ?? "", max: high ?? "", step, value: value ?? "", placeholder: control.usual,
      onchange: ({ target }) => {
        if (!target.checkValidity()) { target.reportValidity(); return; }
        this.set(name, target.value === "" ? null : Number(target.value));
      } });
  }
}

const MOST = 1e9; // a range that ends later is none, for people
const NETWORK = "network:"; // as the studio begins the names of methods that are trained networks
const titleOf = (name) => (name.startsWith(NETWORK) ? TEXTS.networkOf(name.slice(NETWORK.length)) : name);

// Style and share of "monet:0.6".
function sharesOf(text) {
  const at = text.lastIndexOf(":");
  return at < 0 ? [text, 1] : [text.slice(0, at), Number(text.slice(at + 1))];
}

function helpOf({ help, low, high, usual }) {
  const range = low === null || high === null ? "" : ` ${high > MOST ? TEXTS.from(low) : TEXTS.range(low, high)}`;
  return `${help}${range}${usual ? ` ${TEXTS.usual(usual)}` : ""}`;
}
