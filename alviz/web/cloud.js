import { programOf, reserveCanvas } from "./context.js";
import { CLOUD_VERTEX, DOT_FRAGMENT, FREEZE_FRAGMENT, FREEZE_VERTEX, RING_FRAGMENT } from "./programs.js";
import { MARK_FRAGMENT, MARK_VERTEX } from "./programs.js";

const KEPT_LAYOUTS = 128 * 2 ** 20; // bytes of layouts that stay in graphics memory
const START = 0; // places of attributes
const END = 1;
const STATUS = 2;
const CODE = 3;

/**
 * One map's share of the page's WebGL2 context: its buffers and its palette.
 *
 * Typed arrays go in and are compared by identity: a layout is uploaded once, and stays while there is room;
 * a status or color column is uploaded when another one is shown. After a lost context everything is uploaded
 * again.
 */
export class Cloud {
  submitted = 0; // draw calls
  #context;
  #gl;
  #generation = -1;
  #layouts; // xy -> {buffer, capacity, bytes}, the last one used last
  #status;
  #codes;
  #labeled;
  #marks;
  #texture;
  #texels;
  #array;
  #frozen; // two buffers that take turns
  #turn = 0;

  constructor(context) {
    this.#context = context;
    this.#gl = context.gl;
  }

  /** Draw one frame into the context's canvas, lower left corner; false while the context is lost. */
  draw(frame) {
    const gl = this.#gl;
    if (gl.isContextLost()) return false;
    if (this.#generation !== this.#context.generation) this.#begin();
    const [width, height] = frame.size.map(length => Math.round(length * frame.ratio));
    reserveCanvas(this.#context, width, height);
    gl.bindVertexArray(this.#array);
    gl.viewport(0, 0, width, height);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#setPalette(frame.texels);
    const count = frame.motion.end.xy ? Math.min(frame.count, frame.motion.end.xy.length >> 1) : 0;
    if (count) this.#drawPoints(frame, count);
    if (frame.marks.count) this.#drawMarks(frame);
    gl.bindVertexArray(null);
    return true;
  }

  /** Free what this map holds. */
  release() {
    const gl = this.#gl;
    if (this.#generation !== this.#context.generation || gl.isContextLost()) return;
    for (const { buffer } of this.#layouts.values()) gl.deleteBuffer(buffer);
    for (const { buffer } of [this.#status, this.#codes, ...this.#frozen]) gl.deleteBuffer(buffer);
    gl.deleteBuffer(this.#labeled.buffer);
    gl.deleteBuffer(this.#marks);
    gl.deleteTexture(this.#texture);
    gl.deleteVertexArray(this.#array);
    this.#generation = -1;
  }

  #begin() {
    const gl = this.#gl;
    this.#generation = this.#context.generation;
    this.#layouts = new Map();
    this.#status = { buffer: gl.createBuffer(), capacity: 0, shown: undefined, count: 0 };
    this.#codes = { buffer: gl.createBuffer(), capacity: 0, shown: undefined, count: 0 };
    this.#labeled = { buffer: gl.createBuffer(), shown: undefined };
    this.#marks = gl.createBuffer();
    this.#frozen = [0, 1].map(() => ({ buffer: gl.createBuffer(), of: null, count: 0 }));
    this.#texture = gl.createTexture();
    this.#texels = undefined;
    this.#array = gl.createVertexArray();
  }

  #drawPoints(frame, count) {
    const gl = this.#gl;
    const start = this.#bufferOf(frame.motion.share < 1 ? frame.motion.start : frame.motion.end, frame.count);
    const end = this.#bufferOf(frame.motion.end, frame.count);
    this.#setEnds(start, end);
    this.#setColumn(STATUS, this.#status, frame.status, frame.count, 0);
    this.#setColumn(CODE, this.#codes, frame.codes, frame.count, 255);
    this.#usePoints(frame, DOT_FRAGMENT, frame.look.dot, 0);
    this.#submit(() => gl.drawArrays(gl.POINTS, 0, count));
    const labeled = this.#setLabeled(frame.labeled, count);
    if (!labeled) return;
    this.#usePoints(frame, RING_FRAGMENT, frame.look.ring, 1);
    this.#submit(() => gl.drawElements(gl.POINTS, labeled, gl.UNSIGNED_INT, 0));
  }

  /** Draw points of one status next, by a program with this fragment shader. */
  #usePoints({ motion, size, ratio, veil }, fragment, { radius, stroke = 0, alpha = 1 }, wanted) {
    const gl = this.#gl;
    const { program, at } = programOf(this.#context, CLOUD_VERTEX, fragment);
    gl.useProgram(program);
    this.#setMotion(at, motion.start, motion.end, motion.share, size);
    gl.uniform1i(at.palette, 0);
    gl.uniform1ui(at.wanted, wanted);
    gl.uniform1f(at.points, 2 * (radius + stroke / 2) * ratio + 2);
    gl.uniform1f(at.radius, radius * ratio);
    gl.uniform1f(at.stroke, stroke * ratio);
    gl.uniform1f(at.alpha, alpha);
    gl.uniform4fv(at.veil, veil);
  }

  #drawMarks(frame) {
    const gl = this.#gl;
    const { program, at } = programOf(this.#context, MARK_VERTEX, MARK_FRAGMENT);
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#marks);
    gl.bufferData(gl.ARRAY_BUFFER, frame.marks.bytes, gl.STREAM_DRAW);
    for (const [place, count, offset] of [[0, 2, 0], [1, 1, 8]]) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, count, gl.FLOAT, false, 16, offset);
    }
    gl.enableVertexAttribArray(2);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_INT, 16, 12);
    gl.disableVertexAttribArray(CODE);
    gl.uniform2fv(at.size, frame.size);
    gl.uniform1f(at.ratio, frame.ratio);
    gl.uniform3fv(at.ink, frame.ink);
    gl.uniform4fv(at.veil, frame.veil);
    gl.uniform1i(at.palette, 0);
    this.#submit(() => gl.drawArrays(gl.POINTS, 0, frame.marks.count));
  }

  #submit(call) {
    call();
    this.submitted += 1;
  }

  #setMotion(at, start, end, share, size) {
    const gl = this.#gl;
    gl.uniform3f(at.startCamera, start.camera.x, start.camera.y, start.camera.scale);
    gl.uniform3f(at.endCamera, end.camera.x, end.camera.y, end.camera.scale);
    gl.uniform1f(at.share, share);
    gl.uniform2fv(at.size, size);
  }

  #setEnds(start, end) {
    const gl = this.#gl;
    for (const [place, buffer] of [[START, start], [END, end]]) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
    }
  }

  /** One integer per point; points past the end of `array` get `rest` (all bits set for two bytes). */
  #setColumn(place, slot, array, count, rest) {
    const gl = this.#gl;
    if (!array) {
      gl.disableVertexAttribArray(place);
      gl.vertexAttribI4ui(place, rest, 0, 0, 0);
      return;
    }
    const width = array.BYTES_PER_ELEMENT;
    gl.bindBuffer(gl.ARRAY_BUFFER, slot.buffer);
    if (slot.capacity < count * width) {
      gl.bufferData(gl.ARRAY_BUFFER, count * width, gl.DYNAMIC_DRAW);
      slot.capacity = count * width;
      slot.shown = undefined;
    }
    if (slot.shown !== array || slot.count !== count) {
      const there = Math.min(array.length, count);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, array, 0, there);
      if (there < count) {
        const tail = new array.constructor(count - there).fill(rest && -1);
        gl.bufferSubData(gl.ARRAY_BUFFER, there * width, tail);
      }
      slot.shown = array;
      slot.count = count;
    }
    gl.enableVertexAttribArray(place);
    gl.vertexAttribIPointer(place, 1, width === 2 ? gl.UNSIGNED_SHORT : gl.UNSIGNED_BYTE, 0, 0);
  }

