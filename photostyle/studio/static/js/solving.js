// Solve: send the masks, start the job, show how far it is, cancel it.
import * as api from "./api.js";
import { TEXTS } from "./texts.js";

const find = (selector) => document.querySelector(selector);

export function attachSolving(app) {
  find("#solve").addEventListener("click", () => app.try(() => solve(app)));
  find("#cancel").addEventListener("click", () => app.try(() => app.job && api.remove(`jobs/${app.job}`)));
}

async function solve(app) {
  const { content } = app.layers;
  const ids = app.works.pair;
  let shown = false;
  running(true);
  try {
    await app.send();
    const { options, ...asked } = app.asked();
    const { job } = await api.post("solve", { ...ids, options: { ...options, ...asked } });
    app.job = job;
    app.solving = content;
    app.pictured = 0;
    const record = await api.follow(job, (told) => { tell(app, told); app.try(() => show(app, told)); });
    if (record.state === "failed") throw new Error(record.error);
    if (record.state === "cancelled") { app.say(TEXTS.cancelled); return; }
    const still = app.works.pair?.content === ids.content && app.works.pair.style === ids.style;
    app.say(TEXTS.solved(Object.values(record.result.seconds).reduce((sum, each) => sum + each, 0)));
    if (still) app.showResult(record.result);
    shown = still;
  } catch (error) {
    app.say("");
    throw error;
  } finally {
    app.job = null;
    if (!shown) app.dropGrowing();
    running(false);
  }
}

function running(yes) {
  find("#solve").disabled = yes;
  find("#cancel").hidden = !yes;
  find("#progress").hidden = !yes;
  find("#progress").value = 0;
}

// Fetch the picture so far, one at a time, where there is a newer one and its photo is still open.
async function show(app, record) {
  if (!record.picture || record.picture === app.pictured || app.picturing) return;
  const { job } = record;
  const layer = app.layers.content;
  app.pictured = record.picture;
  app.picturing = true;
  try {
    const picture = await api.picture(`jobs/${job}/picture`);
    if (app.job === job && app.solving === layer && app.layers.content === layer) app.showGrowing(picture);
    else picture.close();
  } finally {
    app.picturing = false;
  }
}

function tell(app, record) {
  if (record.state === "queued") { app.say(TEXTS.queued); return; }
  if (!record.stage) return;
  const stage = TEXTS.stages[record.stage] ?? record.stage;
  app.say(record.total > 1 ? `${stage} ${record.step}/${record.total}` : stage);
  if (record.total > 1) find("#progress").value = record.step / record.total;
  else find("#progress").removeAttribute("value"); // nobody knows how far it is
}
