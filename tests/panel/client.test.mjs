/** The client against a server that answers as a bad day does: scripted answers over real HTTP. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { CanvasJobsError, createClient, EventParser } from "../../webapp/panel/client.js";

const JOB = { id: "j1", status: "completed", attempts: 1, progress: { percent: 100, message: "Drew", objects: 1 } };
const servers = [];

after(() => servers.forEach((server) => server.close()));

/** Start a server that takes one script a request: `(request, response) => …`. Returns its address and its log. */
async function serve(...scripts) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    await scripts[Math.min(requests.length, scripts.length) - 1](request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return { baseUrl: `http://127.0.0.1:${server.address().port}`, requests };
}

const json =
  (status, body, headers = {}) =>
  (request, response) => {
    response
      .writeHead(status, { "Content-Type": "application/json", Connection: "close", ...headers })
      .end(JSON.stringify(body));
  };
const hangUp = (request, response) => response.destroy();
const event = (id, type, data) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const shape = (id, attempt) => ({ id, attempt, object_type: "circle", properties: {}, z_index: 0 });

/** Send these pieces as a stream; then end it well, or break the connection. */
const stream =
  (pieces, { breaks = false } = {}) =>
  async (request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    for (const piece of ["retry: 5\n\n", ...pieces]) await new Promise((done) => response.write(piece, done));
    if (breaks) setTimeout(() => response.destroy(), 20);
    else response.end();
  };

const client = (baseUrl, getToken = () => "token") => createClient({ baseUrl, getToken });

/** Follow a job and return everything it reported, in order. */
async function follow(baseUrl, options = {}) {
  const log = [];
  const job = await client(baseUrl).follow("j1", {
    onStatus: (change) => log.push(`status ${change.status}`),
    onProgress: (progress) => log.push(`progress ${progress.percent}`),
    onClear: (attempt) => log.push(`clear ${attempt}`),
    onObject: (object) => log.push(`object ${object.id}`),
    onDone: (ended) => log.push(`done ${ended.status}`),
    ...options,
  });
  return { log, job };
}

test("a request that got no answer is repeated with the same key", async () => {
  const { baseUrl, requests } = await serve(hangUp, json(202, { success: true, job_id: "j1" }));
  const answer = await client(baseUrl).createCanvas({ instructions: "A plan" });
  assert.equal(answer.job_id, "j1");
  const keys = requests.map((request) => request.headers["idempotency-key"]);
  assert.equal(keys.length, 2);
  assert.match(keys[0], /^"[0-9a-f]{32}"$/);
  assert.equal(keys[0], keys[1]);
  assert.deepEqual(JSON.parse(requests[1].body), { instructions: "A plan" });
});

test("a retry of a job is not repeated blindly", async () => {
  const { baseUrl, requests } = await serve(hangUp);
  await assert.rejects(client(baseUrl).retry("j1"), { code: "network_error", retryable: true });
  assert.equal(requests.length, 1);
});

test("a service that is away is reported within three seconds", async () => {
  const problem = { code: "database_unavailable", message: "The database is away.", retryable: true };
  const { baseUrl, requests } = await serve(json(503, problem, { "Retry-After": "1" }));
  const began = Date.now();
  await assert.rejects(client(baseUrl).list(), { code: "database_unavailable", retryAfter: 1 });
  assert.ok(Date.now() - began < 3_000);
  assert.ok(requests.length > 1);
});

test("a service that asks for a long wait is reported at once", async () => {
  const problem = { code: "intake_paused", message: "Paused.", retryable: true };
  const { baseUrl, requests } = await serve(json(503, problem, { "Retry-After": "30" }));
  await assert.rejects(client(baseUrl).createCanvas({ instructions: "A plan" }), { retryAfter: 30 });
  assert.equal(requests.length, 1);
});

test("an absurd wait is clamped to a day", async () => {
  for (const wait of ["99999999999999999999", "Sun, 06 Nov 99999999999 08:49:37 GMT"]) {
    const { baseUrl } = await serve(json(429, { code: "rate_limited", message: "Wait." }, { "Retry-After": wait }));
    await assert.rejects(client(baseUrl).list(), (error) => error.retryAfter === null || error.retryAfter <= 86_400);
  }
});

