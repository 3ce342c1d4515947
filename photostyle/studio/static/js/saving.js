// Save: the result at full size, the transform, the look of the style; and the command that makes the same.
import * as api from "./api.js";
import { chosen, LOSSY, renderCommand, written } from "./commands.js";
import { button, choice, commandLine, element, refill } from "./dom.js";
import { TEXTS } from "./texts.js";

const FORMATS = { jpeg: "JPEG", png: "PNG", tiff: "TIFF", webp: "WebP", avif: "AVIF", heic: "HEIC", jxl: "JPEG XL" };

export function showSave(section, app) {
  const { transform } = app.solved;
  const again = () => showSave(section, app);
  const set = (name) => (value) => { chosen[name] = value; again(); app.works.keepSoon(); };
  const keep = ["keep", TEXTS.keep];
  const fields = [
    [TEXTS.format, choice(Object.entries(FORMATS), chosen.format, set("format"), TEXTS.format)],
    [TEXTS.depth, choice([keep, ["8", "8"], ["16", "16"], ["float", "float"]], chosen.depth, set("depth"), TEXTS.depth)],
    ...(LOSSY.has(chosen.format) ? [[TEXTS.quality,
      choice([keep, ["80", "80"], ["90", "90"], ["95", "95"], ["100", "100"]], chosen.quality, set("quality"), TEXTS.quality)]] : []),
    [TEXTS.metadata, choice([keep, ["strip", TEXTS.strip]], chosen.metadata, set("metadata"), TEXTS.metadata)],
  ].map(([text, field]) => element("label", { className: "slider" }, element("span", { textContent: text }), field));
  const saved = (path, body) => () => app.try(async () => {
    const { name, notes } = await api.save(path, body?.());
    app.say(name);
    app.note(notes);
  });
  const buttons = element("div", { className: "buttons" },
    button(TEXTS.saveResult, saved(`transforms/${transform}/export`, () => ({ ...app.amountsRecord(), ...written() })), { className: "main" }),
    button(TEXTS.saveTransform, saved(`transforms/${transform}/file`)),
    ...(app.solved.style === app.solved.content ? [] : [button(TEXTS.saveLook, saved(`photos/${app.solved.style}/look`))]));
  section.hidden = false;
  const command = renderCommand(app.layers.content.photo.name, app.amountsRecord());
  refill(section, element("h3", { textContent: TEXTS.save }), ...fields, buttons,
    element("p", { className: "help", textContent: TEXTS.command }), ...commandLine(command, app));
}
