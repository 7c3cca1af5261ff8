/** The field under a finished drawing in which a person says what should change. */

import { h, icon } from "../common/dom.js";
import { ICONS } from "../common/icons.js";

const MAX_LENGTH = 10_000; // characters
const SUGGESTIONS = ["Add what is missing", "Make it shorter", "Translate it into English"];

/** Return the field; `send(instructions)` resolves to true once the request has arrived. Words stay until then. */
export function makeFollowUp(send) {
  const field = h("input", {
    type: "text",
    class: "wish",
    maxLength: MAX_LENGTH,
    autocomplete: "off",
    placeholder: "What should change?",
    "aria-label": "What should change in this drawing?",
  });
  const button = h("button", { type: "submit", "aria-label": "Change it", title: "Change it" }, icon(...ICONS.send));
  const suggestions = h(
    "div",
    { class: "suggestions", role: "group", "aria-label": "Suggestions" },
    SUGGESTIONS.map((text) => h("button", { type: "button", onclick: () => suggest(text) }, text)),
  );
  const form = h(
    "form",
    {
      class: "follow-up",
      hidden: true,
      onsubmit: async (event) => {
        event.preventDefault();
        const instructions = field.value.trim();
        if (!instructions || button.disabled) return;
        button.disabled = true;
        const isSent = await send(instructions);
        button.disabled = false;
        if (isSent) field.value = "";
        form.classList.toggle("empty", !field.value);
      },
    },
    suggestions,
    h("div", { class: "ask" }, field, button),
  );
  form.classList.add("empty");
  field.addEventListener("input", () => form.classList.toggle("empty", !field.value));
  function suggest(text) {
    field.value = text;
    form.classList.remove("empty");
    field.focus();
  }
  return form;
}
