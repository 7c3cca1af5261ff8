/** The operator's page: asks every few seconds, shows what there is, cancels and runs again. */

const API = "/api/ai-agent/admin";
const KEY = "canvas-jobs-operator"; // the token, for this tab only
const EVERY = 3000; // milliseconds between two looks
const HEIGHT = 120;
const WIDTH = 600;
const SVG = "http://www.w3.org/2000/svg";
const NARROW = matchMedia("(max-width: 720px)"); // the end of an id tells it from others; its beginning is the time
const TONES = { completed: "good", failed: "bad", cancelled: "wait", queued: "wait", processing: "good" };

/** @returns {any} the element, of whatever kind the page gives it */
const $ = (id) => document.getElementById(id);
let openJob = null;
let openedFrom = null; // what had the focus before
let timer = null;
let seenAt = null; // when the numbers on the page were true

class Refused extends Error {}
class Missing extends Error {}

const ask = async (path, method = "GET") => {
  const response = await fetch(API + path, {
    method,
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}` },
  });
  const body = await response.json();
  if (response.status === 401 || response.status === 403) throw new Refused(body.message);
  if (response.status === 404) throw new Missing(body.message);
  if (!response.ok) throw new Error(body.message);
  return body;
};

const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

const shape = (name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

const clock = (text) => {
  if (!text) return "";
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? at.toLocaleTimeString() : at.toLocaleString();
};
const seconds = (value) => (value === null ? "–" : value < 100 ? `${value.toFixed(1)} s` : `${Math.round(value / 60)} min`);

// --- What is shown ---------------------------------------------------------------------------------------------

/** Without a live worker there are no places: what runs is what the workers that are gone have left. */
const running = ({ active_jobs: jobs, max_concurrent_jobs: places, workers }) =>
  workers ? `${jobs} of ${places}` : jobs ? `${jobs} left behind` : "0";

const showTiles = ({ processor, pending_webhooks }) => {
  const tiles = {
    Waiting: processor.queued_jobs,
    "Oldest waiting": seconds(processor.oldest_queued_seconds),
    Running: running(processor),
    Workers: processor.workers,
    "Webhooks to send": pending_webhooks,
  };
  $("tiles").replaceChildren(
    ...Object.entries(tiles).map(([name, value]) => {
      const tile = document.createElement("div");
      tile.append(element("dt", name), element("dd", String(value)));
      return tile;
    }),
  );
};

const showState = ({ troubles }) => {
  const text = troubles.length ? troubles.join(" ") : "All is well";
  if ($("state").textContent === text) return; // Spoken only when it changes.
  $("state").textContent = text;
  $("state").dataset.tone = troubles.length ? "bad" : "good";
};

const plotEnded = (minutes) => {
  const most = Math.max(1, ...minutes.map(({ completed, failed, cancelled }) => completed + failed + cancelled));
  const width = WIDTH / minutes.length;
  const bars = minutes.flatMap((minute, index) => {
    let top = HEIGHT;
    return ["completed", "cancelled", "failed"].map((outcome) => {
      const height = (minute[outcome] / most) * (HEIGHT - 4);
      top -= height;
      return shape("rect", { class: outcome, x: index * width + 1, y: top, width: width - 2, height });
    });
  });
  $("ended").replaceChildren(...bars);
  const sum = (outcome) => minutes.reduce((total, minute) => total + minute[outcome], 0);
  const [completed, failed, cancelled] = ["completed", "failed", "cancelled"].map(sum);
  $("ended-text").textContent = completed + failed + cancelled
    ? `${completed} completed, ${failed} failed, ${cancelled} cancelled; at most ${most} a minute`
    : "No job ended";
};

const plotRuns = (minutes) => {
  const known = minutes.map(({ run_seconds }, index) => [index, run_seconds]).filter(([, value]) => value !== null);
  const most = Math.max(0.1, ...known.map(([, value]) => value));
  const points = known.map(([index, value]) => [
    ((index + 0.5) / minutes.length) * WIDTH,
    HEIGHT - 4 - (value / most) * (HEIGHT - 12),
  ]);
  const curve = shape("polyline", { class: "curve", points: points.map((point) => point.join(",")).join(" ") });
  $("runs").replaceChildren(curve, ...points.map(([x, y]) => shape("path", { class: "dot", d: `M${x} ${y}h0` })));
  $("runs-text").textContent = known.length ? `At most ${most.toFixed(1)} s` : "No job completed";
};

/** @returns {HTMLElement | null} */
const buttonOf = (jobId) => document.querySelector(`[data-job="${jobId}"]`);

const fill = (id, rows, otherwise) => {
  if (!rows.length) {
    const cell = element("td", otherwise, { colspan: $(id).parentElement.tHead.rows[0].cells.length, class: "quiet" });
    const only = document.createElement("tr");
    only.append(cell);
    rows = [only];
  }
  $(id).replaceChildren(...rows);
};

const row = (...cells) => {
  const made = document.createElement("tr");
  made.append(
    ...cells.map((cell) => {
      const data = document.createElement("td");
      data.append(cell instanceof Node ? cell : String(cell ?? ""));
      return data;
    }),
  );
  return made;
};

const showWorkers = (workers) => {
  fill(
    "workers",
    workers.map((worker) => {
      const age = seconds(worker.heartbeat_age_seconds);
      const state = worker.is_alive ? (worker.is_draining ? "stopping" : "alive") : `silent for ${age}`;
      return row(
        `${worker.hostname} ${worker.pid}`,
        element("span", state, { "data-tone": state === "alive" ? "good" : "bad" }),
        `${worker.running} of ${worker.concurrency}`,
        worker.model ?? worker.provider,
        worker.release?.slice(0, 12),
        clock(worker.heartbeat_at),
      );
    }),
    "No worker is running.",
  );
};

const showJobs = (jobs) => {
  const focused = /** @type {HTMLElement} */ (document.activeElement)?.dataset?.job;
  fill(
    "jobs",
    jobs.map((job) => {
      const name = NARROW.matches ? `…${job.id.slice(-8)}` : job.id;
      const open = element("button", name, { type: "button", class: "link", "data-job": job.id, "aria-label": job.id });
      open.addEventListener("click", () => follow(job.id));
      return row(
        element("span", job.error_code ? `${job.status}: ${job.error_code}` : job.status, {
          "data-tone": TONES[job.status],
        }),
        open,
        element("span", job.user_id, { class: "user", title: job.user_id }),
        `${job.progress_percent} %`,
        job.attempt,
        clock(job.created_at),
      );
    }),
    $("filter").value ? "No job has this status." : "There are no jobs.",
  );
  if (focused) buttonOf(focused)?.focus();
};

const timeline = ({ job, queue, events, deliveries }) => {
  const entries = [[job.created_at, "accepted"]];
  for (const line of queue) {
    for (const { at, type } of line.events) entries.push([at, `queue row ${line.id}: ${type.replaceAll("_", " ")}`]);
  }
  for (const { at, kind, data } of events) {
    const what = kind === "progress" ? `${data.percent} % ${data.message}` : (data.status ?? "");
    entries.push([at, `${kind}: ${what}${data.error_message ? ` – ${data.error_message}` : ""}`]);
  }
  for (const delivery of deliveries) {
    const state = delivery.ended_at ? (delivery.is_delivered ? "delivered" : "given up") : "to be sent";
    entries.push([delivery.created_at, `webhook ${delivery.type}: ${state}, ${delivery.attempts} attempts`]);
  }
  return entries.sort(([one], [other]) => Date.parse(one) - Date.parse(other));
};

const showDetail = async (id) => {
  const found = await ask(`/job/${id}`);
  const { job } = found;
  $("detail").hidden = false;
  $("detail-title").textContent = `${id}: ${job.status}`;
  $("detail-message").textContent = job.operator_message ?? job.error_message ?? job.progress_message;
  $("cancel").disabled = !["queued", "processing"].includes(job.status);
  $("retry").disabled = job.status === "completed";
  $("timeline").replaceChildren(
    ...timeline(found).map(([at, text]) => {
      const line = document.createElement("li");
      line.append(element("time", clock(at), { datetime: at }), text);
      return line;
    }),
  );
};

const closeDetail = () => {
  openJob = null;
  $("detail").hidden = true;
};

const follow = async (id) => {
  $("find-message").textContent = "";
  try {
    await showDetail(id);
  } catch (error) {
    $("find-message").textContent = error.message;
    return;
  }
  openJob = id;
  openedFrom = id;
  $("detail-title").focus();
};

// --- What happens ----------------------------------------------------------------------------------------------

const refresh = async () => {
  const status = $("filter").value;
  const [overview, { jobs }] = await Promise.all([ask("/overview"), ask(`/jobs?status=${status}`)]);
  $("content").hidden = false;
  $("sign-in").hidden = true;
  $("sign-out").hidden = false;
  showState(overview);
  showTiles(overview);
  plotEnded(overview.minutes);
  plotRuns(overview.minutes);
  showWorkers(overview.workers);
  showJobs(jobs);
  seenAt = new Date();
  delete $("content").dataset.stale;
  if (!openJob) return;
  try {
    await showDetail(openJob);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    closeDetail();
    $("find-message").textContent = "The job that was open has been deleted.";
  }
};

const signOut = (message = "") => {
  sessionStorage.removeItem(KEY);
  clearTimeout(timer);
  closeDetail();
  seenAt = null;
  $("content").hidden = true;
  $("sign-in").hidden = false;
  $("sign-out").hidden = true;
  $("state").textContent = "Not signed in";
  delete $("state").dataset.tone;
  $("refusal").textContent = message;
};

const showTrouble = (error) => {
  const reason = error instanceof TypeError ? "The web process is not responding." : error.message;
  $("state").textContent = seenAt ? `${reason} Below is what was known at ${clock(seenAt)}.` : reason;
  $("state").dataset.tone = "bad";
  if (seenAt) $("content").dataset.stale = "true";
};

const look = async () => {
  clearTimeout(timer);
  try {
    await refresh();
  } catch (error) {
    if (error instanceof Refused) return signOut(error.message);
    showTrouble(error);
  }
  if (sessionStorage.getItem(KEY)) timer = setTimeout(look, EVERY);
};

const act = async (what) => {
  try {
    await ask(`/job/${openJob}/${what}`, "POST");
  } catch (error) {
    $("detail-message").textContent = error.message;
    return;
  }
  await look();
};

const signIn = (token) => {
  sessionStorage.setItem(KEY, token);
  $("token").value = "";
  $("refusal").textContent = "";
  return look();
};

$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn($("token").value.trim());
});
$("demo").addEventListener("click", async () => {
  const response = await fetch("/admin/demo-token", { method: "POST" });
  if (response.ok) await signIn((await response.json()).token);
});
$("sign-out").addEventListener("click", () => signOut());
$("filter").addEventListener("change", look);
$("cancel").addEventListener("click", () => act("cancel"));
$("retry").addEventListener("click", () => act("retry"));
$("close").addEventListener("click", () => {
  closeDetail();
  (buttonOf(openedFrom) ?? $("job")).focus();
});
$("find").addEventListener("submit", (event) => {
  event.preventDefault();
  follow($("job").value.trim());
});

// Development servers listen on loopback only; elsewhere there is no such route to offer.
$("demo").hidden = !["127.0.0.1", "localhost"].includes(location.hostname);
if (sessionStorage.getItem(KEY)) await look();

export {}; // A module: its names are its own.
