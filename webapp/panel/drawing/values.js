/** Properties of objects as they can be trusted: numbers clamped, colours checked by pattern, all else a default. */

const MAX_NUMBER = 100_000; // canvas units
const COLOR = /^#[0-9a-f]{6}$/i;

export const DEFAULT_FILL = "#FFFFFF";
export const DEFAULT_INK = "#1F2937";

export function number(value, fallback = 0) {
  if (typeof value !== "number" || Number.isNaN(value)) return fallback;
  return Math.min(Math.max(value, -MAX_NUMBER), MAX_NUMBER);
}

export const size = (value, fallback = 0) => Math.max(0, number(value, fallback));
export const color = (value, fallback) => (typeof value === "string" && COLOR.test(value) ? value : fallback);
export const short = (value) => String(Math.round(value * 100) / 100 + 0);

export function dash(value) {
  const lengths = Array.isArray(value) ? value.slice(0, 8).map((each) => number(each)) : [];
  const isDrawn = lengths.length > 0 && Math.min(...lengths) >= 0 && lengths.reduce((a, b) => a + b, 0) >= 0.5;
  return isDrawn ? lengths.map(short).join(" ") : null;
}
