/** Saves a drawing as a file on the person's machine. */

const MAX_NAME = 60; // characters

/** Offer a blob as a download. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the blob after this turn; a minute is plenty.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Return a file name for a title: "Sign-up flow" becomes "sign-up-flow.svg"; letters of any script stay. */
export function fileName(title, format) {
  const slug = title
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  return `${[...slug].slice(0, MAX_NAME).join("") || "drawing"}.${format}`;
}

/** Return a drawing as JSON, without what concerns only the store. */
export function asJson(title, objects) {
  const kept = objects.map(({ id, object_type, properties, z_index }) => ({ id, object_type, properties, z_index }));
  return new Blob([JSON.stringify({ title, objects: kept }, null, 2)], { type: "application/json" });
}
