// The page begins here.
import { App } from "./app.js";
import { showStrip, takeFiles } from "./photos.js";
import { showProject } from "./project.js";
import { attachSolving } from "./solving.js";
import { TEXTS } from "./texts.js";
import { showTools } from "./toolbar.js";

const find = (selector) => document.querySelector(selector);

find("#open-content").textContent = TEXTS.openContent;
find("#open-style").textContent = TEXTS.openStyle;
find("#solve").textContent = TEXTS.solve;
find("#solve").disabled = true;
find("#cancel").textContent = TEXTS.cancel;
find("#content .empty").textContent = TEXTS.emptyContent;
find("#style .empty").textContent = TEXTS.emptyStyle;
find("#content h2").textContent = TEXTS.content;
find("#style h2").textContent = TEXTS.style;
find("#split").setAttribute("aria-label", TEXTS.splitHandle);
find("#skip").textContent = TEXTS.skip;
for (const [selector, label] of [["#tools", TEXTS.toolbar], ["#strip", TEXTS.photos], ["aside", TEXTS.side], ["#progress", TEXTS.progress],
  ["#content canvas", TEXTS.paneOf(TEXTS.content)], ["#style canvas", TEXTS.paneOf(TEXTS.style)],
  ["#result canvas", TEXTS.resultPane]]) find(selector).setAttribute("aria-label", label);

const app = new App();
globalThis.studio = app; // for tests, and the curious
showTools(find("#tools"), app);
takeFiles(app);
attachSolving(app);
addEventListener("beforeunload", (event) => {
  if (Object.values(app.layers).some((layer) => layer?.changed)) event.preventDefault();
});
app.try(async () => {
  await Promise.all([showStrip(find("#strip"), app), app.methods.load(), app.batch.begin()]);
  await app.reopen(await showProject(app));
});
