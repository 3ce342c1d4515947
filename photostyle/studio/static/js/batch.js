// This look and these settings for the photos of the folder: what to take, where to, how far it is.
import * as api from "./api.js";
import { button, element, refill } from "./dom.js";
import { chosen } from "./saving.js";
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
    const { job } = await api.get("batch");
    if (!job) return;
    this.job = job;
    this.app.try(() => this.follow());
  }

  get wanted() {
    const { style } = this.app.layers;
    return (this.photos ?? []).filter(({ id }) => !this.left.has(id) && id !== style?.photo.id);
  }

  // Shown where there is a folder and a style.
  show() {
    const { section, app } = this;
    section.hidden = !this.name || !app.works.pair;
    if (section.hidden) return;
    const open = section.querySelector("details")?.open ?? false;
    const photos = this.photos.filter(({ id }) => id !== app.layers.style.photo.id).map(({ id, name }) =>
      element("label", {}, element("input", { type: "checkbox", checked: !this.left.has(id), onchange: ({ target }) => {
        if (target.checked) this.left.delete(id);
        else this.left.add(id);
        this.start.textContent = TEXTS.sendBatch(this.wanted.length);
        this.start.disabled = !this.wanted.length;
      } }), ` ${name}`));
    const folder = element("input", { type: "text", value: this.folder, onchange: ({ target }) => { this.folder = target.value.trim(); } });
    const over = element("input", { type: "checkbox", checked: this.overwrite, onchange: ({ target }) => { this.overwrite = target.checked; } });
    this.start = button(TEXTS.sendBatch(this.wanted.length), () => app.try(() => this.send()), { disabled: !this.wanted.length });
    this.stop = button(TEXTS.cancel, () => app.try(() => api.remove(`jobs/${this.job}`)));
    this.bar = element("progress", { max: 1, value: 0, "aria-label": TEXTS.batch });
    this.line = element("p", { className: "help", role: "status" });
    refill(section, element("details", { open }, element("summary", { textContent: TEXTS.batchOf(this.name) }),
      element("p", { className: "help", textContent: TEXTS.batchHelp }),
      element("fieldset", { className: "list" }, element("legend", { textContent: TEXTS.photos }), ...photos),
      element("label", { className: "slider" }, element("span", { textContent: TEXTS.batchFolder }), folder),
      element("label", {}, over, ` ${TEXTS.overwrite}`),
      element("div", { className: "buttons" }, this.start, this.stop), this.bar, this.line));
    this.running(this.isRunning);
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
    const { method, options, pairs, protect, ignore, amounts } = app.works.record();
    const { format, ...writing } = chosen;
    const { job } = await api.post("batch", { ...writing, format, style: app.layers.style.photo.id,
      photos: this.wanted.map(({ id }) => id), choices: { method, options, pairs, protect, ignore, amounts },
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
