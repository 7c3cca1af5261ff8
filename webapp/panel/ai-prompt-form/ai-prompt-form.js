/**
 * `<ai-prompt-form>` takes the description of a drawing. Sends nothing itself: `prompt-send` carries
 * `{ instructions, style, colorScheme, theme, mode }` (`new`, or of the open canvas `edit` or `add`), and `busy()`, `sent()` and `fail()` tell it what became of that.
 */

import { h, icon, say } from "../common/dom.js";
import { ICONS } from "../common/icons.js";
import { COLOURS, PAPERS, STYLES } from "../common/looks.js";
import { loadSheets } from "../common/styles.js";

const sheets = await loadSheets(import.meta.url, "../common/theme.css", "./ai-prompt-form.css");

const MAX_LENGTH = 10_000; // characters as the server counts them: code points after trimming
const NEARLY_FULL = 9_000; // from here on the count is shown and spoken
const PATIENCE = 3_000; // milliseconds until a request that is under way can be stopped
const DRAFT = "canvas-jobs-draft"; // in the tab's storage: a reload loses no sentence
const SHORT = {
  monochrome: "Mono",
  new: "New drawing",
  edit: "Change the open drawing",
  add: "Add to the open canvas",
};
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

export class AiPromptForm extends HTMLElement {
  #parts;
  #isBusy = false;
  #onStop = null;
  #slow = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = sheets;
    this.#parts = this.#build(root);
    this.#parts.text.value = readDraft();
    this.#measure();
  }

  /** Put a sentence into the field, ready to be sent or changed. */
  set instructions(text) {
    this.#parts.text.value = text;
    this.#measure();
    this.focus();
  }

  /** Offer to change the open drawing and to add to its canvas, or not. */
  set canAdd(isPossible) {
    this.#parts.target.hidden = !isPossible;
    this.#ask();
  }

  /**
   * The request is on its way; when that takes long, `onStop` is offered.
   *
   * @param {{ onStop?: () => void }} [options]
   */
  busy({ onStop } = {}) {
    this.#isBusy = true;
    this.#complain("");
    this.#measure();
    this.#onStop = onStop ?? null;
    this.#slow = setTimeout(() => this.#showWait(true), PATIENCE);
  }

  /** The request was accepted: make room for the next sentence. */
  sent() {
    this.#settle();
    this.#parts.text.value = "";
    this.#measure();
  }

  /** The request was refused: keep the sentence and say why. */
  fail(message) {
    this.#settle();
    this.#complain(message);
    this.#measure();
  }

  focus() {
    this.#parts.text.focus();
  }

  /** Ask for what is wanted now. */
  #ask() {
    say(this.#parts.question, this.#mode === "edit" ? "What should change?" : "What would you like to draw?");
  }

  /** What is chosen stays so, for the next sentence, while there is something to change. */
  get #mode() {
    const { form, target } = this.#parts;
    return target.hidden ? "new" : new FormData(form).get("mode");
  }

  #settle() {
    this.#isBusy = false;
    clearTimeout(this.#slow);
    this.#showWait(false);
  }

  #showWait(isShown) {
    const { wait, waitText } = this.#parts;
    wait.hidden = !isShown || !this.#onStop;
    say(waitText, wait.hidden ? "" : "The server is not responding yet.");
  }

  #send() {
    const { text, form } = this.#parts;
    const instructions = text.value.trim();
    const length = [...instructions].length;
    if (this.#isBusy) return;
    if (length === 0 || length > MAX_LENGTH) {
      this.#complain(
        length ? `Please shorten this by ${counted(length - MAX_LENGTH)}.` : "Describe what to draw first.",
      );
      text.focus();
      return;
    }
    const data = new FormData(form);
    const detail = {
      instructions,
      style: data.get("style"),
      colorScheme: data.get("colour"),
      theme: data.get("paper"),
      mode: this.#mode,
    };
    this.dispatchEvent(new CustomEvent("prompt-send", { bubbles: true, composed: true, detail }));
  }

  #complain(message) {
    const { problem, text } = this.#parts;
    say(problem, message);
    problem.hidden = !message;
    text.setAttribute("aria-invalid", String(Boolean(message)));
  }

  #measure() {
    const { text, counter, warning, send } = this.#parts;
    const length = [...text.value.trim()].length;
    const left = MAX_LENGTH - length;
    say(counter, length < NEARLY_FULL ? "" : `${length} / ${MAX_LENGTH}`);
    counter.classList.toggle("over", left < 0);
    // Spoken only near the end: a count at each letter would drown the words.
    say(warning, length < NEARLY_FULL ? "" : left < 0 ? `${counted(-left)} too many` : `${counted(left)} left`);
    send.setAttribute("aria-disabled", String(this.#isBusy || length === 0 || left < 0));
    send.classList.toggle("busy", this.#isBusy);
    keepDraft(text.value);
  }

  #build(root) {
    const text = h("textarea", {
      id: "text",
      rows: 3,
      placeholder: "For example: how an order goes from the shop to the doorstep",
      "aria-describedby": "hint problem",
      oninput: () => {
        this.#complain("");
        this.#measure();
      },
      onkeydown: (event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        this.#send();
      },
    });
    const counter = h("span", { class: "counter", "aria-hidden": "true" });
    const warning = h("span", { class: "heard", role: "status" });
    const problem = h("p", { id: "problem", class: "problem", role: "alert", hidden: true });
    const waitText = h("span");
    const stop = h("button", { type: "button", class: "plain", onclick: () => this.#onStop?.() }, "Stop");
    const wait = h("p", { class: "wait", role: "status", hidden: true }, waitText, stop);
    const target = choice("Where", "mode", ["new", "edit", "add"]);
    target.hidden = true;
    target.addEventListener("change", () => this.#ask());
    const question = h("label", { for: "text" }, "What would you like to draw?");
    const keys = IS_MAC ? "⌘ Enter" : "Ctrl Enter";
    const send = h(
      "button",
      { type: "submit", class: "send" },
      icon(...ICONS.send),
      "Draw",
      h("kbd", { "aria-hidden": "true" }, keys),
    );
    const form = h(
      "form",
      {
        noValidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          this.#send();
        },
      },
      h(
        "div",
        { class: "field" },
        question,
        text,
        h("span", { id: "hint", class: "heard" }, `At most ${MAX_LENGTH} characters. ${keys} sends.`),
        counter,
        warning,
      ),
      problem,
      wait,
      choice("Style", "style", STYLES),
      choice("Colours", "colour", COLOURS, swatch),
      choice("Paper", "paper", PAPERS),
      target,
      send,
    );
    root.append(form);
    return { form, text, question, counter, warning, problem, wait, waitText, target, send };
  }
}

const counted = (characters) => (characters === 1 ? "1 character" : `${characters} characters`);

function choice(legend, name, values, decorate) {
  const options = values.map((value, i) => [
    h("input", { type: "radio", name, value, id: `${name}-${value}`, checked: i === 0 }),
    h("label", { for: `${name}-${value}` }, decorate?.(value), SHORT[value] ?? value[0].toUpperCase() + value.slice(1)),
  ]);
  return h("fieldset", {}, h("legend", {}, legend), h("div", { class: "options" }, options));
}

const swatch = (value) => h("span", { class: `swatch ${value}`, "aria-hidden": "true" }, h("i"), h("i"), h("i"));

// A page may be denied storage; the draft is a comfort, nothing depends on it.
function readDraft() {
  try {
    return sessionStorage.getItem(DRAFT) ?? "";
  } catch {
    return "";
  }
}

function keepDraft(text) {
  try {
    sessionStorage.setItem(DRAFT, text);
  } catch {
    // As above.
  }
}

customElements.define("ai-prompt-form", AiPromptForm);
