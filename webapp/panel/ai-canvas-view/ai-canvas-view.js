/**
 * `<ai-canvas-view>` shows one drawing and lets people look around in it and save it. It loads nothing by itself:
 * `show()`, `put()`, `remove()`, `replace()` and `setState()` tell it what there is, `picture` how to get it as SVG or PNG.
 * With `isEditable` a finished drawing can be changed by hand; what is wanted is told by events that bubble:
 *
 * - `objects-change` `{ objects }`: as for `PATCH /canvas/{id}`
 * - `objects-undo`, `objects-redo`
 * - `objects-select` `{ ids }`: what is marked
 * - `drawing-restyle` `{ style }`, `{ colorScheme }` or `{ theme }`
 */

import { say } from "../common/dom.js";
import { loadFonts, loadSheets } from "../common/styles.js";
import { cameraBetween, fitted, moved, START, zoomed } from "../drawing/camera.js";
import { DARK_PAPER, groundOf } from "../drawing/ground.js";
import { Picture } from "../drawing/picture.js";
import { ease } from "../drawing/tween.js";
import { asJson, fileName, save } from "./download.js";
import { Editor } from "./editor.js";
import { listen } from "./gestures.js";
import { layOut } from "./layout.js";

const SHEET_MARGIN = 48; // canvas units around what is drawn
const SMALLEST_SHEET = { w: 640, h: 420 }; // canvas units
const EDGE = 20; // pixels left and right of a drawing that is shown as a whole
const GRID = 28; // pixels between two dots at full size
const FLIGHT_TIME = 420; // milliseconds of a camera move
const LABEL_PAUSE = 500; // milliseconds between two descriptions of a growing drawing
const BUTTON_ZOOM = 1.3;

const sheets = await loadSheets(import.meta.url, "../common/theme.css", "./ai-canvas-view.css");

const BLANKS = {
  empty: ["Drawings appear here", "Describe a process, a plan or an idea, or open one of your drawings."],
  loading: ["Opening the drawing", ""],
  waiting: ["In line", ""],
  retrying: ["Waiting to try again", ""],
  partial: ["No drawing", ""],
  error: ["This drawing cannot be shown", ""],
  gone: ["No drawing", ""],
};

