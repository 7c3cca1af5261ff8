-- The steps of a job's record that need more than one statement, kept in the database: one round trip each.
--
-- Applied by ``python -m migrations`` after procrastinate_schema.sql, again whenever it changes; every statement may run
-- twice. Functions are replaced, never dropped: the release before is calling them at that moment, and a call whose
-- function has been exchanged for another fails. So their arguments and results stay; what needs others gets a name of
-- its own.

-- Whether a caller may have one more job, and where they stand. The verdict is 'accepted' or the code of the refusal.
-- The caller's lock must be held. Counting stops at the limits, so that it costs the same however many jobs
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
    SELECT count(*)
    INTO active_jobs
    FROM (
        SELECT
        FROM ai_jobs
        WHERE user_id = the_user_id
            AND outcome IS NULL
        LIMIT active_limit
    ) AS unfinished;
    -- Whatever its own priority, a job does not come before others' because of it (canvas_order_own_jobs).
    jobs_ahead := active_jobs;

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

-- The canvas that stands for one of the host app's own, by the id that the app has for it. Each caller has ids of their
-- own, so nobody learns of another's.
CREATE OR REPLACE FUNCTION canvas_of_host(the_user_id text, the_host_id text)
    RETURNS uuid
    LANGUAGE sql
    IMMUTABLE PARALLEL SAFE
AS $$
    SELECT encode(substring(sha256(convert_to(the_user_id || E'\n' || the_host_id, 'UTF8')) FOR 16), 'hex')::uuid;
$$;

-- Let a caller's waiting jobs change places, so that those of higher priority, and then the older ones, come first. The
-- queue rows stay where they are, with their priority and number; only which job each carries changes. So the places that
-- the caller has among others' are the same as before. What a worker fetches, or its user cancels, at this moment is
-- locked and stays as it is.
CREATE OR REPLACE FUNCTION canvas_order_own_jobs(the_user_id text)
    RETURNS void
    LANGUAGE sql
AS $$
    WITH waiting AS (
        SELECT job.id, job.priority, job.accepted_at, queue.id AS queue_id, queue.priority AS place_priority
        FROM ai_jobs AS job
        JOIN procrastinate_jobs AS queue ON queue.id = job.queue_job_id
        WHERE job.user_id = the_user_id
            AND job.outcome IS NULL
            AND queue.status = 'todo'
            AND queue.queue_name = 'canvas'
            AND (queue.scheduled_at IS NULL OR queue.scheduled_at <= now())
        FOR UPDATE SKIP LOCKED
    ),
    place AS (
        SELECT queue_id, row_number() OVER (ORDER BY place_priority DESC, queue_id) AS number
        FROM waiting
    ),
    wanted AS (
        SELECT id, row_number() OVER (ORDER BY priority DESC, accepted_at, id) AS number
        FROM waiting
    ),
    moved AS (
        SELECT wanted.id, place.queue_id
        FROM wanted
        JOIN place USING (number)
        JOIN waiting ON waiting.id = wanted.id
        WHERE waiting.queue_id <> place.queue_id
    ),
    carried AS (
        UPDATE procrastinate_jobs AS queue
        SET args = jsonb_build_object('job_id', moved.id)
        FROM moved
        WHERE queue.id = moved.queue_id
    )
    UPDATE ai_jobs AS job
    SET queue_job_id = moved.queue_id,
        updated_at = now()
    FROM moved
    WHERE job.id = moved.id;
$$;

-- Accept a job in one round trip: its row and its queue task, or neither. One caller's jobs are admitted one after
-- another, so that limits hold exactly with any number of web processes. Every statement in here has a snapshot of its
-- own (READ COMMITTED), so what follows the lock sees all that its holders before have committed.
-- Queue priority is minus the number of the caller's unfinished jobs: everyone's first job comes before anyone's second.
-- By its own priority a job changes places with the caller's others, and with nobody else's.
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
    -- them again each time, which takes as long as all the rest.
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    earlier_hash bytea;
    admission record;
    host_id CONSTANT text := coalesce(the_request ->> 'canvas_id', the_target_canvas_id::text);
    canvas uuid := the_target_canvas_id;
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

    -- A canvas that we do not know is the host app's: it is taken on.
    IF host_id IS NOT NULL THEN
        PERFORM FROM canvases WHERE id = canvas AND user_id = the_user_id;
        IF NOT FOUND THEN
            canvas := canvas_of_host(the_user_id, host_id);
            INSERT INTO canvases (id, user_id, title)
            VALUES (canvas, the_user_id, '')
            ON CONFLICT (id) DO NOTHING;
        END IF;
    END IF;

    job_id := the_id;
    INSERT INTO ai_jobs (
        id, user_id, priority, request_data, target_canvas_id, idempotency_key, request_hash, request_id, max_retries,
        webhook_url, last_event, queue_job_id
    )
    VALUES (
        the_id, the_user_id, the_priority, the_request, canvas, the_key,
        CASE WHEN the_key IS NOT NULL THEN the_hash END, the_request_id, the_max_retries,
        the_webhook_url, 0, canvas_queue_put(the_id, -admission.jobs_ahead::integer)
    );
    IF the_priority > 0 THEN
        PERFORM canvas_order_own_jobs(the_user_id);
    END IF;
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

-- Put a failed or cancelled job back to its beginning under a queue row; attempts are counted afresh, the fencing token
-- and the numbers of events go on rising, so readers resume. The events of the run before are of no use to anybody.
-- Return whether there was such a job.
CREATE OR REPLACE FUNCTION canvas_reopen_job(
    the_job_id uuid, the_queue_job_id bigint, the_request_id text, the_traceparent text
)
    RETURNS boolean
    LANGUAGE plpgsql
AS $$
DECLARE
    number integer;
    owner text;
    own_priority integer;
BEGIN
    UPDATE ai_jobs
    SET outcome = NULL,
        completed_at = NULL,
        cancel_requested_at = NULL,
        started_at = NULL,
        accepted_at = now(),
        error_code = NULL,
        error_message = NULL,
        operator_message = NULL,
        canvas_id = NULL,
        result = NULL,
        answer = NULL,
        request_id = the_request_id,
        traceparent = coalesce(the_traceparent, traceparent),
        retry_count = 0,
        crash_count = 0,
        lone_crash_count = 0,
        first_attempt = attempt,
        progress_percent = 0,
        progress_message = 'Waiting for a free worker',
        progress_objects = 0,
        updated_at = now(),
        last_event = last_event + 1,
        queue_job_id = the_queue_job_id
    WHERE id = the_job_id
        AND outcome IN ('failed', 'cancelled')
    RETURNING last_event, user_id, priority INTO number, owner, own_priority;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM ai_job_events WHERE job_id = the_job_id;
    INSERT INTO ai_job_events (job_id, number, kind, data)
    VALUES (the_job_id, number, 'status', '{"status": "queued"}');
    PERFORM pg_notify('canvas_job_events', the_job_id::text);
    IF own_priority > 0 THEN
        PERFORM canvas_order_own_jobs(owner);
    END IF;
    RETURN true;
END;
$$;
