/** What a person points at, and what goes along when it moves: plain functions of objects, no page needed. */

import { boxOf, pointsOf } from "./shapes.js";
import { number } from "./values.js";

const LEAST_SIZE = 20; // canvas units
const LINES = new Set(["arrow", "line"]);
const FIXED_ROLES = new Set(["mark", "lifeline"]); // decoration: part of something else

export const isLine = ({ object_type: type }) => LINES.has(type);

/** Whether an object can be put elsewhere by hand. */
export const isShape = (object) => !isLine(object) && object.object_type !== "text";

/**
 * Return the object under a point of the plane, or null. Words stand for what they belong to; a frame is taken by its
 * border or its heading, so that what lies in it can be reached. `slack` is how far beside it still counts, in canvas units.
 */
export function objectAt(objects, x, y, slack = 0) {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const frontFirst = [...objects].reverse().sort((a, b) => b.z_index - a.z_index);
  for (const object of frontFirst) {
    if (!isHit(object, x, y, slack)) continue;
    const owner = ownerOf(object, byId);
    if (!FIXED_ROLES.has(owner.properties.role)) return owner;
  }
  return null;
}

/** Return what a text belongs to, else the object itself. */
export function ownerOf(object, byId) {
  const owner = byId.get(object.properties.of);
  return object.object_type === "text" && owner ? owner : object;
}

function isHit(object, x, y, slack) {
  if (isLine(object) && object.properties.closed !== true) return distanceTo(pointsOf(object.properties), x, y) <= slack;
  const { x: left, y: top, w, h } = boxOf(object);
  const inset = Math.min(x - left, left + w - x, y - top, top + h - y);
  return object.properties.role === "frame" ? Math.abs(inset) <= slack : inset >= 0;
}

function distanceTo(points, x, y) {
  let least = Infinity;
  for (let i = 1; i < points.length; i++) {
    const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
    const [dx, dy] = [bx - ax, by - ay];
    const share = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(ax + share * dx - x, ay + share * dy - y));
  }
  return least;
}

/** Return the ids of what can be marked, in reading order: shapes, connectors, and words that belong to nothing. */
export function readingOrder(objects) {
  const byId = new Map(objects.map((object) => [object.id, object]));
  return objects
    .filter((object) => ownerOf(object, byId) === object && !FIXED_ROLES.has(object.properties.role))
    .sort((a, b) => Number(isLine(a)) - Number(isLine(b)) || boxOf(a).y - boxOf(b).y || boxOf(a).x - boxOf(b).x)
    .map((object) => object.id);
}

/** Return the ids of the shapes and words that lie wholly in a box of the plane. */
export function within(objects, box) {
  const ids = new Set(readingOrder(objects));
  return objects
    .filter((object) => {
      const { x, y, w, h } = boxOf(object);
      const isInside = x >= box.x && y >= box.y && x + w <= box.x + box.w && y + h <= box.y + box.h;
      return ids.has(object.id) && !isLine(object) && isInside;
    })
    .map((object) => object.id);
}

/**
 * Return the objects that look different while shapes are dragged by `(dx, dy)`: they, their words, what stands in them,
 * and their connectors, which are only drawn along: their ways are found when the shapes are let go.
 */
export function dragged(objects, ids, dx, dy) {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const isCarried = (object) => {
    const seen = new Set();
    for (let each = object; each && !seen.has(each.id); each = byId.get(each.properties.of ?? each.properties.in)) {
      if (ids.has(each.id)) return true;
      seen.add(each.id);
    }
    return false;
  };
  const moving = new Set(objects.filter(isCarried).map((object) => object.id));
  return objects.flatMap((object) => {
    if (moving.has(object.id)) return [shifted(object, dx, dy)];
    const { from, to } = object.properties;
    if (!isLine(object) || !(moving.has(from) || moving.has(to))) return [];
    return [moving.has(from) && moving.has(to) ? shifted(object, dx, dy) : stretched(object, moving.has(from), dx, dy)];
  });
}

const shifted = (object, dx, dy) => withProperties(object, {
  x: number(object.properties.x) + dx,
  y: number(object.properties.y) + dy,
});

/** Move one end of a connector; the other stays. */
function stretched(object, isStart, dx, dy) {
  const { x, y, points } = object.properties;
  const last = points.length - 2;
  if (!isStart) {
    return withProperties(object, { points: points.map((value, i) => (i < last ? value : value + (i % 2 ? dy : dx))) });
  }
  const rest = points.map((value, i) => (i < 2 ? 0 : value - (i % 2 ? dy : dx)));
  return withProperties(object, { x: number(x) + dx, y: number(y) + dy, points: rest });
}

const withProperties = (object, changes) => ({ ...object, properties: { ...object.properties, ...changes } });

/** Return the words of an object on one line: its label, or its own text; empty when it has none. */
export function wordsOn(object, objects) {
  if (typeof object.properties.label === "string") return object.properties.label;
  const texts = object.object_type === "text" ? [object] : objects.filter((each) => each.properties.of === object.id);
  const own = texts.filter((each) => each.object_type === "text" && typeof each.properties.text === "string");
  return own.map((each) => each.properties.text.replaceAll("\n", " ")).join(" ");
}

const CENTRED = new Set(["diamond", "star", "heart", "circle"]); // whose x and y are their middle

/**
 * Return what a shape's properties become when its box gets another size and its top left corner stays: as for
 * `PATCH /canvas/{id}`. A circle keeps its form.
 */
export function sizeChange(object, width, height) {
  const { x, y } = boxOf(object);
  const [w, high] = [width, height].map((each) => Math.max(LEAST_SIZE, Math.round(each)));
  const side = Math.max(w, high);
  if (object.object_type === "circle") return { x: x + side / 2, y: y + side / 2, width: side, height: side };
  return CENTRED.has(object.object_type)
    ? { x: x + w / 2, y: y + high / 2, width: w, height: high }
    : { width: w, height: high };
}

/** Return a shape and its words as they look while the shape is resized; its connectors follow when it is let go. */
export function resized(objects, id, width, height) {
  const shape = objects.find((object) => object.id === id);
  const change = sizeChange(shape, width, height);
  const before = boxOf(shape);
  const radius = shape.object_type === "circle" ? { radius: change.width / 2 } : {};
  const [dx, dy] = [(change.width - before.w) / 2, (change.height - before.h) / 2];
  const words = objects.filter((object) => object.object_type === "text" && object.properties.of === id);
  return [
    { ...shape, properties: { ...shape.properties, ...change, ...radius } },
    ...words.map((object) => shifted(object, dx, dy)),
  ];
}
