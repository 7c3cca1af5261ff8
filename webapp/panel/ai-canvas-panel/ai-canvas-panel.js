/**
 * `<ai-canvas-panel>` is all a person needs for drawings from sentences: describe, watch, cancel, retry, look back.
 * It shows no drawing itself but tells by events what there is to see, so that any canvas can show it:
 *
 * - `drawing-open` `{ jobId, title, phase, note }`: forget the last one
 * - `drawing-objects` `{ objects }`: exactly these
 * - `drawing-object` `{ object }`: a new one, or the new state of one
 * - `drawing-removed` `{ objectId }`: no longer part of it
 * - `drawing-changes` `{ ids }`: what a job has just changed, to draw the eye to
 * - `drawing-state` `{ phase, title?, note? }`
 * - `panel-close`
 *
 * `connect.js` joins it to an `<ai-canvas-view>`.
 *
 * Attributes: `base-url` (of Canvas Jobs; this site when left out), `open`. Property: `getToken`; nothing is asked of the
 * server before it is set, and setting it again starts over, for another person.
 */

import { createClient, isFinal, newKey } from "../client.js";
import { h, say } from "../common/dom.js";
import { loadFonts, loadSheets } from "../common/styles.js";
import { announcement, shortened, wordsOf } from "../ai-job-card/words.js";
import { explain } from "./explain.js";
import { JobBook } from "./job-book.js";
import { layOut } from "./layout.js";
import { OPENING, OpenDrawing } from "./open-drawing.js";

const sheets = await loadSheets(import.meta.url, "../common/theme.css", "./ai-canvas-panel.css");

const TICK = 1_000; // milliseconds between two looks at the clock
const LONG_WAIT = 5_000; // milliseconds in line before we ask whether anybody is working
const HEALTH_PAUSE = 10_000; // milliseconds between two such questions

