// The field for one pixel, as photostyle/transforms/field/loops.py has it: sliced, mixed by amounts, added, rolled off.
export const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(4.0 * corner - 1.0, 0.0, 1.0); // one triangle that covers all
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
precision highp sampler2DArray;
precision highp usampler2DArray;

uniform sampler2D photo; // colours, and the guide as alpha
uniform usampler2DArray labels; // the regions of a pixel, four a layer, the largest first
uniform sampler2DArray weights; // how much of it each is
uniform sampler3D table0, table1, table2; // the rows of the transforms; regions are slabs, one behind the other
uniform ivec2 size; // of the tile
uniform vec2 corner, whole; // where it lies in the photo, in pixels
uniform vec3 nodes; // of each region: columns, rows, depth
uniform float slabs; // nodes of all regions in depth
uniform int layers;
uniform vec3 luma;
uniform float knee, edge;
uniform vec3 amounts[64]; // of each region: strength, luma, chroma
uniform bool marking, clipping, gamut; // marks in place of the picture
uniform vec3 white, black, outside;
out vec4 made;

vec3 change(ivec2 at, vec4 texel) {
  vec2 place = ((corner + vec2(at) + 0.5) / whole * (nodes.xy - 1.0) + 0.5) / nodes.xy;
  float tone = texel.a * (nodes.z - 1.0) + 0.5;
  vec4 colour = vec4(texel.rgb, 1.0);
  vec3 sum = vec3(0.0);
  for (int layer = 0; layer < layers; layer++) {
    uvec4 regions = texelFetch(labels, ivec3(at, layer), 0);
    vec4 shares = texelFetch(weights, ivec3(at, layer), 0);
    for (int slot = 0; slot < 4; slot++) {
      if (shares[slot] == 0.0) return sum;
      int region = int(regions[slot]);
      vec3 node = vec3(place, (float(region) * nodes.z + tone) / slabs);
      vec3 moved = vec3(dot(textureLod(table0, node, 0.0), colour), dot(textureLod(table1, node, 0.0), colour),
        dot(textureLod(table2, node, 0.0), colour));
      vec3 amount = amounts[region];
      float light = dot(luma, moved);
      sum += shares[slot] * amount.x * (amount.y * light + amount.z * (moved - light));
    }
  }
  return sum;
}

vec3 rolledOff(vec3 before, vec3 after) {
  bvec3 low = lessThan(after, vec3(1.0 - knee));
  vec3 start = mix(max(vec3(knee), before), min(vec3(1.0 - knee), before), low);
  vec3 room = mix(max(vec3(1.0), before) - start, start - min(vec3(0.0), before), low);
  vec3 side = mix(vec3(1.0), vec3(-1.0), low);
  vec3 over = (after - start) * side;
  bvec3 bent = greaterThan(over, vec3(0.0));
  if (!any(bent)) return after;
  vec3 bend = start + side * room * over * inversesqrt(max(room * room + over * over, 1e-30));
  vec3 kept = mix(after, bend, bent);
  float grey = dot(luma, kept);
  vec3 colour = after - dot(luma, after);
  float scale = 1.0;
  for (int k = 0; k < 3; k++) {
    if (kept[k] != after[k] && colour[k] != 0.0) scale = min(scale, max((kept[k] - grey) / colour[k], 0.0));
  }
  vec3 value = 0.5 * (kept + grey + scale * colour);
  return clamp(value, min(vec3(0.0), before), max(vec3(1.0), before));
}

vec4 marks(vec3 after) {
  float rounding = 1.0 - edge;
  vec4 mark = vec4(0.0);
  if (clipping && any(lessThanEqual(after, vec3(rounding)))) mark = vec4(black, 1.0);
  if (clipping && any(greaterThanEqual(after, vec3(edge)))) mark = vec4(white, 1.0);
  bool far = any(lessThan(after, vec3(-rounding))) || any(greaterThan(after, vec3(1.0 + rounding)));
  if (gamut && far) mark = vec4(outside, 1.0);
  return mark;
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.x, float(size.y) - gl_FragCoord.y);
  vec4 texel = texelFetch(photo, at, 0);
  vec3 after = rolledOff(texel.rgb, texel.rgb + change(at, texel));
  made = marking ? marks(after) : vec4(after, 1.0);
}`;