test("an unhealthy service says so in the form of a healthy one", async () => {
  const { baseUrl, requests } = await serve(json(503, { status: "unhealthy", database: "unavailable" }));
  assert.equal((await client(baseUrl).health()).status, "unhealthy");
  assert.equal(requests.length, 1);
});

test("without Web Crypto, as in Node 18, each request still has a key of its own", async () => {
  const { baseUrl, requests } = await serve(json(202, { success: true, job_id: "j1" }));
  const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  try {
    for (let i = 0; i < 2; i++) await client(baseUrl).createCanvas({ instructions: "A plan" });
  } finally {
    if (crypto) Object.defineProperty(globalThis, "crypto", crypto);
  }
  const keys = requests.map((request) => request.headers["idempotency-key"]);
  for (const key of keys) assert.match(key, /^"[0-9a-f]{32}"$/);
  assert.notEqual(keys[0], keys[1]);
});

test("a problem becomes an error with everything it says", async () => {
  const problem = {
    code: "too_many_active_jobs",
    message: "You have 20 unfinished drawings.",
    details: { instructions: ["Too long."] },
    retryable: true,
    request_id: "r1",
  };
  const { baseUrl, requests } = await serve(json(429, problem, { "Retry-After": "7" }));
  await assert.rejects(client(baseUrl).createCanvas({ instructions: "A plan" }), (error) => {
    assert.ok(error instanceof CanvasJobsError);
    assert.equal(error.message, problem.message);
    assert.deepEqual(
      [error.code, error.status, error.retryable, error.retryAfter, error.requestId],
      ["too_many_active_jobs", 429, true, 7, "r1"],
    );
    assert.deepEqual(error.details, problem.details);
    return true;
  });
  assert.equal(requests.length, 1);
});

test("an error page of a proxy is still an error with a sentence", async () => {
  const page = (request, response) => response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>no</h1>");
  const { baseUrl } = await serve(page);
  await assert.rejects(client(baseUrl).status("j1"), {
    code: "http_404",
    message: "The server responded with status 404.",
  });
});

test("a refused token is renewed once, and never part of an address", async () => {
  const { baseUrl, requests } = await serve(json(401, {}), json(200, { job: JOB }));
  const asked = [];
  const getToken = ({ refresh }) => {
    asked.push(refresh);
    return refresh ? "new" : "old";
  };
  await client(baseUrl, getToken).status("j1");
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(
    requests.map((request) => request.headers.authorization),
    ["Bearer old", "Bearer new"],
  );
  assert.ok(requests.every((request) => !/old|new/.test(request.url)));
  const refused = await serve(json(401, { code: "unauthorized", message: "Sign in." }));
  await assert.rejects(client(refused.baseUrl).status("j1"), { code: "unauthorized" });
  assert.equal(refused.requests.length, 2);
});

test("a broken stream goes on where it stopped", async () => {
  const { baseUrl, requests } = await serve(
    stream([event(1, "status", { status: "processing" }), event(2, "object", shape("a", 1)), "id: 3\nevent: obj"], {
      breaks: true,
    }),
    stream([event(2, "object", shape("a", 1)), event(3, "object", shape("b", 1)), event(4, "done", JOB)]),
  );
  const { log, job } = await follow(baseUrl);
  assert.deepEqual(log, ["status processing", "object a", "object b", "done completed"]);
  assert.equal(job.id, "j1");
  assert.deepEqual(
    requests.map((request) => request.headers["last-event-id"]),
    [undefined, "2"],
  );
});

test("a stream that the server ends early is opened again", async () => {
  const { baseUrl, requests } = await serve(
    stream([event(1, "object", shape("a", 1)), ": come back\n\n"]),
    stream([event(2, "done", JOB)]),
  );
  const { log } = await follow(baseUrl);
  assert.deepEqual(log, ["object a", "done completed"]);
  assert.equal(requests.length, 2);
});

test("objects of a newer attempt replace those of the one before", async () => {
  const { baseUrl } = await serve(
    stream([
      event(1, "object", shape("a", 1)),
      event(2, "object", shape("b", 2)),
      event(3, "object", shape("late", 1)),
      event(4, "done", JOB),
    ]),
  );
  const { log } = await follow(baseUrl);
  assert.deepEqual(log, ["object a", "clear 2", "object b", "done completed"]);
});

