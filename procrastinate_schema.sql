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

-- Whether a caller may have one more job, and where they stand. The verdict is 'accepted' or the code of the refusal.
-- Whoever calls holds the caller's lock. Counting stops at the limits, so that it costs the same however many jobs
-- there are; deleted jobs count for the rate.
CREATE OR REPLACE FUNCTION canvas_admit(
    the_user_id text,
    the_priority integer,
    active_limit bigint,
    minute_limit bigint,
    token_limit bigint,
    OUT verdict text,
    OUT active_jobs bigint,
    OUT jobs_ahead bigint,
    OUT recent_jobs bigint,
    OUT oldest_age_seconds float8,
    OUT tokens_today bigint,
    OUT day_left_seconds float8
)
    LANGUAGE plpgsql
AS $$
BEGIN
    SELECT count(*), count(*) FILTER (WHERE unfinished.priority >= the_priority)
    INTO active_jobs, jobs_ahead
    FROM (
        SELECT priority
        FROM ai_jobs
        WHERE user_id = the_user_id
            AND outcome IS NULL
        LIMIT active_limit
    ) AS unfinished;

    SELECT count(*), extract(epoch FROM now() - min(last_minute.created_at))
    INTO recent_jobs, oldest_age_seconds
    FROM (
        (
            SELECT created_at
            FROM ai_jobs
            WHERE user_id = the_user_id
                AND created_at > now() - interval '60 seconds'
            ORDER BY created_at DESC
            LIMIT minute_limit
        )
        UNION ALL
        SELECT created_at
        FROM ai_erased_jobs
        WHERE user_id = the_user_id
            AND created_at > now() - interval '60 seconds'
    ) AS last_minute;

    tokens_today := 0;
    IF token_limit IS NOT NULL THEN
        SELECT coalesce(sum(tokens), 0)
        INTO tokens_today
        FROM ai_usage
        WHERE user_id = the_user_id
            AND day = (now() AT TIME ZONE 'UTC')::date;
    END IF;
    day_left_seconds := extract(
        epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day' - now() AT TIME ZONE 'UTC'
    );

    verdict := CASE
        WHEN EXISTS (SELECT 1 FROM ai_pauses WHERE what = 'intake') THEN 'intake_paused'
        WHEN active_jobs >= active_limit THEN 'too_many_active_jobs'
        WHEN recent_jobs >= minute_limit THEN 'rate_limited'
        WHEN tokens_today >= token_limit THEN 'budget_exhausted'
        ELSE 'accepted'
    END;
END;
$$;

-- Accept a job in one round trip: its row and its queue task, or neither. One caller's jobs are admitted one after
-- another, so that limits hold exactly with any number of web processes. Every statement in here has a snapshot of its
-- own (READ COMMITTED), so what follows the lock sees all that its holders before have committed.
-- Queue priority is minus the number of the caller's own jobs ahead: everyone's first job comes before anyone's second.
CREATE OR REPLACE FUNCTION canvas_accept_job(
    the_id uuid,
    the_user_id text,
    the_priority integer,
    the_request jsonb,
    the_target_canvas_id uuid,
    the_key text,
    the_hash bytea,
    the_request_id text,
    the_max_retries integer,
    the_webhook_url text,
    active_limit bigint,
    minute_limit bigint,
    token_limit bigint,
    OUT verdict text,
    OUT job_id uuid,
    OUT active_jobs bigint,
    OUT recent_jobs bigint,
    OUT oldest_age_seconds float8,
    OUT tokens_today bigint,
    OUT day_left_seconds float8
)
    LANGUAGE plpgsql
    -- Also for all that is called from here. These lookups are the same for everybody; left to choose, PostgreSQL plans
    -- them anew each time, which takes as long as all the rest.
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    earlier_hash bytea;
    admission record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(the_user_id, 20230917));

    IF the_key IS NOT NULL THEN
        SELECT id, request_hash
        INTO job_id, earlier_hash
        FROM ai_jobs
        WHERE user_id = the_user_id
            AND idempotency_key = the_key;
        IF FOUND THEN
            verdict := CASE WHEN earlier_hash = the_hash THEN 'replayed' ELSE 'idempotency_key_reused' END;
            RETURN;
        END IF;
    END IF;

    IF the_target_canvas_id IS NOT NULL THEN
        PERFORM FROM canvases WHERE id = the_target_canvas_id AND user_id = the_user_id;
        IF NOT FOUND THEN
            verdict := 'canvas_not_found';
            RETURN;
        END IF;
    END IF;

    admission := canvas_admit(the_user_id, the_priority, active_limit, minute_limit, token_limit);
    verdict := admission.verdict;
    active_jobs := admission.active_jobs;
    recent_jobs := admission.recent_jobs;
    oldest_age_seconds := admission.oldest_age_seconds;
    tokens_today := admission.tokens_today;
    day_left_seconds := admission.day_left_seconds;
    IF verdict <> 'accepted' THEN
        RETURN;
    END IF;

    job_id := the_id;
    INSERT INTO ai_jobs (
        id, user_id, priority, request_data, target_canvas_id, idempotency_key, request_hash, request_id, max_retries,
        webhook_url, last_event, queue_job_id
    )
    VALUES (
        the_id, the_user_id, the_priority, the_request, the_target_canvas_id, the_key,
        CASE WHEN the_key IS NOT NULL THEN the_hash END, the_request_id, the_max_retries,
        the_webhook_url, 0, canvas_queue_put(the_id, -admission.jobs_ahead::integer)
    );
