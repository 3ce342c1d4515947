// How it is solved: the method, and controls for its options, made from what the studio tells of them.
import * as api from "./api.js";
import { choice, element, refill } from "./dom.js";
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
  get own() { return (this.options[this.method] ??= {}); }

  record() { return { method: this.method, options: { ...this.own } }; }

  take({ method, options }) {
    if (method) this.method = method;
    this.options[this.method] = { ...options };
    this.show();
  }

  set(name, value) {
    const { default: usual } = this.current.controls.find((control) => control.name === name);
    if (value === usual || value === null) delete this.own[name];
    else this.own[name] = value;
    this.app.stale();
    this.app.works.keepSoon();
  }

  show() {
    if (!this.current) return;
    const names = this.known.map(({ name }) => [name, name]);
    const method = choice(names, this.method, (name) => {
      this.method = name;
      this.app.stale();
      this.app.works.keepSoon();
      this.show();
    }, TEXTS.method);
    const quick = this.current.controls.filter(({ name }) => name === QUICK).map((control) =>
      element("label", { title: helpOf(control) }, Object.assign(this.field(control), { id: control.name }), ` ${control.name}`));
    refill(find("#method"), method, ...quick);
    const rows = this.current.controls.filter(({ name }) => name !== QUICK).map((control) => this.row(control));
    const section = find("#options");
    const open = section.querySelector("details")?.open ?? false;
    const about = [this.current.summary, ...(this.current.finds_regions ? [] : [TEXTS.wholePhoto])]
      .map((textContent) => element("p", { className: "help", textContent }));
    refill(section, element("details", { open }, element("summary", { textContent: TEXTS.optionsOf(this.method) }),
      ...about, ...rows, element("p", {}, element("button", { type: "button", textContent: TEXTS.reset, onclick: () => {
        this.options[this.method] = {};
        this.app.stale();
        this.app.works.keepSoon();
        this.show();
      } }))));
  }

  row(control) {
    const id = `option-${control.name}`;
    const text = control.name.replaceAll("_", " ");
    const help = element("p", { id: `${id}-help`, className: "help", textContent: helpOf(control) });
    const field = this.field(control);
    field.id = id;
    field.setAttribute("aria-describedby", help.id);
    return element("div", { className: "option" }, element("label", { htmlFor: id, textContent: text }), field, help);
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

function helpOf({ help, low, high, usual }) {
  const range = low === null || high === null ? "" : ` ${TEXTS.range(low, high)}`;
  return `${help}${range}${usual ? ` ${TEXTS.usual(usual)}` : ""}`;
}
