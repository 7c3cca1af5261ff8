/**
 * The person's jobs as this tab knows them: read from the server, kept fresh while any of them is unfinished, and told
 * of what other tabs do. Says `change` whenever something did.
 */

import { backoff } from "../client/timing.js";
import { isFinal } from "../client.js";

const PAGE = 20; // jobs
const BUSY_PAUSE = 2_000; // milliseconds between two looks while a job waits or is not followed
const CALM_PAUSE = 10_000; // while all unfinished jobs are followed: a look from time to time, all the same
const HIDDEN_PAUSE = 15_000; // in a tab that nobody sees
const PATIENCE = 3_000; // milliseconds until a read that has brought nothing yet is called slow
const CHANNEL = "canvas-jobs";

export class JobBook extends EventTarget {
  state = "loading"; // loading, ready, error
  error = null; // of the last read
  isSlow = false; // the read under way takes long
  #client;
  #jobs = new Map();
  #followed = null;
  #cursor = null;
  #version = 0; // rises with each change noted here
  #noted = new Map(); // job id → version of its last such change: a list asked for before that is out of date
  #timer = 0;
  #failures = 0; // reads in a row
  #channel = null;
  #isOpen = false;

  constructor(client) {
    super();
    this.#client = client;
  }

  /** All jobs known, newest first. */
  get jobs() {
    return [...this.#jobs.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  find(jobId) {
    return this.#jobs.get(jobId) ?? null;
  }

  /** Begin to read and to listen. */
  async start() {
    this.#isOpen = true;
    if (typeof BroadcastChannel === "function") {
      this.#channel = new BroadcastChannel(CHANNEL);
      this.#channel.onmessage = () => this.refresh();
    }
    document.addEventListener("visibilitychange", this.#look);
    window.addEventListener("online", this.#look);
    await this.refresh();
  }

  stop() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#channel?.close();
    document.removeEventListener("visibilitychange", this.#look);
    window.removeEventListener("online", this.#look);
  }

  /** Read the newest jobs again. */
  async refresh() {
    const version = this.#version;
    const isFirst = this.state !== "ready";
    clearTimeout(this.#timer);
    const slow = setTimeout(() => this.#setSlow(true), PATIENCE);
    try {
      const page = await this.#client.list({ limit: PAGE });
      if (!this.#isOpen) return;
      this.#failures = 0;
      for (const job of page.jobs) {
        if ((this.#noted.get(job.id) ?? 0) <= version) this.#jobs.set(job.id, job);
      }
      if (isFirst) this.#cursor = page.next_cursor;
      [this.state, this.error] = ["ready", null];
    } catch (error) {
      if (!this.#isOpen) return;
      this.#failures += 1;
      this.error = error; // What is shown stays, and may be out of date.
      if (isFirst) this.state = "error";
    } finally {
      clearTimeout(slow);
      this.isSlow = false;
    }
    this.#changed();
    this.#schedule();
  }

  /** Read the next older jobs. */
  async readMore() {
    const page = await this.#client.list({ limit: PAGE, cursor: this.#cursor });
    for (const job of page.jobs) if (!this.#jobs.has(job.id)) this.#jobs.set(job.id, job);
    this.#cursor = page.next_cursor;
    this.#changed();
  }

  /** Note what was learnt of a job elsewhere: from its stream, or from the response to what the person asked for. */
  note(jobId, change) {
    this.#noted.set(jobId, ++this.#version);
    this.#jobs.set(jobId, { ...this.#jobs.get(jobId), ...change });
    this.#changed();
    this.#schedule();
  }

  /** Tell other tabs that they should look. */
  announce() {
    this.#channel?.postMessage("changed");
  }

  /** The job whose stream this tab reads: it needs fewer looks. */
  set followed(jobId) {
    this.#followed = jobId;
    this.#schedule();
  }

  #setSlow(isSlow) {
    this.isSlow = isSlow;
    this.#changed();
  }

  #schedule() {
    clearTimeout(this.#timer);
    const wait = this.#pause();
    if (!this.#isOpen || wait === null) return;
    this.#timer = setTimeout(() => this.refresh(), document.hidden ? Math.max(wait, HIDDEN_PAUSE) : wait);
  }

  /** Milliseconds until the next look; null when nothing is going to change by itself. */
  #pause() {
    if (this.error) return this.error.retryable ? backoff(this.#failures, this.error.retryAfter) : null;
    const unfinished = [...this.#jobs.values()].filter((job) => !isFinal(job.status));
    if (!unfinished.length) return null;
    const isBusy = unfinished.some((job) => job.id !== this.#followed || job.status === "queued");
    return isBusy ? BUSY_PAUSE : CALM_PAUSE;
  }

  #look = () => {
    if (!document.hidden) this.refresh();
  };

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
