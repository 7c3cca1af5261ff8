/**
 * Talks to Canvas Jobs: ask for a drawing, watch it appear, fetch it. Draws nothing itself.
 *
 * No dependencies and no build step, for browsers and Node 18 or newer. Types: client.d.ts.
 */

import { Dispatcher } from "./client/dispatcher.js";
import { asNetworkError, CannotStream, CanvasJobsError, readJson, readProblem, readRetryAfter } from "./client/errors.js";
import { EventParser } from "./client/event-parser.js";
import { backoff, FIRST_PAUSE, jittered, pause, within } from "./client/timing.js";

export { CanvasJobsError, EventParser };

const API = "/api/ai-agent";
const REQUEST_TIMEOUT = 30_000; // milliseconds; a stream has no such limit
const SILENT_TIME = 3_000; // milliseconds for which a failed request is repeated without telling anybody
const STREAM_SILENCE = 45_000; // milliseconds: three of the server's heartbeats
const POLL_PAUSE = 1_500; // milliseconds, unless the server says how long
const SILENT_STREAMS = 2; // after so many without a single byte something between us and the server buffers
const FINAL = new Set(["completed", "failed", "cancelled"]);

/** Whether a job of this status has ended; only an explicit retry changes it then. */
export const isFinal = (status) => FINAL.has(status);

/**
 * Return a client. `getToken({ refresh })` gives the bearer token, or a promise of it; it is asked before each request,
 * and with `refresh: true` after the server refused the last one.
 *
 * @param {import("./client.d.ts").ClientOptions} options
 * @returns {import("./client.d.ts").Client}
 */
