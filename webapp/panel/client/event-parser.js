/** Reads server-sent events (WHATWG HTML 9.2.6). */

/** Gives the events in a text that arrives in pieces, cut anywhere. */
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
