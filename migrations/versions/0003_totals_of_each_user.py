"""Totals of each user, so that numbers need no full count, and vacuuming for churn. The running release survives it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
    CREATE TABLE ai_totals (
        user_id text PRIMARY KEY,
        completed_jobs bigint NOT NULL,
        failed_jobs bigint NOT NULL,
        cancelled_jobs bigint NOT NULL,
        input_tokens bigint NOT NULL,
        output_tokens bigint NOT NULL
    );
    -- A user's row changes with each of the user's jobs: room on the page keeps those updates out of the index.
    ALTER TABLE ai_totals SET (fillfactor = 50);

    -- No job changes between the count and the triggers that go on from it.
    LOCK TABLE ai_jobs IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO ai_totals
    SELECT
        user_id,
        count(*) FILTER (WHERE outcome = 'completed'),
        count(*) FILTER (WHERE outcome = 'failed'),
        count(*) FILTER (WHERE outcome = 'cancelled'),
        sum(input_tokens),
        sum(output_tokens)
    FROM ai_jobs
    GROUP BY user_id;

    CREATE FUNCTION ai_jobs_note_total() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- Of a new row, OLD is null all over.
        INSERT INTO ai_totals AS total
        VALUES (
            NEW.user_id,
            coalesce(NEW.outcome = 'completed', false)::integer - coalesce(OLD.outcome = 'completed', false)::integer,
            coalesce(NEW.outcome = 'failed', false)::integer - coalesce(OLD.outcome = 'failed', false)::integer,
            coalesce(NEW.outcome = 'cancelled', false)::integer - coalesce(OLD.outcome = 'cancelled', false)::integer,
            NEW.input_tokens - coalesce(OLD.input_tokens, 0),
            NEW.output_tokens - coalesce(OLD.output_tokens, 0)
        )
        ON CONFLICT (user_id) DO UPDATE
        SET completed_jobs = total.completed_jobs + excluded.completed_jobs,
            failed_jobs = total.failed_jobs + excluded.failed_jobs,
            cancelled_jobs = total.cancelled_jobs + excluded.cancelled_jobs,
            input_tokens = total.input_tokens + excluded.input_tokens,
            output_tokens = total.output_tokens + excluded.output_tokens;
        RETURN NULL;
    END;
    $$;
    -- An unfinished job is counted where it is listed, so that accepting one costs nothing here.
    CREATE TRIGGER ai_jobs_note_total_of_new
        AFTER INSERT ON ai_jobs
        FOR EACH ROW WHEN (NEW.outcome IS NOT NULL)
        EXECUTE FUNCTION ai_jobs_note_total();
    CREATE TRIGGER ai_jobs_note_total
        AFTER UPDATE OF outcome, input_tokens, output_tokens ON ai_jobs
        FOR EACH ROW WHEN (
            NEW.outcome IS DISTINCT FROM OLD.outcome
            OR NEW.input_tokens <> OLD.input_tokens
            OR NEW.output_tokens <> OLD.output_tokens
        )
        EXECUTE FUNCTION ai_jobs_note_total();

    -- Once a statement: the purge deletes a thousand jobs at a time. Sorted, so that two never wait for each other.
    CREATE FUNCTION ai_jobs_note_gone() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO ai_totals AS total
        SELECT
            user_id,
            -count(*) FILTER (WHERE outcome = 'completed'),
            -count(*) FILTER (WHERE outcome = 'failed'),
            -count(*) FILTER (WHERE outcome = 'cancelled'),
            -sum(input_tokens),
            -sum(output_tokens)
        FROM gone
        GROUP BY user_id
        ORDER BY user_id
        ON CONFLICT (user_id) DO UPDATE
        SET completed_jobs = total.completed_jobs + excluded.completed_jobs,
            failed_jobs = total.failed_jobs + excluded.failed_jobs,
            cancelled_jobs = total.cancelled_jobs + excluded.cancelled_jobs,
            input_tokens = total.input_tokens + excluded.input_tokens,
            output_tokens = total.output_tokens + excluded.output_tokens;
        -- Nothing is kept of a user whose jobs are all gone.
        DELETE FROM ai_totals
        WHERE user_id IN (SELECT user_id FROM gone)
            AND completed_jobs + failed_jobs + cancelled_jobs + input_tokens + output_tokens = 0;
        RETURN NULL;
    END;
    $$;
    CREATE TRIGGER ai_jobs_note_gone
        AFTER DELETE ON ai_jobs
        REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT
        EXECUTE FUNCTION ai_jobs_note_gone();

    -- By default a table is vacuumed when a fifth of it is dead: of a million jobs, after 200,000. But all traffic is
    -- at the young end, where each dead version is read again by whoever looks for unfinished jobs.
    ALTER TABLE ai_jobs SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
    -- Events are added and deleted, never changed; vacuumed early, the purge's holes are filled again.
    ALTER TABLE ai_job_events SET (
        autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05
    );
    """)
