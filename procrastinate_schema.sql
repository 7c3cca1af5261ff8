-- The border between the queue and the job record: what we rely on in Procrastinate's schema, and what we add.
--
-- Procrastinate's own tables come from the installed package (``python -m migrations`` applies and upgrades them).
-- This file is applied after them and after our own tables, again whenever it changes; every statement may run twice.
-- ``tests/test_procrastinate_schema.py`` holds it against the pinned version.
--
-- What we rely on (Procrastinate 3.10):
--   procrastinate_jobs      id, task_name, queue_name, priority, args, status, scheduled_at, worker_id, abort_requested
--   procrastinate_job_status  todo, doing; all others mean that the queue is through with the row
--   procrastinate_job_to_defer_v1, procrastinate_defer_jobs_v1(jobs)     put rows on the queue, NOTIFY at commit
--   procrastinate_cancel_job_v1(job_id, abort, delete_job)               take off the queue, or ask the worker to stop
--   procrastinate_notify_queue_job_inserted_v1()                         wakes idle workers
--   procrastinate_workers   id, last_heartbeat

-- Put a job on the queue and return the number of the queue row that carries it. Only the id travels: Procrastinate
-- prints task arguments in its logs.
CREATE OR REPLACE FUNCTION canvas_queue_put(the_job_id uuid, the_priority integer)
    RETURNS bigint
    LANGUAGE sql
AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(
        'canvas', 'create_canvas', the_priority, NULL, NULL,
        jsonb_build_object('job_id', the_job_id), NULL
    )::procrastinate_job_to_defer_v1]))[1];
$$;

-- Take a cancelled job off the queue, or ask the worker that runs it to stop.
CREATE OR REPLACE FUNCTION canvas_queue_cancel(queue_id bigint)
    RETURNS bigint
    LANGUAGE sql
AS $$
    SELECT procrastinate_cancel_job_v1(queue_id, true, false);
$$;

-- Close a queue row whose worker is gone. The job goes on under a new row, so that the old worker, should it wake up,
-- finishes a row that carries nothing any more: Procrastinate does not check who finishes a row.
CREATE OR REPLACE FUNCTION canvas_queue_abandon(queue_id bigint)
    RETURNS void
    LANGUAGE sql
AS $$
    UPDATE procrastinate_jobs
    SET status = 'failed',
        abort_requested = false
    WHERE id = queue_id
        AND status IN ('todo', 'doing');
$$;

-- A job as its callers see it: the outcome if there is one, else what the queue is doing with it.
DROP VIEW IF EXISTS job_view;
CREATE VIEW job_view AS
SELECT
    job.*,
    CASE
        WHEN job.outcome IS NOT NULL THEN job.outcome
        WHEN queue.status = 'doing' THEN 'processing'
        ELSE 'queued'
    END AS status,
    queue.status AS queue_status,
    queue.priority AS queue_priority,
    queue.worker_id AS queue_worker_id,
    CASE WHEN queue.status = 'todo' AND job.outcome IS NULL THEN queue.scheduled_at END AS next_processing_at
FROM ai_jobs AS job
LEFT JOIN procrastinate_jobs AS queue ON queue.id = job.queue_job_id;

-- A finished row forgets its worker. Otherwise deleting a worker row rewrites every job it ever ran (ON DELETE SET
-- NULL): ten seconds per million.
CREATE OR REPLACE FUNCTION canvas_queue_forget_worker()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.worker_id := NULL;
    RETURN NEW;
END;
$$;
CREATE OR REPLACE TRIGGER canvas_queue_forget_worker
    BEFORE UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status = 'doing' AND NEW.status <> 'doing')
    EXECUTE FUNCTION canvas_queue_forget_worker();

-- A row that goes back on the queue and may run at once wakes an idle worker, as a new one does.
CREATE OR REPLACE TRIGGER canvas_queue_wake_worker
    AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (
        NEW.status = 'todo' AND OLD.status <> 'todo'
        AND (NEW.scheduled_at IS NULL OR NEW.scheduled_at <= now())
    )
    EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();

-- An operator retries a failed row with the queue's own tool: the job of this row runs again, its attempts counted
-- afresh, as if its owner had asked. A row that carries nothing any more changes nothing.
CREATE OR REPLACE FUNCTION canvas_queue_reopen_job()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    reopened record;
BEGIN
    UPDATE ai_jobs
    SET outcome = NULL,
        completed_at = NULL,
        started_at = NULL,
        accepted_at = now(),
        error_code = NULL,
        error_message = NULL,
        retry_count = 0,
        crash_count = 0,
        first_attempt = attempt,
        progress_percent = 0,
        progress_message = 'Waiting for a free worker',
        progress_objects = 0,
        updated_at = now(),
        last_event = last_event + 1
    WHERE id = (NEW.args ->> 'job_id')::uuid
        AND queue_job_id = NEW.id
        AND outcome = 'failed'
    RETURNING id, last_event INTO reopened;
    IF FOUND THEN
        DELETE FROM ai_job_events WHERE job_id = reopened.id;
        INSERT INTO ai_job_events (job_id, number, kind, data)
        VALUES (reopened.id, reopened.last_event, 'status', '{"status": "queued"}');
        PERFORM pg_notify('canvas_job_events', reopened.id::text);
    END IF;
    RETURN NULL;
END;
$$;
CREATE OR REPLACE TRIGGER canvas_queue_reopen_job
    AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (
        OLD.status = 'failed' AND NEW.status = 'todo' AND NEW.task_name = 'create_canvas'
    )
    EXECUTE FUNCTION canvas_queue_reopen_job();

-- Serves the purge and the history of a job: the rows that carried it before.
CREATE INDEX IF NOT EXISTS canvas_queue_ended_idx
    ON procrastinate_jobs ((args ->> 'job_id'))
    WHERE status NOT IN ('todo', 'doing');

-- Serves the foreign key from jobs to workers: pruning a worker finds its rows without reading the table.
CREATE INDEX IF NOT EXISTS canvas_queue_worker_idx
    ON procrastinate_jobs (worker_id)
    WHERE worker_id IS NOT NULL;
