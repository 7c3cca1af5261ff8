/** Shows in an `<ai-canvas-view>` what an `<ai-canvas-panel>` tells. */

/** Join the two; call it before the panel opens anything. */
export function connect(panel, view) {
  panel.addEventListener("drawing-open", ({ detail }) => view.show(detail));
  panel.addEventListener("drawing-state", ({ detail }) => view.setState(detail));
  panel.addEventListener("drawing-objects", ({ detail }) => view.replace(detail.objects));
  panel.addEventListener("drawing-object", ({ detail }) => view.put(detail.object));
  panel.addEventListener("drawing-removed", ({ detail }) => view.remove(detail.objectId));
  panel.addEventListener("drawing-changes", ({ detail }) => view.highlight(detail.ids));
  view.addEventListener("objects-change", ({ detail }) => panel.change(detail.objects));
  view.addEventListener("drawing-restyle", ({ detail }) => panel.restyle(detail));
  view.addEventListener("objects-undo", () => panel.undo());
  view.addEventListener("objects-redo", () => panel.redo());
  view.addEventListener("objects-select", ({ detail }) => (panel.selection = detail.ids));
  view.ask = (instructions) => panel.ask(instructions);
  view.isEditable = true;
  view.picture = (format) => panel.picture(format);
}
