// The result drawn by the graphics card: what the studio sends once is evaluated anew for each picture, so that sliders act at once.
import * as api from "./api.js";
import { FRAGMENT, VERTEX } from "./shader.js";

const NAMES = ["photo", "labels", "weights", "table0", "table1", "table2"]; // of the textures, in the order of their units
const asked = new URLSearchParams(location.search).get("webgl"); // 0: never; 1: by a slow, emulated card too

// Whether there is no card behind it: the studio's own loops are quicker then.
function isEmulated(gl) {
  const facts = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(gl.getParameter(facts ? facts.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

export class Live {
  // null where there is no WebGL2.
  static open(lost) {
    if (asked === "0") return null;
    const canvas = new OffscreenCanvas(1, 1);
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false, failIfMajorPerformanceCaveat: asked !== "1" });
    if (!gl || (asked !== "1" && isEmulated(gl))) return null;
    canvas.addEventListener("webglcontextlost", lost);
    try {
      return new Live(canvas, gl);
    } catch (error) {
      console.warn(error); // a card that does not take the shader
      return null;
    }
  }

  constructor(canvas, gl) {
    this.canvas = canvas;
    this.gl = gl;
    this.most = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE);
    this.exact = Boolean(gl.getExtension("OES_texture_float_linear"));
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.place = (name) => gl.getUniformLocation(program, name);
    NAMES.forEach((name, unit) => gl.uniform1i(this.place(name), unit));
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  // A tile: the whole photo within a side, or a box of it. null where only the studio can draw it.
  async tile(transform, place) {
    const query = place.box ? { box: place.box.join(",") } : place;
    const bytes = await api.bytes(`transforms/${transform}/field?${new URLSearchParams(query)}`);
    if (!bytes) return null;
    const length = new DataView(bytes).getUint32(0, true);
    const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
    if (facts.regions.length * facts.nodes[2] > this.most) return null;
    return new LiveTile(this, facts, bytes, 4 + length);
  }
}

const amountOf = (amount, name) =>
  typeof amount === "number" ? amount : Object.hasOwn(amount, name) ? amount[name] : amount["*"];

class LiveTile {
  constructor(live, facts, bytes, start) {
    this.live = live;
    this.facts = facts;
    const { gl } = live;
    const { width, height, layers } = facts;
    const [columns, rows, depth] = facts.nodes;
    const slabs = depth * facts.regions.length;
    const take = (Kind, count) => {
      const part = new Kind(bytes, start, count);
      start += part.byteLength;
      return part;
    };
    const tables = [0, 1, 2].map(() => take(Float32Array, 4 * slabs * rows * columns));
    const photo = take(Uint16Array, 4 * width * height);
    const labels = take(Uint8Array, 4 * layers * width * height);
    const weights = take(Uint8Array, 4 * layers * width * height);
    const flat = this.texture(gl.TEXTURE_2D, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16F, width, height, 0, gl.RGBA, gl.HALF_FLOAT, photo);
    const array = (format, layout, data) => {
      const made = this.texture(gl.TEXTURE_2D_ARRAY, gl.NEAREST);
      gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, format, width, height, layers, 0, layout, gl.UNSIGNED_BYTE, data);
      return made;
    };
    const solid = (data) => {
      const made = this.texture(gl.TEXTURE_3D, gl.LINEAR);
      gl.texImage3D(gl.TEXTURE_3D, 0, live.exact ? gl.RGBA32F : gl.RGBA16F, columns, rows, slabs, 0, gl.RGBA, gl.FLOAT, data);
      return made;
    };
    this.textures = [flat, array(gl.RGBA8UI, gl.RGBA_INTEGER, labels), array(gl.RGBA8, gl.RGBA, weights), ...tables.map(solid)];
  }

  texture(target, filter) {
    const { gl } = this.live;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(target, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(target, name, filter);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(target, name, gl.CLAMP_TO_EDGE);
    return { target, texture };
  }

  free() { for (const { texture } of this.textures) this.live.gl.deleteTexture(texture); }

  // The picture, as an ImageBitmap.
  draw(amounts) { return this.made(amounts, null); }

  // The marks on it.
  marks(amounts, kinds) { return this.made(amounts, kinds); }

  made(amounts, marks) {
    const { live: { gl, canvas, place }, facts } = this;
    const { width, height } = facts;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    gl.viewport(0, 0, width, height);
    this.textures.forEach(({ target, texture }, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(target, texture);
    });
    gl.uniform2i(place("size"), width, height);
    gl.uniform2f(place("corner"), ...facts.corner);
    gl.uniform2f(place("whole"), ...facts.whole);
    gl.uniform3f(place("nodes"), ...facts.nodes);
    gl.uniform1f(place("slabs"), facts.nodes[2] * facts.regions.length);
    gl.uniform1i(place("layers"), facts.layers);
    gl.uniform3f(place("luma"), ...facts.luma);
    gl.uniform1f(place("knee"), facts.knee);
    gl.uniform1f(place("edge"), facts.edge);
    gl.uniform3fv(place("amounts"), facts.regions.flatMap((name) =>
      ["strength", "luma", "chroma"].map((kind) => amountOf(amounts[kind], name))));
    gl.uniform1i(place("marking"), marks !== null);
    gl.uniform1i(place("clipping"), Boolean(marks?.clipping));
    gl.uniform1i(place("gamut"), Boolean(marks?.gamut));
    for (const [name, colour] of Object.entries(facts.marks)) gl.uniform3f(place(name), ...colour.map((code) => code / 255));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return canvas.transferToImageBitmap();
  }
}
