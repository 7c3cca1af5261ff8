/** What can be done to what is marked, as buttons beside it: its colour, its words, away with it. */

import { h, iconButton } from "../common/dom.js";
import { ICONS } from "../common/icons.js";

const COLORS = ["blue", "teal", "green", "amber", "red", "pink", "purple", "gray"];
const DISTANCE = 12; // pixels between the bar and what is marked

/** Return the bar; `actions` are `recolor(color)`, `retype()` and `remove()`. */
export function makeSelectionBar(actions) {
  const swatch = (color, name) =>
    h("button", {
      type: "button",
      class: `color ${color}`,
      "aria-label": name,
      title: name,
      onclick: () => actions.recolor(color),
    });
  const element = h(
    "div",
    { class: "selection-bar", role: "group", "aria-label": "Change what is selected", hidden: true },
    COLORS.map((color) => swatch(color, color[0].toUpperCase() + color.slice(1))),
    swatch("default", "No colour of its own"),
    iconButton("Change the words (F2)", ICONS.pencil, actions.retype),
    iconButton("Delete", ICONS.trash, actions.remove),
  );
  return { element, place: (box, stage) => place(element, box, stage) };
}

/** Put the bar above a box of the stage, in pixels, or below it where there is no room; null hides it. */
function place(element, box, stage) {
  element.hidden = box === null;
  if (box === null) return;
  const { offsetWidth: width, offsetHeight: height } = element;
  const above = box.y - DISTANCE - height;
  const top = above >= DISTANCE ? above : Math.min(box.y + box.h + DISTANCE, stage.clientHeight - height - DISTANCE);
  const left = Math.min(Math.max(box.x + (box.w - width) / 2, DISTANCE), stage.clientWidth - width - DISTANCE);
  element.style.left = `${left}px`;
  element.style.top = `${Math.max(top, DISTANCE)}px`;
}