test("where streams are refused the status is asked for instead", async () => {
  const processing = { ...JOB, status: "processing", progress: { percent: 40, message: "Drawing", objects: 1 } };
  const { baseUrl, requests } = await serve(
    json(429, { code: "too_many_streams", retryable: true }),
    json(200, { job: processing }, { ETag: '"1"', "Retry-After": "0" }),
    (request, response) => response.writeHead(304, { ETag: '"1"', "Retry-After": "0" }).end(),
    json(200, { job: JOB }),
    json(200, { result: { objects: [shape("a"), shape("b")] } }),
  );
  const states = [];
  const { log } = await follow(baseUrl, { onConnection: (state) => states.push(state) });
  assert.deepEqual(log, [
    "status processing",
    "progress 40",
    "status completed",
    "progress 100",
    "object a",
    "object b",
    "done completed",
  ]);
  assert.deepEqual(states, ["polling"]);
  assert.equal(requests[2].headers["if-none-match"], '"1"');
});

test("an answer that is no stream leads to asking, too", async () => {
  const { baseUrl } = await serve(json(200, {}), json(200, { job: { ...JOB, status: "cancelled" } }));
  const { job } = await follow(baseUrl);
  assert.equal(job.status, "cancelled");
});

test("a job that is gone ends the following with its error", async () => {
  const { baseUrl } = await serve(json(404, { code: "job_not_found", message: "No such job.", retryable: false }));
  await assert.rejects(follow(baseUrl), { code: "job_not_found" });
});

test("the caller's signal ends the following and closes the stream", async () => {
  let isClosed;
  const closed = new Promise((resolve) => (isClosed = resolve));
  const { baseUrl } = await serve((request, response) => {
    response.on("close", isClosed);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(event(1, "object", shape("a", 1)));
  });
  const controller = new AbortController();
  await assert.rejects(follow(baseUrl, { signal: controller.signal, onObject: () => controller.abort() }), {
    name: "AbortError",
  });
  await closed;
});

test("an error in a callback reaches the caller and is not taken for a lost connection", async () => {
  const { baseUrl, requests } = await serve(stream([event(1, "object", shape("a", 1)), event(2, "done", JOB)]));
  const onObject = () => {
    throw new TypeError("a bug");
  };
  await assert.rejects(follow(baseUrl, { onObject }), { message: "a bug" });
  assert.equal(requests.length, 1);
});

test("following goes on from a position", async () => {
  const { baseUrl, requests } = await serve(stream([event(8, "object", shape("b", 2)), event(9, "done", JOB)]));
  const { log } = await follow(baseUrl, { from: { after: "7", attempt: 1 } });
  assert.deepEqual(log, ["clear 2", "object b", "done completed"]);
  assert.equal(requests[0].headers["last-event-id"], "7");
});

test("events are read whole, wherever the text is cut", () => {
  const text =
    "\uFEFF: hello\r\nretry: 10\r\n\r\nid: 1\rdata: one\rdata:two\r\revent: x\nid: 2\ndata: three\n\ndata\n\nid: 4\n\n: end\n\n";
  const expected = new EventParser().feed(text);
  assert.deepEqual(
    expected.map(({ type, data, id, retry }) => [type, data, id, retry]),
    [
      ["", "", null, 10],
      ["message", "one\ntwo", "1", null],
      ["x", "three", "2", null],
      ["message", "", null, null],
    ],
  );
  for (let cut = 1; cut < text.length; cut++) {
    const parser = new EventParser();
    assert.deepEqual([...parser.feed(text.slice(0, cut)), ...parser.feed(text.slice(cut))], expected, `cut at ${cut}`);
  }
});

test("hands over the objects of an app once", async () => {
  const canvas = { id: "c1", version: 1, objects: [] };
  const { baseUrl, requests } = await serve(json(201, { success: true, canvas, ids: { a: "b" } }));
  const own = { objects: [{ id: "a", object_type: "circle", properties: { x: 0, y: 0, radius: 9 } }] };
  const stored = await createClient({ baseUrl, getToken: () => "t" }).handOver(own);
  assert.deepEqual([stored.canvas, stored.ids], [canvas, { a: "b" }]);
  assert.equal(requests.length, 1);
  assert.equal(requests[0].url, "/api/ai-agent/canvases");
  assert.deepEqual(JSON.parse(requests[0].body), own);
});
