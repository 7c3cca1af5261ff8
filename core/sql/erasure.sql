-- What users delete: a job with its events and words, what it drew, a whole canvas.

-- name: lock_job
SELECT
    ai_jobs.outcome,
    ai_jobs.canvas_id,
    ai_jobs.target_canvas_id IS NULL AS is_canvas_its_own
FROM ai_jobs
WHERE id = %(job_id)s
    AND user_id = %(user_id)s
FOR UPDATE

-- name: erase_drawing
-- What one job drew on a canvas that was there before it.
DELETE FROM canvas_objects
WHERE canvas_id = %(canvas_id)s
    AND job_id = %(job_id)s

-- name: erase_drawing_notation
DELETE FROM canvas_drawings
WHERE canvas_id = %(canvas_id)s
    AND id = %(job_id)s

-- name: erase_drawing_versions
-- What one job drew is gone from the canvas' earlier versions, too.
UPDATE canvas_versions
SET objects = jsonb_path_query_array(objects, '$[*] ? (@.job_id != $job)', jsonb_build_object('job', %(job_id)s::text)),
    drawings = jsonb_path_query_array(drawings, '$[*] ? (@.id != $job)', jsonb_build_object('job', %(job_id)s::text))
WHERE canvas_id = %(canvas_id)s
    AND objects IS NOT NULL

-- name: touch_canvas
UPDATE canvases
SET updated_at = now()
WHERE id = %(canvas_id)s

-- name: erase_canvas
-- Its objects go with it.
DELETE FROM canvases
WHERE id = %(canvas_id)s
    AND user_id = %(user_id)s
RETURNING created_by_job

-- name: erase_canvas_events
-- The events that describe the canvas's objects, of jobs that drew on it or still do.
DELETE FROM ai_job_events
WHERE kind = 'object'
    AND job_id IN (
        SELECT id
        FROM ai_jobs
        WHERE user_id = %(user_id)s
            AND (id = %(created_by_job)s OR target_canvas_id = %(canvas_id)s)
    )
