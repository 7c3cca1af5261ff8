/** An object on its way from one place to another: numbers and points move, everything else changes at once. */

/** Return the object `share` (0 to 1) of the way between two states. */
export function between(from, to, share) {
  if (share >= 1 || from.object_type !== to.object_type) return to;
  const properties = { ...to.properties };
  for (const [key, value] of Object.entries(to.properties)) {
    const before = from.properties[key];
    if (key === "points") properties.points = mixPoints(before, value, share);
    else if (typeof value === "number" && typeof before === "number") properties[key] = mix(before, value, share);
  }
  return { ...to, properties };
}

/** Quick at first, then slower: a way that gets a new goal in its midst goes on without a halt. */
export const ease = (share) => 1 - (1 - share) ** 3;

const mix = (a, b, share) => a + (b - a) * share;

function mixPoints(before, after, share) {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length < 4 || after.length < 4) return after;
  const from = before.length < after.length ? withPoints(before, after.length) : before;
  const to = after.length < before.length ? withPoints(after, before.length) : after;
  return to.map((value, i) => mix(from[i], value, share));
}

/** Return the same line with more points: those missing lie on its longest stretches. */
function withPoints(flat, length) {
  const points = [];
  for (let i = 0; i + 1 < flat.length; i += 2) points.push([flat[i], flat[i + 1]]);
  while (points.length * 2 < length) {
    let longest = 1;
    const span = (i) => Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]);
    for (let i = 2; i < points.length; i++) if (span(i) > span(longest)) longest = i;
    const [a, b] = [points[longest - 1], points[longest]];
    points.splice(longest, 0, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
  }
  return points.flat();
}
