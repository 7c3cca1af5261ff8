/** Types of client.js. Fields that the server adds later are allowed everywhere. */

export type JobStatus = "queued" | "processing" | "completed" | "failed" | "cancelled";
export type Style = "modern" | "corporate" | "creative" | "minimal";
export type ColorScheme = "pastel" | "vibrant" | "monochrome" | "default";
export type ObjectType = "rectangle" | "circle" | "diamond" | "star" | "heart" | "text" | "arrow" | "line";

export interface CanvasRequest {
  /** 1 to 10,000 characters after trimming. */
  instructions: string;
  style?: Style;
  colorScheme?: ColorScheme;
  /** A canvas of the caller's to add to. */
  canvas_id?: string | null;
  /** 0 to 10; orders the caller's own jobs only. */
  priority?: number;
}

export interface Accepted {
  success: true;
  job_id: string;
  status: JobStatus;
  message: string;
  links: { self: string; result: string; events: string; cancel: string };
}

export interface Progress {
  /** 0 to 100, never falling within one run. */
  percent: number;
  message: string;
  objects: number;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
}

export interface Job {
  id: string;
  user_id: string;
  canvas_id: string | null;
  job_type: "create_canvas";
  status: JobStatus;
  priority: number;
  request_data: CanvasRequest;
  error_message: string | null;
  error_code: string | null;
  retry_count: number;
  max_retries: number;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  next_processing_at: string | null;
  cancel_requested_at: string | null;
  expires_at: string | null;
  progress: Progress;
  /** 1 is next; null unless queued. */
  queue_position: number | null;
  eta_seconds: number | null;
  attempts: number;
  model: string | null;
  usage: Usage | null;
  links: Record<string, string>;
}

export interface CanvasObject {
  id: string;
  canvas_id: string;
  object_type: ObjectType;
  /** Canvas units, origin top left; colours #RRGGBB. */
  properties: Record<string, unknown>;
  z_index: number;
  created_by: string;
  created_at: string;
  updated_at: string;
}

/** An object as it is told while it is drawn: with the attempt that drew it. */
export interface DrawnObject extends CanvasObject {
  attempt: number;
}

export interface CanvasResult {
  success: true;
  canvas_id: string;
  title: string;
  objects: CanvasObject[];
  message: string;
  request_id: string;
  model: string | null;
  usage: Usage | null;
  quality: unknown;
}

export interface Canvas {
  id: string;
  title: string;
  objects: CanvasObject[];
  created_at: string;
  updated_at: string;
}

export interface JobPage {
  success: true;
  jobs: Job[];
  next_cursor: string | null;
}

export interface Stats {
  total_jobs: number;
  queued_jobs: number;
  processing_jobs: number;
  completed_jobs: number;
  failed_jobs: number;
  cancelled_jobs: number;
  /** 0 to 100; 0 when nothing finished. */
  success_rate: number;
  wait_seconds: { p50: number | null; p95: number | null };
  run_seconds: { p50: number | null; p95: number | null };
}

export interface Health {
  status: "healthy" | "degraded" | "unhealthy";
  job_processor: { running: boolean; active_jobs: number; queued_jobs: number };
}

export interface ClientOptions {
  /** Where Canvas Jobs answers, for example "https://draw.example.com"; the page's own origin when left out. */
  baseUrl?: string;
  /** Asked before each request; with refresh: true after the server refused the token it gave last. */
  getToken?: (options: { refresh: boolean }) => string | null | Promise<string | null>;
  /** A fetch of your own, for example one that adds tracing. */
  fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface Position {
  after: string | null;
  attempt: number;
}

export interface FollowOptions extends CallOptions {
  /** Part of a job or all of it: what has changed. */
  onStatus?: (change: Partial<Job> & { status: JobStatus }) => void;
  onProgress?: (progress: Progress) => void;
  /** A new attempt begins to draw: forget the objects shown so far. */
  onClear?: (attempt: number) => void;
  /** A new object, or the new state of one with the same id. */
  onObject?: (object: DrawnObject) => void;
  onDone?: (job: Job) => void;
  onConnection?: (state: "live" | "reconnecting" | "polling") => void;
  /** Where a later follow of the same job may go on; told after each event. */
  onPosition?: (position: Position) => void;
  /** Go on from here: earlier events are known already. */
  from?: Position | null;
  /** False: ask for the status again and again instead of holding a stream. */
  stream?: boolean;
}

export interface Client {
  /** Safe to repeat: the same key and request give the same job. A key of its own is made when none is given. */
  createCanvas(request: CanvasRequest, options?: CallOptions & { idempotencyKey?: string }): Promise<Accepted>;
  status(jobId: string, options?: CallOptions): Promise<Job>;
  result(jobId: string, options?: CallOptions): Promise<CanvasResult>;
  /** Resolves with the job once it has ended; never gives up on a lost connection. End it with the signal. */
  follow(jobId: string, options?: FollowOptions): Promise<Job>;
  cancel(jobId: string, options?: CallOptions): Promise<{ success: true; message: string; status: JobStatus }>;
  retry(jobId: string, options?: CallOptions): Promise<{ success: true; status: JobStatus }>;
  list(options?: CallOptions & { status?: JobStatus; limit?: number; cursor?: string | null }): Promise<JobPage>;
  stats(options?: CallOptions & { scope?: "all" }): Promise<Stats>;
  canvas(canvasId: string, options?: CallOptions): Promise<Canvas>;
  /** The drawing as a file. */
  picture(canvasId: string, format: "svg" | "png", options?: CallOptions): Promise<Blob>;
  health(options?: CallOptions): Promise<Health>;
}

export function createClient(options: ClientOptions): Client;

export function isFinal(status: JobStatus): boolean;

export class CanvasJobsError extends Error {
  /** A stable word: "too_many_active_jobs", "job_not_found", "network_error", "timeout", ... */
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly retryable: boolean;
  /** Complaints by field. */
  readonly details: Record<string, string[]> | null;
  /** Seconds the server asks to wait. */
  readonly retryAfter: number | null;
  readonly requestId: string | null;
}

/** One server-sent event; type is "" for one that carries only a retry time. */
export interface ServerEvent {
  type: string;
  data: string;
  id: string | null;
  retry: number | null;
}

export class EventParser {
  feed(text: string): ServerEvent[];
}
