/** What the panel works out without a page: the camera, moves, file names, and how jobs are put into words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { asJson, fileName } from "../../webapp/panel/ai-canvas-view/download.js";
import { ago, announcement, complaint, describe, shortened } from "../../webapp/panel/ai-job-card/words.js";
import { cameraBetween, fitted, MAX_SCALE, MIN_SCALE, START, zoomed } from "../../webapp/panel/drawing/camera.js";
import { DARK_PAPER, groundOf, PAPER } from "../../webapp/panel/drawing/ground.js";
import { dragged, objectAt, readingOrder, resized, sizeChange, within, wordsOn } from "../../webapp/panel/drawing/pick.js";
import { between, ease } from "../../webapp/panel/drawing/tween.js";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const before = (seconds) => new Date(NOW - seconds * 1000).toISOString();
const job = (values) => ({
  status: "queued",
  request_data: { instructions: "A plan\nof two lines" },
  created_at: before(1),
  retry_count: 0,
  max_retries: 3,
  queue_position: null,
  progress: { percent: 0, message: "", objects: 0 },
  ...values,
});

test("zooming keeps the point under the pointer where it is, within limits", () => {
  const camera = { scale: 0.7, left: 30, top: -20 };
  const point = [(200 - camera.left) / camera.scale, (150 - camera.top) / camera.scale];
  const near = zoomed(camera, 1.8, 200, 150);
  assert.ok(Math.abs(point[0] * near.scale + near.left - 200) < 1e-9);
  assert.ok(Math.abs(point[1] * near.scale + near.top - 150) < 1e-9);
  assert.equal(zoomed(camera, 1e9, 0, 0).scale, MAX_SCALE);
  assert.equal(zoomed(camera, 0, 0, 0).scale, MIN_SCALE);
});

test("a fitted box lies in the middle of the free part, whole", () => {
  const box = { x: -100, y: 50, w: 2000, h: 500 };
  const free = { x: 20, y: 80, w: 800, h: 600 };
  const { scale, left, top } = fitted(box, free);
  assert.equal(scale, 0.4);
  assert.equal(box.x * scale + left, free.x);
  assert.equal((box.y + box.h / 2) * scale + top, free.y + free.h / 2);
  assert.equal(fitted({ x: 0, y: 0, w: 10, h: 10 }, free).scale, 1.25);
});

test("a camera's way begins and ends where it should", () => {
  const target = { scale: 2, left: 10, top: 20 };
  assert.deepEqual(cameraBetween(START, target, 0), START);
  assert.equal(cameraBetween(START, target, 1), target);
  assert.deepEqual([ease(0), ease(1)], [0, 1]);
});

test("an object half way is between its states; colours and words change at once", () => {
  const from = { object_type: "text", properties: { x: 0, y: 10, text: "old", color: "#000000" } };
  const to = { object_type: "text", properties: { x: 10, y: 10, text: "new", color: "#FFFFFF", width: 5 } };
  assert.deepEqual(between(from, to, 0.5).properties, { x: 5, y: 10, text: "new", color: "#FFFFFF", width: 5 });
  assert.equal(between(from, to, 1), to);
});

test("a connector that gets a bend moves without a jump", () => {
  const from = { object_type: "arrow", properties: { x: 0, y: 0, points: [0, 0, 100, 0] } };
  const to = { object_type: "arrow", properties: { x: 0, y: 0, points: [0, 0, 50, 40, 100, 0] } };
  assert.deepEqual(between(from, to, 0).properties.points, [0, 0, 50, 0, 100, 0]);
  assert.deepEqual(between(from, to, 0.5).properties.points, [0, 0, 50, 20, 100, 0]);
  assert.deepEqual(between(to, from, 0.5).properties.points, [0, 0, 50, 20, 100, 0]);
});

test("waiting is described by place, time and reason", () => {
  assert.equal(describe(job(), NOW), "Waiting for a free worker");
  assert.equal(describe(job({ queue_position: 1 }), NOW), "Next in line");
  assert.equal(describe(job({ queue_position: 3, eta_seconds: 20 }), NOW), "Number 3 in line · about 20 s");
  assert.equal(describe(job({ created_at: before(70) }), NOW), "Waiting for a free worker · 70 s");
  const again = job({ retry_count: 1, next_processing_at: before(-4), error_message: "The server is busy." });
  assert.equal(describe(again, NOW), "Trying again in 4 s · try 2 of 4");
  assert.equal(complaint(again), "The server is busy.");
  assert.equal(complaint(job()), "");
  const message = "Waiting for the AI service; next check in 40 s.";
  const held = job({ error_code: "model_down", error_message: message, next_processing_at: before(-40) });
  assert.equal(describe(held, NOW), "Waiting for the AI service · next check in 40 s");
  assert.equal(describe({ ...held, retry_count: 2 }, NOW), "Waiting for the AI service · next check in 40 s");
  assert.equal(describe({ ...held, next_processing_at: null }, NOW), "Waiting for the AI service · checking now");
  assert.equal(complaint(held), "");
});

test("work and its end are described by what was drawn and how long it took", () => {
  const progress = { percent: 40, message: "Drew 7 shapes", objects: 7 };
  assert.equal(describe(job({ status: "processing", started_at: before(5), progress }), NOW), "Drew 7 shapes · 5 s");
  const times = { started_at: before(310), completed_at: before(300) };
  assert.equal(describe(job({ status: "completed", ...times, progress }), NOW), "7 shapes · 10 s · 5 min ago");
  assert.equal(describe(job({ status: "cancelled", ...times }), NOW), "Cancelled · 5 min ago");
  const failed = job({ status: "failed", ...times, error_message: "The model refused." });
  assert.equal(announcement(failed), "Failed: A plan of two lines. The model refused.");
});

test("long ago is a date", () => {
  assert.equal(ago(before(3 * 3600), NOW), "3 h ago");
  assert.equal(ago("2026-02-26T12:00:00Z", NOW), "Thursday");
  assert.equal(ago("2025-12-24T12:00:00Z", NOW), "24 Dec 2025");
});

test("texts are shortened between characters, never within one", () => {
  assert.equal(shortened("🎈🎈🎈🎈", 3), "🎈🎈…");
  assert.equal(shortened(" a \n b "), "a b");
});

test("files are named after the title", async () => {
  assert.equal(fileName("Sign-up: “flow” 2/3", "svg"), "sign-up-flow-2-3.svg");
  assert.equal(fileName("注文 の流れ", "png"), "注文-の流れ.png");
  assert.equal(fileName("…", "json"), "drawing.json");
  const saved = JSON.parse(
    await asJson("T", [{ id: "a", object_type: "circle", properties: {}, z_index: 1, user: "x" }]).text(),
  );
  assert.deepEqual(saved, { title: "T", objects: [{ id: "a", object_type: "circle", properties: {}, z_index: 1 }] });
});

const drawn = (id, object_type, properties, z_index = 0) => ({ id, object_type, properties, z_index });
const FRAME = drawn("frame", "rectangle", { x: 0, y: 0, width: 300, height: 200, role: "frame" });
const BOX = drawn("box", "rectangle", { x: 50, y: 50, width: 100, height: 60, in: "frame" }, 1);
const WORDS = drawn("words", "text", { x: 60, y: 60, width: 80, height: 40, text: "Two\nlines", of: "box" }, 2);
const OUTSIDE = drawn("outside", "circle", { x: 500, y: 80, radius: 40 }, 1);
const ARROW = drawn("arrow", "arrow", { x: 150, y: 80, points: [0, 0, 310, 0], from: "box", to: "outside", label: "then" }, 3);
const ALL = [FRAME, BOX, WORDS, OUTSIDE, ARROW];

test("what is pointed at: words stand for their shape, a frame is taken by its border, a line from beside it", () => {
  const at = (x, y) => objectAt(ALL, x, y, 5)?.id ?? null;
  assert.equal(at(70, 70), "box");
  assert.equal(at(250, 150), null);
  assert.equal(at(298, 150), "frame");
  assert.equal(at(400, 84), "arrow");
  assert.equal(at(400, 90), null);
  assert.equal(objectAt([], 0, 0), null);
});

test("what is marked by a field and by the keyboard", () => {
  assert.deepEqual(readingOrder(ALL), ["frame", "outside", "box", "arrow"]);
  assert.deepEqual(within(ALL, { x: 40, y: 40, w: 600, h: 200 }), ["box", "outside"]);
  assert.equal(wordsOn(BOX, ALL), "Two lines");
  assert.equal(wordsOn(ARROW, ALL), "then");
  assert.equal(wordsOn(OUTSIDE, ALL), "");
});

test("what goes along with a dragged shape", () => {
  const moved = Object.fromEntries(dragged(ALL, new Set(["frame"]), 10, 20).map((each) => [each.id, each.properties]));
  assert.deepEqual(Object.keys(moved).sort(), ["arrow", "box", "frame", "words"]);
  assert.deepEqual([moved.box.x, moved.box.y], [60, 70]);
  assert.deepEqual([moved.arrow.x, moved.arrow.y, ...moved.arrow.points], [160, 100, 0, 0, 300, -20]);
  const [circle, arrow] = dragged(ALL, new Set(["outside"]), 10, 20);
  assert.deepEqual([circle.id, circle.properties.x], ["outside", 510]);
  assert.deepEqual(arrow.properties.points, [0, 0, 320, 20]);
  const circular = [drawn("a", "rectangle", { x: 0, y: 0, width: 9, height: 9, in: "b" }), drawn("b", "text", { of: "a" })];
  assert.deepEqual(dragged(circular, new Set(["c"]), 1, 1), []);
});

test("a drawing is shown on the paper that more of it is seen on", () => {
  const line = (stroke) => ({ object_type: "arrow", properties: { stroke } });
  assert.equal(groundOf([]), PAPER);
  assert.equal(groundOf([line("#50607A")]), PAPER);
  assert.equal(groundOf([line("#A9B4C6")]), DARK_PAPER);
  assert.equal(groundOf([line("#A9B4C6"), line("#50607A")]), PAPER);
  assert.equal(groundOf([line("nonsense"), line("#A9B4C6")]), DARK_PAPER);
  // Words in a shape say nothing about the paper, those beside one do.
  const words = (color, role) => ({ object_type: "text", properties: { color, of: "a", role } });
  assert.equal(groundOf([words("#FFFFFF")]), PAPER);
  assert.equal(groundOf([words("#FFFFFF", "caption")]), DARK_PAPER);
});

test("a resized shape keeps its top left corner, and a circle its form", () => {
  const box = { id: "a", object_type: "rectangle", properties: { x: 10, y: 20, width: 100, height: 50 } };
  assert.deepEqual(sizeChange(box, 130, 60), { width: 130, height: 60 });
  assert.deepEqual(sizeChange(box, -5, 0), { width: 20, height: 20 });
  const diamond = { ...box, object_type: "diamond", properties: { x: 60, y: 45, width: 100, height: 50 } };
  assert.deepEqual(sizeChange(diamond, 140, 70), { x: 80, y: 55, width: 140, height: 70 });
  const circle = { id: "c", object_type: "circle", properties: { x: 50, y: 50, radius: 40 } };
  assert.deepEqual(sizeChange(circle, 100, 90), { x: 60, y: 60, width: 100, height: 100 });
  assert.equal(resized([circle], "c", 100, 90)[0].properties.radius, 50);
  const words = { id: "w", object_type: "text", properties: { of: "a", x: 30, y: 35, width: 60, height: 20 } };
  const [shape, moved] = resized([box, words], "a", 120, 70);
  assert.deepEqual([shape.properties.width, shape.properties.height], [120, 70]);
  assert.deepEqual([moved.properties.x, moved.properties.y], [40, 45]);
});