export function createClient({ baseUrl = "", getToken, fetch: send = (...args) => globalThis.fetch(...args) }) {
  const root = String(baseUrl).replace(/\/+$/, "") + API;

  /** Send one request; after a 401 once more, with a new token.
   *
   * @param {string} method
   * @param {string} path
   * @param {{ headers?: Record<string, string>, body?: string, signal?: AbortSignal, accepts?: number[] }} options
   */
  async function attempt(method, path, { headers, body, signal, accepts = [] }) {
    for (const refresh of [false, true]) {
      const token = await getToken?.({ refresh });
      let response;
      try {
        response = await send(root + path, {
          method,
          body,
          signal,
          headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
          cache: "no-store",
          credentials: "omit",
        });
      } catch (error) {
        throw asNetworkError(error, signal);
      }
      if (response.ok || response.status === 304 || accepts.includes(response.status)) return response;
      if (response.status === 401 && !refresh && getToken) {
        await response.body?.cancel();
        continue;
      }
      throw await readProblem(response);
    }
  }

  /**
   * Send a request. What is safe to repeat is repeated for three seconds; then the caller learns what is wrong.
   *
   * @param {string} method
   * @param {string} path
   * @param {{ body?: unknown, headers?: Record<string, string>, signal?: AbortSignal, repeat?: boolean, accepts?: number[],
   *   read?: (response: Response) => Promise<any> }} [options] `accepts`: statuses that are no errors
   */
  async function request(
    method,
    path,
    { body, headers = {}, signal, repeat = method === "GET", accepts, read = readJson } = {},
  ) {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const allHeaders = payload === undefined ? headers : { ...headers, "Content-Type": "application/json" };
    const began = Date.now();
    for (let tries = 1; ; tries++) {
      const deadline = within(REQUEST_TIMEOUT, signal);
      try {
        const response = await attempt(method, path, {
          headers: allHeaders,
          body: payload,
          signal: deadline.signal,
          accepts,
        });
        return await read(response);
      } catch (error) {
        const failure = asNetworkError(error, signal);
        // A 429 is for the caller to decide about.
        const isPassing = failure.status === 0 || [502, 503, 504].includes(failure.status);
        if (!(failure instanceof CanvasJobsError) || !repeat || !isPassing) throw failure;
        const wait = backoff(tries, failure.retryAfter);
        if (Date.now() - began + wait > SILENT_TIME) throw failure;
        await pause(wait, signal);
      } finally {
        deadline.clear();
      }
    }
  }

  /** @typedef {import("./client.d.ts").Client} Client */

  const get = (path, options) => request("GET", path, options);
  const jobPath = (jobId, verb) => `/job/${encodeURIComponent(jobId)}/${verb}`;

  /** @type {Client["createCanvas"]} */
  const createCanvas = (wanted, { idempotencyKey = newKey(), signal } = {}) => {
    const headers = { "Idempotency-Key": JSON.stringify(idempotencyKey) };
    return request("POST", "/create-canvas", { body: wanted, headers, signal, repeat: true });
  };

  /** @type {Client["status"]} */
  const status = async (jobId, { signal } = {}) => (await get(jobPath(jobId, "status"), { signal })).job;
  /** @type {Client["result"]} */
  const result = async (jobId, { signal } = {}) => (await get(jobPath(jobId, "result"), { signal })).result;
  /** @type {Client["cancel"]} */
  const cancel = (jobId, { signal } = {}) => request("POST", jobPath(jobId, "cancel"), { signal, repeat: true });
  /** @type {Client["retry"]} */
  const retry = (jobId, { signal } = {}) => request("POST", jobPath(jobId, "retry"), { signal });
  /** @type {Client["list"]} */
  const list = ({ status: only, limit, cursor, signal } = {}) =>
    get(`/jobs${queryOf({ status: only, limit, cursor })}`, { signal });
  /** @type {Client["stats"]} */
  const stats = ({ scope, signal } = {}) => get(`/jobs/stats${queryOf({ scope })}`, { signal });
  /** @type {Client["canvas"]} */
  const canvas = async (canvasId, { signal } = {}) =>
    (await get(`/canvas/${encodeURIComponent(canvasId)}`, { signal })).canvas;
  /** @type {Client["versions"]} */
  const versions = async (canvasId, { signal } = {}) =>
    (await get(`/canvas/${encodeURIComponent(canvasId)}/versions`, { signal })).versions;
  /** @type {Client["revert"]} */
  const revert = async (canvasId, version, { signal } = {}) =>
    (await request("POST", `/canvas/${encodeURIComponent(canvasId)}/revert`, { body: { version }, signal })).canvas;
  /** @type {Client["changeCanvas"]} */
  const changeCanvas = (canvasId, change, { signal } = {}) =>
    request("PATCH", `/canvas/${encodeURIComponent(canvasId)}`, { body: change, signal });
  /** @type {Client["handOver"]} */
  const handOver = (own, { signal } = {}) => request("POST", "/canvases", { body: own, signal });
  /** @type {Client["picture"]} */
  const picture = (canvasId, format, { signal } = {}) =>
    get(`/canvas/${encodeURIComponent(canvasId)}.${format}`, { signal, read: (response) => response.blob() });
  /** An unhealthy service says so in the same form, with a 503. @type {Client["health"]} */
  const health = ({ signal } = {}) => get("/health", { signal, accepts: [503] });

  /**
   * Follow a job to its end and return it. Resumes by itself after any failure of the network or the server, misses
   * nothing and repeats nothing; where streams do not get through it polls instead.
   *
   * @param {string} jobId
   * @param {import("./client.d.ts").FollowOptions} [options]
   */
  async function follow(jobId, options = {}) {
    const { signal, from, stream: mayStream = true, onConnection } = options;
    const dispatcher = new Dispatcher(options, from?.attempt);
    const place = { after: from?.after ?? null, failures: 0, silent: 0, pause: null };
    let canStream = mayStream;
    for (;;) {
      signal?.throwIfAborted();
      try {
        const job = canStream ? await readStream(jobId, place, dispatcher, options) : await poll(jobId, dispatcher, options);
        if (job) {
          dispatcher.done(job);
          return job;
        }
        place.silent = 0; // The server ends a long stream itself; the next one goes on from the last number.
      } catch (error) {
        if (error instanceof CannotStream) {
          canStream = false;
          continue;
        }
        if (!(error instanceof CanvasJobsError) || !error.retryable) throw error;
        if (canStream && place.silent >= SILENT_STREAMS) canStream = false;
        place.failures += 1;
        place.pause = backoff(place.failures, error.retryAfter);
        onConnection?.("reconnecting");
      }
      await pause(place.pause ?? jittered(FIRST_PAUSE), signal);
      place.pause = null;
    }
  }

  /**
   * Read one stream; return the final job, or null when the stream ended before the job did.
   *
   * @param {import("./client.d.ts").FollowOptions} options
   */
  async function readStream(jobId, place, dispatcher, options) {
    const { signal, onConnection, onPosition } = options;
    const quiet = within(STREAM_SILENCE, signal);
    const parser = new EventParser();
    const headers = { Accept: "text/event-stream" };
    if (place.after !== null) headers["Last-Event-ID"] = String(place.after);
    let hasHeard = false;
    try {
      const response = await openStream(jobPath(jobId, "events"), headers, quiet.signal);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read().catch((error) => Promise.reject(asNetworkError(error, signal)));
        if (done) return null;
        quiet.restart();
        if (!hasHeard) onConnection?.("live");
        hasHeard = true;
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
          if (event.retry !== null) place.pause = jittered(event.retry);
          if (event.id !== null && isRepeated(event.id, place.after)) continue;
          if (event.type === "done") return endOf(jobId, parseData(event), signal);
          dispatcher.dispatch(event.type, parseData(event));
          // Noted afterwards: a callback that throws sees the same event again.
          if (event.id !== null) place.after = event.id;
          onPosition?.({ after: place.after, attempt: dispatcher.attempt });
          place.failures = 0;
        }
      }
    } catch (error) {
      if (!hasHeard) place.silent += 1;
      throw error; // As it is: a TypeError in here is a bug in a callback and no failure of the network.
    } finally {
      quiet.clear();
      quiet.abort(); // Closes the connection however we leave; the job goes on.
    }
  }

  async function openStream(path, headers, signal) {
    let response;
    try {
      response = await attempt("GET", path, { headers, signal });
    } catch (error) {
      // Too many open streams, or none behind this gateway: polling still works.
      const isRefused = [405, 406, 429, 501].includes(error.status) || error.code === "server_busy";
      if (error instanceof CanvasJobsError && isRefused) throw new CannotStream();
      throw error;
    }
    if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
      throw new CannotStream();
    }
    return response;
  }

  const endOf = async (jobId, data, signal) => (data.id ? data : status(jobId, { signal }));

  /**
   * Poll the status until the job ends, then hand out the objects of its result; return the final job.
   *
   * @param {import("./client.d.ts").FollowOptions} options
   */
  async function poll(jobId, dispatcher, options) {
    const { signal, onConnection } = options;
    onConnection?.("polling");
    let etag = null;
    for (;;) {
      const polled = await get(jobPath(jobId, "status"), {
        signal,
        headers: etag ? { "If-None-Match": etag } : {},
        read: async (response) => ({
          etag: response.headers.get("etag"),
          retryAfter: readRetryAfter(response),
          job: response.status === 304 ? null : (await readJson(response)).job,
        }),
      });
      etag = polled.etag ?? etag;
      if (polled.job) {
        dispatcher.dispatch("status", polled.job);
        dispatcher.dispatch("progress", polled.job.progress);
        if (isFinal(polled.job.status)) {
          if (polled.job.status === "completed") dispatcher.dispatchResult((await result(jobId, { signal })).objects);
          return polled.job;
        }
      }
      await pause(jittered(polled.retryAfter === null ? POLL_PAUSE : polled.retryAfter * 1000), signal);
    }
  }

  return {
    createCanvas,
    status,
    result,
    follow,
    cancel,
    retry,
    list,
    stats,
    canvas,
    versions,
    revert,
    changeCanvas,
    handOver,
    picture,
    health,
  };
}

function parseData(event) {
  if (!event.data) return {};
  try {
    return JSON.parse(event.data);
  } catch {
    throw new CanvasJobsError({
      code: "invalid_response",
      message: "The server's stream cannot be read. Trying again.",
      retryable: true,
    });
  }
}

const isRepeated = (id, after) => after !== null && /^\d+$/.test(id) && Number(id) <= Number(after);

function queryOf(values) {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return known.length ? `?${new URLSearchParams(known)}` : "";
}

/** Return an Idempotency-Key. It is no secret: where there is no Web Crypto (Node 18), a plain random number does. */
export function newKey() {
  const bytes = globalThis.crypto
    ? globalThis.crypto.getRandomValues(new Uint8Array(16))
    : Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
