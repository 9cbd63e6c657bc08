/**
 * The one WebGL2 context of a page.
 *
 * Browsers drop the oldest of more than about sixteen contexts, and a notebook shows many maps. All draw into
 * one canvas that is not shown, and each copies its picture into a 2D canvas of its own. Every widget
 * evaluates this text again, so the context hangs on the global object.
 */
const SLOT = Symbol.for("alviz.gl.1");

/** Return the page's context, opened at the first call; null where there is no WebGL2. */
export function sharedContext() {
  globalThis[SLOT] ??= openContext();
  return globalThis[SLOT];
}

function openContext() {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2", { antialias: false, depth: false, stencil: false });
  if (!gl) return null;
  const context = {
    canvas, gl, generation: 0, lost: 0, restored: 0, programs: new Map(), clients: new Set(),
  };
  canvas.addEventListener("webglcontextlost", event => {
    event.preventDefault(); // or it never comes back
    context.lost += 1;
  });
  canvas.addEventListener("webglcontextrestored", () => {
    context.restored += 1;
    context.generation += 1; // every buffer, texture and program of before is dead
    context.programs.clear();
    for (const redraw of context.clients) redraw();
  });
  return context;
}

/** Make the hidden canvas at least this large, in device pixels. */
export function reserveCanvas({ canvas }, width, height) {
  if (canvas.width < width) canvas.width = width;
  if (canvas.height < height) canvas.height = height;
}

/** Return `{ program, at }` of two shaders: built once per page, `at` holds the places of its uniforms. */
export function programOf(context, vertex, fragment, captured = []) {
  const key = vertex + fragment;
  if (!context.programs.has(key)) {
    context.programs.set(key, buildProgram(context.gl, vertex, fragment, captured));
  }
  return context.programs.get(key);
}

function buildProgram(gl, vertex, fragment, captured) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  if (captured.length) gl.transformFeedbackVaryings(program, captured, gl.SEPARATE_ATTRIBS);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = gl.getAttachedShaders(program).map(shader => gl.getShaderInfoLog(shader));
    throw new Error(`alviz: a shader was refused: ${[gl.getProgramInfoLog(program), ...logs].join("\n")}`);
  }
  const at = {};
  const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) ?? 0;
  for (let i = 0; i < count; i += 1) {
    const uniform = gl.getActiveUniform(program, i); // null where the context was lost just now
    if (uniform) at[uniform.name] = gl.getUniformLocation(program, uniform.name);
  }
  return { program, at };
}
