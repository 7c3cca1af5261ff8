-- A job's numbered events. The numbers come from ai_jobs.last_event, so a row lock keeps them without gap or repeat.

-- name: add_event
INSERT INTO ai_job_events (job_id, number, kind, data)
VALUES (%(job_id)s, %(number)s, %(kind)s, %(data)s)

-- name: add_events
INSERT INTO ai_job_events (job_id, number, kind, data)
SELECT %(job_id)s, event.number, event.kind, event.data
FROM unnest(%(numbers)s::integer[], %(kinds)s::text[], %(datas)s::jsonb[]) AS event (number, kind, data)

-- name: publish_progress
-- All that the jobs of one worker process have to tell, in one statement and one parameter. A job's events count only
-- while its attempt is the running one: a cancelled or overtaken attempt writes nothing.
WITH told AS (
    SELECT job_id, attempt, percent, message, objects, events
    FROM jsonb_to_recordset(%(reports)s)
        AS told (job_id uuid, attempt integer, percent smallint, message text, objects integer, events jsonb)
),
numbered AS (
    UPDATE ai_jobs AS job
    SET last_event = job.last_event + jsonb_array_length(told.events),
        progress_percent = greatest(job.progress_percent, told.percent),
        progress_message = told.message,
        progress_objects = told.objects,
        updated_at = now()
    FROM told
    WHERE job.id = told.job_id
        AND job.attempt = told.attempt
        AND job.completed_at IS NULL
    RETURNING job.id, job.last_event - jsonb_array_length(told.events) AS first_event, told.events
),
written AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT numbered.id, numbered.first_event + event.position, event.pair ->> 0, event.pair -> 1
    FROM numbered
    CROSS JOIN jsonb_array_elements(numbered.events) WITH ORDINALITY AS event (pair, position)
)
SELECT id FROM numbered

-- name: read_events
-- What is new to readers of some jobs, each from the number on that it has.
SELECT asked.position, event.number, event.kind, event.data
FROM unnest(%(job_ids)s::uuid[], %(afters)s::integer[]) WITH ORDINALITY AS asked (job_id, after, position)
CROSS JOIN LATERAL (
    SELECT number, kind, data
    FROM ai_job_events
    WHERE job_id = asked.job_id
        AND number > asked.after
    ORDER BY number
    LIMIT %(limit)s
) AS event
ORDER BY asked.position, event.number

-- name: delete_events
DELETE FROM ai_job_events
WHERE job_id = %(job_id)s

-- name: announce
-- Wakes the readers of these jobs; ids only, since NOTIFY carries 8,000 bytes and every listener gets every byte.
SELECT pg_notify('canvas_job_events', %(job_ids)s)
