/** The least that can draw the same: points by one program in one canvas; no words, no key, no tooltip. */
const VERTEX = `#version 300 es
layout(location = 0) in vec2 start;
layout(location = 1) in vec2 end;
layout(location = 2) in uint code;
uniform vec2 scale;
uniform float share, size;
uniform sampler2D palette;
flat out vec3 color;
void main() {
  color = texelFetch(palette, ivec2(code, 0), 0).rgb;
  gl_PointSize = size;
  gl_Position = vec4(mix(start, end, share) * scale, 0.0, 1.0);
}`;
const FRAGMENT = `#version 300 es
precision highp float;
uniform float size, alpha;
flat in vec3 color;
out vec4 painted;
void main() {
  float inside = clamp(0.5 * size - 0.5 - length(gl_PointCoord - 0.5) * size, 0.0, 1.0);
  painted = vec4(color, 1.0) * inside * alpha;
  if (painted.a == 0.0) discard;
}`;
const COLORS = [
  "4269d0", "efb118", "ff725c", "6cc5b0", "3ca951", "ff8ab7", "a463f2", "97bbf5", "9c6b4e", "9498a0",
];

function render({ model, el }) {
  const canvas = el.appendChild(document.createElement("canvas"));
  const [width, height] = model.get("size");
  Object.assign(canvas, { width, height, tabIndex: 0, className: "floor" });
  const gl = canvas.getContext("webgl2", { antialias: false, depth: false });
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const at = name => gl.getUniformLocation(program, name);
  const texels = COLORS.flatMap(color => [...color.match(/../g).map(part => Number.parseInt(part, 16)), 255]);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 10, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(texels));
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const [xy, codes, picks] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
  for (const place of [0, 1, 2]) gl.enableVertexAttribArray(place);
  const cycles = []; // {codes, picks, xy} that wait for a key
  let [count, picked, cycle, waiting, moving] = [0, 0, 0, 0, false];

  const draw = () => {
    waiting = 0;
    gl.clear(gl.COLOR_BUFFER_BIT);
    const [dot, alpha] = model.get("look");
    gl.uniform2f(at("scale"), (0.18 * height) / width, 0.18); // fills the canvas, as the others do
    gl.uniform1f(at("share"), 1);
    gl.uniform1f(at("size"), dot);
    gl.uniform1f(at("alpha"), alpha);
    gl.drawArrays(gl.POINTS, 0, count);
    gl.uniform1f(at("size"), 14);
    gl.uniform1f(at("alpha"), 1);
    gl.drawElements(gl.POINTS, picked, gl.UNSIGNED_INT, 0);
  };
  const place = array => {
    gl.bindBuffer(gl.ARRAY_BUFFER, xy);
    gl.bufferData(gl.ARRAY_BUFFER, array, gl.STATIC_DRAW);
    for (const end of [0, 1]) gl.vertexAttribPointer(end, 2, gl.FLOAT, false, 0, 0);
    count = array.byteLength / 8;
  };
  const show = given => {
    gl.bindBuffer(gl.ARRAY_BUFFER, codes);
    gl.bufferData(gl.ARRAY_BUFFER, given.codes, gl.DYNAMIC_DRAW);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_BYTE, 0, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, picks);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, given.picks, gl.DYNAMIC_DRAW);
    picked = given.picks.byteLength / 4;
  };
  const hear = (message, buffers) => {
    const [codes, picks, xy] = buffers;
    if (message.kind === "keep") cycles.push({ codes, picks, xy });
    else if (message.kind === "follow") [cycle, moving] = [0, message.moving];
    else {
      if (message.kind === "xy") place(buffers[0]);
      else show({ codes, picks });
      waiting ||= requestAnimationFrame(draw);
    }
  };
  canvas.addEventListener("keydown", event => {
    if (event.key !== "ArrowRight" || !cycles.length) return;
    event.stopPropagation();
    show(cycles[(cycle = (cycle + 1) % cycles.length)]);
    if (moving) place(cycles[cycle].xy);
    waiting ||= requestAnimationFrame(draw);
  });
  model.on("msg:custom", hear);
  model.send({ kind: "ready" });
  return () => gl.getExtension("WEBGL_lose_context").loseContext();
}
export default { render };
