// Projects as files, recent pairs, and beginning anew.
import * as api from "./api.js";
import { button, choice, element, refill } from "./dom.js";
import { showStrip } from "./photos.js";
import { TEXTS } from "./texts.js";

const find = (selector) => document.querySelector(selector);

export async function showProject(app) {
  const told = await api.get("works");
  const both = (work) => `${work.content.name} + ${work.style.name}`;
  const here = told.works.map((work, at) => [String(at), both(work), work]).filter(([, , { content, style }]) => content.id && style.id);
  const recent = choice([["", TEXTS.recent], ...here.map(([key, text]) => [key, text])], "", (key) => {
    recent.value = "";
    const { content, style } = told.works[Number(key)];
    return app.try(() => app.openBoth(content.id, style.id));
  }, TEXTS.recent);
  recent.disabled = !here.length;
  const save = button(TEXTS.saveProject, () => app.try(async () => {
    await app.works.keep();
    app.say((await api.save(`project?${new URLSearchParams(app.works.pair)}`)).name);
  }));
  save.id = "save-project";
  save.disabled = !app.works.pair;
  const menu = element("details", { className: "menu" }, element("summary", { textContent: TEXTS.project }), element("div", {},
    button(TEXTS.openProject, () => app.chooseFile((file) => app.try(() => openProject(file, app)), ".photostyle")),
    save,
    button(TEXTS.anew, () => { if (confirm(TEXTS.anewSure)) app.try(() => beginAnew(app)); })));
  menu.addEventListener("click", ({ target }) => { if (target.matches("button")) menu.open = false; });
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  refill(find("#project"), recent, menu);
  return told;
}

export async function openProject(file, app) {
  await app.works.keep();
  const told = await api.post(`project?name=${encodeURIComponent(file.name)}`, file);
  await showStrip(find("#strip"), app);
  if (told.content && told.style) await app.openBoth(told.content, told.style);
  else for (const role of ["content", "style"]) if (told[role]) await app.open(role, told[role]);
  app.note([...told.notes, ...app.notes]);
}

async function beginAnew(app) {
  app.works.paused++; // or what is open would be kept as the page is left
  await api.remove("works");
  sessionStorage.clear();
  location.reload();
}
