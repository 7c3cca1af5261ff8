/**
 * The person's jobs as this tab knows them: read from the server, kept fresh while any of them is unfinished, and told
 * of what other tabs do. Says `change` whenever something did.
 */

import { isFinal } from "../client.js";

const PAGE = 20; // jobs
const BUSY_PAUSE = 2_000; // milliseconds between two looks while a job waits or is not followed
const CALM_PAUSE = 10_000; // while all unfinished jobs are followed: a look from time to time, all the same
const HIDDEN_PAUSE = 15_000; // in a tab that nobody sees
const CHANNEL = "canvas-jobs";

export class JobBook extends EventTarget {
  state = "loading"; // loading, ready, error
  error = null;
  #client;
  #jobs = new Map();
  #followed = null;
  #cursor = null;
  #version = 0; // rises with each change noted here
  #noted = new Map(); // job id → version of its last such change: a list asked for before that is out of date
  #timer = 0;
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
    await this.refresh();
  }

  stop() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#channel?.close();
    document.removeEventListener("visibilitychange", this.#look);
  }

  /** Read the newest jobs again. */
  async refresh() {
    const version = this.#version;
    const isFirst = this.state !== "ready";
    try {
      const page = await this.#client.list({ limit: PAGE });
      if (!this.#isOpen) return;
      for (const job of page.jobs) {
        if ((this.#noted.get(job.id) ?? 0) <= version) this.#jobs.set(job.id, job);
      }
      if (isFirst) this.#cursor = page.next_cursor;
      [this.state, this.error] = ["ready", null];
    } catch (error) {
      if (!this.#isOpen) return;
      // What is shown stays; only an empty list has to say why it is empty.
      if (isFirst) [this.state, this.error] = ["error", error];
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

  /** Note what was learnt of a job elsewhere: from its stream, or from an answer to the person's wish. */
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

  #schedule() {
    clearTimeout(this.#timer);
    const unfinished = [...this.#jobs.values()].filter((job) => !isFinal(job.status));
    const isHopeless = this.state === "error" && !this.error.retryable;
    if (!this.#isOpen || isHopeless || (!unfinished.length && this.state === "ready")) return;
    const isBusy = unfinished.some((job) => job.id !== this.#followed || job.status === "queued");
    const wait = isBusy || this.state === "error" ? BUSY_PAUSE : CALM_PAUSE;
    this.#timer = setTimeout(() => this.refresh(), document.hidden ? HIDDEN_PAUSE : wait);
  }

  #look = () => {
    if (!document.hidden) this.refresh();
  };

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
