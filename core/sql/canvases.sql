-- Stored canvases and their objects.

-- name: find_canvas
SELECT id, user_id, title, created_at, updated_at
FROM canvases
WHERE id = %(canvas_id)s
    AND user_id = %(user_id)s

-- name: lock_canvas
-- The drawing that is added next finds its place next to what is there now, so additions go one after another.
SELECT id, title
FROM canvases
WHERE id = %(canvas_id)s
    AND user_id = %(user_id)s
FOR UPDATE

-- name: read_objects
SELECT id, canvas_id, object_type, properties, z_index, created_by, created_at, updated_at
FROM canvas_objects
WHERE canvas_id = %(canvas_id)s
    AND (%(job_id)s::uuid IS NULL OR job_id = %(job_id)s)
ORDER BY z_index, id
