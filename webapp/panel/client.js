/**
 * Talks to Canvas Jobs: ask for a drawing, watch it appear, fetch it. Draws nothing itself.
 *
 * One module without dependencies, for browsers and Node 18 or newer. Types: client.d.ts.
 */

const API = "/api/ai-agent";
const REQUEST_TIMEOUT = 30_000; // milliseconds; a stream has no such limit
const STREAM_SILENCE = 45_000; // milliseconds: three of the server's heartbeats
const MAX_TRIES = 4; // of one request that may be repeated
const FIRST_PAUSE = 500; // milliseconds; doubles with each failure, jittered
const LONGEST_PAUSE = 15_000; // milliseconds
const POLL_PAUSE = 1_500; // milliseconds, unless the server says how long
const SILENT_STREAMS = 2; // after so many without a single byte something between us and the server buffers
const FINAL = new Set(["completed", "failed", "cancelled"]);

/** Whether a job of this status has ended; only an explicit retry changes it then. */
export const isFinal = (status) => FINAL.has(status);

/** What went wrong. `message` is a sentence for people, `code` a stable word for programs. */
export class CanvasJobsError extends Error {
  constructor({ code, message, status = 0, retryable = false, details = null, retryAfter = null, requestId = null }) {
    super(message);
    this.name = "CanvasJobsError";
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.details = details;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }
}

/**
 * Return a client. `getToken({ refresh })` gives the bearer token, or a promise of it; it is asked before each request,
 * and with `refresh: true` after the server refused the last one.
 */
