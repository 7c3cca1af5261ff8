/** The page of a development server: panel and canvas side by side, signed in as the demo user. */

import { AiCanvasPanel } from "../ai-canvas-panel/ai-canvas-panel.js";
import { connect } from "../ai-canvas-panel/connect.js";
import { AiCanvasView } from "../ai-canvas-view/ai-canvas-view.js";

const NAME = "Canvas Jobs";
const JOB_IN_ADDRESS = /^#job=([0-9a-f-]{36})$/;

const panel = /** @type {AiCanvasPanel} */ (document.querySelector("ai-canvas-panel"));
const view = /** @type {AiCanvasView} */ (document.querySelector("ai-canvas-view"));
const describe = /** @type {HTMLButtonElement} */ (document.querySelector("#describe"));

let token = null;

connect(panel, view);
panel.getToken = async ({ refresh }) => {
  if (!token || refresh) {
    const response = await fetch("/panel/demo-token", { method: "POST" });
    if (!response.ok) throw new Error("The demo user cannot sign in.");
    ({ token } = await response.json());
  }
  return token;
};

const openFromAddress = async () => {
  const jobId = JOB_IN_ADDRESS.exec(location.hash)?.[1];
  if (jobId && jobId !== panel.jobId) await panel.openJob(jobId);
};

panel.addEventListener("drawing-open", (/** @type {CustomEvent} */ { detail }) => {
  if (detail.jobId) history.replaceState(null, "", `#job=${detail.jobId}`);
  document.title = detail.title ? `${detail.title} – ${NAME}` : NAME;
});
panel.addEventListener("drawing-state", (/** @type {CustomEvent} */ { detail }) => {
  if (detail.title) document.title = `${detail.title} – ${NAME}`;
});
panel.addEventListener("panel-close", () => {
  describe.hidden = false;
  describe.focus();
});
describe.addEventListener("click", () => {
  describe.hidden = true;
  panel.open();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // The address keeps naming the open job.
  view.focus();
});
addEventListener("hashchange", openFromAddress);

panel.setAttribute("open", "");
await panel.ready;
await openFromAddress();
