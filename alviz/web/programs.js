/** The shaders. Screen places are CSS pixels, y down; a camera is (x, y, CSS pixels per unit of a layout). */
import { SHAPE_DISTANCE } from "./shapes.js";

const MOVING = `#version 300 es
precision highp float;
precision highp int;
layout(location = 0) in vec2 start;
layout(location = 1) in vec2 end;
uniform vec3 startCamera;
uniform vec3 endCamera;
uniform vec2 size;
uniform float share;
bool placed(vec2 p) { // by its bits: compilers may assume that NaN does not exist
  uvec2 bits = floatBitsToUint(p) & 0x7f800000u;
  return bits.x != 0x7f800000u && bits.y != 0x7f800000u;
}
vec2 seen(vec2 p, vec3 camera) { return size * 0.5 + (p - camera.xy) * vec2(camera.z, -camera.z); }
vec2 place() {
  vec2 goal = seen(end, endCamera);
  return share < 1.0 && placed(start) ? mix(seen(start, startCamera), goal, share) : goal;
}
vec4 clip(vec2 p) { return vec4(p.x / size.x * 2.0 - 1.0, 1.0 - p.y / size.y * 2.0, 0.0, 1.0); }
const vec4 NOWHERE = vec4(2.0, 2.0, 0.0, 1.0);
`;

/** All points: those whose status is `wanted` and whose color is not transparent. */
export const CLOUD_VERTEX = `${MOVING}
layout(location = 2) in uint status;
layout(location = 3) in uint code;
uniform uint wanted;
uniform float points; // size in device pixels
uniform sampler2D palette;
flat out vec3 color;
void main() {
  gl_PointSize = points;
  gl_Position = NOWHERE;
  if (status != wanted || !placed(end)) return;
  vec4 entry = texelFetch(palette, ivec2(code & 255u, code >> 8), 0);
  color = entry.rgb;
  if (entry.a > 0.0) gl_Position = clip(place());
}`;

/** A disc. A program of its own: a branch for rings costs a sixth of a frame without a graphics card. */
export const DOT_FRAGMENT = `#version 300 es
precision highp float;
uniform float points;
uniform float radius; // device pixels
uniform float alpha;
flat in vec3 color;
out vec4 painted;
void main() {
  float away = length(gl_PointCoord - 0.5) * points - radius;
  painted = vec4(color, 1.0) * (clamp(0.5 - away, 0.0, 1.0) * alpha);
  if (painted.a == 0.0) discard;
}`;

/** A ring with a veil of the ground inside. */
export const RING_FRAGMENT = `#version 300 es
precision highp float;
uniform float points;
uniform float radius; // device pixels
uniform float stroke;
uniform vec4 veil;
flat in vec3 color;
out vec4 painted;
void main() {
  float away = length(gl_PointCoord - 0.5) * points - radius;
  float inside = clamp(0.5 - away, 0.0, 1.0);
  float line = clamp(0.5 + stroke * 0.5 - abs(away), 0.0, 1.0);
  painted = veil * inside * (1.0 - line) + vec4(color, 1.0) * line;
  if (painted.a == 0.0) discard;
}`;

/** Where points are now, in the layout coordinates of the camera they move to. */
export const FREEZE_VERTEX = `${MOVING}
out vec2 frozen;
void main() {
  vec2 now = (place() - size * 0.5) / vec2(endCamera.z, -endCamera.z) + endCamera.xy;
  frozen = placed(end) ? now : end;
  gl_Position = NOWHERE;
}`;
export const FREEZE_FRAGMENT = `#version 300 es
precision lowp float;
out vec4 painted;
void main() { painted = vec4(0.0); }`;

/** Marks stand at screen places; kind packs code (16 bits), shape (8), filled, dotted, plain, open. */
export const MARK_VERTEX = `#version 300 es
precision highp float;
precision highp int;
layout(location = 0) in vec2 place;
layout(location = 1) in float radius; // CSS pixels
layout(location = 2) in uint kind;
uniform vec2 size;
uniform float ratio;
uniform sampler2D palette;
uniform vec3 ink;
flat out vec3 color;
flat out vec2 extent; // device pixels: size of the sprite, radius
flat out int shape;
flat out uint style;
void main() {
  uint code = kind & 65535u;
  shape = int((kind >> 16) & 255u);
  style = kind >> 24;
  vec4 entry = (style & 4u) != 0u ? vec4(ink, 1.0) : texelFetch(palette, ivec2(code & 255u, code >> 8), 0);
  color = entry.rgb;
  extent = vec2((radius * 1.2 + 3.0) * 2.0, radius) * ratio;
  gl_PointSize = extent.x;
  gl_Position = entry.a > 0.0
    ? vec4(place.x / size.x * 2.0 - 1.0, 1.0 - place.y / size.y * 2.0, 0.0, 1.0) : vec4(2.0, 2.0, 0.0, 1.0);
}`;
export const MARK_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform float ratio;
uniform vec3 ink;
uniform vec4 veil;
flat in vec3 color;
flat in vec2 extent;
flat in int shape;
flat in uint style;
out vec4 painted;
${SHAPE_DISTANCE}
void main() {
  vec2 p = (gl_PointCoord - 0.5) * extent.x / ratio; // CSS pixels
  float away = shapeDistance(shape, p, extent.y / ratio);
  float inside = clamp(0.5 - away * ratio, 0.0, 1.0);
  float half_line = (style & 1u) != 0u ? 0.75 : 0.85;
  float line = clamp(0.5 - (abs(away) - half_line) * ratio, 0.0, 1.0);
  if ((style & 2u) != 0u) line = max(line, clamp(0.5 - (length(p) - 1.5) * ratio, 0.0, 1.0));
  if ((style & 4u) != 0u) painted = vec4(color, 1.0) * inside * 0.75;
  else if ((style & 1u) != 0u) painted = vec4(color, 1.0) * inside * (1.0 - line) + vec4(ink, 1.0) * line;
  else painted = veil * ((style & 8u) != 0u ? 0.0 : inside) * (1.0 - line) + vec4(color, 1.0) * line;
  if (painted.a == 0.0) discard;
}`;
