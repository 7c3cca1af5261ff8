/** The React hook of the documentation, run. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { createClient } from "../../webapp/panel/client.js";
import { mount } from "./react/index.js";

// An app around the example: its "react" is the small one beside this file.
const app = await mkdtemp(join(tmpdir(), "use-ai-agent-"));
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
await mkdir(join(app, "node_modules"));
await symlink(here("./react"), join(app, "node_modules", "react"));
await copyFile(here("../../docs/examples/useAIAgent.js"), join(app, "useAIAgent.mjs"));
const { useAIAgent } = await import(pathToFileURL(join(app, "useAIAgent.mjs")));
after(() => rm(app, { recursive: true }));

const DONE = { id: "j1", status: "completed" };
const FAILED = { id: "j2", status: "failed", error_code: "model_refused", error_message: "The AI declined." };
const ANSWERS = {
  "/create-canvas": { success: true, job_id: "j1", status: "queued" },
  "/job/j1/status": { success: true, job: DONE },
  "/job/j1/result": { success: true, result: { canvas_id: "c1", objects: [] } },
};

const server = createServer((request, response) => {
  const path = request.url.replace("/api/ai-agent", "");
  if (path === "/job/hanging/status") return;
  if (path === "/job/j2/events") {
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    response.end(`id: 1\nevent: done\ndata: ${JSON.stringify(FAILED)}\n\n`);
    return;
  }
  if (path === "/job/j1/events") {
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    response.write(`id: 1\nevent: object\ndata: {"id":"o1","attempt":1}\n\n`);
    response.end(`id: 2\nevent: done\ndata: ${JSON.stringify(DONE)}\n\n`);
    return;
  }
  const answer = ANSWERS[path];
  response.writeHead(answer ? 200 : 404, { "Content-Type": "application/json", Connection: "close" });
  response.end(JSON.stringify(answer ?? { code: "job_not_found", message: "There is no such job." }));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
after(() => {
  server.close();
  server.closeAllConnections();
});

const client = createClient({ baseUrl: `http://127.0.0.1:${server.address().port}`, getToken: () => "token" });
const use = () => mount(() => useAIAgent({ client }));

test("a canvas is created, and its status and result can be asked for", async () => {
  const { value } = use();
  assert.equal(value().isLoading, false);
  const creating = value().createCanvas({ instructions: "A plan" });
  assert.equal(value().isLoading, true);
  const { job_id: jobId } = await creating;
  assert.equal(value().isLoading, false);
  assert.equal((await value().getJobStatus(jobId)).status, "completed");
  assert.equal((await value().getJobResult(jobId)).canvas_id, "c1");
  assert.equal(value().error, null);
});

test("with handlers the drawing is followed to its end", async () => {
  const { value } = use();
  const drawn = [];
  const job = await value().createCanvas({ instructions: "A plan" }, { onObject: (object) => drawn.push(object.id) });
  assert.deepEqual([job.status, drawn], ["completed", ["o1"]]);
});

test("a drawing that fails is shown as an error", async () => {
  const { value } = use();
  ANSWERS["/create-canvas"].job_id = "j2";
  await assert.rejects(value().createCanvas({ instructions: "A plan" }, {}), { code: "model_refused" });
  ANSWERS["/create-canvas"].job_id = "j1";
  assert.equal(value().error.message, "The AI declined.");
  assert.equal(value().isLoading, false);
});

test("an error is kept until it is cleared or something new begins", async () => {
  const { value } = use();
  await assert.rejects(value().getJobStatus("none"), { code: "job_not_found" });
  assert.equal(value().error.message, "There is no such job.");
  assert.equal(value().isLoading, false);
  value().clearError();
  assert.equal(value().error, null);
});

test("the functions stay the same from render to render", async () => {
  const { value } = use();
  const before = value();
  await before.getJobStatus("j1");
  for (const name of ["createCanvas", "getJobStatus", "getJobResult", "clearError"])
    assert.equal(value()[name], before[name]);
});

test("nothing is set any more once the component has gone", async () => {
  const { value, unmount } = use();
  const asking = value().getJobStatus("hanging");
  unmount();
  await assert.rejects(asking, { name: "AbortError" });
});