export function createClient({ baseUrl = "", getToken, fetch: send = (...args) => globalThis.fetch(...args) }) {
  const root = String(baseUrl).replace(/\/+$/, "") + API;

  /** Send one request; after a 401 once more, with a new token. */
  async function attempt(method, path, { headers, body, signal }) {
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
      if (response.ok || response.status === 304) return response;
      if (response.status === 401 && !refresh && getToken) {
        await response.body?.cancel();
        continue;
      }
      throw await readProblem(response);
    }
  }

  /** Send a request until it is answered; only what is safe to repeat is repeated. */
  async function request(
    method,
    path,
    { body, headers = {}, signal, repeat = method === "GET", read = readJson } = {},
  ) {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const allHeaders = payload === undefined ? headers : { ...headers, "Content-Type": "application/json" };
    for (let tries = 1; ; tries++) {
      const deadline = within(REQUEST_TIMEOUT, signal);
      try {
        const response = await attempt(method, path, { headers: allHeaders, body: payload, signal: deadline.signal });
        return await read(response);
      } catch (error) {
        const failure = asNetworkError(error, signal);
        // A 429 is an answer: the caller decides, since the wait may be long.
        const isPassing = failure.status === 0 || [502, 503, 504].includes(failure.status);
        if (!(failure instanceof CanvasJobsError) || !repeat || !isPassing || tries >= MAX_TRIES) throw failure;
        await pause(backoff(tries, failure.retryAfter), signal);
      } finally {
        deadline.clear();
      }
    }
  }

  const get = (path, options) => request("GET", path, options);
  const jobPath = (jobId, verb) => `/job/${encodeURIComponent(jobId)}/${verb}`;

  async function createCanvas(wanted, { idempotencyKey = newKey(), signal } = {}) {
    const headers = { "Idempotency-Key": JSON.stringify(idempotencyKey) };
    return request("POST", "/create-canvas", { body: wanted, headers, signal, repeat: true });
  }

  const status = async (jobId, { signal } = {}) => (await get(jobPath(jobId, "status"), { signal })).job;
  const result = async (jobId, { signal } = {}) => (await get(jobPath(jobId, "result"), { signal })).result;
  const cancel = (jobId, { signal } = {}) => request("POST", jobPath(jobId, "cancel"), { signal, repeat: true });
  const retry = (jobId, { signal } = {}) => request("POST", jobPath(jobId, "retry"), { signal });
  const list = ({ status: only, limit, cursor, signal } = {}) =>
    get(`/jobs${queryOf({ status: only, limit, cursor })}`, { signal });
  const stats = ({ scope, signal } = {}) => get(`/jobs/stats${queryOf({ scope })}`, { signal });
  const canvas = async (canvasId, { signal } = {}) =>
    (await get(`/canvas/${encodeURIComponent(canvasId)}`, { signal })).canvas;
  const picture = (canvasId, format, { signal } = {}) =>
    get(`/canvas/${encodeURIComponent(canvasId)}.${format}`, { signal, read: (response) => response.blob() });
  /** An unhealthy server says so with a 503 and the same body: that is an answer, too. */
  const health = ({ signal } = {}) => get("/health", { signal });

  /**
   * Follow a job to its end and return it. Resumes by itself after any failure of the network or the server, misses
   * nothing and tells nothing twice; where streams do not get through it asks again and again instead.
   */
  async function follow(jobId, options = {}) {
    const { signal, from, stream: mayStream = true, onConnection } = options;
    const teller = new Teller(options, from?.attempt);
    const place = { after: from?.after ?? null, failures: 0, silent: 0, pause: null };
    let canStream = mayStream;
    for (;;) {
      signal?.throwIfAborted();
      try {
        const job = canStream ? await readStream(jobId, place, teller, options) : await poll(jobId, teller, options);
        if (job) {
          teller.done(job);
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

  /** Read one stream; return the final job, or null when the stream ended before the job did. */
  async function readStream(jobId, place, teller, { signal, onConnection, onPosition }) {
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
          teller.tell(event.type, parseData(event));
          // Noted after telling: a callback that throws sees the same event again.
          if (event.id !== null) place.after = event.id;
          onPosition?.({ after: place.after, attempt: teller.attempt });
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
      // Too many open streams, or none behind this gateway: asking again and again still works.
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

  /** Ask for the status until the job ends, then hand out the objects of its result; return the final job. */
  async function poll(jobId, teller, { signal, onConnection }) {
    onConnection?.("polling");
    let etag = null;
    for (;;) {
      const answer = await get(jobPath(jobId, "status"), {
        signal,
        headers: etag ? { "If-None-Match": etag } : {},
        read: async (response) => ({
          etag: response.headers.get("etag"),
          retryAfter: readRetryAfter(response),
          job: response.status === 304 ? null : (await readJson(response)).job,
        }),
      });
      etag = answer.etag ?? etag;
      if (answer.job) {
        teller.tell("status", answer.job);
        teller.tell("progress", answer.job.progress);
        if (isFinal(answer.job.status)) {
          if (answer.job.status === "completed") teller.tellAll((await result(jobId, { signal })).objects);
          return answer.job;
        }
      }
      await pause(jittered(answer.retryAfter === null ? POLL_PAUSE : answer.retryAfter * 1000), signal);
    }
  }

  return { createCanvas, status, result, follow, cancel, retry, list, stats, canvas, picture, health };
}

/** Hands events to the caller's functions; objects of a newer attempt replace all those of earlier ones. */
class Teller {
  constructor(handlers, attempt = 0) {
    this.handlers = handlers;
    this.attempt = attempt;
  }

  tell(type, data) {
    if (type === "status") this.handlers.onStatus?.(data);
    if (type === "progress") this.handlers.onProgress?.(data);
    if (type === "object") this.#tellObject(data);
  }

  /** Tell the finished objects; whatever was told before may be of an attempt that came to nothing. */
  tellAll(objects) {
    const attempt = this.attempt + 1;
    for (const object of objects) this.#tellObject({ ...object, attempt });
  }

  done(job) {
    this.handlers.onDone?.(job);
  }

  #tellObject(data) {
    const attempt = data.attempt ?? this.attempt;
    if (attempt < this.attempt) return;
    if (attempt > this.attempt && this.attempt > 0) this.handlers.onClear?.(attempt);
    this.attempt = attempt;
    this.handlers.onObject?.(data);
  }
}

/** Reads server-sent events (WHATWG HTML 9.2.6) from pieces of text cut anywhere. */
export class EventParser {
  #rest = "";
  #event = emptyEvent();

  /** Return the events that this piece completes. */
  feed(text) {
    const events = [];
    // A CR at the very end may be half of a CRLF: it waits for the next piece.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (this.#event.data.length || this.#event.retry !== null) events.push(this.#finished());
        this.#event = emptyEvent();
      } else {
        this.#take(line);
      }
    }
    return events;
  }

  #take(line) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#event.data.push(value);
    else if (field === "event") this.#event.type = value;
    else if (field === "id" && !value.includes("\0")) this.#event.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.#event.retry = Number(value);
  }

  #finished() {
    const { type, data, id, retry } = this.#event;
    return { type: data.length ? type || "message" : "", data: data.join("\n"), id, retry };
  }
}

