-- The border between the queue and the job record: what we rely on in Procrastinate's schema, and what we add.
--
-- Procrastinate's own tables come from the installed package (``python -m migrations`` applies and upgrades them).
-- This file is applied after them and after our own tables, again whenever it changes; every statement may run twice.
-- Functions are replaced, never dropped: the release before is calling them at that moment, and a call whose function
-- has been exchanged for another fails. So their arguments and results stay; what needs others gets a name of its own.
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

-- The same for a job that may have brought its worker down: it runs in a process of its own.
CREATE OR REPLACE FUNCTION canvas_queue_put_alone(the_job_id uuid, the_priority integer)
    RETURNS bigint
    LANGUAGE sql
AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(
        'canvas_alone', 'create_canvas', the_priority, NULL, NULL,
        jsonb_build_object('job_id', the_job_id), NULL
    )::procrastinate_job_to_defer_v1]))[1];
$$;

-- The waiting rows that could run, in the order in which the queue takes them, the first so many. Without sorting, so
-- by the index in that very order: the planner knows how many waited at the last ANALYZE, which is often none, and would
-- fetch and sort the thousands that wait since.
CREATE OR REPLACE FUNCTION canvas_queue_line(most integer)
    RETURNS TABLE (id bigint, priority integer)
    LANGUAGE plpgsql
    STABLE
    ROWS 100
    SET enable_sort = off
    SET enable_bitmapscan = off
AS $$
BEGIN
    RETURN QUERY
    SELECT waiting.id, waiting.priority
    FROM procrastinate_jobs AS waiting
    WHERE waiting.status = 'todo'
        AND waiting.queue_name = 'canvas'
        AND (waiting.scheduled_at IS NULL OR waiting.scheduled_at <= now())
    ORDER BY waiting.priority DESC, waiting.id
    LIMIT most;
END;
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

-- The same for a webhook message about a job's outcome. The operator's own address has a queue of its own; in each, one
-- user's first message comes before anybody's second.
CREATE OR REPLACE FUNCTION canvas_queue_put_delivery_in_turn(
    the_delivery_id uuid, the_job_id uuid, the_user_id text, is_callers boolean
)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    pending integer;
BEGIN
    SELECT count(*)
    INTO pending
    FROM (
        SELECT
        FROM ai_deliveries
        WHERE user_id = the_user_id
            AND ended_at IS NULL
        LIMIT 1000
    ) AS counted;
    RETURN (procrastinate_defer_jobs_v1(ARRAY[ROW(
        CASE WHEN is_callers THEN 'webhooks' ELSE 'webhooks_operator' END, 'deliver_webhook', -pending, NULL, NULL,
        jsonb_build_object('delivery_id', the_delivery_id, 'job_id', the_job_id), NULL
    )::procrastinate_job_to_defer_v1]))[1];
END;
$$;

-- As the release before this one calls it; to be dropped with the next.
CREATE OR REPLACE FUNCTION canvas_queue_put_delivery(the_delivery_id uuid, the_job_id uuid)
    RETURNS bigint
    LANGUAGE sql
AS $$
    SELECT canvas_queue_put_delivery_in_turn(the_delivery_id, the_job_id, NULL, true);
$$;

-- However a job ends, its message is written in the same transaction: none is lost, none reports what did not happen.
CREATE OR REPLACE FUNCTION canvas_announce_outcome()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    message_id uuid := gen_random_uuid();
    rfc3339 CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
BEGIN
    INSERT INTO ai_deliveries (id, job_id, user_id, queue_job_id, url, is_callers, payload)
    VALUES (
        message_id,
        NEW.id,
        NEW.user_id,
        canvas_queue_put_delivery_in_turn(message_id, NEW.id, NEW.user_id, NEW.request_data ? 'webhook_url'),
        NEW.webhook_url,
        NEW.request_data ? 'webhook_url',
        jsonb_build_object(
            'type', 'job.' || NEW.outcome,
            'timestamp', to_char(NEW.completed_at AT TIME ZONE 'UTC', rfc3339),
            'data', jsonb_build_object(
                'job_id', NEW.id,
                'user_id', NEW.user_id,
                'status', NEW.outcome,
                'canvas_id', CASE
                    WHEN NEW.canvas_id IS NOT NULL THEN coalesce(NEW.request_data ->> 'canvas_id', NEW.canvas_id::text)
                END,
                'error_code', NEW.error_code,
                'error_message', NEW.error_message,
                'model', NEW.model,
                'usage', jsonb_build_object('input_tokens', NEW.input_tokens, 'output_tokens', NEW.output_tokens),
                'created_at', to_char(NEW.created_at AT TIME ZONE 'UTC', rfc3339),
                'completed_at', to_char(NEW.completed_at AT TIME ZONE 'UTC', rfc3339)
            )
        )
    );
    RETURN NULL;
END;
$$;
CREATE OR REPLACE TRIGGER canvas_announce_outcome
    AFTER UPDATE OF outcome ON ai_jobs
    FOR EACH ROW WHEN (OLD.outcome IS NULL AND NEW.outcome IS NOT NULL AND NEW.webhook_url IS NOT NULL)
    EXECUTE FUNCTION canvas_announce_outcome();

-- A job as its callers see it: the outcome if there is one, else what the queue is doing with it. Of a job that has ended,
-- the queue is not asked: a page of them would read as many rows more, scattered over a large table. One look for each
-- unfinished one (OFFSET 0): for some thousands, the planner would read the whole queue.
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
LEFT JOIN LATERAL (
    SELECT status, priority, worker_id, scheduled_at
    FROM procrastinate_jobs
    WHERE id = job.queue_job_id
        AND job.outcome IS NULL
    OFFSET 0
) AS queue ON true;

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
BEGIN
    PERFORM canvas_reopen_job(failed.id, NEW.id, failed.request_id, NULL)
    FROM (
        SELECT id, request_id
        FROM ai_jobs
        WHERE id = (NEW.args ->> 'job_id')::uuid
            AND queue_job_id = NEW.id
            AND outcome = 'failed'
        FOR UPDATE
    ) AS failed;
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

-- How many rows there are of one job. The planner does not see it from the index; it expects 5,000 rows among a million,
-- and reads the whole table rather than look up each.
CREATE STATISTICS IF NOT EXISTS canvas_queue_rows_of_job ON (args ->> 'job_id') FROM procrastinate_jobs;

-- Serves the foreign key from jobs to workers: pruning a worker finds its rows without reading the table.
CREATE INDEX IF NOT EXISTS canvas_queue_worker_idx
    ON procrastinate_jobs (worker_id)
    WHERE worker_id IS NOT NULL;

-- Every job's row changes its status twice or more, and each status has indexes of its own, so that no update stays
-- within the page (room there would buy nothing). What is dead lies at the head of the line, where every fetch begins:
-- it is cleared away every few thousand jobs, however many finished ones there are. Analyzed more often still: after a
-- quiet hour the planner takes the indexes of waiting rows for empty, and then a fetch reads all that wait by now.
ALTER TABLE procrastinate_jobs SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 1000
);