  /** Bind the indices of labeled points; returns how many of them are among the first `count` points. */
  #setLabeled(labeled, count) {
    const gl = this.#gl;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#labeled.buffer);
    if (!labeled) return 0;
    if (this.#labeled.shown !== labeled) {
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, labeled, gl.DYNAMIC_DRAW);
      this.#labeled.shown = labeled;
    }
    let used = labeled.length;
    while (used && labeled[used - 1] >= count) used -= 1;
    return used;
  }

  #setPalette(texels) {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    if (this.#texels === texels) return;
    const height = texels.length / 1024;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.#texels = texels;
  }

  /** The buffer of one end of a move, for `count` points. */
  #bufferOf(stand, count) {
    if (stand.xy) return this.#layoutBuffer(stand.xy, count);
    return stand.frozen ? this.#frozenBuffer(stand, count) : this.#layoutBuffer(NOWHERE_AT_ALL, count);
  }

  #layoutBuffer(xy, count) {
    const gl = this.#gl;
    let layout = this.#layouts.get(xy);
    this.#layouts.delete(xy);
    if (!layout || layout.capacity < count) {
      if (layout) gl.deleteBuffer(layout.buffer);
      layout = { buffer: gl.createBuffer(), capacity: count };
      gl.bindBuffer(gl.ARRAY_BUFFER, layout.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, 8 * count, gl.STATIC_DRAW);
      const there = Math.min(xy.length, 2 * count);
      if (there) gl.bufferSubData(gl.ARRAY_BUFFER, 0, xy, 0, there);
      const rest = new Float32Array(2 * count - there).fill(NaN);
      if (rest.length) gl.bufferSubData(gl.ARRAY_BUFFER, 4 * there, rest);
    }
    this.#layouts.set(xy, layout);
    this.#forget(xy);
    return layout.buffer;
  }

  #forget(used) {
    let bytes = 0;
    for (const { capacity } of this.#layouts.values()) bytes += 8 * capacity;
    for (const [xy, { buffer, capacity }] of this.#layouts) {
      if (bytes <= KEPT_LAYOUTS || this.#layouts.size <= 2) return;
      if (xy === used) continue;
      this.#gl.deleteBuffer(buffer);
      this.#layouts.delete(xy);
      bytes -= 8 * capacity;
    }
  }

  /** Where points were when a move was interrupted: found on the graphics card, once per move. */
  #frozenBuffer(stand, count) {
    const known = this.#frozen.find(({ of, count: had }) => of === stand.frozen && had >= count);
    if (known) return known.buffer;
    const gl = this.#gl;
    const { start, end, share, size } = stand.frozen;
    const from = this.#bufferOf(start, count);
    const to = this.#bufferOf(end, count);
    this.#turn = this.#frozen[this.#turn].buffer === from ? 1 - this.#turn : this.#turn;
    const slot = this.#frozen[this.#turn];
    if (slot.count < count) {
      gl.bindBuffer(gl.ARRAY_BUFFER, slot.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, 8 * count, gl.DYNAMIC_COPY);
      gl.bindBuffer(gl.ARRAY_BUFFER, null);
    }
    const { program, at } = programOf(this.#context, FREEZE_VERTEX, FREEZE_FRAGMENT, ["frozen"]);
    gl.useProgram(program);
    this.#setEnds(from, to);
    gl.disableVertexAttribArray(STATUS);
    gl.disableVertexAttribArray(CODE);
    this.#setMotion(at, start, end, share, size);
    gl.bindBuffer(gl.ARRAY_BUFFER, null);
    gl.bindBufferBase(gl.TRANSFORM_FEEDBACK_BUFFER, 0, slot.buffer);
    gl.enable(gl.RASTERIZER_DISCARD);
    gl.beginTransformFeedback(gl.POINTS);
    this.#submit(() => gl.drawArrays(gl.POINTS, 0, count));
    gl.endTransformFeedback();
    gl.disable(gl.RASTERIZER_DISCARD);
    gl.bindBufferBase(gl.TRANSFORM_FEEDBACK_BUFFER, 0, null);
    Object.assign(slot, { of: stand.frozen, count: Math.max(slot.count, count) });
    return slot.buffer;
  }
}

const NOWHERE_AT_ALL = new Float32Array(0);