const emptyEvent = () => ({ type: "", data: [], id: null, retry: null });

/** Streams do not get through to us; asking for the status does. */
class CannotStream extends Error {}

function parseData(event) {
  if (!event.data) return {};
  try {
    return JSON.parse(event.data);
  } catch {
    throw new CanvasJobsError({
      code: "invalid_answer",
      message: "The server's stream cannot be read. Trying again.",
      retryable: true,
    });
  }
}

const isRepeated = (id, after) => after !== null && /^\d+$/.test(id) && Number(id) <= Number(after);

async function readJson(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError" || error.name === "TimeoutError") throw error;
    throw new CanvasJobsError({
      code: "invalid_answer",
      message: "The server's answer cannot be read.",
      status: response.status,
      requestId: response.headers.get("x-request-id"),
    });
  }
}

async function readProblem(response) {
  const problem = await response.json().catch(() => ({}));
  const { status } = response;
  return new CanvasJobsError({
    code: problem.code ?? `http_${status}`,
    message: problem.message ?? problem.error ?? `The server answered with status ${status}.`,
    status,
    retryable: problem.retryable ?? (status === 429 || status >= 500),
    details: problem.details ?? null,
    retryAfter: readRetryAfter(response),
    requestId: problem.request_id ?? response.headers.get("x-request-id"),
  });
}

/** Return Retry-After in seconds, written as a number or as a date (RFC 9110 section 10.2.3); null if absent. */
function readRetryAfter(response) {
  const value = response.headers.get("retry-after");
  if (!value) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

/** Return our error for a request that got no answer. What the caller aborted stays the caller's AbortError. */
function asNetworkError(error, signal) {
  if (error instanceof CanvasJobsError || error instanceof CannotStream || signal?.aborted) return error;
  if (error?.name === "TimeoutError") {
    return new CanvasJobsError({ code: "timeout", message: "The server takes too long to answer.", retryable: true });
  }
  // fetch and its readers reject with a TypeError whatever the network did.
  if (!(error instanceof TypeError)) return error;
  const message = "The server cannot be reached. Is there a connection?";
  return new CanvasJobsError({ code: "network_error", message, retryable: true });
}

/** A signal that fires after `milliseconds`, or with `outer`; `restart` begins the time anew. */
function within(milliseconds, outer) {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException("No answer in time", "TimeoutError"));
  const stop = () => controller.abort(outer.reason);
  let timer = setTimeout(expire, milliseconds);
  if (outer?.aborted) stop();
  outer?.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    restart() {
      clearTimeout(timer);
      timer = setTimeout(expire, milliseconds);
    },
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", stop);
    },
  };
}

/** Resolve after a while; reject at once when the signal fires. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** How long to wait after so many failures: "3" waits 1 to 2 s; what the server asks for comes first. */
function backoff(failures, retryAfter) {
  if (retryAfter !== null) return jittered(retryAfter * 1000);
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

const jittered = (milliseconds) => milliseconds * (1 + Math.random() / 4);

function queryOf(values) {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return known.length ? `?${new URLSearchParams(known)}` : "";
}

/** A random key; crypto.randomUUID exists only on HTTPS and localhost. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
