/**
 * Watches what a page draws and is sent, the same way for every library; runs before the page's own code.
 *
 * A frame opens with its first draw call and is read back, one pixel of every canvas that it touched, in the
 * animation frame after: reading waits until everything before it is drawn.
 */
(() => {
  const POINTS = 0;
  const frames = []; // {first, last, painted: milliseconds of performance.now(); points; calls}
  const traffic = { received: 0, sent: 0, messages: 0 };
  const inputs = {}; // when the page was last given one, by type
  const drawn = new Set();
  const copied = new Set();
  let open = null;
  let touched = 0;

  function submit(gl, points) {
    drawn.add(gl);
    touched = performance.now();
    if (!open) {
      open = { first: touched, last: touched, painted: null, points: 0, calls: 0 };
      requestAnimationFrame(close);
    }
    open.last = touched;
    open.points += points;
    open.calls += 1;
  }

  function close() {
    for (const gl of drawn) readDrawing(gl);
    for (const context of copied) context.getImageData(0, 0, 1, 1);
    drawn.clear();
    copied.clear();
    open.painted = performance.now();
    frames.push(open);
    open = null;
  }

  function readDrawing(gl) {
    const bound = gl.getParameter(gl.FRAMEBUFFER_BINDING);
    if (bound) gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    if (bound) gl.bindFramebuffer(gl.FRAMEBUFFER, bound);
  }

  function watch(prototype, name, seen) {
    const original = prototype[name];
    if (!original) return;
    prototype[name] = function (...given) {
      const result = original.apply(this, given);
      seen(this, ...given);
      return result;
    };
  }

  const count = (mode, points) => (mode === POINTS ? points : 0);
  for (const { prototype } of [WebGLRenderingContext, WebGL2RenderingContext]) {
    watch(prototype, "drawArrays", (gl, mode, _, points) => submit(gl, count(mode, points)));
    watch(prototype, "drawElements", (gl, mode, points) => submit(gl, count(mode, points)));
  }
  watch(CanvasRenderingContext2D.prototype, "drawImage", (context, image) => {
    if (image instanceof HTMLCanvasElement || image instanceof OffscreenCanvas) copied.add(context);
  });

  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        traffic.received += data.byteLength ?? data.size ?? data.length;
        traffic.messages += 1;
      });
    }

    send(data) {
      traffic.sent += data.byteLength ?? data.size ?? data.length;
      super.send(data);
    }
  };

  for (const type of ["keydown", "pointerup", "mouseup"]) {
    window.addEventListener(type, event => (inputs[type] = event.timeStamp), { capture: true });
  }

  window.probe = {
    frames,
    inputs,
    traffic: () => ({ ...traffic }),
    now: () => performance.now(),
    /** The page's time of a moment that another process read from this machine's clock, in milliseconds. */
    timeOf: epoch => epoch - (Date.now() - performance.now()),
    /**
     * Wait until `points` points were drawn after `begin` and nothing for `quiet` milliseconds since. Returns
     * all frames that drew as many: milliseconds from `begin` to the last draw call, and to the painted frame.
     */
    async settled(begin, points, quiet, limit) {
      const whole = () => frames.filter(frame => frame.last > begin && frame.points >= points);
      const deadline = performance.now() + limit;
      while (!whole().length || open || performance.now() - touched < quiet) {
        if (performance.now() > deadline) {
          const seen = JSON.stringify(frames.slice(-3));
          throw new Error(`nothing whole was drawn in ${limit} ms: ${seen}`);
        }
        await new Promise(resolve => setTimeout(resolve, 20));
      }
      return whole().map(({ last, painted, calls }) => ({
        submitted: last - begin,
        painted: painted - begin,
        calls,
      }));
    },
  };
})();
