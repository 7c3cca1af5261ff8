/**
 * A React hook around client.js: ask for drawings, watch them, and know what went wrong.
 *
 * const { createCanvas, getJobStatus, getJobResult, isLoading, error, clearError } = useAIAgent({ client });
 */

import { useCallback, useEffect, useRef, useState } from "react";

/** A drawing that failed is an error like all others: `message` for people, `code` for programs. */
const asError = (job) => Object.assign(new Error(job.error_message ?? "The drawing failed."), { code: job.error_code, job });

/** `client` comes from `createClient`; make it once, outside the component or with `useMemo`. */
export function useAIAgent({ client }) {
  const [pending, setPending] = useState(0);
  const [error, setError] = useState(null);
  const page = useRef(null);

  // What is still on its way when the component goes is of no use to anybody; the jobs themselves go on.
  useEffect(() => {
    page.current = new AbortController();
    return () => page.current.abort();
  }, []);

  const run = useCallback(async (work) => {
    const { signal } = page.current;
    setPending((count) => count + 1);
    setError(null);
    try {
      return await work(signal);
    } catch (failure) {
      if (!signal.aborted) setError(failure);
      throw failure;
    } finally {
      if (!signal.aborted) setPending((count) => count - 1);
    }
  }, []);

  /** Ask for a drawing. With handlers (`onObject`, `onProgress`, ...) it is followed; rejects when it fails. */
  const createCanvas = useCallback(
    (request, handlers) =>
      run(async (signal) => {
        const accepted = await client.createCanvas(request, { signal });
        if (!handlers) return accepted;
        const job = await client.follow(accepted.job_id, { ...handlers, signal });
        if (job.status === "failed") throw asError(job);
        return job;
      }),
    [client, run],
  );

  const getJobStatus = useCallback((jobId) => run((signal) => client.status(jobId, { signal })), [client, run]);
  const getJobResult = useCallback((jobId) => run((signal) => client.result(jobId, { signal })), [client, run]);
  const clearError = useCallback(() => setError(null), []);

  return { createCanvas, getJobStatus, getJobResult, isLoading: pending > 0, error, clearError };
}
