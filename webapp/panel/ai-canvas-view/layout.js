/** The elements of the canvas view and what they are called. */

import { h, icon } from "../common/dom.js";
import { ICONS } from "../common/icons.js";

const SVG = "http://www.w3.org/2000/svg";

/** Fill the view's shadow root; return the parts that change. `actions` are what the tools do. */
export function layOut(root, actions) {
  const sheet = svgElement("rect", { class: "sheet", rx: 10 });
  const objects = svgElement("g", { class: "objects" });
  const marks = svgElement("g", { class: "marks" });
  const world = svgElement("g", {}, sheet, objects, marks);
  const svg = svgElement("svg", { role: "img", "aria-label": "Drawing" }, world);
  const hint =
    "Canvas: arrow keys move, plus and minus zoom, 0 shows everything. In a finished drawing Enter selects the first " +
    "object, Tab the next; then arrow keys move it, Enter retypes it, Delete removes it, Control Z undoes.";
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
  const tools = h(
    "div",
    { class: "tools", role: "group", "aria-label": "Canvas tools" },
    h(
      "div",
      { class: "zooms" },
      tool("Zoom out", "minus", actions.zoomOut),
      percent,
      tool("Zoom in", "add", actions.zoomIn),
      tool("Show everything", "fit", actions.fit),
    ),
    h("div", { class: "saves" }, icon(...ICONS.download), Object.values(saves)),
  );
  const spoken = h("p", { class: "heard", role: "status" });
  root.append(stage, caption, blank, tools, spoken);
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
    saves,
    spoken,
  };
}

const tool = (label, name, onclick) =>
  h("button", { type: "button", "aria-label": label, title: label, onclick }, icon(...ICONS[name]));

function svgElement(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
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
