// The commands that make what the page makes; and how results are written, which both say.
export const LOSSY = new Set(["jpeg", "webp", "avif", "heic", "jxl"]);
export const chosen = { format: "jpeg", depth: "keep", quality: "keep", metadata: "keep" };
const SUFFIXES = { jpeg: ".jpg", png: ".png", tiff: ".tif", webp: ".webp", avif: ".avif", heic: ".heic", jxl: ".jxl" };

const quoted = (text) => (/^[\w./:=,+-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`);
const stemOf = (name) => name.replace(/\.[^.]*$/, "");

// How results are written, as the studio takes it: a quality is left out where the format has none.
export function written() {
  const { quality, ...others } = chosen;
  return LOSSY.has(chosen.format) ? { ...others, quality } : others;
}

function writing() {
  const { format, ...others } = written();
  return Object.entries(others).filter(([, value]) => value !== "keep").map(([option, value]) => `--${option} ${value}`);
}

// Strength, luma and chroma, as the command line takes them.
export function amountsText(amounts) {
  const number = (value) => String(Number(value.toFixed(2)));
  return Object.entries(amounts).map(([kind, amount]) => {
    const { "*": all, ...named } = typeof amount === "number" ? { "*": amount } : amount;
    const parts = [number(all), ...Object.entries(named).map(([name, value]) => `${name}=${number(value)}`)];
    return `--${kind} ${quoted(parts.join(","))}`;
  }).join(" ");
}

// Method, options, pairs and what is left alone.
function solving({ method, options, pairs = {}, protect, ignore }) {
  const flag = (name) => `--${name.replaceAll("_", "-")}`;
  const one = ([name, value]) => {
    if (value === true) return flag(name);
    if (value === false) return flag(`no-${name}`);
    return [value].flat().map((each) => `${flag(name)} ${quoted(String(each))}`).join(" ");
  };
  return [...(method === "field" ? [] : [`--method ${quoted(method.replace(/^network:/, ""))}`]), ...Object.entries(options).map(one),
    ...Object.entries(pairs).map(([ours, theirs]) => `--pair ${quoted(`${ours}=${theirs}`)}`),
    ...(protect.length ? [`--protect ${quoted(protect.join(","))}`] : []), ...(ignore.length ? [`--ignore ${quoted(ignore.join(","))}`] : [])];
}

// Makes the picture that is saved, where photo and transform lie.
export function renderCommand(name, amounts) {
  const stem = stemOf(name);
  return ["photostyle render", quoted(name), quoted(`${stem}.safetensors`), amountsText(amounts), ...writing(),
    "-o", quoted(`${stem}-relit${SUFFIXES[chosen.format]}`)].join(" ");
}

// Makes what a batch makes of photos that have no masks by hand, in their folder. `style` is null where a network has its own.
export function batchCommand({ photos, style, asked, amounts, folder, overwrite, segmenter }) {
  return ["photostyle batch", ...photos.map(quoted), ...(style === null ? [] : ["-s", quoted(style)]), ...solving(asked), amountsText(amounts),
    ...(segmenter === null ? [] : ["--segmenter", quoted(segmenter)]), ...writing(), ...(overwrite ? ["--overwrite"] : []),
    "-o", quoted(`${folder}/{stem}${SUFFIXES[chosen.format]}`)].join(" ");
}
