/** Hands the events of a job to the caller's functions. */

/** Objects of a newer attempt replace those of all earlier ones. */
export class Dispatcher {
  constructor(handlers, attempt = 0) {
    this.handlers = handlers;
    this.attempt = attempt;
  }

  /** Hand out one event. */
  dispatch(type, data) {
    if (type === "status") this.handlers.onStatus?.(data);
    if (type === "progress") this.handlers.onProgress?.(data);
    if (type === "object") this.#dispatchObject(data);
    if (type === "object_removed") this.handlers.onObjectRemoved?.(data.id);
  }

  /** Hand out the finished objects; whatever was sent before may be of an attempt that came to nothing. */
  dispatchResult(objects) {
    const attempt = this.attempt + 1;
    for (const object of objects) this.#dispatchObject({ ...object, attempt });
  }

  done(job) {
    this.handlers.onDone?.(job);
  }

  #dispatchObject(data) {
    const attempt = data.attempt ?? this.attempt;
    if (attempt < this.attempt) return;
    if (attempt > this.attempt && this.attempt > 0) this.handlers.onClear?.(attempt);
    this.attempt = attempt;
    this.handlers.onObject?.(data);
  }
}
