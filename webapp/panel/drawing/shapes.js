/**
 * What an object looks like: a list of SVG elements as plain data, the same ones that the server's pictures have.
 *
 * Trusts no property (`values.js`); outlines and line ends are those of the server (`shape-table.js`).
 */

import { distance, path, polygon, roundedPath } from "./paths.js";
import { ENDS, SHAPES } from "./shape-table.js";
import { color, dash, DEFAULT_FILL, DEFAULT_INK, number, short, size } from "./values.js";

const LINE_HEIGHT = 1.25; // of the font size
const BASELINE = 0.98; // em below the top of a line; centres capitals in the line's box
const HALO = 0.3; // width of a text's halo, of the font size
const STAR_INNER = 0.5; // inner radius of a star as a share of its outer one
const MAX_POINTS = 2_000; // of one connector
const FIRST_STRONG_IS_RTL = /^[^\p{L}]*[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/u;
const ANCHORS = { center: ["middle", 0.5], right: ["end", 1] };

/**
 * Return `[{ tag, attributes, text? }]`, back to front; an unknown type has none.
 *
 * @param {{ object_type: string, properties?: any }} object
 */
export function partsOf({ object_type: type, properties = {} }) {
  return DRAWERS[type]?.(properties, boxOf({ object_type: type, properties })) ?? [];
}

/**
 * Return the box around an object, without its stroke: `{ x, y, w, h }`.
 *
 * @param {{ object_type: string, properties?: any }} object
 */
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
  rectangle: drawRectangle,
  circle: (properties, box) => [
    part("circle", { cx: box.x + box.w / 2, cy: box.y + box.h / 2, r: box.w / 2, ...paint(properties) }),
  ],
  diamond: (properties, box) => drawShape("diamond", properties, box),
  star: (properties, box) => [outline(polygon(star(box)), properties)],
  heart: (properties, box) => drawShape("heart", properties, box),
  text: drawText,
  line: drawLine,
  arrow: (properties) => drawConnector(pointsOf(properties), properties, endOf(properties.head, "arrow")),
};

function drawRectangle(properties, box) {
  const { shape } = properties;
  if (typeof shape === "string" && shape !== "rectangle" && Object.hasOwn(SHAPES, shape)) {
    return drawShape(shape, properties, box);
  }
  const rx = Math.min(size(properties.cornerRadius), box.w / 2, box.h / 2);
  return [part("rect", { x: box.x, y: box.y, width: box.w, height: box.h, rx, ...paint(properties) })];
}

/** The first path of a shape is filled, the others are lines on it. */
function drawShape(shape, properties, box) {
  return SHAPES[shape].map((commands, i) =>
    outline(placed(commands, box), i ? { ...properties, fill: "none" } : properties),
  );
}

function placed(commands, { x, y, w, h }) {
  const shorter = Math.min(w, h);
  const place = ([a, b, c, d]) => `${short(x + a * w + b * shorter)} ${short(y + c * h + d * shorter)}`;
  return commands.map(([letter, points]) => letter + points.map(place).join(" ")).join("");
}

function drawText(properties, box) {
  const fontSize = size(properties.fontSize, 16);
  const lines = typeof properties.text === "string" ? properties.text.split("\n") : [];
  const [anchor, share] = ANCHORS[properties.align] ?? ["start", 0];
  const halo = color(properties.halo, null);
  const attributes = {
    "font-size": fontSize,
    "font-weight": properties.fontWeight === "bold" ? "bold" : "normal",
    "text-anchor": anchor,
    fill: color(properties.color, DEFAULT_INK),
    stroke: halo,
    "stroke-width": halo && fontSize * HALO,
    "stroke-linejoin": halo && "round",
    "paint-order": halo && "stroke",
  };
  const x = box.x + box.w * share;
  return lines.flatMap((line, index) => {
    const y = box.y + (index * LINE_HEIGHT + BASELINE) * fontSize;
    return line.trim() === "" ? [] : part("text", { x, y, ...attributes }, directed(line));
  });
}

/** Isolate a line that begins right to left: a final stop then stands left. */
const directed = (line) => (FIRST_STRONG_IS_RTL.test(line) ? `\u2067${line}\u2069` : line);

function drawLine(properties) {
  const points = pointsOf(properties);
  if (properties.closed === true && points.length > 2) return [outline(polygon(points), properties)];
  return drawConnector(points, properties, endOf(properties.head, "none"));
}

/** A line and what is at its ends; it stops inside them, else its blunt tips would show beside theirs. */
function drawConnector(points, properties, head) {
  const corners = points.filter((point, i) => i === 0 || distance(point, points[i - 1]) > 0.01);
  if (corners.length < 2) return [];
  const shaft = [...corners];
  const [headParts, tailParts] = [
    { end: head, at: corners.length - 1, inner: corners.length - 2 },
    { end: endOf(properties.tail, "none"), at: 0, inner: 1 },
  ].map(({ end, at, inner }) => {
    const { stop, parts } = drawEnd(end, corners[at], corners[inner], properties);
    shaft[at] = stop;
    return parts;
  });
  return [...drawStroke(shaft, properties), ...headParts, ...tailParts];
}

const endOf = (name, fallback) => (typeof name === "string" && Object.hasOwn(ENDS, name) ? name : fallback);

/** Return where the line stops, and the parts of its end, for a line that comes from `tail` to `tip`. */
function drawEnd(end, tip, tail, properties) {
  const length = distance(tip, tail);
  if (end === "none" || length < 0.01) return { stop: tip, parts: [] };
  const { trim, outlines } = ENDS[end];
  const longest = Math.max(1, ...outlines.flatMap(([, points]) => points.map(([x]) => x)));
  const unit = Math.min(6 + 2.5 * size(properties.strokeWidth, 2), length / longest);
  const [dx, dy] = [(tail[0] - tip[0]) / length, (tail[1] - tip[1]) / length];
  const place = ([x, y]) => [tip[0] + (x * dx - y * dy) * unit, tip[1] + (x * dy + y * dx) * unit];
  const parts = outlines.map(([fill, points]) => drawEndPart(fill, points.map(place), properties));
  return { stop: place([trim, 0]), parts };
}

function drawEndPart(fill, points, properties) {
  const stroke = color(properties.stroke, DEFAULT_INK);
  if (fill === "stroke") return part("path", { d: polygon(points), fill: stroke });
  return part("path", {
    d: path(points),
    fill: fill === "paper" ? color(properties.endFill, DEFAULT_FILL) : "none",
    stroke,
    "stroke-width": size(properties.strokeWidth, 2),
    "stroke-linejoin": "round",
  });
}

function drawStroke(points, properties) {
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
export function pointsOf({ x, y, points }) {
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

const star = ({ x, y, w, h }) =>
  Array.from({ length: 10 }, (_, i) => {
    const share = i % 2 === 0 ? 1 : STAR_INNER;
    const angle = -Math.PI / 2 + (i * Math.PI) / 5;
    return [x + (w / 2) * (1 + Math.cos(angle) * share), y + (h / 2) * (1 + Math.sin(angle) * share)];
  });
