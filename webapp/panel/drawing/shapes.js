/**
 * What an object looks like: a list of SVG elements as plain data, the same ones that the server's pictures have.
 *
 * Trusts no property: numbers are clamped, colours checked by pattern, everything else has a default.
 */

const LINE_HEIGHT = 1.25; // of the font size
const BASELINE = 0.98; // em below the top of a line; centres capitals in the line's box
const STAR_INNER = 0.5; // inner radius of a star as a share of its outer one
const MAX_NUMBER = 100_000; // canvas units
const MAX_POINTS = 2_000; // of one connector
const DEFAULT_FILL = "#FFFFFF";
const DEFAULT_INK = "#1F2937";
const COLOR = /^#[0-9a-f]{6}$/i;
const FIRST_STRONG_IS_RTL = /^[^\p{L}]*[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/u;
// From the notch clockwise, in shares of the box.
const HEART = [
  ["M", 0.5, 0.25],
  ["C", 0.5, 0.1, 0.62, 0, 0.75, 0],
  ["C", 0.9, 0, 1, 0.12, 1, 0.3],
  ["C", 1, 0.55, 0.75, 0.75, 0.5, 1],
  ["C", 0.25, 0.75, 0, 0.55, 0, 0.3],
  ["C", 0, 0.12, 0.1, 0, 0.25, 0],
  ["C", 0.38, 0, 0.5, 0.1, 0.5, 0.25],
];

/** Return `[{ tag, attributes, text? }]`, back to front; an unknown type has none. */
export function partsOf({ object_type: type, properties = {} }) {
  return DRAWERS[type]?.(properties, boxOf({ object_type: type, properties })) ?? [];
}

/** Return the box around an object, without its stroke: `{ x, y, w, h }`. */
export function boxOf({ object_type: type, properties = {} }) {
  const [x, y] = [number(properties.x), number(properties.y)];
  const [w, h] = [size(properties.width), size(properties.height)];
  if (type === "rectangle" || type === "text") return { x, y, w, h };
  if (type === "circle") return around(x, y, 2 * size(properties.radius), 2 * size(properties.radius));
  if (type !== "arrow" && type !== "line") return around(x, y, w, h);
  const points = pointsOf(properties);
  if (!points.length) return { x, y, w: 0, h: 0 };
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { x: left, y: top, w: Math.max(...xs) - left, h: Math.max(...ys) - top };
}

const DRAWERS = {
  rectangle: (properties, box) => [
    part("rect", {
      x: box.x,
      y: box.y,
      width: box.w,
      height: box.h,
      rx: Math.min(size(properties.cornerRadius), box.w / 2, box.h / 2),
      ...paint(properties),
    }),
  ],
  circle: (properties, box) => [
    part("circle", { cx: box.x + box.w / 2, cy: box.y + box.h / 2, r: box.w / 2, ...paint(properties) }),
  ],
  diamond: (properties, box) => [outline(polygon(diamond(box)), properties)],
  star: (properties, box) => [outline(polygon(star(box)), properties)],
  heart: (properties, box) => [outline(`${heart(box)}Z`, properties)],
  text: drawText,
  line: (properties) => drawStroke(pointsOf(properties), properties),
  arrow: drawArrow,
};

function drawText(properties, box) {
  const fontSize = size(properties.fontSize, 16);
  const lines = typeof properties.text === "string" ? properties.text.split("\n") : [];
  const isCentred = properties.align === "center";
  return lines.flatMap((line, index) =>
    line.trim() === ""
      ? []
      : part(
          "text",
          {
            x: isCentred ? box.x + box.w / 2 : box.x,
            y: box.y + (index * LINE_HEIGHT + BASELINE) * fontSize,
            "font-size": fontSize,
            "font-weight": properties.fontWeight === "bold" ? "bold" : "normal",
            "text-anchor": isCentred ? "middle" : "start",
            fill: color(properties.color, DEFAULT_INK),
          },
          directed(line),
        ),
  );
}

/** Isolate a line that begins right to left: a final stop then stands left. */
const directed = (line) => (FIRST_STRONG_IS_RTL.test(line) ? `\u2067${line}\u2069` : line);

function drawArrow(properties) {
  const points = pointsOf(properties);
  const tip = points.at(-1);
  const last = points.findLastIndex((point) => distance(point, tip) > 0.01);
  if (last < 0) return [];
  const length = distance(points[last], tip);
  const reach = Math.min(6 + 2.5 * size(properties.strokeWidth, 2), length);
  const [dx, dy] = [(tip[0] - points[last][0]) / length, (tip[1] - points[last][1]) / length];
  const base = [tip[0] - dx * reach, tip[1] - dy * reach];
  const half = reach * 0.45;
  const head = [tip, [base[0] - dy * half, base[1] + dx * half], [base[0] + dy * half, base[1] - dx * half]];
  // The shaft ends inside the head, else its blunt end shows beside the tip.
  const shaft = [...points.slice(0, last + 1), [tip[0] - dx * reach * 0.8, tip[1] - dy * reach * 0.8]];
  const fill = color(properties.stroke, DEFAULT_INK);
  return [...drawStroke(shaft, properties), part("path", { d: polygon(head), fill })];
}

function drawStroke(points, properties) {
  if (points.length < 2) return [];
  return [
    part("path", {
      d: roundedPath(points, size(properties.cornerRadius)),
      fill: "none",
      stroke: color(properties.stroke, DEFAULT_INK),
      "stroke-width": size(properties.strokeWidth, 2),
      "stroke-dasharray": dash(properties.dash),
      "stroke-linejoin": "round",
    }),
  ];
}

/** Return the absolute points of a connector. */
function pointsOf({ x, y, points }) {
  const flat = Array.isArray(points) ? points.slice(0, 2 * MAX_POINTS) : [];
  const pairs = [];
  for (let i = 0; i + 1 < flat.length; i += 2)
    pairs.push([number(x) + number(flat[i]), number(y) + number(flat[i + 1])]);
  return pairs;
}

const part = (tag, attributes, text = null) => ({ tag, attributes, text });
const outline = (d, properties) => part("path", { d, ...paint(properties), "stroke-linejoin": "round" });

const paint = (properties) => ({
  fill: properties.fill === "none" ? "none" : color(properties.fill, DEFAULT_FILL),
  stroke: color(properties.stroke, DEFAULT_INK),
  "stroke-width": size(properties.strokeWidth, 2),
  "stroke-dasharray": dash(properties.dash),
});

const around = (x, y, w, h) => ({ x: x - w / 2, y: y - h / 2, w, h });

const diamond = ({ x, y, w, h }) => [
  [x + w / 2, y],
  [x + w, y + h / 2],
  [x + w / 2, y + h],
  [x, y + h / 2],
];

const star = ({ x, y, w, h }) =>
  Array.from({ length: 10 }, (_, i) => {
    const share = i % 2 === 0 ? 1 : STAR_INNER;
    const angle = -Math.PI / 2 + (i * Math.PI) / 5;
    return [x + (w / 2) * (1 + Math.cos(angle) * share), y + (h / 2) * (1 + Math.sin(angle) * share)];
  });

const heart = ({ x, y, w, h }) =>
  HEART.map(
    ([command, ...values]) => command + values.map((v, i) => short(i % 2 ? y + v * h : x + v * w)).join(" "),
  ).join("");

const path = (points) => `M${points.map(([x, y]) => `${short(x)} ${short(y)}`).join("L")}`;
const polygon = (points) => `${path(points)}Z`;

/** A path through the points whose bends are curves that begin `radius` before the corner. */
function roundedPath(points, radius) {
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

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

function number(value, fallback = 0) {
  if (typeof value !== "number" || Number.isNaN(value)) return fallback;
  return Math.min(Math.max(value, -MAX_NUMBER), MAX_NUMBER);
}

const size = (value, fallback = 0) => Math.max(0, number(value, fallback));
const color = (value, fallback) => (typeof value === "string" && COLOR.test(value) ? value : fallback);
const short = (value) => String(Math.round(value * 100) / 100 + 0);

function dash(value) {
  const lengths = Array.isArray(value) ? value.slice(0, 8).map((each) => number(each)) : [];
  const isDrawn = lengths.length > 0 && Math.min(...lengths) >= 0 && lengths.reduce((a, b) => a + b, 0) >= 0.5;
  return isDrawn ? lengths.map(short).join(" ") : null;
}
