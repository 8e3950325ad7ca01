-- Corrections to walking networks: kept apart from every source, applied at every build.

CREATE TABLE network_correction (
    id text PRIMARY KEY CHECK (id <> '' AND length(id) <= 100),
    action text NOT NULL CHECK (action IN ('add', 'change', 'shut')),
    geometry geometry(Geometry, 4326) NOT NULL
        CHECK (GeometryType(geometry) IN ('LINESTRING', 'POINT') AND NOT ST_IsEmpty(geometry)),
    says jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(says) = 'object'),
    note text NOT NULL DEFAULT '',
    since date,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (action <> 'add' OR (GeometryType(geometry) = 'LINESTRING' AND says ? 'kind'))
);
COMMENT ON COLUMN network_correction.says IS
    'kind, steps, direction, ride, name, expects: what a build makes of it';
