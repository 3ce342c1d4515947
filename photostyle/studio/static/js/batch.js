// This look and these settings for the photos of the folder: what to take, where to, how far it is.
import * as api from "./api.js";
import { batchCommand, written } from "./commands.js";
import { button, commandLine, element, refill } from "./dom.js";
import { TEXTS } from "./texts.js";

export class Batch {
  constructor(section, app) {
    this.section = section;
    this.app = app;
    this.left = new Set(); // ids of photos that are left out
    this.folder = "relit";
    this.overwrite = false;
    this.job = null;
  }

  // Take up a batch that is under way.
  async begin() {
    const { folder, photos } = await api.get("photos");
    this.photos = photos.filter(({ brought }) => !brought);
    this.name = folder;
    const { job, painted, segmenter } = await api.get("batch");
    this.painted = new Set(painted); // names of photos that have a mask by hand
    this.segmenter = segmenter; // of the studio; null for the usual one
    if (!job) return;
    this.job = job;
    this.app.try(() => this.follow());
  }

  // The photos that can be relit: all but the style.
  get offered() {
    const style = this.app.methods.needsStyle ? this.app.layers.style?.photo.id : null;
    return (this.photos ?? []).filter(({ id }) => id !== style);
  }

  get wanted() { return this.offered.filter(({ id }) => !this.left.has(id)); }

  // Shown where there is a folder and a style.
  show() {
    const { section, app } = this;
    section.hidden = !this.name || !app.works.pair;
    if (section.hidden) return;
    const open = section.querySelector("details")?.open ?? false;
    const photos = this.offered.map(({ id, name }) =>
      element("label", {}, element("input", { type: "checkbox", checked: !this.left.has(id), onchange: ({ target }) => {
        if (target.checked) this.left.delete(id);
        else this.left.add(id);
        this.start.textContent = TEXTS.sendBatch(this.wanted.length);
        this.running(this.isRunning);
        this.tellCommand();
      } }), ` ${name}`));
    const folder = element("input", { type: "text", value: this.folder, onchange: ({ target }) => {
      this.folder = target.value.trim();
      this.tellCommand();
    } });
    const over = element("input", { type: "checkbox", checked: this.overwrite, onchange: ({ target }) => {
      this.overwrite = target.checked;
      this.tellCommand();
    } });
    this.command = element("div");
    this.start = button(TEXTS.sendBatch(this.wanted.length), () => app.try(() => this.send()), { disabled: !this.wanted.length });
    this.stop = button(TEXTS.cancel, () => app.try(() => api.remove(`jobs/${this.job}`)));
    this.bar = element("progress", { max: 1, value: 0, "aria-label": TEXTS.batch });
    this.line = element("p", { className: "help", role: "status" });
    refill(section, element("details", { open, ontoggle: () => this.tellCommand() }, element("summary", { textContent: TEXTS.batchOf(this.name) }),
      element("p", { className: "help", textContent: TEXTS.batchHelp }),
      element("fieldset", { className: "list" }, element("legend", { textContent: TEXTS.photos }), ...photos),
      element("label", { className: "slider" }, element("span", { textContent: TEXTS.batchFolder }), folder),
      element("label", {}, over, ` ${TEXTS.overwrite}`),
      element("div", { className: "buttons" }, this.start, this.stop), this.bar, this.line, this.command));
    this.running(this.isRunning);
    this.tellCommand();
  }

  // The command that does the same, and what happens to masks by hand.
  tellCommand() {
    const { app } = this;
    if (!app.works.pair || !this.section.querySelector("details")?.open) return;
    const layers = Object.values(app.layers).filter((layer) => layer?.labels && !layer.photo.brought);
    for (const layer of layers) this.painted[layer.isPainted ? "add" : "delete"](layer.photo.name);
    const masked = this.wanted.filter(({ name }) => this.painted.has(name)).map(({ name }) => name);
    const style = app.methods.needsStyle ? app.layers.style.photo.name : null;
    const command = batchCommand({ photos: this.wanted.map(({ name }) => name), style, asked: app.asked(), amounts: app.amountsRecord(),
      folder: this.folder, overwrite: this.overwrite, segmenter: this.segmenter });
    const isMasked = masked.length > 0 || (style !== null && app.layers.style.isPainted);
    const about = [...(masked.length ? [TEXTS.batchMasked(masked)] : []), isMasked ? TEXTS.batchCommandMasked : TEXTS.batchCommand];
    this.command.replaceChildren(...about.map((textContent) => element("p", { className: "help", textContent })), ...commandLine(command, app));
  }

  running(yes) {
    this.isRunning = yes;
    if (!this.start) return;
    this.start.disabled = yes || !this.wanted.length;
    this.stop.hidden = this.bar.hidden = !yes;
  }

  async send() {
    const { app } = this;
    await app.works.keep();
    const { job } = await api.post("batch", { ...written(), style: app.works.pair.style,
      photos: this.wanted.map(({ id }) => id), choices: { ...app.asked(), amounts: app.amountsRecord() },
      folder: this.folder, overwrite: this.overwrite });
    this.job = job;
    await this.follow();
  }

  async follow() {
    this.running(true);
    try {
      const record = await api.follow(this.job, (told) => this.tell(told));
      if (record.state === "failed") throw new Error(record.error);
      const { result } = record;
      if (result) this.say(TEXTS.batchDone(result), [...result.failures.map(([, line]) => line), ...result.notes]);
      else this.say(TEXTS.batchStopped);
    } catch (error) {
      this.say(error.message);
      throw error;
    } finally {
      this.running(false);
    }
  }

  tell({ state, stage, step, total }) {
    if (!this.line) return;
    if (state === "queued") this.line.textContent = TEXTS.queued;
    if (!stage) return;
    this.line.textContent = `${stage}, ${step}/${total}`;
    this.bar.value = total ? step / total : 0;
  }

  say(text, lines = []) {
    this.line?.replaceChildren(text, element("ul", {}, ...lines.map((textContent) => element("li", { textContent }))));
  }
}
