// Histograms of what is shown, before and after: red, green, blue, and luma as a line.
import { element } from "./dom.js";
import { TEXTS } from "./texts.js";

const MOST = 480; // pixels of the long side that are counted
const [WIDTH, HEIGHT] = [256, 72];
const LUMA = [0.299, 0.587, 0.114];
const COLOURS = ["#f00", "#0f0", "#00f"];

const PAUSE = 120; // milliseconds between two counts, so that a slider's picture does not wait for them

let counting; // a canvas
let waiting = false; // whether a count is due

// How often each code of 8 bit is there in red, green, blue and luma; and the percentages of pixels at white and at black.
export function count(picture) {
  const scale = Math.min(1, MOST / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  if (counting?.width !== width || counting.height !== height) counting = new OffscreenCanvas(width, height);
  const context = counting.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false; // of the pixels as they are, some
  context.drawImage(picture, 0, 0, width, height);
  const codes = context.getImageData(0, 0, width, height).data;
  const counts = [0, 1, 2, 3].map(() => new Uint32Array(256));
  let [white, black] = [0, 0];
  for (let at = 0; at < codes.length; at += 4) {
    const [red, green, blue] = [codes[at], codes[at + 1], codes[at + 2]];
    counts[0][red]++;
    counts[1][green]++;
    counts[2][blue]++;
    counts[3][Math.round(LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)]++;
    if (red === 255 || green === 255 || blue === 255) white++;
    if (red === 0 || green === 0 || blue === 0) black++;
  }
  const percent = 400 / codes.length;
  return { counts, white: white * percent, black: black * percent };
}

export function showHistogramSoon(section, result) {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    showHistogram(section, result);
  }, PAUSE);
}

function showHistogram(section, result) {
  if (!result.whole) return;
  if (!section.firstChild) {
    section.append(element("h3", { textContent: TEXTS.histogram }), ...Object.keys(TEXTS.histogramOf).map((name) =>
      element("figure", { className: name }, element("canvas", { width: WIDTH, height: HEIGHT, role: "img" }), element("figcaption"))));
  }
  section.hidden = false;
  for (const [name, text] of Object.entries(TEXTS.histogramOf)) {
    const picture = result[name];
    const canvas = section.querySelector(`.${name} canvas`);
    if (!picture || canvas.shown === picture) continue;
    canvas.shown = picture;
    const { counts, white, black } = count(picture);
    draw(canvas, counts);
    const line = `${text}: ${TEXTS.atEnds(white, black)}`;
    canvas.setAttribute("aria-label", line);
    section.querySelector(`.${name} figcaption`).textContent = line;
  }
}

function draw(canvas, counts) {
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "source-over";
  context.fillStyle = "#181818";
  context.fillRect(0, 0, WIDTH, HEIGHT);
  const inner = counts.flatMap((each) => [...each.subarray(1, 255)]).sort((a, b) => a - b);
  const most = Math.max(1, inner[Math.floor(inner.length * 0.995)]); // single peaks may stand out
  const path = (values) => {
    context.beginPath();
    values.forEach((value, code) => context.lineTo(code + 0.5, HEIGHT - Math.min(1, value / most) * (HEIGHT - 4)));
  };
  context.globalCompositeOperation = "lighter";
  COLOURS.forEach((colour, channel) => {
    path(counts[channel]);
    context.lineTo(WIDTH, HEIGHT);
    context.lineTo(0, HEIGHT);
    context.fillStyle = `${colour}9`;
    context.fill();
  });
  context.globalCompositeOperation = "source-over";
  path(counts[3]);
  context.strokeStyle = "#fff";
  context.stroke();
}
