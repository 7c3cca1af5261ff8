/**
 * Keeps the elements of an SVG group in step with a set of objects: new ones fade in, changed ones move there.
 *
 * Knows neither the network nor the camera.
 */

import { boxOf, partsOf } from "./shapes.js";
import { between, ease } from "./tween.js";

const SVG = "http://www.w3.org/2000/svg";
const MOVE_TIME = 420; // milliseconds
const GLOW = "drop-shadow(0 0 6px var(--accent))";
const GLOW_TIME = 1_600; // milliseconds
const BATCH_TIME = 100; // milliseconds at most; objects that were drawn together arrive together, but for the network

export class Picture {
  #layer;
  #entries = new Map(); // id → { group, from, to, shown, since }
  #frame = 0;
  #isStill;
  #onApplied;
  #batch = new Map(); // id → object: to be shown in one frame, so that a box and its label never part
  #batchFrame = 0;

  /**
   * `isStill()` says whether the person asked for less motion; `onApplied()` is called when a batch is on show.
   *
   * @param {SVGGElement} layer
   * @param {{ isStill?: () => boolean, onApplied?: () => void }} [options]
   */
  constructor(layer, { isStill = () => false, onApplied = () => {} } = {}) {
    this.#layer = layer;
    this.#isStill = isStill;
    this.#onApplied = onApplied;
  }

  get objects() {
    return [...this.#entries.values()].map((entry) => entry.to);
  }

  /** Add an object, or move the one with this id to its new state, together with all that come at the same time. */
  put(object) {
    if (!object?.id || !object.object_type) return;
    this.#batch.set(object.id, object);
    this.#batchFrame ||= window.setTimeout(() => this.#applyBatch(), BATCH_TIME);
  }

  /** Show exactly these objects: what else there was goes. */
  replace(objects) {
    const kept = new Set(objects.map((object) => object.id));
    this.#batch.clear();
    for (const id of this.#entries.keys()) if (!kept.has(id)) this.remove(id);
    this.#apply(objects);
  }

  /** Show objects as they are this moment, without a move: somebody is dragging them. */
  set(objects) {
    for (const object of objects) {
      const entry = this.#entries.get(object.id);
      if (!entry) continue;
      Object.assign(entry, { from: object, to: object });
      this.#render(entry, object);
    }
  }

  /** Draw the eye to objects for a moment. */
  highlight(ids) {
    const glow = [{ filter: GLOW }, { filter: GLOW, offset: 0.4 }, { filter: "none" }];
    for (const id of ids) this.#entries.get(id)?.group.animate(glow, GLOW_TIME);
  }

  remove(id) {
    this.#batch.delete(id);
    this.#entries.get(id)?.group.remove();
    this.#entries.delete(id);
  }

  clear() {
    this.#batch.clear();
    for (const id of [...this.#entries.keys()]) this.remove(id);
  }

  #applyBatch() {
    this.#batchFrame = 0;
    const objects = [...this.#batch.values()];
    this.#batch.clear();
    if (!objects.length) return;
    this.#apply(objects);
    this.#onApplied();
  }

  #apply(objects) {
    const since = performance.now();
    for (const object of objects.filter((each) => each?.id && each.object_type)) {
      const safe = { ...object, properties: object.properties ?? {}, z_index: Number(object.z_index) || 0 };
      const entry = this.#entries.get(safe.id) ?? this.#add(safe);
      if (entry.to.z_index !== safe.z_index || !entry.group.isConnected) this.#insert(entry, safe.z_index);
      Object.assign(entry, { from: entry.shown, to: safe, since });
      if (this.#isStill()) this.#render(entry, safe);
      else this.#schedule();
    }
  }

  /** Return the box around everything, where it is going to be; null when there is nothing. */
  box() {
    const boxes = this.objects.map(boxOf);
    if (!boxes.length) return null;
    const x = Math.min(...boxes.map((box) => box.x));
    const y = Math.min(...boxes.map((box) => box.y));
    const right = Math.max(...boxes.map((box) => box.x + box.w));
    const bottom = Math.max(...boxes.map((box) => box.y + box.h));
    return { x, y, w: right - x, h: bottom - y };
  }

  /** Return the words on the drawing in reading order, for those who do not see it. */
  words() {
    return this.objects
      .filter((object) => object.object_type === "text" && typeof object.properties.text === "string")
      .sort((a, b) => boxOf(a).y - boxOf(b).y || boxOf(a).x - boxOf(b).x)
      .map((object) => object.properties.text.replaceAll("\n", " "));
  }

  #add(object) {
    const group = document.createElementNS(SVG, "g");
    group.classList.add("object");
    group.dataset.id = object.id;
    group.dataset.type = object.object_type;
    const entry = { group, from: object, to: object, shown: object, since: 0 };
    this.#entries.set(object.id, entry);
    this.#render(entry, object);
    return entry;
  }

  /** Put the group behind the first one of a higher z-index; equal ones stay in the order they came. */
  #insert(entry, zIndex) {
    entry.group.dataset.z = String(zIndex);
    const above = [...this.#layer.children].find((group) => group !== entry.group && Number(group.dataset.z) > zIndex);
    this.#layer.insertBefore(entry.group, above ?? null);
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame((now) => this.#step(now));
  }

  #step(now) {
    this.#frame = 0;
    let isMoving = false;
    for (const entry of this.#entries.values()) {
      if (entry.shown === entry.to) continue;
      const share = Math.min(1, Math.max(0, now - entry.since) / MOVE_TIME);
      this.#render(entry, between(entry.from, entry.to, ease(share)));
      isMoving ||= share < 1;
    }
    if (isMoving) this.#schedule();
  }

  #render(entry, object) {
    entry.shown = object;
    const parts = partsOf(object);
    const elements = [...entry.group.children];
    const isSame = elements.length === parts.length && parts.every((part, i) => elements[i].localName === part.tag);
    const drawn = isSame ? elements : parts.map((part) => document.createElementNS(SVG, part.tag));
    if (!isSame) entry.group.replaceChildren(...drawn);
    parts.forEach((part, i) => update(drawn[i], part));
  }
}

function update(element, { attributes, text }) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
  if (text !== null && element.textContent !== text) element.textContent = text;
}
