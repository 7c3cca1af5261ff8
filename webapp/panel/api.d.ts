/** The API as types. Made from the server's models by devtools/typescript.py; do not edit. */

/** The job is on record and will run. */
export interface AcceptedResponse {
  success: true;
  job_id: string;
  status: JobStatus;
  message: string;
  links: Links;
}

/** Who designs. `available` is false while the model's server is down and jobs wait for it. */
export interface Ai {
  provider: string | null;
  model: string | null;
  available: boolean;
}

/** The job is cancelled for good. */
export interface CancelResponse {
  success: true;
  message: string;
  status: "cancelled";
}

/** A stored canvas, its objects from back to front. */
export interface Canvas {
  id: string;
  user_id: string;
  title: string;
  created_at: string;
  updated_at: string;
  version: number;
  objects: Array<CanvasObject>;
}

export type CanvasObject = RectangleObject | CenteredObject | CircleObject | TextObject | ConnectorObject;

/** A stored canvas. */
export interface CanvasResponse {
  success: true;
  canvas: Canvas;
}

/** A diamond, star or heart. */
export interface CenteredObject {
  id: string;
  canvas_id: string;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
  object_type: "diamond" | "star" | "heart";
  properties: CenteredProperties;
}

/** `x`, `y` is the centre. */
export interface CenteredProperties {
  /** `#RRGGBB`, or `none`. */
  fill: string;
  stroke: Color;
  strokeWidth: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What is to be different; at least one of these. */
export interface ChangeCanvasRequest {
  title?: string;
  /** The newest drawing is drawn again in it, at its place. */
  style?: "modern" | "corporate" | "creative" | "minimal" | null;
  colorScheme?: "pastel" | "vibrant" | "monochrome" | "default" | null;
  /** The paper that the newest drawing is for from now on. */
  theme?: "light" | "dark" | null;
  /** Statements that change the newest drawing, or all of it, as for `mode: edit`. */
  source?: string;
  /** Shapes of one drawing that were moved, resized or deleted. Their words, their connectors and what stands in them follow, and later changes leave them there. */
  objects?: Array<ObjectChange> | null;
}

/** A canvas after a change, and what looks different. */
export interface ChangedResponse {
  success: true;
  canvas: Canvas;
  changes: Changes;
}

/** Ids of the objects that a change added, made look different, or removed. */
export interface Changes {
  added: Array<string>;
  changed: Array<string>;
  removed: Array<string>;
}

/** A circle. */
export interface CircleObject {
  id: string;
  canvas_id: string;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
  object_type: "circle";
  properties: CircleProperties;
}

/** `x`, `y` is the centre. */
export interface CircleProperties {
  /** `#RRGGBB`, or `none`. */
  fill: string;
  stroke: Color;
  strokeWidth: number;
  x: number;
  y: number;
  radius: number;
}

export type Color = string;

/** A line, or an arrow to its last point. `from` and `to` name the shapes it connects. */
export interface ConnectorObject {
  id: string;
  canvas_id: string;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
  object_type: "arrow" | "line";
  properties: ConnectorProperties;
}

/** `x`, `y` is the start; `points` are relative to it, `[0, 0, dx, dy, …]`. */
export interface ConnectorProperties {
  x: number;
  y: number;
  points: Array<number>;
  stroke: Color;
  strokeWidth: number;
}

/** What to draw. */
export interface CreateCanvasRequest {
  /** What to draw as notation (docs/notation.md), 1 to 50000 characters, instead of `instructions`: no model is asked. */
  source?: string;
  /** What to draw, 1 to 10000 characters of any text; required unless `source` is given. */
  instructions?: string;
  style?: "modern" | "corporate" | "creative" | "minimal";
  colorScheme?: "pastel" | "vibrant" | "monochrome" | "default";
  /** The paper that the drawing is for: white or dark. */
  theme?: "light" | "dark";
  /** The canvas to draw on, in its free space: one of ours, or one of your own app's by its own id. */
  canvas_id?: string;
  /** `add`: draw something new. `edit`: change the drawing on `canvas_id` as the words ask, or with the statements in `source`. `auto`: whichever the words ask for. */
  mode?: "add" | "edit" | "auto";
  /** Ids of the objects that the person has marked: what “this” and “these” are. */
  selection?: Array<string>;
  /** `elbow`: an arrow with all bends; `segments`: a line for the bends, and an arrow of two points; `straight`: arrows of two points. */
  connectors?: "elbow" | "segments" | "straight";
  /** Draw diamonds as high as wide. */
  square_diamonds?: boolean;
  /** Higher comes first among your own jobs. */
  priority?: number;
  /** Where to send the outcome; https and a public address. */
  webhook_url?: string;
}

/** What a webhook says of a job that has ended. */
export interface EndedJob {
  job_id: string;
  user_id: string;
  status: "completed" | "failed" | "cancelled";
  canvas_id: string | null;
  error_code: string | null;
  error_message: string | null;
  model: string | null;
  usage: Usage;
  created_at: string;
  completed_at: string;
}

/** The job has ended while the caller waited. */
export interface FinishedResponse {
  success: true;
  job_id: string;
  status: JobStatus;
  message: string;
  links: Links;
  job: Job;
  result: Result | null;
}

/** How the service is. */
export interface HealthResponse {
  status: "healthy" | "degraded" | "unhealthy";
  database: "connected" | "unavailable";
  job_processor: Processor;
  ai: Ai;
  paused: Paused;
  release: string | null;
  timestamp: string;
}

/** A job. */
export interface Job {
  id: string;
  user_id: string;
  canvas_id: string | null;
  job_type: "create_canvas";
  status: JobStatus;
  priority: number;
  request_data: Record<string, unknown>;
  error_message: string | null;
  error_code: string | null;
  retry_count: number;
  max_retries: number;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  next_processing_at: string | null;
  progress: Progress;
  /** 1 is next; null unless the job waits in line. */
  queue_position: number | null;
  eta_seconds: number | null;
  attempts: number;
  model: string | null;
  usage: Usage;
  cancel_requested_at: string | null;
  expires_at: string | null;
  links: Links;
}

/** The body of a webhook. */
export interface JobEnded {
  type: "job.completed" | "job.failed" | "job.cancelled";
  timestamp: string;
  data: EndedJob;
}

export type JobStatus = "queued" | "processing" | "completed" | "failed" | "cancelled";

/** URLs of a job. */
export interface Links {
  self: string;
  result: string;
  events: string;
  cancel: string;
  retry: string;
}

/** A page of jobs, newest first. */
export interface ListResponse {
  success: true;
  jobs: Array<Job>;
  next_cursor: string | null;
}

/** An object that a person has changed; `x` and `y` mean what they do in its properties. */
export interface ObjectChange {
  id: string;
  x?: number | null;
  y?: number | null;
  width?: number | null;
  height?: number | null;
  /** New words of the shape, connector or title. */
  text?: string | null;
  /** A colour of the palette, or any other, which becomes the nearest of these. */
  color?: string | null;
  deleted?: boolean;
}

/** How the outline of a shape is drawn. */
export interface Outline {
  /** `#RRGGBB`, or `none`. */
  fill: string;
  stroke: Color;
  strokeWidth: number;
}

/** A canvas of your app, for drawings beside what is on it. */
export interface OwnCanvasRequest {
  title?: string;
  objects: Array<OwnObject>;
}

/** A canvas that was handed over, and our ids of the objects whose ids are no UUIDs, by those. */
export interface OwnCanvasResponse {
  success: true;
  canvas: Canvas;
  ids: Record<string, string>;
}

/** An object in the form of `GET /canvas/{id}`; `properties` must say its place, all else has a default. */
export interface OwnObject {
  /** A UUID is kept; any other id is replaced by one, `ids` of the response says by which. */
  id?: string | null;
  object_type: "rectangle" | "circle" | "diamond" | "star" | "heart" | "text" | "arrow" | "line";
  properties: Record<string, unknown>;
  /** What lies on what; in the order of the list where it is not said. */
  z_index?: number | null;
}

/** What an operator has paused: accepting new jobs, or running the waiting ones. */
export interface Paused {
  intake: boolean;
  workers: boolean;
}

/** Seconds. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
}

/** The response to a probe. */
export interface ProbeResponse {
  status: "ok";
}

/** What went wrong (RFC 9457). `error` and `message` are for people, `code` for programs. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  error: string;
  message: string;
  retryable: boolean;
  request_id: string | null;
  /** Complaints by field. */
  details?: Record<string, Array<string>> | null;
  job_status?: JobStatus | null;
  /** The canvas' present version, where a change came too late. */
  version?: number | null;
}

