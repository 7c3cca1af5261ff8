/** The elements of the canvas view and what they are called. */

import { h, icon, iconButton, svgElement } from "../common/dom.js";
import { ICONS } from "../common/icons.js";
import { COLOURS, PAPERS, STYLES } from "../common/looks.js";
import { makeFollowUp } from "./follow-up.js";
import { makeSelectionBar } from "./selection-bar.js";

const LOOKS = {
  style: { label: "Style", values: STYLES },
  colorScheme: { label: "Colours", values: COLOURS },
  theme: { label: "Paper", values: PAPERS },
};

/** Fill the view's shadow root; return the parts that change. `actions` are what the tools do. */
export function layOut(root, actions) {
  const sheet = svgElement("rect", { class: "sheet", rx: 10 });
  const objects = svgElement("g", { class: "objects" });
  const marks = svgElement("g", { class: "marks" });
  const world = svgElement("g", {}, sheet, objects, marks);
  const svg = svgElement("svg", { role: "img", "aria-label": "Drawing" }, world);
  const hint =
    "Canvas: arrow keys move, plus and minus zoom, 0 shows everything. In a finished drawing Enter selects the first " +
    "object, Tab the next; then arrow keys move it, with Alt they resize it, Enter retypes it, Delete removes it, Control Z " +
    "undoes.";
  const stage = h("div", { class: "stage", tabIndex: 0, role: "group", "aria-label": hint }, svg);
  const heading = h("h2");
  const noteLine = h("p");
  const caption = h("div", { class: "caption" }, heading, noteLine);
  const blankHeading = h("h2");
  const blankNote = h("p");
  const blank = h("div", { class: "blank" }, sketch(), blankHeading, blankNote);
  const percent = h("span", { class: "percent" }, "100 %");
  const saves = Object.fromEntries(
    ["svg", "png", "json"].map((format) => [
      format,
      h(
        "button",
        { type: "button", "aria-label": `Download ${format.toUpperCase()}`, onclick: () => actions.save(format) },
        format.toUpperCase(),
      ),
    ]),
  );
  const looks = Object.entries(LOOKS).map(([property, choice]) => look(property, choice, actions.restyle));
  const changes = h(
    "div",
    { class: "changes", hidden: true },
    iconButton("Undo", ICONS.undo, actions.undo),
    iconButton("Redo", ICONS.redo, actions.redo),
    looks,
  );
  const selectionBar = makeSelectionBar(actions);
  const followUp = makeFollowUp(actions.ask);
  const tools = h(
    "div",
    { class: "tools", role: "group", "aria-label": "Canvas tools" },
    followUp,
    h(
      "div",
      { class: "zooms" },
      iconButton("Zoom out", ICONS.minus, actions.zoomOut),
      percent,
      iconButton("Zoom in", ICONS.add, actions.zoomIn),
      iconButton("Show everything", ICONS.fit, actions.fit),
    ),
    changes,
    h("div", { class: "saves" }, icon(...ICONS.download), Object.values(saves)),
  );
  const spoken = h("p", { class: "heard", role: "status" });
  root.append(stage, selectionBar.element, caption, blank, tools, spoken);
  return {
    stage,
    svg,
    world,
    sheet,
    objects,
    marks,
    caption,
    heading,
    noteLine,
    blank,
    blankHeading,
    blankNote,
    percent,
    tools,
    changes,
    followUp,
    selectionBar,
    saves,
    spoken,
  };
}

/** A choice that shows what it is about, and is ready to be made again once it was made. */
function look(property, { label, values }, restyle) {
  const option = (value, text, isHidden) => h("option", { value, hidden: isHidden }, text);
  const select = h(
    "select",
    {
      "aria-label": label,
      onchange: () => {
        restyle({ [property]: select.value });
        select.value = "";
      },
    },
    option("", label, true),
    values.map((value) => option(value, value[0].toUpperCase() + value.slice(1), false)),
  );
  return select;
}

/** The little drawing that stands for the one to come. */
function sketch() {
  const box = (x, y) => svgElement("rect", { x, y, width: 44, height: 26, rx: 7 });
  const line = (d) => svgElement("path", { d });
  return svgElement(
    "svg",
    { class: "sketch", viewBox: "0 0 160 120", "aria-hidden": "true" },
    line("M80 34v14M80 74c0 12-44 6-44 18M80 74c0 12 44 6 44 18"),
    box(58, 8),
    svgElement("path", { d: "M80 46l24 14-24 14-24-14z" }),
    box(14, 90),
    box(102, 90),
  );
}
