// Photos come in: the strip of the folder, files that are chosen, dropped or pasted.
import * as api from "./api.js";
import { button, element } from "./dom.js";
import { TEXTS } from "./texts.js";

export async function showStrip(strip, app) {
  const { photos } = await api.get("photos");
  strip.replaceChildren(...photos.map((photo) => element("figure", {},
    element("img", { src: api.address(`photos/${photo.id}/view`, { side: 160 }), alt: photo.name, loading: "lazy",
      draggable: false }),
    element("figcaption", {}, element("span", { className: "name", textContent: photo.name, title: photo.name }),
      button(TEXTS.asContent, () => app.try(() => app.open("content", photo.id)), { "aria-label": `${TEXTS.asContent}: ${photo.name}` }),
      button(TEXTS.asStyle, () => app.try(() => app.open("style", photo.id)), { "aria-label": `${TEXTS.asStyle}: ${photo.name}` })))));
}

async function bring(file, role, app) {
  const answer = await api.post(`photos?name=${encodeURIComponent(file.name || "pasted.png")}`, file);
  await app.open(role, answer.id);
  await showStrip(document.querySelector("#strip"), app);
}

export function takeFiles(app) {
  const chooser = document.querySelector("#file");
  let chosen = null; // what to do with the file
  app.chooseFile = (work, accept = "") => { chosen = work; chooser.value = ""; chooser.accept = accept; chooser.click(); };
  for (const role of ["content", "style"]) {
    document.querySelector(`#open-${role}`).addEventListener("click", () =>
      app.chooseFile((file) => app.try(() => bring(file, role, app))));
    const stage = document.querySelector(`#${role} .stage`);
    stage.addEventListener("dragover", (event) => { event.preventDefault(); stage.classList.add("over"); });
    stage.addEventListener("dragleave", () => stage.classList.remove("over"));
    stage.addEventListener("drop", (event) => {
      event.preventDefault();
      stage.classList.remove("over");
      if (event.dataTransfer.files[0]) app.try(() => bring(event.dataTransfer.files[0], role, app));
    });
  }
  chooser.addEventListener("change", () => { if (chooser.files[0]) chosen?.(chooser.files[0]); });
  addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
    if (file) app.try(() => bring(file, app.layers.content ? "style" : "content", app));
  });
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault()); // a miss opens nothing
}
