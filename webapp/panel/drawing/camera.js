/** Where one looks at the plane from: plain numbers, so that panning and zooming can be reasoned about. */

export const MIN_SCALE = 0.05;
export const MAX_SCALE = 6;

/** A point of the plane `(x, y)` appears on the screen at `(x * scale + left, y * scale + top)`. */
export const START = { scale: 1, left: 0, top: 0 };

export const moved = (camera, dx, dy) => ({ ...camera, left: camera.left + dx, top: camera.top + dy });

/** Zoom by a factor; the point of the plane under `(x, y)` on the screen stays there. */
export function zoomed(camera, factor, x, y) {
  const scale = clamp(camera.scale * factor);
  const real = scale / camera.scale;
  return { scale, left: x - (x - camera.left) * real, top: y - (y - camera.top) * real };
}

/** Show the whole box in the free part of a screen, `{ x, y, w, h }` in pixels, never larger than `largest`. */
export function fitted(box, free, { largest = 1.25 } = {}) {
  const scale = clamp(Math.min(free.w / Math.max(1, box.w), free.h / Math.max(1, box.h), largest));
  return {
    scale,
    left: free.x + (free.w - box.w * scale) / 2 - box.x * scale,
    top: free.y + (free.h - box.h * scale) / 2 - box.y * scale,
  };
}

/** Return the camera `share` of the way to another; zoom grows evenly to the eye. */
export function cameraBetween(from, to, share) {
  if (share >= 1) return to;
  const scale = from.scale * (to.scale / from.scale) ** share;
  const mix = (a, b) => a + (b - a) * share;
  return { scale, left: mix(from.left, to.left), top: mix(from.top, to.top) };
}

const clamp = (scale) => Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
