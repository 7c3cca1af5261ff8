/**
 * The one drawing that is open: loaded when it is finished, followed while it is made. Tells what there is to see by
 * `tell(type, detail)`; shows nothing itself.
 *
 * `changes` (ids of what a job has changed), `objects` (all of them), `object` (one), `removed` (one), `state` (phase,
 * title, note), `job` (what the stream says of it).
 */

import { backoff, pause } from "../client/timing.js";
import { isFinal } from "../client.js";

/** What is said while a drawing opens, by the status of its job. */
export const OPENING = {
  queued: { phase: "waiting", note: "Waiting for a free worker" },
  processing: { phase: "drawing" },
  completed: { phase: "loading" },
  failed: { phase: "gone", note: "Nothing was drawn before it failed." },
  cancelled: { phase: "gone", note: "It was cancelled before anything was drawn." },
};

export class OpenDrawing {
  jobId = null;
  canvasId = null; // once the drawing is stored
  canUndo = false; // the job changed what was there, and nothing has changed it since
  #past = []; // versions that undo leads to, the nearest last
  #future = []; // the same for redo
  #version = null; // the one on show
  #changing = Promise.resolve(); // changes by hand, one after another
  #client;
  #tell;
  #controller = null;
  #position = null;
  #base = []; // what was on the canvas before this job
  #isLeftOver = false; // what is on show is of a run that came to nothing
  #shownStatus = null;
  #failures = 0; // attempts in a row to show this drawing

  constructor(client, tell) {
    this.#client = client;
    this.#tell = tell;
  }

  get isFollowing() {
    return this.#controller !== null && this.#shownStatus === null;
  }