export class AiCanvasPanel extends HTMLElement {
  /** The ids of what the person has marked: what "this" and "these" are in a change. */
  selection = [];
  #getToken = null;
  #client = null;
  #book = null;
  #drawing = null;
  #parts;
  #cards = new Map();
  #busy = new Set(); // jobs with a wish on its way
  #unsure = null; // a request that may or may not have arrived, and its key
  #statuses = null; // what was announced last, by job
  #connection = "live";
  #clock = 0;
  #healthAt = 0;
  #ready = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = sheets;
    this.#parts = layOut(root, {
      send: (wanted) => this.#send(wanted),
      open: (jobId) => this.openJob(jobId),
      cancel: (jobId) => this.#cancel(jobId),
      retry: (jobId) => this.#retry(jobId),
      repeat: (jobId) => this.#repeat(jobId),
      undo: (jobId) => this.#undo(jobId),
      reword: (jobId) => (this.#parts.form.instructions = wordsOf(this.#book.find(jobId))),
      refresh: () => this.#book.refresh(),
      readMore: () => this.#readMore(),
      close: () => this.close(),
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      event.preventDefault();
      this.close();
    });
    // Set while this module was still on its way: then it is a plain property that hides ours.
    if (Object.hasOwn(this, "getToken")) {
      const early = this.getToken;
      delete this.getToken;
      this.getToken = early;
    }
  }

  /** `({ refresh }) => token`, or a promise of it. The panel begins once it can sign in. */
  set getToken(getToken) {
    this.#getToken = getToken;
    if (!this.isConnected) return;
    this.#stop();
    if (getToken) this.#start();
  }

  get getToken() {
    return this.#getToken;
  }

  /** Resolves once the person's jobs have been read for the first time. */
  get ready() {
    return this.#ready;
  }

  connectedCallback() {
    loadFonts();
    if (this.#getToken) this.#start();
  }

  #start() {
    this.#client = createClient({
      baseUrl: this.getAttribute("base-url") ?? "",
      getToken: (options) => this.#getToken(options),
    });
    this.#book = new JobBook(this.#client);
    this.#drawing = new OpenDrawing(this.#client, (type, detail) => this.#hear(type, detail));
    this.#book.addEventListener("change", () => this.#render());
    document.addEventListener("visibilitychange", this.#look);
    this.#clock = setInterval(() => this.#tick(), TICK);
    this.#ready = this.#book.start();
  }

  disconnectedCallback() {
    this.#stop();
  }

  #stop() {
    clearInterval(this.#clock);
    document.removeEventListener("visibilitychange", this.#look);
    this.#drawing?.close();
    this.#book?.stop();
    this.#statuses = null;
    this.#cards.clear();
    this.#parts.list.replaceChildren();
  }

  get isOpen() {
    return this.hasAttribute("open");
  }

  /** The open job, or null. */
  get jobId() {
    return this.#drawing?.jobId ?? null;
  }

  /** The client the panel uses, signed in as the person. */
  get client() {
    return this.#client;
  }

  /** Show the panel, ready to type. */
  open() {
    this.setAttribute("open", "");
    this.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.removeAttribute("open");
    this.#emit("panel-close", {});
  }

  focus() {
    this.#parts.form.focus();
  }

  /** Open the drawing of one of the person's jobs. */
  async openJob(jobId) {
    let job = this.#book.find(jobId);
    if (!job) {
      try {
        job = await this.#client.status(jobId);
      } catch (error) {
        const note = error.status === 404 ? "There is no such drawing. It may have been deleted." : error.message;
        this.#emit("drawing-open", { jobId: null, title: "", phase: "error", note });
        return;
      }
      this.#book.note(job.id, job);
    }
    if (this.jobId !== jobId) {
      const { phase, note } = OPENING[job.status];
      const title = shortened(wordsOf(job), 70);
      this.#connection = "live";
      this.#emit("drawing-open", { jobId, title, phase, note: note ?? "" });
    }
    this.#book.followed = isFinal(job.status) ? null : jobId;
    const opened = this.#drawing.open(job);
    this.#render();
    this.#cards.get(jobId)?.item.scrollIntoView({ block: "nearest" });
    await opened;
  }

  /** Change objects of the open drawing by hand: moved, retyped, recoloured, deleted, as for `PATCH /canvas/{id}`. */
  change(objects) {
    return this.#byHand("Changed", () => this.#drawing.change({ objects }));
  }

  /** Draw the open drawing in another `style`, `colorScheme` or `theme`, at once and without a model. */
  restyle(manner) {
    return this.#byHand("Changed", () => this.#drawing.change(manner));
  }

  /** Ask for a change of the open drawing, in words; return whether the request has arrived. */
  async ask(instructions) {
    const { canvasId } = this.#drawing;
    if (!canvasId) return false;
    const { style, colorScheme, theme } = this.#book.find(this.jobId)?.request_data ?? {};
    const marked = this.selection.length ? { selection: this.selection } : {};
    const wanted = { instructions, style, colorScheme, ...(theme && { theme }), canvas_id: canvasId, mode: "auto", ...marked };
    try {
      await this.#request(wanted);
      return true;
    } catch (error) {
      this.#showProblem(explain(error));
      return false;
    }
  }

  /** Take back the last change of the open drawing. */
  undo() {
    return this.#byHand("Undone", () => this.#drawing.undo());
  }

  /** Make the change again that was taken back last. */
  redo() {
    return this.#byHand("Redone", () => this.#drawing.redo());
  }

  async #byHand(done, work) {
    this.#showProblem("");
    try {
      await work();
      say(this.#parts.spoken, done);
    } catch (error) {
      this.#showProblem(explain(error));
    }
    this.#renderCards();
  }

  /** Return the open drawing as a file. */
  picture(format) {
    return this.#client.picture(this.#drawing.canvasId, format);
  }

  async #send({ instructions, style, colorScheme, theme, mode }) {
    const { form } = this.#parts;
    const canvasId = mode === "new" ? null : this.#drawing.canvasId;
    const marked = canvasId && mode === "edit" && this.selection.length ? { selection: this.selection } : {};
    const wanted = { instructions, style, colorScheme, theme, ...(canvasId && { canvas_id: canvasId, mode }), ...marked };
    const stop = new AbortController();
    form.busy({ onStop: () => stop.abort() });
    try {
      await this.#request(wanted, { signal: stop.signal, onAccepted: () => form.sent() });
    } catch (error) {
      form.fail(stop.signal.aborted ? "Stopped. Nothing was lost: you can send it again." : explain(error));
    }
  }

  /**
   * Send a request and open its job.
   *
   * @param {any} wanted
   * @param {{ signal?: AbortSignal, onAccepted?: () => void }} [options]
   */
  async #request(wanted, { signal, onAccepted } = {}) {
    const options = { idempotencyKey: this.#keyOf(wanted), signal };
    const { job_id: jobId } = await this.#client.createCanvas(wanted, options);
    this.#unsure = null;
    onAccepted?.();
    this.#book.announce();
    this.openJob(jobId);
  }

  /** The same key while it is unknown whether the request has arrived: sent again, it makes no second drawing. */
  #keyOf(wanted) {
    const text = JSON.stringify(wanted);
    if (this.#unsure?.text !== text) this.#unsure = { text, key: newKey() };
    return this.#unsure.key;
  }

  async #cancel(jobId) {
    await this.#wish(jobId, async () => {
      await this.#client.cancel(jobId);
      this.#book.note(jobId, { status: "cancelled", completed_at: new Date().toISOString() });
    });
  }

  async #retry(jobId) {
    await this.#wish(jobId, async () => {
      await this.#client.retry(jobId);
      this.#book.note(jobId, await this.#client.status(jobId));
      this.openJob(jobId);
    });
  }

  /** Draw the same request once more, on a canvas of its own: a model draws it otherwise. */
  async #repeat(jobId) {
    const { instructions, source, style, colorScheme, theme } = this.#book.find(jobId).request_data;
    const wanted = { ...(source ? { source } : { instructions }), style, colorScheme, ...(theme && { theme }) };
    await this.#wish(jobId, async () => {
      const { job_id: again } = await this.#client.createCanvas(wanted, { idempotencyKey: this.#keyOf({ jobId, wanted }) });
      this.#unsure = null;
      await this.openJob(again);
    });
  }

  async #undo(jobId) {
    await this.#wish(jobId, async () => {
      await this.#drawing.undo();
      say(this.#parts.spoken, "Undone");
    });
  }

  async #wish(jobId, fulfil) {
    this.#busy.add(jobId);
    this.#showProblem("");
    this.#render();
    try {
      await fulfil();
      this.#book.announce();
    } catch (error) {
      this.#showProblem(explain(error));
      this.#book.refresh(); // The job may have ended meanwhile: show how it is.
    } finally {
      this.#busy.delete(jobId);
      this.#render();
    }
  }

  /** Pass on what the open drawing tells. */
  #hear(type, detail) {
    const { jobId } = this.#drawing;
    if (type === "job") {
      this.#book.note(jobId, detail.change);
      if (isFinal(detail.change.status)) this.#book.followed = null;
    } else if (type === "connection") {
      this.#connection = detail.connection;
      this.#render();
    } else if (type === "error") {
      this.#book.followed = null;
    } else {
      this.#emit(`drawing-${type}`, detail);
    }
    if (type === "state") {
      this.#parts.form.canAdd = this.#drawing.canvasId !== null;
      this.#renderCards();
    }
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }

  #look = () => {
    if (document.hidden) this.#drawing.pause();
    else this.#drawing.resume(this.#book.find(this.jobId));
  };

  /** Times go on while nothing happens; and a long wait is worth a question. */
  #tick() {
    if (document.hidden || this.#book.state !== "ready") return;
    this.#renderCards();
    const now = Date.now();
    const isStuck = this.#book.jobs.some(
      (job) => job.status === "queued" && job.retry_count === 0 && now - Date.parse(job.created_at) > LONG_WAIT,
    );
    const isQuiet = !this.#book.jobs.some((job) => job.status === "processing");
    if (!isStuck || !isQuiet) {
      this.#parts.notice.hidden = true;
    } else if (now - this.#healthAt > HEALTH_PAUSE) {
      this.#healthAt = now;
      this.#askHealth();
    }
  }

  async #askHealth() {
    const { notice } = this.#parts;
    try {
      const { job_processor: processor } = await this.#client.health();
      notice.hidden = processor.running;
      say(
        notice,
        processor.running
          ? ""
          : "No worker is running at the moment. Your drawing is kept and starts as soon as one does.",
      );
    } catch {
      notice.hidden = true; // Whether there is a worker is unknown; the list says what else is wrong.
    }
  }

  #render() {
    const { list, loading, empty, failed, failure, more, outage } = this.#parts;
    const { state, error, jobs } = this.#book;
    loading.hidden = state !== "loading" || jobs.length > 0;
    empty.hidden = state !== "ready" || jobs.length > 0;
    failed.hidden = state !== "error";
    if (error) say(failure, explain(error));
    say(outage, this.#describeOutage());
    outage.hidden = !outage.textContent;
    list.hidden = jobs.length === 0;
    more.hidden = !this.#book.hasMore;
    this.#renderCards();
    this.#announce(jobs);
    const open = this.#book.find(this.jobId);
    if (this.#drawing.isOutdated(open)) this.openJob(open.id);
  }

  #describeOutage() {
    const { state, error, isSlow } = this.#book;
    if (isSlow) return "The server is not responding. Still trying…";
    return error && state === "ready" ? `${error.message} The list may be out of date.` : "";
  }

  #renderCards() {
    const { list } = this.#parts;
    const now = Date.now();
    this.#book.jobs.forEach((job, index) => {
      const { item, card } = this.#cards.get(job.id) ?? this.#addCard(job.id);
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      card.show(job, {
        now,
        isOpen: job.id === this.jobId,
        isBusy: this.#busy.has(job.id),
        canUndo: job.id === this.jobId && this.#drawing.canUndo,
        connection: this.#connection,
      });
    });
  }

  #addCard(jobId) {
    const card = document.createElement("ai-job-card");
    const entry = { card, item: h("li", {}, card) };
    this.#cards.set(jobId, entry);
    return entry;
  }

  /** Tell those who do not see the list what has changed since they last heard; the first list is no news. */
  #announce(jobs) {
    if (this.#book.state !== "ready") return;
    const before = this.#statuses;
    this.#statuses = new Map(jobs.map((job) => [job.id, job.status]));
    const news = before ? jobs.filter((job) => before.get(job.id) !== job.status && !this.#isOld(job, before)) : [];
    if (news.length) say(this.#parts.spoken, news.map(announcement).join(". "));
  }

  /** A job that came with "Show earlier" and ended long ago. */
  #isOld = (job, before) => !before.has(job.id) && isFinal(job.status);

  #showProblem(message) {
    const { problem } = this.#parts;
    say(problem, message);
    problem.hidden = !message;
  }

  async #readMore() {
    try {
      await this.#book.readMore();
    } catch (error) {
      this.#showProblem(explain(error));
    }
  }
}

customElements.define("ai-canvas-panel", AiCanvasPanel);
