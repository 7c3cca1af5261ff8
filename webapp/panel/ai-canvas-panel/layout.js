/** The elements of the panel and what they are called; nothing here knows what a job is. */

import "../ai-job-card/ai-job-card.js";
import { AiPromptForm } from "../ai-prompt-form/ai-prompt-form.js";
import { h, icon } from "../common/dom.js";
import { ICONS } from "../common/icons.js";

const EXAMPLES = [
  "How a user signs up: form, e-mail confirmation, first login, and what happens if the link has expired",
  "Mind map of a healthy week: sleep, food, movement, friends",
  "Timeline of a product launch, from the first idea to the first thousand users",
];

/** Fill the panel's shadow root; return the parts that change. `actions` are what people can wish for. */
export function layOut(root, actions) {
  const form = new AiPromptForm();
  const spoken = h("p", { class: "heard", role: "status" });
  const notice = h("p", { class: "notice", role: "status", hidden: true });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const list = h("ul", { "aria-label": "Your drawings", hidden: true });
  const loading = h(
    "div",
    { class: "loading", role: "status" },
    h("span", { class: "heard" }, "Loading your drawings"),
    [0, 1, 2].map(() => h("div", { class: "bone" })),
  );
  const examples = EXAMPLES.map((text) =>
    h("button", { type: "button", onclick: () => (form.instructions = text) }, text),
  );
  const empty = h(
    "div",
    { class: "empty", hidden: true },
    h("p", {}, "Nothing here yet. Start with one of these:"),
    examples,
  );
  const failure = h("p");
  const again = h(
    "button",
    { type: "button", class: "plain", onclick: () => actions.refresh() },
    icon(...ICONS.retry),
    "Try again",
  );
  const failed = h("div", { class: "failed", role: "alert", hidden: true }, failure, again);
  const outage = h("p", { class: "notice outage", role: "status", hidden: true });
  const more = h(
    "button",
    { type: "button", class: "plain", hidden: true, onclick: () => actions.readMore() },
    "Show earlier",
  );
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": "Close the panel", title: "Close (Esc)", onclick: actions.close },
    icon(...ICONS.close),
  );
  const panel = h(
    "section",
    { class: "panel", "aria-label": "Canvas Jobs" },
    h("div", { class: "head" }, h("slot", { name: "title" }, h("h2", {}, "Canvas Jobs")), close),
    h(
      "div",
      { class: "scroll", tabIndex: -1 },
      form,
      outage,
      notice,
      problem,
      h("h3", {}, "Your drawings"),
      loading,
      empty,
      failed,
      list,
      more,
    ),
    spoken,
  );
  panel.addEventListener("prompt-send", (event) => actions.send(event.detail));
  panel.addEventListener("card-open", (event) => actions.open(event.detail.jobId));
  panel.addEventListener("card-cancel", (event) => actions.cancel(event.detail.jobId));
  panel.addEventListener("card-retry", (event) => actions.retry(event.detail.jobId));
  panel.addEventListener("card-repeat", (event) => actions.repeat(event.detail.jobId));
  panel.addEventListener("card-undo", (event) => actions.undo(event.detail.jobId));
  panel.addEventListener("card-reword", (event) => actions.reword(event.detail.jobId));
  root.append(panel);
  return { form, spoken, outage, notice, problem, list, loading, empty, failed, failure, more };
}
