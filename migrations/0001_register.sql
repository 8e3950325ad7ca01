-- The register: unions, districts, stations with their geometry, versions, audit.
-- Roles belong to the cluster, so creating them must be repeatable.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['harbor_public', 'harbor_staff', 'harbor_admin'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT harbor_public, harbor_staff, harbor_admin TO %I', current_user);
EXCEPTION WHEN invalid_grant_operation OR insufficient_privilege THEN
    NULL;  -- a superuser may act as them anyway
END
$$;

DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- what this register is: empty, a demo, or real; the two are never mixed
CREATE TABLE register (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    kind text NOT NULL DEFAULT 'empty' CHECK (kind IN ('empty', 'demo', 'real')),
    seed bigint,
    network text
);
INSERT INTO register DEFAULT VALUES;

CREATE TABLE service (
    code text PRIMARY KEY,
    name text NOT NULL,
    name_en text NOT NULL,
    core boolean NOT NULL,
    position integer NOT NULL
);

CREATE TABLE station_state (
    state text PRIMARY KEY,
    name text NOT NULL,
    name_en text NOT NULL,
    public boolean NOT NULL,
    counts boolean NOT NULL,
    initial boolean NOT NULL
);

CREATE TABLE station_move (
    origin text NOT NULL REFERENCES station_state,
    target text NOT NULL REFERENCES station_state,
    PRIMARY KEY (origin, target)
);

CREATE TABLE union_body (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CHECK (code ~ '^[0-9]{6}$'),
    name text NOT NULL CHECK (name <> ''),
    name_en text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('city', 'district', 'industrial')),
    parent_id bigint REFERENCES union_body,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    UNIQUE (code, valid_from)
);

CREATE TABLE district (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adcode text NOT NULL CHECK (adcode ~ '^[0-9]{6}$'),
    name text NOT NULL CHECK (name <> ''),
    name_en text NOT NULL DEFAULT '',
    geometry geometry(MultiPolygon, 4326) NOT NULL CHECK (ST_IsValid(geometry)),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    source text NOT NULL DEFAULT '',
    UNIQUE (adcode, valid_from)
);
CREATE INDEX district_geometry ON district USING gist (geometry);

CREATE TABLE import_batch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_name text NOT NULL,
    file_digest text NOT NULL,
    datum text,
    document_number text,
    counts jsonb NOT NULL DEFAULT '{}',
    imported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX import_batch_digest ON import_batch (file_digest);

CREATE TABLE station (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text UNIQUE CHECK (code ~ '^[0-9]{12}$'),
    state text NOT NULL REFERENCES station_state,
    verified boolean NOT NULL DEFAULT false,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    name_en text NOT NULL DEFAULT '',
    place geometry(Point, 4326) CHECK (ST_X(place) BETWEEN -180 AND 180
                                       AND ST_Y(place) BETWEEN -90 AND 90),
    source_datum text,
    source_longitude double precision,
    source_latitude double precision,
    address text NOT NULL DEFAULT '',
    area_name text NOT NULL DEFAULT '',
    services text[] NOT NULL DEFAULT '{}',
    hours text,
    hours_text text NOT NULL DEFAULT '',
    door text CHECK (door IN ('open', 'scan', 'face', 'attended', 'key')),
    host_name text NOT NULL DEFAULT '',
    host_kind text,
    union_id bigint REFERENCES union_body,
    merged_into bigint REFERENCES station,
    batch_id bigint REFERENCES import_batch,
    batch_row integer,
    last_proved timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (state = 'merged' OR merged_into IS NULL),
    CHECK (code IS NOT NULL OR state IN ('draft', 'submitted', 'returned', 'reviewed', 'discarded')),
    CHECK (place IS NOT NULL OR state IN ('draft', 'submitted', 'returned', 'discarded'))
);
CREATE INDEX station_place ON station USING gist (place);
CREATE INDEX station_state_index ON station (state);
CREATE INDEX station_name ON station USING gin (name gin_trgm_ops);
CREATE INDEX station_batch ON station (batch_id);

