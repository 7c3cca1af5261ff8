/** Turns wheel, drag, pinch and keys on an element into moves of a camera; decides nothing about what they show. */

const WHEEL_RATE = 0.0016; // zoom per pixel of wheel, as a logarithm
const PINCH_RATE = 0.01; // the same for a trackpad's pinch, which browsers report as a wheel with Ctrl
const LINE = 16; // pixels of a wheel that counts in lines
const KEY_STEP = 60; // pixels; four times as many with Shift
const KEY_ZOOM = 1.25;

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * `onPan(dx, dy)`, `onZoom(factor, x, y)` with the place on the element (its middle when left out), `onFit()`.
 * Asked first: `onGrab(place, event)` may return what follows a press (`move`, `drop`, `cancel`; with `passes` the
 * camera moves as well), `onKey(event)` whether a key was for it.
 */
export function listen(element, { onPan, onZoom, onFit, onGrab, onKey }) {
  const pointers = new Map();
  let grip = null; // what the one pointer holds

  const place = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE);
      const { x, y } = place(event);
      onZoom(Math.exp(-pixels * (event.ctrlKey ? PINCH_RATE : WHEEL_RATE)), x, y);
    },
    { passive: false },
  );

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    grip?.cancel();
    grip = pointers.size === 1 ? onGrab(place(event), event) : null;
    element.dataset.held = "";
  });

  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    grip?.move(now);
    if (grip && !grip.passes) return;
    if (other) pinch(before, now, other);
    else onPan(now.x - before.x, now.y - before.y);
  });

  const release = (event) => {
    pointers.delete(event.pointerId);
    if (event.type === "pointerup") grip?.drop();
    else grip?.cancel();
    grip = null;
    if (!pointers.size) delete element.dataset.held;
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);

  /** One finger moves, the other rests: the middle between them moves half as far. */
  function pinch(before, now, other) {
    const spread = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    onPan((now.x - before.x) / 2, (now.y - before.y) / 2);
    onZoom(spread(now) / spread(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  element.addEventListener("keydown", (event) => {
    if (onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = KEY_STEP * (event.shiftKey ? 4 : 1);
    if (event.key in ARROWS) onPan(ARROWS[event.key][0] * far, ARROWS[event.key][1] * far);
    else if (event.key === "+" || event.key === "=") onZoom(KEY_ZOOM);
    else if (event.key === "-") onZoom(1 / KEY_ZOOM);
    else if (event.key === "0") onFit();
    else return;
    event.preventDefault();
  });
}
