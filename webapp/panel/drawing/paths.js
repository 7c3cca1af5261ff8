/** Paths of SVG from points, and the distances and directions between them. */

import { short } from "./values.js";

export const path = (points) => `M${points.map(([x, y]) => `${short(x)} ${short(y)}`).join("L")}`;
export const polygon = (points) => `${path(points)}Z`;
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** A path through the points whose bends are curves that begin `radius` before the corner. */
export function roundedPath(points, radius) {
  if (radius <= 0 || points.length < 3) return path(points);
  const bends = points.slice(1, -1).map((corner, i) => {
    const [start, end] = [towards(corner, points[i], radius), towards(corner, points[i + 2], radius)];
    return `L${short(start[0])} ${short(start[1])}Q${[...corner, ...end].map(short).join(" ")}`;
  });
  return `${path(points.slice(0, 1))}${bends.join("")}L${points.at(-1).map(short).join(" ")}`;
}

/** The point that far on the way, at most half of it. */
function towards(origin, target, far) {
  const length = distance(origin, target);
  const share = length ? Math.min(far / length, 0.5) : 0;
  return [origin[0] + (target[0] - origin[0]) * share, origin[1] + (target[1] - origin[1]) * share];
}