export class AiCanvasView extends HTMLElement {
  /** `async (format) => Blob` for "svg" and "png"; without it only JSON can be saved. */
  picture = null;
  /** `async (instructions) => boolean`, whether the request has arrived; without it nobody is asked what should change. */
  ask = null;
  #camera = START;
  #flight = 0;
  #isFollowing = true; // the camera goes along until the person takes it
  #labelTimer = 0;
  #state = { phase: "empty", title: "", note: "" };
  #drawing;
  #editor;
  #isEditable = false;
  #parts;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = sheets;
    this.#parts = layOut(root, {
      zoomOut: () => this.zoom(1 / BUTTON_ZOOM),
      zoomIn: () => this.zoom(BUTTON_ZOOM),
      fit: () => this.fit(),
      save: (format) => this.#save(format),
      undo: () => this.#emit("objects-undo", {}),
      redo: () => this.#emit("objects-redo", {}),
      restyle: (change) => this.#emit("drawing-restyle", change),
      ask: (instructions) => this.ask?.(instructions),
      recolor: (color) => this.#editor.recolor(color),
      retype: () => this.#editor.retype(),
      remove: () => this.#editor.remove(),
    });
    listen(this.#parts.stage, {
      onPan: (dx, dy) => this.#take(moved(this.#camera, dx, dy)),
      onZoom: (factor, x, y) => this.zoom(factor, x, y),
      onFit: () => this.fit(),
      onGrab: (place, event) => this.#editor.grab(place, event),
      onKey: (event) => this.#editor.key(event),
    });
    this.#drawing = new Picture(this.#parts.objects, {
      isStill: () => this.#calm.matches,
      onApplied: () => this.#changed(),
    });
    this.#editor = new Editor(this.#parts, {
      picture: this.#drawing,
      camera: () => this.#camera,
      actions: {
        change: (objects) => {
          this.#isFollowing = false; // What a person has just put somewhere stays before their eyes.
          this.#emit("objects-change", { objects });
        },
        undo: () => this.#emit("objects-undo", {}),
        redo: () => this.#emit("objects-redo", {}),
        select: (ids) => this.#emit("objects-select", { ids }),
      },
    });
    new ResizeObserver(() => this.#isFollowing && this.fit({ isSudden: true })).observe(this.#parts.stage);
    this.setState({});
  }

  connectedCallback() {
    loadFonts();
  }

  /** The objects on show. */
  get objects() {
    return this.#drawing.objects;
  }

  /** Whether a finished drawing can be changed by hand; somebody must listen to what is wanted. */
  set isEditable(isEditable) {
    this.#isEditable = isEditable;
    this.#render();
  }

  get isEditable() {
    return this.#isEditable;
  }

  /** The ids of what the person has marked. */
  get selection() {
    return this.#editor.selection;
  }

  /** Draw the eye to objects that have changed, for a moment. */
  highlight(ids) {
    this.#drawing.highlight(ids);
  }

  /** Show another drawing from its beginning. */
  show({ title = "", note = "", phase = "loading", objects = [] } = {}) {
    this.#drawing.clear();
    this.#isFollowing = true;
    this.setState({ title, note, phase });
    this.replace(objects);
    if (objects.length) this.fit({ isSudden: true });
  }

  /** Say how things stand: `phase` is empty, loading, waiting, retrying, drawing, done, partial, gone or error. */
  setState(change) {
    const before = this.#state.phase;
    this.#state = { ...this.#state, ...change };
    this.#render();
    // Only now the tools are there that it has to stay clear of.
    if (this.#state.phase === "done" && before !== "done" && this.#isFollowing) this.fit();
  }

  /** Show exactly these objects. */
  replace(objects) {
    this.#drawing.replace(objects);
    this.#changed();
  }

  /** Show a new object, or the new state of one. */
  put(object) {
    this.#drawing.put(object); // shown with all others of its batch
  }

  /** Take an object away. */
  remove(objectId) {
    this.#drawing.remove(objectId);
    this.#changed();
  }

  /** Bring everything into view. */
  fit({ isSudden = false } = {}) {
    this.#isFollowing = true;
    const box = this.#sheetBox();
    const free = this.#freePart();
    if (box && free.w > 0 && free.h > 0) this.#fly(fitted(box, free), isSudden);
  }

  /** Zoom by a factor around the middle of the view. */
  zoom(factor, x, y) {
    const { clientWidth, clientHeight } = this.#parts.stage;
    this.#take(zoomed(this.#camera, factor, x ?? clientWidth / 2, y ?? clientHeight / 2));
  }

  #changed() {
    this.#placeSheet();
    this.#editor.refresh();
    if (this.#isFollowing && !this.#isInView()) this.fit();
    this.#labelTimer ||= setTimeout(() => this.#describe(), LABEL_PAUSE);
    this.#render();
  }

  /** The person moves the camera: from now on it stays where they put it. */
  #take(camera) {
    this.#isFollowing = false;
    cancelAnimationFrame(this.#flight);
    this.#aim(camera);
  }

  #fly(target, isSudden) {
    cancelAnimationFrame(this.#flight);
    if (isSudden || this.#calm.matches || !this.isConnected) {
      this.#aim(target);
      return;
    }
    const [from, since] = [this.#camera, performance.now()];
    const step = (now) => {
      const share = Math.min(1, Math.max(0, now - since) / FLIGHT_TIME);
      this.#aim(cameraBetween(from, target, ease(share)));
      if (share < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }

  #aim(camera) {
    this.#camera = camera;
    const { world, stage, percent } = this.#parts;
    world.setAttribute("transform", `translate(${camera.left} ${camera.top}) scale(${camera.scale})`);
    // The dots move along; zoomed far out, each second one goes.
    const step = GRID * camera.scale * 2 ** Math.max(0, Math.ceil(Math.log2(0.6 / camera.scale)));
    stage.style.backgroundSize = `${step}px ${step}px`;
    stage.style.backgroundPosition = `${camera.left}px ${camera.top}px`;
    say(percent, `${Math.round(camera.scale * 100)} %`);
    this.#editor?.follow();
  }

  #sheetBox() {
    const box = this.#drawing.box();
    if (!box) return null;
    const w = Math.max(SMALLEST_SHEET.w, box.w + 2 * SHEET_MARGIN);
    const height = Math.max(SMALLEST_SHEET.h, box.h + 2 * SHEET_MARGIN);
    return { x: box.x + (box.w - w) / 2, y: box.y + (box.h - height) / 2, w, h: height };
  }

  #placeSheet() {
    const { sheet } = this.#parts;
    const box = this.#sheetBox();
    sheet.classList.toggle("shown", box !== null);
    sheet.classList.toggle("dark", groundOf(this.#drawing.objects) === DARK_PAPER);
    if (!box) return;
    const place = { x: box.x, y: box.y, width: box.w, height: box.h };
    for (const [name, value] of Object.entries(place)) {
      sheet.setAttribute(name, String(value)); // for browsers that do not style geometry
      sheet.style.setProperty(name, `${value}px`);
    }
  }

  #isInView() {
    const box = this.#sheetBox();
    if (!box) return true;
    const free = this.#freePart();
    const { scale, left, top } = this.#camera;
    const [x, y] = [box.x * scale + left, box.y * scale + top];
    const isInside = x >= free.x - 1 && y >= free.y - 1;
    return isInside && x + box.w * scale <= free.x + free.w + 1 && y + box.h * scale <= free.y + free.h + 1;
  }

  /** The part of the view that neither the title nor the tools cover. */
  #freePart() {
    const { clientWidth, clientHeight } = this.#parts.stage;
    const above = clientHeight < 480 ? 60 : 84;
    const below = Math.max(clientHeight < 480 ? 60 : 76, this.#parts.tools.offsetHeight + 24);
    return { x: EDGE, y: above, w: clientWidth - 2 * EDGE, h: clientHeight - above - below };
  }

  #describe() {
    this.#labelTimer = 0;
    const { title } = this.#state;
    const words = this.#drawing.words().filter((text) => text !== title);
    const content = words.length ? `: ${words.join(", ")}` : "";
    this.#parts.svg.setAttribute("aria-label", `${title || "Drawing"}${content}`);
  }

  #render() {
    const { phase, title, note } = this.#state;
    const { caption, heading, noteLine, blank, blankHeading, blankNote, tools, changes, followUp, saves } = this.#parts;
    const isBlank = this.objects.length === 0;
    this.dataset.phase = phase;
    const isChangeable = this.#isEditable && phase === "done" && !isBlank;
    this.#editor.isOn = isChangeable;
    changes.hidden = !isChangeable;
    followUp.hidden = !isChangeable || !this.ask;
    caption.hidden = isBlank || !(title || note);
    say(heading, title);
    say(noteLine, note);
    blank.hidden = !isBlank;
    const [blankTitle, blankText] = BLANKS[phase] ?? ["Getting ready to draw", ""];
    say(blankHeading, blankTitle);
    say(blankNote, (phase !== "empty" && note) || blankText);
    tools.hidden = isBlank;
    for (const [format, button] of Object.entries(saves)) {
      button.disabled = phase !== "done" || (format !== "json" && !this.picture);
    }
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }

  async #save(format) {
    const { title } = this.#state;
    const { spoken } = this.#parts;
    say(spoken, "");
    try {
      const blob = format === "json" ? asJson(title, this.objects) : await this.picture(format);
      save(blob, fileName(title, format));
      say(spoken, `Saved as ${format.toUpperCase()}.`);
    } catch (error) {
      this.setState({ note: `Could not save: ${error.message}` });
      say(spoken, `Could not save: ${error.message}`);
    }
  }
}

customElements.define("ai-canvas-view", AiCanvasView);