/** The workers, and the queue before them. */
export interface Processor {
  running: boolean;
  active_jobs: number;
  max_concurrent_jobs: number;
  processing_interval: number | null;
  workers: number;
  queued_jobs: number;
  oldest_queued_seconds: number | null;
  releases: Array<string>;
}

/** How far a job is. The percentage never falls while the job runs. */
export interface Progress {
  percent: number;
  message: string;
  objects: number;
}

/** A rectangle. A property `shape` may name a nearer form; one who does not know it draws the rectangle. */
export interface RectangleObject {
  id: string;
  canvas_id: string;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
  object_type: "rectangle";
  properties: RectangleProperties;
}

/** `x`, `y` is the top left corner. */
export interface RectangleProperties {
  /** `#RRGGBB`, or `none`. */
  fill: string;
  stroke: Color;
  strokeWidth: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a completed job drew, or changed. */
export interface Result {
  success: true;
  canvas_id: string;
  title: string | null;
  objects: Array<CanvasObject>;
  message: string | null;
  request_id: string;
  model: string | null;
  usage: Usage;
  quality: Record<string, unknown> | null;
  generator: string | null;
  canvas_size: Record<string, number> | null;
  dropped: Array<string>;
  notes: Array<string>;
  source: string | null;
  version: number | null;
  changes: Changes | null;
}

/** A job's result. */
export interface ResultResponse {
  success: true;
  result: Result;
}

/** The secret that signs your webhooks (Standard Webhooks). */
export interface SecretResponse {
  success: true;
  secret: string | null;
}

/** Counts of jobs. */
export interface Stats {
  total_jobs: number;
  queued_jobs: number;
  processing_jobs: number;
  completed_jobs: number;
  failed_jobs: number;
  cancelled_jobs: number;
  success_rate: number;
  wait_seconds: Percentiles;
  run_seconds: Percentiles;
  input_tokens: number;
  output_tokens: number;
}

/** Counts of jobs, at the top and again under `stats`. */
export interface StatsResponse {
  total_jobs: number;
  queued_jobs: number;
  processing_jobs: number;
  completed_jobs: number;
  failed_jobs: number;
  cancelled_jobs: number;
  success_rate: number;
  wait_seconds: Percentiles;
  run_seconds: Percentiles;
  input_tokens: number;
  output_tokens: number;
  success: true;
  stats: Stats;
}

/** A job. */
export interface StatusResponse {
  success: true;
  job: Job;
}

/** What all objects have in common. */
export interface StoredObject {
  id: string;
  canvas_id: string;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
}

/** A text. The label of a shape is a text of its own, over the shape. */
export interface TextObject {
  id: string;
  canvas_id: string;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
  object_type: "text";
  properties: TextProperties;
}

/** `x`, `y` is the top left corner. */
export interface TextProperties {
  x: number;
  y: number;
  width: number;
  height: number;
  text: string;
  fontSize: number;
  color: Color;
}

/** Tokens that the model used. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
}

/** One version of a canvas; `job_id` is null when a person made it, `objects` their number. */
export interface Version {
  version: number;
  author: "ai-agent" | "person";
  job_id: string | null;
  message: string;
  created_at: string;
  objects: number;
}

/** The versions of a canvas that are kept, the newest first. */
export interface VersionsResponse {
  success: true;
  versions: Array<Version>;
}
