/** What can go wrong between the client and the server, as errors with a sentence for people. */

const LONGEST_WAIT = 24 * 3600; // seconds; a timer of more than 24 days would fire at once

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

/** Streams do not get through to us; polling the status does. */
export class CannotStream extends Error {}

/** Return the JSON of a response. */
export async function readJson(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError" || error.name === "TimeoutError") throw error;
    throw new CanvasJobsError({
      code: "invalid_response",
      message: "The server's response cannot be read.",
      status: response.status,
      requestId: response.headers.get("x-request-id"),
    });
  }
}

/** Return the problem in a response that is none of success. */
export async function readProblem(response) {
  const problem = await response.json().catch(() => ({}));
  const { status } = response;
  return new CanvasJobsError({
    code: problem.code ?? `http_${status}`,
    message: problem.message ?? problem.error ?? `The server responded with status ${status}.`,
    status,
    retryable: problem.retryable ?? (status === 429 || status >= 500),
    details: problem.details ?? null,
    retryAfter: readRetryAfter(response),
    requestId: problem.request_id ?? response.headers.get("x-request-id"),
  });
}

/** Return Retry-After in seconds, written as a number or as a date (RFC 9110 section 10.2.3); null if absent. */
export function readRetryAfter(response) {
  const value = response.headers.get("retry-after");
  if (!value) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), LONGEST_WAIT) : null;
}

/** Return our error for a request without a response. What the caller aborted stays the caller's AbortError. */
export function asNetworkError(error, signal) {
  if (error instanceof CanvasJobsError || error instanceof CannotStream || signal?.aborted) return error;
  if (error?.name === "TimeoutError") {
    return new CanvasJobsError({ code: "timeout", message: "The server is not responding.", retryable: true });
  }
  // fetch and its readers reject with a TypeError whatever the network did.
  if (!(error instanceof TypeError)) return error;
  const message = "The server cannot be reached. Check your connection.";
  return new CanvasJobsError({ code: "network_error", message, retryable: true });
}
