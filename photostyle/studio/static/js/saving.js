// Save: the result at full size, the transform, the look of the style; and the command that makes the same.
import * as api from "./api.js";
import { button, choice, element, refill } from "./dom.js";
import { TEXTS } from "./texts.js";

const FORMATS = { jpeg: "JPEG", png: "PNG", tiff: "TIFF", webp: "WebP", avif: "AVIF", heic: "HEIC", jxl: "JPEG XL" };
const LOSSY = new Set(["jpeg", "webp", "avif", "heic", "jxl"]);
export const chosen = { format: "jpeg", depth: "keep", quality: "keep", metadata: "keep" };

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
    button(TEXTS.saveLook, saved(`photos/${app.solved.style}/look`)));
  section.hidden = false;
  const code = element("code", { textContent: command(app.layers.content.photo.name, app.amounts.text()) });
  const copy = button(TEXTS.copy, () => app.try(async () => {
    await navigator.clipboard.writeText(code.textContent);
    app.say(TEXTS.copied);
  }));
  refill(section, element("h3", { textContent: TEXTS.save }), ...fields, buttons,
    element("p", {}, TEXTS.command, " ", copy), code);
}

// How it is written: a quality is left out where the format has none.
function written() {
  const { quality, ...others } = chosen;
  return LOSSY.has(chosen.format) ? { ...others, quality } : others;
}

const SUFFIXES = { jpeg: ".jpg", png: ".png", tiff: ".tif", webp: ".webp", avif: ".avif", heic: ".heic", jxl: ".jxl" };

// The command that makes the picture that is saved, where photo and transform lie.
export function command(name, amounts) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const stem = name.replace(/\.[^.]*$/, "");
  const options = ["depth", "quality", "metadata"].filter((option) => chosen[option] !== "keep" && (option !== "quality" || LOSSY.has(chosen.format)));
  const wanted = options.map((option) => `--${option} ${chosen[option]}`);
  return ["photostyle render", quoted(name), quoted(`${stem}.safetensors`), amounts, ...wanted,
    "-o", quoted(`${stem}-relit${SUFFIXES[chosen.format]}`)].join(" ");
}
