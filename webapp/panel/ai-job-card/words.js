/** How things stand with a job, in a person's words. Pure functions of the job and the time. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const OTHER_WORDS = new Set(["model_refused", "content_filtered", "plan_unusable"]);

export const LABELS = {
  queued: "In line",
  processing: "Drawing",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** Return the line under a job: what is happening, or how it ended. `now` in milliseconds. */
export function describe(job, now) {
  if (job.status === "queued") return describeWaiting(job, now);
  if (job.status === "processing") return joined(job.progress?.message || "Drawing", since(job.started_at, now));
  if (job.status === "completed") {
    const took = job.started_at ? duration((Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000) : "";
    return joined(drawn(job), took, ago(job.completed_at, now));
  }
  return joined(LABELS[job.status], ago(job.completed_at, now));
}

/** What was drawn, as the server counts it: "10 shapes and 9 connectors"; or what a change did: "Added 2 objects". */
const drawn = (job) => {
  const message = job.progress?.message ?? "";
  return /^Drew (.+)$/.exec(message)?.[1] ?? /^((?:Added|Changed|Removed|Nothing was changed)[^.]*)\.?$/.exec(message)?.[1] ?? "";
};

/** What the person asked for: a sentence, or notation. */
export const wordsOf = (job) => job.request_data?.instructions ?? job.request_data?.source ?? "";

/** Whether the same request would fail in the same way: other words are needed. */
export const needsOtherWords = (job) => job.status === "failed" && OTHER_WORDS.has(job.error_code);

const SERVICE_DOWN = "model_down"; // the code of a job that is held back until the AI service responds

function describeWaiting(job, now) {
  const wait = job.next_processing_at ? Math.ceil((Date.parse(job.next_processing_at) - now) / 1000) : 0;
  if (job.error_code === SERVICE_DOWN) {
    return joined("Waiting for the AI service", wait > 0 ? `next check in ${duration(wait)}` : "checking now");
  }
  if (job.retry_count > 0 && wait > 0) return joined(`Trying again in ${duration(wait)}`, tries(job));
  const place = job.queue_position;
  const line = !place ? "Waiting for a free worker" : place === 1 ? "Next in line" : `Number ${place} in line`;
  return joined(line, job.eta_seconds ? `about ${duration(job.eta_seconds)}` : since(job.created_at, now));
}

const tries = (job) => `try ${job.retry_count + 1} of ${job.max_retries + 1}`;

/** Return what went wrong, or an empty text. A job that waits for its next try says why, too. */
export function complaint(job) {
  if (job.status === "failed") return job.error_message || "The drawing failed. Try again.";
  // What a job waits for that is held back is said as long as it waits.
  if (job.status !== "queued" || job.error_code === SERVICE_DOWN) return "";
  return job.retry_count > 0 ? job.error_message || "" : "";
}

/** Return what to tell a person who cannot see the list, when a job's status changes. */
export function announcement(job) {
  const name = shortened(wordsOf(job));
  if (job.status === "failed") return `Failed: ${name}. ${complaint(job)}`;
  return `${LABELS[job.status]}: ${name}`;
}

/** Return the first words of a text, in one line. */
export function shortened(text, length = 60) {
  const letters = [...text.replace(/\s+/g, " ").trim()];
  return letters.length <= length
    ? letters.join("")
    : `${letters
        .slice(0, length - 1)
        .join("")
        .trimEnd()}…`;
}

/** Return a time in the past as "just now", "5 min ago", "3 h ago", or its date. */
export function ago(at, now) {
  if (!at) return "";
  const seconds = (now - Date.parse(at)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 45 * MINUTE) return `${Math.max(1, Math.round(seconds / MINUTE))} min ago`;
  if (seconds < 22 * HOUR) return `${Math.max(1, Math.round(seconds / HOUR))} h ago`;
  if (seconds < 6 * DAY) return new Intl.DateTimeFormat("en-GB", { weekday: "long" }).format(Date.parse(at));
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(Date.parse(at));
}

/** Return seconds as "8 s", "2 min", "1 h". */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 90 * MINUTE ? `${Math.round(seconds / MINUTE)} min` : `${Math.round(seconds / HOUR)} h`;
}

/** Return how long something has been going on, once it is worth saying. */
function since(at, now) {
  const seconds = at ? (now - Date.parse(at)) / 1000 : 0;
  return seconds >= 2 ? duration(seconds) : "";
}

const joined = (...parts) => parts.filter(Boolean).join(" · ");
