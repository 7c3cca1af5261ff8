/**
 * The one drawing that is open: loaded when it is finished, followed while it is made. Tells what there is to see by
 * `tell(type, detail)`; shows nothing itself.
 *
 * `objects` (all of them anew), `object` (one), `state` (phase, title, note), `job` (what the stream says of the job).
 */

import { isFinal } from "../client.js";

export class OpenDrawing {
  jobId = null;
  canvasId = null; // once the drawing is stored
  #client;
  #tell;
  #controller = null;
  #position = null;
  #base = []; // what was on the canvas before this job
  #isLeftOver = false; // what is on show is of a run that came to nothing
  #shownStatus = null;

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
    if (!isSame) this.#base = [];
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
      const note =
        error.status === 404 || error.status === 410
          ? "It has been deleted; drawings are kept for some days."
          : error.message;
      this.#tell("state", { phase: "error", note });
      this.#tell("error", { error });
    }
  }

  async #load(job, signal) {
    const canvas = await this.#client.canvas(job.canvas_id, { signal });
    this.canvasId = canvas.id;
    this.#shownStatus = job.status;
    this.#tell("objects", { objects: canvas.objects });
    this.#tell("state", { phase: "done", title: canvas.title, note: "" });
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
    });
    this.#tell("job", { change: ended });
    if (ended.status === "completed") await this.#load(ended, signal);
    else this.#end(ended);
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