END;
$$;

-- Write down to which trace a new job belongs, in the transaction that accepts it. Jobs that are not traced, most of
-- them, pay nothing.
CREATE OR REPLACE FUNCTION canvas_keep_trace(the_job_id uuid, the_traceparent text)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE ai_jobs
    SET traceparent = the_traceparent,
        updated_at = now()
    WHERE id = the_job_id;
END;
$$;

-- The waiting rows that could run, in the order in which the queue takes them, the first so many. Without sorting, so
-- by the index in that very order: the planner knows how many waited at the last ANALYZE, which is often nobody, and would
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

-- The same for a message that tells of a job's outcome.
CREATE OR REPLACE FUNCTION canvas_queue_put_delivery(the_delivery_id uuid, the_job_id uuid)
    RETURNS bigint
    LANGUAGE sql
AS $$
    SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(
        'webhooks', 'deliver_webhook', 0, NULL, NULL,
        jsonb_build_object('delivery_id', the_delivery_id, 'job_id', the_job_id), NULL
    )::procrastinate_job_to_defer_v1]))[1];
$$;

-- Whoever ends a job, its message is written in the same transaction: none is lost, none tells what did not happen.
CREATE OR REPLACE FUNCTION canvas_announce_outcome()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    message_id uuid := gen_random_uuid();
    rfc3339 CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
BEGIN
    INSERT INTO ai_deliveries (id, job_id, queue_job_id, url, is_callers, payload)
    VALUES (
        message_id,
        NEW.id,
        canvas_queue_put_delivery(message_id, NEW.id),
        NEW.webhook_url,
        NEW.request_data ? 'webhook_url',
        jsonb_build_object(
            'type', 'job.' || NEW.outcome,
            'timestamp', to_char(NEW.completed_at AT TIME ZONE 'UTC', rfc3339),
            'data', jsonb_build_object(
                'job_id', NEW.id,
                'user_id', NEW.user_id,
                'status', NEW.outcome,
                'canvas_id', NEW.canvas_id,
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

-- How many rows there are of one job. The planner does not see it from the index; it expects 5,000 rows among a million,
-- and reads the whole table rather than look up each.
CREATE STATISTICS IF NOT EXISTS canvas_queue_rows_of_job ON (args ->> 'job_id') FROM procrastinate_jobs;

-- Serves the foreign key from jobs to workers: pruning a worker finds its rows without reading the table.
CREATE INDEX IF NOT EXISTS canvas_queue_worker_idx
    ON procrastinate_jobs (worker_id)
    WHERE worker_id IS NOT NULL;

-- Every job's row changes its status twice or more, and each status has indexes of its own, so that no update stays
-- within the page (room there would buy nothing). What is dead lies at the head of the line, where every fetch begins:
-- it is cleared away every few thousand jobs, however many finished ones there are. Counted anew more often still: after a
-- quiet hour the planner takes the indexes of waiting rows for empty, and then a fetch reads all that wait by now.
ALTER TABLE procrastinate_jobs SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 1000
);
