/**
 * What a person does to the open drawing with pointer and keys: mark, move, resize, recolour, retype, delete, undo.
 * Changes nothing itself: says what is wanted by `actions`, and shows only what is marked and where it is dragged.
 */

import { h, say, svgElement } from "../common/dom.js";
import {
  dragged,
  isLine,
  isShape,
  objectAt,
  readingOrder,
  resized,
  sizeChange,
  within,
  wordsOn,
} from "../drawing/pick.js";
import { boxOf } from "../drawing/shapes.js";

const SLACK = 6; // pixels beside a thin thing that still count
const START_DISTANCE = 4; // pixels that a press may move and still be a click
const STEP = 10; // canvas units of an arrow key; one with Shift
const KEY_PAUSE = 500; // milliseconds after the last arrow key until the move is sent
const MARGIN = 4; // canvas units around what is marked
const HANDLE = 9; // pixels: the handle that resizes, and how far beside it still counts
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Editor {
  #parts;
  #picture;
  #camera;
  #actions;
  #marked = new Set();
  #isOn = false;
  #nudge = null; // { dx, dy, before, timer }: arrow keys that are not sent yet
  #field = null; // the text field of new words
  #isDragging = false;

  /**
   * `camera()` returns the camera; `actions` are `change(objects)`, `undo()`, `redo()` and `select(ids)`.
   *
   * @param {any} parts
   * @param {{ picture: import("../drawing/picture.js").Picture, camera: () => any, actions: any }} options
   */
  constructor(parts, { picture, camera, actions }) {
    [this.#parts, this.#picture, this.#camera, this.#actions] = [parts, picture, camera, actions];
    parts.stage.addEventListener("dblclick", (event) => this.#retypeAt(event));
  }

  /** Whether the drawing can be changed now; what was marked is forgotten when it cannot. */
  set isOn(isOn) {
    if (this.#isOn === isOn) return;
    this.#isOn = isOn;
    if (!isOn) this.#stop();
  }

  get selection() {
    return [...this.#marked];
  }

  /** The objects have changed: forget what is gone, and show the rest where it is now. */
  refresh() {
    const present = new Set(this.#picture.objects.map((object) => object.id));
    const kept = [...this.#marked].filter((id) => present.has(id));
    if (kept.length !== this.#marked.size) this.#mark(kept);
    else this.#show();
  }

  /** A press at a place of the stage: return what follows it (`move`, `drop`, `cancel`), or null to leave it to the camera. */
  grab(place, event) {
    if (!this.#isOn) return null;
    this.#finishField();
    this.#sendNudge();
    const at = this.#onPlane(place);
    const handled = this.#resizable();
    if (handled && this.#isOnHandle(handled, place)) return this.#resize(handled, place);
    const object = this.#objectAt(at);
    if (!object) return event.shiftKey ? this.#marquee(at) : this.#unmarkAtClick(place);
    if (event.shiftKey) {
      const others = this.selection.filter((id) => id !== object.id);
      this.#mark(this.#marked.has(object.id) ? others : [...others, object.id]);
    } else if (!this.#marked.has(object.id)) {
      this.#mark([object.id]);
    }
    return this.#drag(place);
  }

  /** Return whether the key was meant for the drawing. */
  key(event) {
    if (!this.#isOn) return false;
    const { key, shiftKey } = event;
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      const letter = key.toLowerCase();
      if (letter === "z" || letter === "y") {
        this.#sendNudge();
        if (letter === "y" || shiftKey) this.#actions.redo();
        else this.#actions.undo();
        return true;
      }
      if (letter !== "a") return false;
      this.#mark(readingOrder(this.#picture.objects));
      return true;
    }
    if (event.altKey) return key in ARROWS && this.#grow(ARROWS[key]);
    if (!this.#marked.size) return key === "Enter" && this.#step(1);
    if (key === "Tab") return this.#step(shiftKey ? -1 : 1);
    if (key in ARROWS) this.#push(ARROWS[key], shiftKey ? 1 : STEP);
    else if (key === "Enter" || key === "F2") this.#retype(this.#first());
    else if (key === "Delete" || key === "Backspace") this.#delete();
    else if (key === "Escape") this.#mark([]);
    else return false;
    return true;
  }

  /** The camera has moved: the bar stays beside what is marked. */
  follow() {
    this.#show();
  }

  /** Give what is marked a colour of the palette, or `default`. */
  recolor(color) {
    this.#sendNudge();
    this.#actions.change(this.selection.map((id) => ({ id, color })));
  }

  /** Ask for new words of what is marked. */
  retype() {
    this.#sendNudge();
    const object = this.#first();
    if (object) this.#retype(object);
  }

  /** Delete what is marked. */
  remove() {
    this.#sendNudge();
    this.#delete();
    this.#parts.stage.focus();
  }

  #stop() {
    clearTimeout(this.#nudge?.timer);
    this.#nudge = null;
    this.#field?.remove();
    this.#field = null;
    this.#mark([]);
  }

  #onPlane({ x, y }) {
    const { scale, left, top } = this.#camera();
    return { x: (x - left) / scale, y: (y - top) / scale };
  }

  #objectAt({ x, y }) {
    return objectAt(this.#picture.objects, x, y, SLACK / this.#camera().scale);
  }

  #first() {
    return this.#picture.objects.find((object) => this.#marked.has(object.id));
  }

  #mark(ids) {
    this.#sendNudge();
    this.#marked = new Set(ids);
    this.#show();
    this.#actions.select(this.selection);
    const [one] = ids;
    const objects = this.#picture.objects;
    const words = ids.length === 1 ? wordsOn(this.#first(), objects) || nameOf(this.#first()) : `${ids.length} objects`;
    say(this.#parts.spoken, one ? `${words} selected` : "");
  }

  /** Mark the next or the one before in reading order; false at the ends, where the keyboard leaves the canvas. */
  #step(direction) {
    const order = readingOrder(this.#picture.objects);
    const at = order.indexOf(this.selection.at(-1)) + direction;
    this.#mark(at in order ? [order[at]] : []);
    return at in order;
  }

  #show() {
    const { marks } = this.#parts;
    const shown = this.#picture.objects.filter((object) => this.#marked.has(object.id));
    marks.replaceChildren(...shown.map((object) => outlineOf(boxOf(object))));
    const handled = this.#resizable();
    if (handled) marks.append(handleOf(boxOf(handled), HANDLE / this.#camera().scale));
    this.#placeBar(this.#isDragging || !this.#isOn ? [] : shown);
  }

  #placeBar(shown) {
    const { selectionBar, stage } = this.#parts;
    const { scale, left, top } = this.#camera();
    const boxes = shown.map(boxOf);
    if (!boxes.length) {
      selectionBar.place(null, stage);
      return;
    }
    const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
    const right = Math.max(...boxes.map((box) => box.x + box.w));
    const bottom = Math.max(...boxes.map((box) => box.y + box.h));
    const box = { x: x * scale + left, y: y * scale + top, w: (right - x) * scale, h: (bottom - y) * scale };
    selectionBar.place(box, stage);
  }

  /** Return the only marked object, if it is a shape, which can be resized. */
  #resizable() {
    const object = this.#marked.size === 1 ? this.#first() : null;
    return object && isShape(object) ? object : null;
  }

  #isOnHandle(object, place) {
    const { scale, left, top } = this.#camera();
    const { x, y, w, h: height } = boxOf(object);
    const corner = { x: (x + w + MARGIN) * scale + left, y: (y + height + MARGIN) * scale + top };
    return distance(corner, place) <= 1.5 * HANDLE;
  }

  #resize(object, start) {
    const before = this.#picture.objects;
    const { w, h: height } = boxOf(object);
    let size = null;
    return {
      move: (place) => {
        const { scale } = this.#camera();
        size = [w + (place.x - start.x) / scale, height + (place.y - start.y) / scale];
        this.#isDragging = true;
        this.#picture.set(resized(before, object.id, ...size));
        this.#show();
      },
      drop: () => {
        this.#isDragging = false;
        if (size) this.#actions.change([{ id: object.id, ...sizeChange(object, ...size) }]);
      },
      cancel: () => {
        this.#isDragging = false;
        this.#picture.set(before);
        this.#show();
      },
    };
  }

  /** Make the marked shape larger or smaller with the keyboard. */
  #grow([x, y]) {
    const object = this.#resizable();
    if (!object) return false;
    this.#sendNudge();
    const { w, h: height } = boxOf(object);
    this.#actions.change([{ id: object.id, ...sizeChange(object, w + x * STEP, height + y * STEP) }]);
    return true;
  }

  #unmarkAtClick(start) {
    let isClick = true;
    return {
      passes: true, // the camera moves along
      move: (place) => (isClick &&= distance(start, place) < START_DISTANCE),
      drop: () => isClick && this.#marked.size && this.#mark([]),
      cancel: () => {},
    };
  }

  #marquee(start) {
    const box = (place) => {
      const end = this.#onPlane(place);
      return { x: Math.min(start.x, end.x), y: Math.min(start.y, end.y), w: Math.abs(end.x - start.x), h: Math.abs(end.y - start.y) };
    };
    let last = null;
    return {
      move: (place) => {
        last = box(place);
        this.#parts.marks.replaceChildren(outlineOf(last, 0));
      },
      drop: () => this.#mark(last ? within(this.#picture.objects, last) : []),
      cancel: () => this.#show(),
    };
  }

  #drag(start) {
    const before = this.#picture.objects;
    const ids = this.#movable();
    let [dx, dy, isMoving] = [0, 0, false];
    return {
      move: (place) => {
        isMoving ||= distance(start, place) >= START_DISTANCE;
        if (!isMoving || !ids.size) return;
        const { scale } = this.#camera();
        [dx, dy] = [(place.x - start.x) / scale, (place.y - start.y) / scale];
        this.#isDragging = true;
        this.#picture.set(dragged(before, ids, dx, dy));
        this.#show();
      },
      drop: () => {
        this.#isDragging = false;
        if (isMoving && ids.size) this.#send(before, ids, dx, dy);
        this.#show();
      },
      cancel: () => {
        this.#isDragging = false;
        this.#picture.set(before);
        this.#show();
      },
    };
  }

  #movable() {
    return new Set(this.#picture.objects.filter((object) => this.#marked.has(object.id) && isShape(object)).map(({ id }) => id));
  }

  #push([x, y], step) {
    const ids = this.#movable();
    if (!ids.size) return;
    clearTimeout(this.#nudge?.timer);
    const { dx = 0, dy = 0, before = this.#picture.objects } = this.#nudge ?? {};
    const timer = setTimeout(() => this.#sendNudge(), KEY_PAUSE);
    this.#nudge = { dx: dx + x * step, dy: dy + y * step, before, ids, timer };
    this.#picture.set(dragged(before, ids, this.#nudge.dx, this.#nudge.dy));
    this.#show();
  }

  #sendNudge() {
    if (!this.#nudge) return;
    const { before, ids, dx, dy, timer } = this.#nudge;
    clearTimeout(timer);
    this.#nudge = null;
    this.#send(before, ids, dx, dy);
  }

  #send(before, ids, dx, dy) {
    const moved = before.filter((object) => ids.has(object.id));
    this.#actions.change(
      moved.map(({ id, properties: { x, y } }) => ({ id, x: Math.round(x + dx), y: Math.round(y + dy) })),
    );
  }

  #delete() {
    const objects = this.selection.map((id) => ({ id, deleted: true }));
    this.#mark([]);
    this.#actions.change(objects);
  }

  #retypeAt(event) {
    if (!this.#isOn) return;
    const box = this.#parts.stage.getBoundingClientRect();
    const at = this.#onPlane({ x: event.clientX - box.left, y: event.clientY - box.top });
    const object = this.#objectAt(at);
    if (object) this.#retype(object);
  }

  #retype(object) {
    this.#finishField();
    const before = wordsOn(object, this.#picture.objects);
    const { scale, left, top } = this.#camera();
    const { x, y, w, h: height } = boxOf(object);
    const field = h("textarea", { class: "retype", "aria-label": "New words", value: before, rows: 2 });
    const width = Math.max(160, Math.min(360, w * scale));
    field.style.left = `${(x + w / 2) * scale + left - width / 2}px`;
    field.style.top = `${(y + height / 2) * scale + top - 28}px`;
    field.style.width = `${width}px`;
    const close = (isKept) => {
      if (this.#field !== field) return;
      this.#field = null;
      const text = field.value.trim();
      field.remove();
      if (isKept && text && text !== before) this.#actions.change([{ id: object.id, text }]);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing || !(event.key === "Escape" || (event.key === "Enter" && !event.shiftKey))) return;
      event.preventDefault();
      close(event.key === "Enter");
      this.#parts.stage.focus();
    });
    field.addEventListener("blur", () => close(true));
    this.#field = field;
    this.#parts.stage.after(field);
    field.focus();
    field.select();
  }

  #finishField() {
    this.#field?.blur();
  }
}

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const nameOf = (object) => (isLine(object) ? "Connector" : object.object_type);

function outlineOf({ x, y, w, h: height }, margin = MARGIN) {
  const place = { x: x - margin, y: y - margin, width: w + 2 * margin, height: height + 2 * margin, rx: margin };
  return svgElement("rect", place);
}

/** The handle at the lower right corner, `size` canvas units wide: as wide on the screen at any zoom. */
function handleOf({ x, y, w, h: height }, size) {
  const place = { x: x + w + MARGIN - size / 2, y: y + height + MARGIN - size / 2, width: size, height: size };
  return svgElement("rect", { class: "handle", ...place });
}
