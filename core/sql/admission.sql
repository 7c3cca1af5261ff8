-- Whether a caller may have one more job; accepting it is in job_record.sql.

-- name: lock_user
-- One caller's jobs are admitted one after another, so that limits hold exactly with any number of web processes.
SELECT pg_advisory_xact_lock(hashtextextended(%(user_id)s, 20230917))

-- name: admit
-- May the caller have one more job? Asked while the caller's lock is held.
SELECT *
FROM canvas_admit(
    %(user_id)s, %(priority)s, %(active_limit)s, %(minute_limit)s, %(token_limit)s
)
