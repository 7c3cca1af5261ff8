/** Types of client.js. Fields that the server adds later are allowed everywhere. */

import type {
  AcceptedResponse,
  Canvas,
  CanvasObject,
  CancelResponse,
  ChangeCanvasRequest,
  ChangedResponse,
  CreateCanvasRequest,
  HealthResponse,
  Job,
  JobStatus,
  ListResponse,
  OwnCanvasRequest,
  OwnCanvasResponse,
  Progress,
  Result,
  StatsResponse,
  Version,
} from "./api.js";

export type * from "./api.js";

export type CanvasRequest = CreateCanvasRequest;
export type Accepted = AcceptedResponse;
export type CanvasResult = Result;
export type JobPage = ListResponse;
export type Health = HealthResponse;
export type ObjectType = CanvasObject["object_type"];
export type Style = NonNullable<CreateCanvasRequest["style"]>;
export type ColorScheme = NonNullable<CreateCanvasRequest["colorScheme"]>;

/** An object as it is sent while it is drawn: with the attempt that drew it. */
export type DrawnObject = Pick<CanvasObject, "id" | "object_type" | "properties" | "z_index"> & { attempt: number };

export interface ClientOptions {
  /** Where Canvas Jobs answers, for example "https://draw.example.com"; defaults to the page's own origin. */
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
  /** What has changed of the job, or all of it. */
  onStatus?: (change: Partial<Job> & { status: JobStatus }) => void;
  onProgress?: (progress: Progress) => void;
  /** A new attempt begins to draw: forget the objects shown so far. */
  onClear?: (attempt: number) => void;
  /** A new object, or the new state of one with the same id. */
  onObject?: (object: DrawnObject) => void;
  /** An object that was shown is no longer part of the drawing. */
  onObjectRemoved?: (objectId: string) => void;
  onDone?: (job: Job) => void;
  onConnection?: (state: "live" | "reconnecting" | "polling") => void;
  /** Where a later follow of the same job may resume; called after each event. */
  onPosition?: (position: Position) => void;
  /** Resume here: earlier events are known already. */
  from?: Position | null;
  /** False: poll the status instead of holding a stream. */
  stream?: boolean;
}

export interface Client {
  /** Safe to repeat: the same key and request give the same job. A key of its own is made when none is given. */
  createCanvas(request: CanvasRequest, options?: CallOptions & { idempotencyKey?: string }): Promise<Accepted>;
  status(jobId: string, options?: CallOptions): Promise<Job>;
  result(jobId: string, options?: CallOptions): Promise<CanvasResult>;
  /** Resolves with the job once it has ended; never gives up on a lost connection. End it with the signal. */
  follow(jobId: string, options?: FollowOptions): Promise<Job>;
  cancel(jobId: string, options?: CallOptions): Promise<CancelResponse>;
  retry(jobId: string, options?: CallOptions): Promise<Accepted>;
  list(options?: CallOptions & { status?: JobStatus; limit?: number; cursor?: string | null }): Promise<JobPage>;
  stats(options?: CallOptions & { scope?: "all" }): Promise<StatsResponse>;
  canvas(canvasId: string, options?: CallOptions): Promise<Canvas>;
  /** What the canvas was and is, the newest first. */
  versions(canvasId: string, options?: CallOptions): Promise<Version[]>;
  /** Make it what it was at a version, as a version of its own. */
  revert(canvasId: string, version: number, options?: CallOptions): Promise<Canvas>;
  /** Change it by hand, at once and without a job. */
  changeCanvas(canvasId: string, change: ChangeCanvasRequest, options?: CallOptions): Promise<ChangedResponse>;
  /** What is on a canvas of your own app, so that jobs can draw beside it, connect to it and change it. */
  handOver(own: OwnCanvasRequest, options?: CallOptions): Promise<OwnCanvasResponse>;
  /** The drawing as a file. */
  picture(canvasId: string, format: "svg" | "png", options?: CallOptions): Promise<Blob>;
  health(options?: CallOptions): Promise<Health>;
}

export function createClient(options: ClientOptions): Client;

export function isFinal(status: JobStatus): boolean;

/** Return a new Idempotency-Key. */
export function newKey(): string;

export class CanvasJobsError extends Error {
  /** A stable word: "too_many_active_jobs", "job_not_found", "network_error", "timeout", ... */
  readonly code: string;
  /** The HTTP status; 0 when there was no response. */
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
