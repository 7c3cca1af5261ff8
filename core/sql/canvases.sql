-- Stored canvases and their objects.

-- name: find_canvas
-- By our own id, else by the id that the host app has for a canvas of its own.
SELECT id, user_id, title, created_at, updated_at, version, id IS DISTINCT FROM %(own_id)s::uuid AS is_host
FROM canvases
WHERE id IN (%(own_id)s::uuid, canvas_of_host(%(user_id)s, %(canvas_id)s))
    AND user_id = %(user_id)s
ORDER BY is_host
LIMIT 1

-- name: lock_canvas
-- The drawing that is added next finds its place next to what is there now, so additions go one after another.
SELECT id, title
FROM canvases
WHERE id = %(canvas_id)s
    AND user_id = %(user_id)s
FOR UPDATE

-- name: read_objects
SELECT id, canvas_id, job_id, object_type, properties, z_index, created_by, created_at, updated_at
FROM canvas_objects
WHERE canvas_id = %(canvas_id)s
    AND (%(job_id)s::uuid IS NULL OR job_id = %(job_id)s)
ORDER BY z_index, id

-- name: create_canvas
-- A canvas with what is on it in an app, which no job has drawn.
WITH canvas AS (
    INSERT INTO canvases (id, user_id, title)
    VALUES (%(canvas_id)s, %(user_id)s, %(title)s)
)
INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)
SELECT %(canvas_id)s, object.id, %(canvas_id)s, object.object_type, object.properties, object.z_index, 'person'
FROM jsonb_to_recordset(%(objects)s)
    AS object (id uuid, object_type text, properties jsonb, z_index integer)
