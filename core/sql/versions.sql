-- Versions of canvases: what is on one now is its newest version, what was there before is kept beside it.

-- name: next_version
-- Keeps what the canvas is, and begins its next version. The caller holds the canvas' lock and then changes it.
WITH canvas AS (
    SELECT id, version, title, created_by_job, updated_at
    FROM canvases
    WHERE id = %(canvas_id)s
),
kept AS (
    INSERT INTO canvas_versions (canvas_id, number, author, job_id, message, created_at, title, objects, drawings)
    SELECT
        canvas.id,
        canvas.version,
        CASE WHEN canvas.created_by_job IS NULL THEN 'person' ELSE 'ai-agent' END,
        canvas.created_by_job,
        '',
        canvas.updated_at,
        canvas.title,
        coalesce(
            (
                SELECT jsonb_agg(to_jsonb(object) - 'canvas_id' ORDER BY object.z_index, object.id)
                FROM canvas_objects AS object
                WHERE object.canvas_id = canvas.id
            ),
            '[]'
        ),
        coalesce(
            (
                SELECT jsonb_agg(to_jsonb(drawing) - 'canvas_id' ORDER BY drawing.created_at, drawing.id)
                FROM canvas_drawings AS drawing
                WHERE drawing.canvas_id = canvas.id
            ),
            '[]'
        )
    FROM canvas
    ON CONFLICT (canvas_id, number) DO UPDATE
    SET title = excluded.title,
        objects = excluded.objects,
        drawings = excluded.drawings
),
begun AS (
    INSERT INTO canvas_versions (canvas_id, number, author, job_id, message)
    SELECT id, version + 1, %(author)s, %(job_id)s, %(message)s
    FROM canvas
),
forgotten AS (
    DELETE FROM canvas_versions
    USING canvas
    WHERE canvas_versions.canvas_id = canvas.id
        AND number <= canvas.version + 1 - %(keep)s
)
UPDATE canvases
SET version = canvas.version + 1,
    updated_at = now()
FROM canvas
WHERE canvases.id = canvas.id
RETURNING canvases.version

-- name: read_number
SELECT version
FROM canvases
WHERE id = %(canvas_id)s

-- name: name_canvas
UPDATE canvases
SET title = %(title)s
WHERE id = %(canvas_id)s

-- name: read_drawings
SELECT
    id, title, source, style, color_scheme, coalesce(is_dark, false) AS is_dark, square_diamonds, connectors, pins
FROM canvas_drawings
WHERE canvas_id = %(canvas_id)s
ORDER BY created_at, id

-- name: change_drawing
UPDATE canvas_drawings
SET title = %(title)s,
    source = %(source)s,
    style = coalesce(%(style)s, style),
    color_scheme = coalesce(%(color_scheme)s, color_scheme),
    is_dark = coalesce(%(is_dark)s, is_dark),
    pins = coalesce(%(pins)s, pins)
WHERE canvas_id = %(canvas_id)s
    AND id = %(drawing_id)s

-- name: delete_objects
DELETE FROM canvas_objects
WHERE canvas_id = %(canvas_id)s
    AND id = ANY(%(ids)s::uuid[])

-- name: write_objects
INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)
SELECT %(canvas_id)s, object.id, %(drawing_id)s, object.object_type, object.properties, object.z_index, %(by)s
FROM jsonb_to_recordset(%(objects)s)
    AS object (id uuid, object_type text, properties jsonb, z_index integer)
ON CONFLICT (canvas_id, id) DO UPDATE
SET object_type = excluded.object_type,
    properties = excluded.properties,
    z_index = excluded.z_index,
    updated_at = now()

-- name: list_versions
-- The newest first; a canvas that was never changed has one version, of which nothing else is kept.
SELECT
    coalesce(kept.number, canvas.version) AS number,
    coalesce(kept.author, CASE WHEN canvas.created_by_job IS NULL THEN 'person' ELSE 'ai-agent' END) AS author,
    CASE WHEN kept.number IS NULL THEN canvas.created_by_job ELSE kept.job_id END AS job_id,
    coalesce(kept.message, '') AS message,
    coalesce(kept.created_at, canvas.created_at) AS created_at,
    coalesce(
        jsonb_array_length(kept.objects),
        (SELECT count(*) FROM canvas_objects WHERE canvas_id = canvas.id)
    )::integer AS object_count
FROM canvases AS canvas
LEFT JOIN canvas_versions AS kept
    ON kept.canvas_id = canvas.id
WHERE canvas.id = %(canvas_id)s
ORDER BY number DESC

-- name: read_version
SELECT kept.title, kept.objects, kept.drawings, kept.created_at
FROM canvas_versions AS kept
WHERE kept.canvas_id = %(canvas_id)s
    AND kept.number = %(number)s
    AND kept.objects IS NOT NULL

-- name: clear_canvas
WITH objects AS (
    DELETE FROM canvas_objects
    WHERE canvas_id = %(canvas_id)s
)
DELETE FROM canvas_drawings
WHERE canvas_id = %(canvas_id)s

-- name: restore_version
-- What was on the canvas at that version; it was cleared just before.
WITH version AS (
    SELECT canvas_id, title, objects, drawings
    FROM canvas_versions
    WHERE canvas_id = %(canvas_id)s
        AND number = %(number)s
),
objects AS (
    INSERT INTO canvas_objects
    SELECT object.*
    FROM version
    CROSS JOIN jsonb_array_elements(version.objects) AS item
    CROSS JOIN jsonb_populate_record(
        NULL::canvas_objects, item || jsonb_build_object('canvas_id', version.canvas_id)
    ) AS object
),
drawings AS (
    INSERT INTO canvas_drawings
    SELECT drawing.*
    FROM version
    CROSS JOIN jsonb_array_elements(version.drawings) AS item
    CROSS JOIN jsonb_populate_record(
        NULL::canvas_drawings, item || jsonb_build_object('canvas_id', version.canvas_id)
    ) AS drawing
)
UPDATE canvases
SET title = version.title
FROM version
WHERE canvases.id = version.canvas_id
