/** Which paper a drawing is for, white or dark, as its objects themselves say: the one on which more can be seen. */

import { color } from "./values.js";

export const PAPER = "#FFFFFF";
export const DARK_PAPER = "#14181F";
const LEAST_CONTRAST = 3; // of lines, as WCAG 2.2 asks for (1.4.11)

/** Return the paper on which more of the outlines, lines and free texts can be seen; white where both are alike. */
export function groundOf(objects) {
  const seen = { [PAPER]: 0, [DARK_PAPER]: 0 };
  for (const { object_type: type, properties } of objects) {
    if (type === "text" && properties.of !== undefined && properties.role !== "caption") continue;
    const ink = color(type === "text" ? properties.color : properties.stroke, null);
    if (ink === null) continue;
    for (const paper of Object.keys(seen)) if (contrast(ink, paper) >= LEAST_CONTRAST) seen[paper] += 1;
  }
  return seen[DARK_PAPER] > seen[PAPER] ? DARK_PAPER : PAPER;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** Return the relative luminance of `#RRGGBB` as WCAG 2.2 defines it, 0 to 1. */
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((i) => {
    const channel = parseInt(hex.slice(i, i + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
