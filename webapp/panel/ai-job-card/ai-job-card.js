/**
 * `<ai-job-card>` shows one job of the list. Says what the person wants by events: `card-open`, `card-cancel`,
 * `card-retry`, `card-repeat`, `card-reword`, `card-undo`.
 */

import { h, icon, say } from "../common/dom.js";
import { ICONS } from "../common/icons.js";
import { loadSheets } from "../common/styles.js";
import { complaint, describe, LABELS, needsOtherWords, shortened, wordsOf } from "./words.js";

const sheets = await loadSheets(import.meta.url, "../common/theme.css", "./ai-job-card.css");

const MARKS = { queued: "clock", processing: "pencil", completed: "check", failed: "warning", cancelled: "cross" };
const ACTIONS = {
  queued: ["card-cancel", "Cancel", "stop"],
  processing: ["card-cancel", "Cancel", "stop"],
  completed: ["card-repeat", "Draw again", "retry"],
  failed: ["card-retry", "Try again", "retry"],
  cancelled: ["card-retry", "Draw again", "retry"],
};

const UNDO = ["card-undo", "Undo", "undo"];
const REWORD = ["card-reword", "Change the text", "pencil"];
const REUSE = "Use this text again";

export class AiJobCard extends HTMLElement {
  #parts;
  #job = null;
  #drawnMark = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = sheets;
    this.#parts = this.#build(root);
  }

  get job() {
    return this.#job;
  }

  /** Show the job as it stands now; `isBusy` while the person's wish is on its way, `canUndo` if it was the last change. */
  show(job, { now = Date.now(), isOpen = false, isBusy = false, canUndo = false, connection = "live" } = {}) {
    this.#job = job;
    const { title, line, problem, bar, fill, action, reuse, card } = this.#parts;
    this.dataset.status = job.status;
    card.classList.toggle("open", isOpen);
    if (isOpen) title.setAttribute("aria-current", "true");
    else title.removeAttribute("aria-current");
    say(title, shortened(wordsOf(job), 160));
    const isLost = isOpen && connection === "reconnecting" && job.status in { queued: 1, processing: 1 };
    say(line, isLost ? "Connection lost; reconnecting…" : describe(job, now));
    say(problem, complaint(job));
    problem.hidden = !problem.textContent;
    this.#showProgress(bar, fill, job);
    this.#showMark(job.status);
    this.#showAction(action, job, { isBusy, canUndo });
    reuse.hidden = action.dataset.event?.startsWith("card-reword") ?? false;
    reuse.setAttribute("aria-label", `${REUSE}: ${shortened(wordsOf(job), 40)}`);
  }

  /** Bring the keyboard here. */
  focus() {
    this.#parts.title.focus();
  }

  #showProgress(bar, fill, job) {
    const percent = job.progress?.percent ?? 0;
    bar.hidden = job.status !== "processing";
    bar.setAttribute("aria-valuenow", String(percent));
    fill.style.width = `${Math.max(4, percent)}%`;
  }

  #showMark(status) {
    if (this.#drawnMark === status) return;
    this.#drawnMark = status;
    this.#parts.mark.replaceChildren(icon(...ICONS[MARKS[status]]), h("span", { class: "heard" }, LABELS[status]));
  }

  /** One button whatever it does: the keyboard stays on it when its meaning changes. */
  #showAction(action, job, { isBusy, canUndo }) {
    const wish = canUndo ? UNDO : needsOtherWords(job) ? REWORD : ACTIONS[job.status];
    const [event, label, name] = wish;
    // A change that was made is not made once more: what it asked for is there.
    action.hidden = event === "card-repeat" && job.request_data?.mode === "edit";
    action.disabled = isBusy;
    if (action.dataset.event === event + label) return;
    action.dataset.event = event + label;
    action.onclick = () => this.#wish(event);
    // What a finished drawing offers is quiet: its sign alone, so that the words have room.
    const isSmall = event === "card-repeat";
    action.classList.toggle("small", isSmall);
    action.title = isSmall ? label : "";
    action.replaceChildren(icon(...ICONS[name]), ...(isSmall ? [] : [label]));
    action.setAttribute("aria-label", `${label}: ${shortened(wordsOf(job), 40)}`);
  }

  #wish(type) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: { jobId: this.#job.id } }));
  }

  #build(root) {
    const mark = h("span", { class: "mark" });
    const title = h("button", { type: "button", class: "title", onclick: () => this.#wish("card-open") });
    const line = h("p", { class: "line" });
    const problem = h("p", { class: "problem", hidden: true });
    const fill = h("div", { class: "fill" });
    const bar = h(
      "div",
      { class: "bar", role: "progressbar", "aria-label": "Progress", "aria-valuemin": "0", "aria-valuemax": "100" },
      fill,
    );
    const action = h("button", { type: "button", class: "action" });
    const reuse = h(
      "button",
      { type: "button", class: "action small", title: REUSE, onclick: () => this.#wish("card-reword") },
      icon(...ICONS.pencil),
    );
    const actions = h("div", { class: "actions" }, reuse, action);
    const card = h("div", { class: "card" }, mark, h("div", { class: "body" }, title, line, bar), actions, problem);
    root.append(card);
    return { card, mark, title, line, problem, fill, bar, action, reuse };
  }
}

customElements.define("ai-job-card", AiJobCard);
