/** What went wrong, in a person's words. */

import { duration } from "../ai-job-card/words.js";

/** Return an error as a sentence that helps: each complaint, or what is wrong and when to try again. */
export function explain(error) {
  const complaints = Object.values(error.details ?? {}).flat();
  const text = complaints.length ? complaints.join(" ") : error.message;
  if (!error.retryAfter) return text;
  // The server's own advice says the same, less exactly.
  return `${text.replace(/ ?Try again[^.]*\./, "")} Try again in ${duration(error.retryAfter)}.`;
}