-- earlier plaques, names and other systems' ids find the station too
CREATE TABLE station_alias (
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('number', 'name', 'external')),
    value text NOT NULL CHECK (value <> ''),
    PRIMARY KEY (station_id, kind, value)
);
CREATE INDEX station_alias_value ON station_alias (value);

CREATE TABLE station_version (
    station_id bigint NOT NULL,
    version integer NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz CHECK (valid_to >= valid_from),
    state text NOT NULL,
    verified boolean NOT NULL,
    place geometry(Point, 4326),
    union_id bigint,
    facts jsonb NOT NULL,
    PRIMARY KEY (station_id, version)
);
CREATE INDEX station_version_time ON station_version (valid_from, valid_to);

-- the named person in charge; personal values come with the register's key handling
CREATE TABLE keeper (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    valid_to timestamptz
);

CREATE TABLE user_account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    role text NOT NULL,
    union_id bigint REFERENCES union_body,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL DEFAULT session_user,
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE number_counter (
    area_code text PRIMARY KEY CHECK (area_code ~ '^[0-9]{6}$'),
    last_serial integer NOT NULL CHECK (last_serial BETWEEN 0 AND 99999)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_station() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unknown text;
BEGIN
    SELECT s INTO unknown FROM unnest(NEW.services) s
        WHERE NOT EXISTS (SELECT FROM service WHERE code = s) LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'unknown service %', unknown USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM station_state WHERE state = NEW.state AND initial) THEN
            RAISE EXCEPTION 'a station cannot begin as %', NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
    ELSE
        IF NEW.state <> OLD.state AND NOT EXISTS (
            SELECT FROM station_move WHERE origin = OLD.state AND target = NEW.state
        ) THEN
            RAISE EXCEPTION 'a station that is % cannot become %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.code IS NOT NULL AND NEW.code IS DISTINCT FROM OLD.code THEN
            RAISE EXCEPTION 'a number is issued once' USING ERRCODE = 'check_violation';
        END IF;
        NEW.changed_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_guard BEFORE INSERT OR UPDATE ON station
    FOR EACH ROW EXECUTE FUNCTION guard_station();

CREATE FUNCTION station_facts(s station) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(s) - ARRAY['id', 'state', 'verified', 'place', 'union_id', 'created_at',
                               'changed_at', 'batch_id', 'batch_row']
$$;

CREATE FUNCTION record_station_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last station_version;
    moment timestamptz;
BEGIN
    SELECT * INTO last FROM station_version WHERE station_id = NEW.id ORDER BY version DESC LIMIT 1;
    -- a clock that was set back must not tear the history
    moment := greatest(clock_timestamp(), last.valid_from);
    UPDATE station_version SET valid_to = moment WHERE station_id = NEW.id AND valid_to IS NULL;
    INSERT INTO station_version (station_id, version, valid_from, state, verified, place, union_id,
                                 facts)
        VALUES (NEW.id, coalesce(last.version, 0) + 1, moment, NEW.state, NEW.verified, NEW.place,
                NEW.union_id, station_facts(NEW));
    RETURN NULL;
END
$$;
CREATE TRIGGER station_record_version AFTER INSERT OR UPDATE ON station
    FOR EACH ROW EXECUTE FUNCTION record_station_version();

CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('harbor_changed', TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE TRIGGER station_announce AFTER INSERT OR UPDATE OR DELETE ON station
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
CREATE TRIGGER district_announce AFTER INSERT OR UPDATE OR DELETE ON district
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();

-- open facts of public stations, and nothing else
CREATE VIEW public_station WITH (security_barrier) AS
    SELECT s.id, s.code, s.state, s.verified, s.name, s.name_en, s.place, s.address, s.services,
           s.hours, s.hours_text, s.door, s.host_name, s.host_kind, s.union_id, s.last_proved,
           s.changed_at
    FROM station s JOIN station_state t USING (state)
    WHERE t.public AND s.place IS NOT NULL;
GRANT SELECT ON public_station, service, station_state, district, union_body TO harbor_public;