  /** Open a job's drawing. One that was open already keeps what it shows until there is something new. */
  async open(job) {
    const isSame = job.id === this.jobId;
    this.close();
    this.jobId = job.id;
    this.#isLeftOver = isSame;
    if (!isSame) [this.#base, this.#failures] = [[], 0];
    await this.#run(job, async (signal) => {
      if (job.status === "completed") await this.#load(job, signal);
      else await this.#follow(job, signal, { reads: !isSame });
    });
  }

  /** Whether the job has come to another end than the one on show: another tab cancelled or retried it. */
  isOutdated(job) {
    if (!job || job.id !== this.jobId || this.isFollowing) return false;
    return this.#shownStatus !== null && this.#shownStatus !== job.status;
  }

  /** Stop reading; the job goes on. */
  close() {
    this.#controller?.abort();
    this.#controller = null;
    this.#position = null;
    this.#shownStatus = null;
    this.canvasId = null;
    this.canUndo = false;
  }

  /** Change it by hand, as for `PATCH /canvas/{id}`, after all that was asked before; what fails is shown as it is. */
  change(wanted) {
    return this.#afterOthers(async (canvasId) => {
      const { canvas } = await this.#client.changeCanvas(canvasId, wanted);
      this.#past.push(this.#version);
      this.#future = [];
      return canvas;
    });
  }

  /** Take back the last change, whoever made it: the canvas becomes what it was before. */
  undo() {
    return this.#afterOthers((canvasId) => this.#goTo(canvasId, this.#past, this.#future));
  }

  /** Make the change again that was taken back last. */
  redo() {
    return this.#afterOthers((canvasId) => this.#goTo(canvasId, this.#future, this.#past));
  }

  async #goTo(canvasId, versions, others) {
    if (!versions.length) return null;
    const canvas = await this.#client.revert(canvasId, versions.at(-1));
    versions.pop();
    others.push(this.#version);
    return canvas;
  }

  #afterOthers(work) {
    const { canvasId } = this;
    const done = this.#changing.then(async () => {
      if (canvasId === null || canvasId !== this.canvasId) return; // Something else was opened meanwhile.
      try {
        const canvas = await work(canvasId);
        if (canvas && canvasId === this.canvasId) this.#show(canvas);
      } catch (error) {
        const canvas = await this.#client.canvas(canvasId).catch(() => null);
        if (canvas && canvasId === this.canvasId) this.#show(canvas);
        throw error;
      }
    });
    this.#changing = done.catch(() => {}); // The caller hears of it; the next change goes on.
    return done;
  }

  #show(canvas, { canUndo = false } = {}) {
    this.#version = canvas.version;
    this.canUndo = canUndo;
    this.#tell("objects", { objects: canvas.objects });
    this.#tell("state", { phase: "done", title: canvas.title, note: "" });
  }

  /** Give the connection back while nobody looks: a browser has only six of them for all its tabs. */
  pause() {
    if (!this.isFollowing) return;
    this.#controller.abort();
    this.#controller = null;
  }

  /** Go on where `pause` stopped. */
  async resume(job) {
    if (this.#controller || this.#shownStatus !== null || !job || job.id !== this.jobId) return;
    await this.#run(job, (signal) => this.#follow(job, signal, { reads: false }));
  }

  async #run(job, work) {
    const controller = new AbortController();
    this.#controller = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      if (controller.signal.aborted) return;
      this.#shownStatus = job.status;
      const isGone = error.status === 404 || error.status === 410;
      const note = isGone ? "It has been deleted; drawings are kept for some days." : error.message;
      this.#tell("state", { phase: "error", note });
      this.#tell("error", { error });
      if (error.retryable) await this.#heal(job, error, controller.signal);
    }
  }

  /** Open the drawing again after a while, or as soon as the browser is online. */
  async #heal(job, error, signal) {
    this.#failures += 1;
    try {
      await pause(backoff(this.#failures, error.retryAfter), signal);
    } catch {
      return; // Something else was opened, or nothing.
    }
    await this.open(job);
  }

  async #load(job, signal) {
    const canvas = await this.#client.canvas(job.canvas_id, { signal });
    this.canvasId = canvas.id;
    this.#shownStatus = job.status;
    this.#failures = 0;
    const versions = canvas.version > 1 ? await this.#client.versions(job.canvas_id, { signal }) : [];
    this.#past = versions.map(({ version }) => version).filter((version) => version < canvas.version).reverse();
    this.#future = [];
    this.#show(canvas, { canUndo: versions[0]?.job_id === job.id });
  }

  async #follow(job, signal, { reads }) {
    const target = job.request_data.canvas_id;
    if (reads && target && !isFinal(job.status)) await this.#readBase(target, signal);
    if (!isFinal(job.status)) this.#tell("state", phaseOf(job));
    const ended = await this.#client.follow(job.id, {
      signal,
      from: this.#position,
      onPosition: (position) => (this.#position = position),
      onConnection: (connection) => this.#tell("connection", { connection }),
      onStatus: (change) => {
        this.#tell("job", { change });
        this.#tell("state", phaseOf(change));
      },
      onProgress: (progress) => {
        this.#tell("job", { change: { progress } });
        this.#tell("state", { note: progress.message });
      },
      onClear: () => (this.#isLeftOver = true),
      onObject: (object) => {
        if (this.#isLeftOver) this.#tell("objects", { objects: this.#base });
        this.#isLeftOver = false;
        this.#tell("object", { object });
      },
      onObjectRemoved: (objectId) => this.#tell("removed", { objectId }),
    });
    this.#tell("job", { change: ended });
    if (ended.status !== "completed") {
      this.#end(ended);
      return;
    }
    await this.#load(ended, signal);
    if (["edit", "auto"].includes(job.request_data.mode)) await this.#tellChanges(ended, signal);
  }

  /** Only to draw the eye to them: where that cannot be read, the drawing is there all the same. */
  async #tellChanges(job, signal) {
    const { changes } = await this.#client.result(job.id, { signal }).catch(() => ({ changes: null }));
    if (changes && !signal.aborted) this.#tell("changes", { ids: [...changes.added, ...changes.changed] });
  }

  async #readBase(canvasId, signal) {
    const canvas = await this.#client.canvas(canvasId, { signal });
    this.#base = canvas.objects;
    this.#tell("objects", { objects: this.#base });
  }

  #end(job) {
    this.#shownStatus = job.status;
    const note = job.status === "failed" ? job.error_message : "Cancelled before it was finished.";
    this.#tell("state", { phase: "partial", note });
  }
}

function phaseOf(job) {
  if (job.status === "processing") return { phase: "drawing", note: job.progress?.message ?? "" };
  if (job.status !== "queued") return {};
  return job.error_message
    ? { phase: "retrying", note: job.error_message }
    : { phase: "waiting", note: "Waiting for a free worker" };
}
