"""The first tables: jobs, canvases with their objects, events, workers. Nothing runs before it."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
    CREATE TABLE ai_jobs (
        id uuid PRIMARY KEY,
        user_id text NOT NULL,
        job_type text NOT NULL DEFAULT 'create_canvas',
        priority smallint NOT NULL DEFAULT 0,
        request_data jsonb NOT NULL,
        target_canvas_id uuid,
        idempotency_key text,
        request_hash bytea,
        request_id text,
        webhook_url text,

        queue_job_id bigint,
        attempt integer NOT NULL DEFAULT 0,
        first_attempt integer NOT NULL DEFAULT 0,
        retry_count integer NOT NULL DEFAULT 0,
        max_retries integer NOT NULL,
        crash_count integer NOT NULL DEFAULT 0,

        outcome text,
        canvas_id uuid,
        result jsonb,
        error_code text,
        error_message text,

        created_at timestamptz NOT NULL DEFAULT now(),
        accepted_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        completed_at timestamptz,
        cancel_requested_at timestamptz,
        updated_at timestamptz NOT NULL DEFAULT now(),

        progress_percent smallint NOT NULL DEFAULT 0,
        progress_message text NOT NULL DEFAULT 'Waiting for a free worker',
        progress_objects integer NOT NULL DEFAULT 0,
        last_event integer NOT NULL DEFAULT 0,

        model text,
        input_tokens integer NOT NULL DEFAULT 0,
        output_tokens integer NOT NULL DEFAULT 0,

        CONSTRAINT an_outcome_is_final_and_known
            CHECK (outcome IN ('completed', 'failed', 'cancelled')),
        CONSTRAINT a_finished_job_has_an_end
            CHECK ((outcome IS NULL) = (completed_at IS NULL)),
        CONSTRAINT a_completed_job_has_a_canvas
            CHECK (outcome IS DISTINCT FROM 'completed' OR (canvas_id IS NOT NULL AND result IS NOT NULL)),
        CONSTRAINT a_failed_job_says_why
            CHECK (outcome IS DISTINCT FROM 'failed' OR (error_code IS NOT NULL AND error_message IS NOT NULL)),
        CONSTRAINT progress_is_a_percentage
            CHECK (progress_percent BETWEEN 0 AND 100)
    );

    -- Rows are updated in place while they run: room on the page keeps those updates out of the indexes.
    ALTER TABLE ai_jobs SET (fillfactor = 80);

    -- Serves GET /jobs, its cursor, and the rate limit.
    CREATE INDEX ai_jobs_of_user_idx ON ai_jobs (user_id, created_at DESC, id DESC);
    -- Serves admission, fair order and the reconciler: only unfinished jobs are in it.
    CREATE INDEX ai_jobs_unfinished_idx ON ai_jobs (user_id, priority) WHERE outcome IS NULL;
    -- Serves Idempotency-Key.
    CREATE UNIQUE INDEX ai_jobs_idempotency_idx ON ai_jobs (user_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
    -- Serves the purge.
    CREATE INDEX ai_jobs_finished_idx ON ai_jobs (completed_at) WHERE outcome IS NOT NULL;

    CREATE TABLE ai_job_events (
        job_id uuid NOT NULL REFERENCES ai_jobs (id) ON DELETE CASCADE,
        number integer NOT NULL,
        kind text NOT NULL,
        data jsonb NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (job_id, number)
    );

    CREATE TABLE canvases (
        id uuid PRIMARY KEY,
        user_id text NOT NULL,
        title text NOT NULL,
        created_by_job uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT a_job_makes_one_canvas UNIQUE (created_by_job)
    );
    CREATE INDEX canvases_of_user_idx ON canvases (user_id, created_at DESC);

    CREATE TABLE canvas_objects (
        canvas_id uuid NOT NULL REFERENCES canvases (id) ON DELETE CASCADE,
        id uuid NOT NULL,
        job_id uuid NOT NULL,
        object_type text NOT NULL,
        properties jsonb NOT NULL,
        z_index integer NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (canvas_id, id)
    );

    CREATE TABLE ai_breakers (
        server text PRIMARY KEY,
        failures integer NOT NULL DEFAULT 0,
        opened_at timestamptz,
        probe_at timestamptz,
        CONSTRAINT an_open_breaker_is_probed CHECK ((opened_at IS NULL) = (probe_at IS NULL))
    );

    CREATE TABLE ai_upkeep (
        chore text PRIMARY KEY,
        next_at timestamptz NOT NULL DEFAULT now()
    );
    INSERT INTO ai_upkeep (chore) VALUES ('rescue'), ('purge');

    -- What the model took for each user and day (UTC), for the budget. It outlives the jobs, which users may delete.
    CREATE TABLE ai_usage (
        user_id text NOT NULL,
        day date NOT NULL,
        tokens bigint NOT NULL,
        PRIMARY KEY (user_id, day)
    );
    CREATE FUNCTION ai_jobs_note_usage() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO ai_usage AS usage (user_id, day, tokens)
        VALUES (
            NEW.user_id,
            (now() AT TIME ZONE 'UTC')::date,
            NEW.input_tokens + NEW.output_tokens - OLD.input_tokens - OLD.output_tokens
        )
        ON CONFLICT (user_id, day) DO UPDATE
        SET tokens = usage.tokens + excluded.tokens;
        RETURN NULL;
    END;
    $$;
    CREATE TRIGGER ai_jobs_note_usage
        AFTER UPDATE OF input_tokens, output_tokens ON ai_jobs
        FOR EACH ROW WHEN (
            NEW.input_tokens + NEW.output_tokens > OLD.input_tokens + OLD.output_tokens
        )
        EXECUTE FUNCTION ai_jobs_note_usage();

    -- When deleted jobs were accepted: deleting must not give back what the rate limit took. Kept for minutes.
    CREATE TABLE ai_erased_jobs (
        user_id text NOT NULL,
        created_at timestamptz NOT NULL
    );
    CREATE INDEX ai_erased_jobs_of_user_idx ON ai_erased_jobs (user_id, created_at);

    -- Messages to send: the outbox of outcomes. procrastinate_schema.sql adds the rows.
    CREATE TABLE ai_deliveries (
        id uuid PRIMARY KEY,
        job_id uuid NOT NULL REFERENCES ai_jobs (id) ON DELETE CASCADE,
        queue_job_id bigint,
        url text NOT NULL,
        is_callers boolean NOT NULL,
        payload jsonb NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        first_attempt integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        next_at timestamptz,
        ended_at timestamptz,
        is_delivered boolean,
        CONSTRAINT a_delivery_ends_one_way_or_the_other CHECK ((ended_at IS NULL) = (is_delivered IS NULL))
    );
    -- Serves the history of a job, and goes with it.
    CREATE INDEX ai_deliveries_of_job_idx ON ai_deliveries (job_id);
    -- Serves the rescue: only messages still to be sent are in it.
    CREATE INDEX ai_deliveries_pending_idx ON ai_deliveries (created_at) WHERE ended_at IS NULL;

    CREATE TABLE ai_delivery_attempts (
        delivery_id uuid NOT NULL REFERENCES ai_deliveries (id) ON DELETE CASCADE,
        number integer NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        status integer,
        error text,
        seconds double precision NOT NULL,
        PRIMARY KEY (delivery_id, number)
    );

    -- What operators have stopped for a while; a row is there while it is paused.
    CREATE TABLE ai_pauses (
        what text PRIMARY KEY,
        reason text,
        paused_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT only_these_can_be_paused CHECK (what IN ('intake', 'workers'))
    );

    CREATE TABLE ai_workers (
        id uuid PRIMARY KEY,
        queue_worker_id bigint,
        hostname text NOT NULL,
        pid integer NOT NULL,
        concurrency integer NOT NULL,
        poll_seconds double precision NOT NULL,
        provider text NOT NULL,
        model text,
        release text,
        is_draining boolean NOT NULL DEFAULT false,
        started_at timestamptz NOT NULL DEFAULT now(),
        heartbeat_at timestamptz NOT NULL DEFAULT now()
    );
    """)
