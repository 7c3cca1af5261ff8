-- Webhooks: deliveries are added by the database itself, in the transaction of the outcome (procrastinate_schema.sql).

-- name: claim_delivery
-- No row: it is delivered, given up, forgotten, or carried by another queue row by now.
UPDATE ai_deliveries AS delivery
SET attempts = delivery.attempts + 1
FROM ai_jobs AS job
WHERE delivery.id = %(delivery_id)s
    AND delivery.queue_job_id = %(queue_job_id)s
    AND delivery.ended_at IS NULL
    AND job.id = delivery.job_id
RETURNING
    delivery.id,
    delivery.job_id,
    job.user_id,
    delivery.url,
    delivery.is_callers,
    delivery.payload,
    delivery.attempts,
    delivery.first_attempt,
    job.traceparent

-- name: note_attempt
INSERT INTO ai_delivery_attempts (delivery_id, number, status, error, seconds)
SELECT %(delivery_id)s, %(number)s, %(status)s, %(error)s, %(seconds)s
WHERE EXISTS (SELECT 1 FROM ai_deliveries WHERE id = %(delivery_id)s)
ON CONFLICT (delivery_id, number) DO NOTHING

-- name: end_delivery
UPDATE ai_deliveries
SET ended_at = now(),
    is_delivered = %(is_delivered)s,
    next_at = NULL
WHERE id = %(delivery_id)s
    AND attempts = %(number)s

-- name: postpone_delivery
UPDATE ai_deliveries
SET next_at = %(next_at)s
WHERE id = %(delivery_id)s
    AND attempts = %(number)s

-- name: hold_delivery
-- It was not tried after all: its user or its host has no place at the moment.
UPDATE ai_deliveries
SET attempts = attempts - 1,
    next_at = %(next_at)s
WHERE id = %(delivery_id)s
    AND attempts = %(number)s

-- name: rescue_deliveries
-- Orphaned deliveries: their worker is gone or never heard of them, or their queue row has ended or vanished.
UPDATE ai_deliveries AS delivery
SET queue_job_id = canvas_queue_put_delivery_in_turn(
        delivery.id, delivery.job_id, delivery.user_id, delivery.is_callers
    )
FROM (
    SELECT pending.id, canvas_queue_abandon(queue.id)
    FROM ai_deliveries AS pending
    LEFT JOIN procrastinate_jobs AS queue ON queue.id = pending.queue_job_id
    WHERE pending.ended_at IS NULL
        AND (
            queue.id IS NULL
            OR queue.status NOT IN ('todo', 'doing')
            OR (
                queue.status = 'doing'
                AND (
                    NOT EXISTS (
                        SELECT 1
                        FROM procrastinate_workers AS worker
                        WHERE worker.id = queue.worker_id
                            AND worker.last_heartbeat > now() - make_interval(secs => %(timeout)s)
                    )
                    OR NOT EXISTS (
                        SELECT 1
                        FROM procrastinate_events AS event
                        WHERE event.job_id = queue.id
                            AND event.type = 'started'
                            AND event.at > now() - interval '10 minutes'
                    )
                )
            )
        )
    LIMIT 500
    FOR UPDATE OF pending SKIP LOCKED
) AS lost
WHERE delivery.id = lost.id

-- name: list_deliveries
-- Newest first. One of the three parts has rows: those of a job, undelivered ones, or any.
SELECT
    delivery.id,
    delivery.job_id,
    delivery.payload ->> 'type' AS type,
    delivery.url,
    delivery.attempts,
    delivery.created_at,
    delivery.ended_at,
    delivery.is_delivered,
    delivery.next_at,
    last.status AS last_status,
    last.error AS last_error
FROM (
    (
        SELECT *
        FROM ai_deliveries
        WHERE job_id = %(job_id)s
            AND (NOT %(only_undelivered)s OR is_delivered IS NOT TRUE)
        ORDER BY created_at DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT *
        FROM ai_deliveries
        WHERE %(job_id)s::uuid IS NULL
            AND %(only_undelivered)s
            AND is_delivered IS NOT TRUE
        ORDER BY created_at DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT *
        FROM ai_deliveries
        WHERE %(job_id)s::uuid IS NULL
            AND NOT %(only_undelivered)s
        ORDER BY created_at DESC
        LIMIT %(limit)s
    )
) AS delivery
LEFT JOIN LATERAL (
    SELECT status, error
    FROM ai_delivery_attempts
    WHERE delivery_id = delivery.id
        AND number = delivery.attempts
    OFFSET 0
) AS last ON true
ORDER BY delivery.created_at DESC, delivery.id

-- name: read_attempts
SELECT number, at, status, error, seconds
FROM ai_delivery_attempts
WHERE delivery_id = %(delivery_id)s
ORDER BY number

-- name: replay_delivery
-- The same message under the same id, its attempts counted from zero.
UPDATE ai_deliveries
SET ended_at = NULL,
    is_delivered = NULL,
    next_at = NULL,
    first_attempt = attempts,
    queue_job_id = canvas_queue_put_delivery_in_turn(id, job_id, user_id, is_callers)
WHERE id = %(delivery_id)s
RETURNING id

-- name: count_pending
SELECT count(*) AS pending
FROM ai_deliveries
WHERE ended_at IS NULL
