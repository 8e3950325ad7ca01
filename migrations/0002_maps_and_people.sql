-- What the circle is measured against: scopes, demand layers, networks, the base map, runs.

CREATE TABLE scope (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9_-]*$'),
    title text NOT NULL,
    title_en text NOT NULL DEFAULT '',
    areas geometry(MultiPolygon, 4326) NOT NULL,
    streets geometry(MultiLineString, 4326),
    street_buffer_metres double precision NOT NULL DEFAULT 0 CHECK (street_buffer_metres >= 0),
    source text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE demand_layer (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9_-]*$'),
    title text NOT NULL,
    title_en text NOT NULL DEFAULT '',
    unit text NOT NULL DEFAULT 'people',
    source text NOT NULL DEFAULT '',
    points integer NOT NULL,
    total double precision NOT NULL,
    digest text NOT NULL,
    longitude bytea NOT NULL,
    latitude bytea NOT NULL,
    weight bytea NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN demand_layer.longitude IS
    'little-endian float64 in WGS-84, one a point; read and written whole, never by row';

CREATE TABLE network (
    name text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]*$'),
    digest text NOT NULL,
    junctions integer NOT NULL,
    edges integer NOT NULL,
    metres double precision NOT NULL,
    bounds double precision[] NOT NULL CHECK (array_length(bounds, 1) = 4),
    facts jsonb NOT NULL DEFAULT '{}',
    built_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE register ADD FOREIGN KEY (network) REFERENCES network (name) ON UPDATE CASCADE;

-- Web Mercator, because tiles are all that is ever made of it
CREATE TABLE basemap_feature (
    network text NOT NULL REFERENCES network ON DELETE CASCADE,
    layer text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL DEFAULT '',
    min_zoom smallint NOT NULL,
    geometry geometry(Geometry, 3857) NOT NULL
);
CREATE INDEX basemap_feature_geometry ON basemap_feature USING gist (geometry);
CREATE INDEX basemap_feature_network ON basemap_feature (network, layer);
CREATE INDEX basemap_feature_name ON basemap_feature USING gin (name gin_trgm_ops)
    WHERE layer IN ('place', 'street', 'premises');

CREATE TABLE coverage_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inputs jsonb NOT NULL,
    inputs_digest text NOT NULL,
    result jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- equal inputs give equal figures, so they are computed once
CREATE UNIQUE INDEX coverage_run_inputs ON coverage_run (inputs_digest);

CREATE TRIGGER network_announce AFTER INSERT OR UPDATE OR DELETE ON network
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();

CREATE FUNCTION announce_register() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.network IS DISTINCT FROM OLD.network OR NEW.kind IS DISTINCT FROM OLD.kind THEN
        PERFORM pg_notify('harbor_changed', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER register_announce AFTER UPDATE ON register
    FOR EACH ROW EXECUTE FUNCTION announce_register();
