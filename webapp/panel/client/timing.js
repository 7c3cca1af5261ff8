/** Time limits and pauses, all in milliseconds. */

export const FIRST_PAUSE = 500; // doubles with each failure, jittered
const LONGEST_PAUSE = 15_000;

/**
 * A signal that fires after `milliseconds`, or with `outer`; `restart` starts the time over.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} [outer]
 */
export function within(milliseconds, outer) {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException("No response in time", "TimeoutError"));
  const stop = () => controller.abort(outer?.reason);
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

/**
 * Resolve after a while, or when the browser is online again; reject at once when the signal fires.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      globalThis.removeEventListener?.("online", finish);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    if (signal?.aborted) {
      finish();
      return;
    }
    signal?.addEventListener("abort", finish);
    globalThis.addEventListener?.("online", finish);
  });
}

/** How long to wait after so many failures: "3" waits 1 to 2 s; what the server asks for comes first. */
export function backoff(failures, retryAfter = null) {
  if (retryAfter !== null) return jittered(retryAfter * 1000);
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

export const jittered = (milliseconds) => milliseconds * (1 + Math.random() / 4);
