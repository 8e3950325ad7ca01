-- Facts of a station: size, services with place and season, agreement, district, closures that
-- end, photos, and when somebody last confirmed it all.

-- every service with where it is, its season as days of any year, and a note; used by a CHECK,
-- so it names nothing outside pg_catalog
CREATE FUNCTION service_details_fit(details jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_typeof(details) = 'object' AND length(details::text) <= 20000 AND NOT EXISTS (
        SELECT FROM jsonb_each(CASE jsonb_typeof(details) WHEN 'object' THEN details END) d
        WHERE NOT coalesce(
            jsonb_typeof(d.value) = 'object'
            AND d.value - ARRAY['where', 'from', 'to', 'note'] = '{}'
            AND d.value ->> 'where' IN ('on_site', 'nearest')
            AND (d.value ? 'from') = (d.value ? 'to')
            AND coalesce(d.value ->> 'from', '01-01') ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
            AND coalesce(d.value ->> 'to', '01-01') ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
            AND jsonb_typeof(coalesce(d.value -> 'note', '""')) = 'string'
            AND length(coalesce(d.value ->> 'note', '')) <= 200, false))
$$;

ALTER TABLE station
    ADD COLUMN union_built boolean,
    ADD COLUMN area_square_metres numeric
        CHECK (area_square_metres > 0 AND area_square_metres <= 100000),
    ADD COLUMN seats integer CHECK (seats BETWEEN 0 AND 10000),
    ADD COLUMN service_details jsonb NOT NULL DEFAULT '{}'
        CHECK (service_details_fit(service_details)),
    ADD COLUMN functions text[] NOT NULL DEFAULT '{}'
        CHECK (functions <@ ARRAY['legal_corner', 'reading_corner', 'mother_room']
               AND cardinality(functions) <= 10),
    ADD COLUMN venues text[] NOT NULL DEFAULT '{}'
        CHECK (venues <@ ARRAY['child_care', 'health_canteen', 'fitness']
               AND cardinality(venues) <= 10),
    ADD COLUMN host_credit_code text
        CHECK (host_credit_code ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'),
    ADD COLUMN agreement_number text NOT NULL DEFAULT '' CHECK (length(agreement_number) <= 100),
    ADD COLUMN agreement_from date,
    ADD COLUMN agreement_to date,
    ADD COLUMN adcode text CHECK (adcode ~ '^[0-9]{6}$'),
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN confirmed_by bigint REFERENCES user_account,
    ADD CONSTRAINT station_agreement_to_check CHECK (agreement_to >= agreement_from);
COMMENT ON COLUMN station.services IS 'what is on site, in season or not';
COMMENT ON COLUMN station.service_details IS
    'code to {"where": "on_site" or "nearest", "from": "MM-DD", "to": "MM-DD", "note": …};'
    ' "nearest" stands here alone';
COMMENT ON COLUMN station.adcode IS 'the district its place lies in, found when the place was set';
COMMENT ON COLUMN station.confirmed_at IS
    'when somebody last said that the record holds; a visit that proved it is last_proved';
CREATE INDEX station_adcode ON station (adcode);
-- the same expression as the queue of what is to be confirmed asks by
CREATE INDEX station_confirmed ON station ((coalesce(confirmed_at, state_since)));

-- what is found or confirmed is no core fact
CREATE OR REPLACE FUNCTION core_facts(s station) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(s) - ARRAY[
        'id', 'code', 'state', 'verified', 'merged_into', 'batch_id', 'batch_row', 'last_proved',
        'created_at', 'changed_at', 'revision', 'state_since', 'state_reason', 'state_until',
        'exit_code', 'document_id', 'submitted_by', 'reviewed_by', 'approved_by',
        'change_request_id', 'adcode', 'confirmed_at', 'confirmed_by'
    ] || jsonb_build_object('place', encode(ST_AsEWKB(s.place), 'hex'))
$$;

-- the district stays in the history; a confirmation changes no fact and is no version
CREATE OR REPLACE FUNCTION station_facts(s station) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(s) - ARRAY['id', 'state', 'verified', 'place', 'union_id', 'created_at',
                               'changed_at', 'batch_id', 'batch_row', 'revision',
                               'confirmed_at', 'confirmed_by']
$$;

-- District --------------------------------------------------------------------------------------

-- on a border the smaller code, so that it is the same one every time
CREATE FUNCTION district_at(place geometry, day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT d.adcode FROM district d
    WHERE d.geometry && place AND ST_Covers(d.geometry, place)
      AND d.valid_from <= day AND (d.valid_to IS NULL OR d.valid_to > day)
    ORDER BY d.adcode LIMIT 1
$$;

CREATE FUNCTION find_district() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.place IS DISTINCT FROM OLD.place THEN
        NEW.adcode := CASE WHEN NEW.place IS NOT NULL
                      THEN district_at(NEW.place, register_today()) END;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_district BEFORE INSERT OR UPDATE OF place ON station
    FOR EACH ROW EXECUTE FUNCTION find_district();

-- nothing was entered or decided: no version, no new revision
ALTER TABLE station DISABLE TRIGGER USER;
UPDATE station SET adcode = district_at(place, register_today()) WHERE place IS NOT NULL;
ALTER TABLE station ENABLE TRIGGER USER;

-- Services --------------------------------------------------------------------------------------

CREATE FUNCTION check_service_details() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    unknown text;
BEGIN
    SELECT key INTO unknown FROM jsonb_object_keys(NEW.service_details) key
        WHERE NOT EXISTS (SELECT FROM service WHERE code = key) LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'unknown service %', unknown USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;
-- after the CHECK of its shape cannot be: a BEFORE trigger sees what is no object, too
CREATE TRIGGER station_details BEFORE INSERT OR UPDATE OF service_details ON station
    FOR EACH ROW WHEN (jsonb_typeof(NEW.service_details) = 'object' AND NEW.service_details <> '{}')
    EXECUTE FUNCTION check_service_details();

-- Names -----------------------------------------------------------------------------------------

-- a plaque that still carries the old name leads to the station
CREATE FUNCTION keep_former_name() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO station_alias (station_id, kind, value) VALUES (NEW.id, 'name', OLD.name)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_former_name AFTER UPDATE OF name ON station
    FOR EACH ROW WHEN (OLD.code IS NOT NULL AND NEW.name <> OLD.name)
    EXECUTE FUNCTION keep_former_name();

-- Confirmation ----------------------------------------------------------------------------------

-- the stations the acting person keeps
CREATE FUNCTION my_kept_stations() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(g.station_id), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = acting_user() AND p.disabled_at IS NULL AND g.role = 'keeper'
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
$$;

CREATE FUNCTION keeps_station(of_station bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT of_station = ANY (my_kept_stations())
$$;

-- whether the acting person may say how things are at a station, without changing its facts
CREATE FUNCTION tends_station(of_station bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT acts_as_operator() OR keeps_station(of_station) OR EXISTS (
        SELECT FROM station s WHERE s.id = of_station
        AND acting_roles(s.union_id) && ARRAY['union_staff', 'inspector', 'reviewer', 'city_admin'])
$$;

-- the one door: nobody has a grant on the columns
CREATE FUNCTION confirm_station(of_station bigint) RETURNS timestamptz LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found station;
BEGIN
    SELECT * INTO found FROM station WHERE id = of_station FOR UPDATE;
    IF found.id IS NULL OR NOT tends_station(of_station) THEN
        RAISE EXCEPTION 'only staff of the union and its keepers may confirm a station'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (SELECT FROM station_state WHERE state = found.state AND public) THEN
        RAISE EXCEPTION 'a station that is % is not confirmed', found.state
            USING ERRCODE = 'check_violation';
    END IF;
    UPDATE station SET confirmed_at = clock_timestamp(), confirmed_by = acting_user()
        WHERE id = of_station RETURNING confirmed_at INTO found.confirmed_at;
    IF NOT acts_as_operator() THEN
        INSERT INTO audit_event (action, subject, details, user_id, request_id)
            VALUES ('station.confirm', 'station ' || of_station,
                    jsonb_build_object('revision', found.revision), acting_user(), acting_request());
    END IF;
    RETURN found.confirmed_at;
END
$$;
REVOKE EXECUTE ON FUNCTION confirm_station(bigint) FROM PUBLIC;

-- who has a form open is not overtaken by somebody's "unchanged"; runs after station_guard
CREATE FUNCTION keep_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    besides station := NEW;
BEGIN
    besides.confirmed_at := OLD.confirmed_at;
    besides.confirmed_by := OLD.confirmed_by;
    besides.revision := OLD.revision;
    besides.changed_at := OLD.changed_at;
    IF besides IS NOT DISTINCT FROM OLD THEN
        NEW.revision := OLD.revision;
        NEW.changed_at := OLD.changed_at;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_keeps_revision BEFORE UPDATE ON station
    FOR EACH ROW WHEN (NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at)
    EXECUTE FUNCTION keep_revision();

DROP TRIGGER station_record_version ON station;
CREATE TRIGGER station_record_version AFTER INSERT ON station
    FOR EACH ROW EXECUTE FUNCTION record_station_version();
CREATE TRIGGER station_record_version_of_change AFTER UPDATE ON station
    FOR EACH ROW WHEN (NEW.revision IS DISTINCT FROM OLD.revision)
    EXECUTE FUNCTION record_station_version();

-- Closures that end -----------------------------------------------------------------------------

CREATE TABLE station_closure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    begins timestamptz NOT NULL,
    ends timestamptz NOT NULL,
    reason text NOT NULL CHECK (trim(reason) <> '' AND length(reason) <= 200),
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cancelled_at timestamptz,
    cancelled_by bigint REFERENCES user_account,
    CHECK (ends > begins AND ends <= begins + interval '366 days')
);
CREATE INDEX station_closure_station ON station_closure (station_id, ends);
CREATE INDEX station_closure_ends ON station_closure (ends) WHERE cancelled_at IS NULL;
COMMENT ON COLUMN station_closure.reason IS 'shown to riders';

CREATE FUNCTION guard_station_closure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT tends_station(NEW.station_id) THEN
        RAISE EXCEPTION 'only staff of the union and its keepers may close a station for a time'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM station s JOIN station_state t USING (state)
                       WHERE s.id = NEW.station_id AND t.public) THEN
            RAISE EXCEPTION 'only a station that the public sees is closed for a time'
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.made_by := acting_user();
        NEW.made_at := clock_timestamp();
        NEW.cancelled_at := NULL;
        NEW.cancelled_by := NULL;
        RETURN NEW;
    END IF;
    IF OLD.cancelled_at IS NOT NULL OR NEW.cancelled_at IS NULL
        OR (NEW.station_id, NEW.begins, NEW.ends, NEW.reason, NEW.made_at)
            IS DISTINCT FROM (OLD.station_id, OLD.begins, OLD.ends, OLD.reason, OLD.made_at)
        OR NEW.made_by IS DISTINCT FROM OLD.made_by THEN
        RAISE EXCEPTION 'a closure is called off once and otherwise stays as it is'
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.cancelled_at := clock_timestamp();
    NEW.cancelled_by := acting_user();
    RETURN NEW;
END
$$;
CREATE TRIGGER station_closure_guard BEFORE INSERT OR UPDATE ON station_closure
    FOR EACH ROW EXECUTE FUNCTION guard_station_closure();

CREATE FUNCTION record_station_closure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() THEN
        INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
            CASE TG_OP WHEN 'INSERT' THEN 'station.close_for_a_time' ELSE 'station.call_off_closure' END,
            'station ' || NEW.station_id,
            jsonb_build_object('closure', NEW.id, 'begins', NEW.begins, 'ends', NEW.ends,
                               'reason', NEW.reason),
            acting_user(), acting_request());
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_closure_record AFTER INSERT OR UPDATE ON station_closure
    FOR EACH ROW EXECUTE FUNCTION record_station_closure();
CREATE TRIGGER station_closure_announce AFTER INSERT OR UPDATE OR DELETE ON station_closure
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();

-- Photos ----------------------------------------------------------------------------------------

CREATE TABLE station_photo (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    kind text NOT NULL DEFAULT 'other'
        CHECK (kind IN ('outside', 'sign', 'inside', 'kit', 'rules', 'other')),
    file_id bigint NOT NULL UNIQUE REFERENCES stored_file,
    thumbnail_id bigint NOT NULL UNIQUE REFERENCES stored_file,
    caption text NOT NULL DEFAULT '' CHECK (length(caption) <= 200),
    position integer NOT NULL DEFAULT 0,
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at timestamptz,
    removed_by bigint REFERENCES user_account,
    CHECK (file_id <> thumbnail_id)
);
CREATE INDEX station_photo_station ON station_photo (station_id, position, id)
    WHERE removed_at IS NULL;
COMMENT ON COLUMN station_photo.position IS 'order on the page, the first one first';

CREATE FUNCTION guard_station_photo() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT tends_station(NEW.station_id) THEN
        RAISE EXCEPTION 'only staff of the union and its keepers may add or arrange photos'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF (SELECT count(*) FROM stored_file f WHERE f.id IN (NEW.file_id, NEW.thumbnail_id)
            AND f.station_id = NEW.station_id AND f.media_type = 'image/jpeg') <> 2 THEN
            RAISE EXCEPTION 'the files of a photo are JPEG files of its station'
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.made_by := acting_user();
        NEW.made_at := clock_timestamp();
        NEW.removed_at := NULL;
        NEW.removed_by := NULL;
        RETURN NEW;
    END IF;
    IF OLD.removed_at IS NOT NULL
        OR (NEW.station_id, NEW.file_id, NEW.thumbnail_id, NEW.made_at)
            IS DISTINCT FROM (OLD.station_id, OLD.file_id, OLD.thumbnail_id, OLD.made_at)
        OR NEW.made_by IS DISTINCT FROM OLD.made_by THEN
        RAISE EXCEPTION 'a photo is described, arranged or removed, and stays what it is'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.removed_at IS NOT NULL THEN
        NEW.removed_at := clock_timestamp();
        NEW.removed_by := acting_user();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_photo_guard BEFORE INSERT OR UPDATE ON station_photo
    FOR EACH ROW EXECUTE FUNCTION guard_station_photo();

CREATE FUNCTION record_station_photo() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() AND (TG_OP = 'INSERT' OR NEW.removed_at IS NOT NULL) THEN
        INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
            CASE TG_OP WHEN 'INSERT' THEN 'station.add_photo' ELSE 'station.remove_photo' END,
            'station ' || NEW.station_id,
            jsonb_build_object('photo', NEW.id, 'file', NEW.file_id, 'kind', NEW.kind),
            acting_user(), acting_request());
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_photo_record AFTER INSERT OR UPDATE ON station_photo
    FOR EACH ROW EXECUTE FUNCTION record_station_photo();

-- Rights ----------------------------------------------------------------------------------------

GRANT INSERT (union_built, area_square_metres, seats, service_details, functions, venues,
              host_credit_code, agreement_number, agreement_from, agreement_to),
      UPDATE (union_built, area_square_metres, seats, service_details, functions, venues,
              host_credit_code, agreement_number, agreement_from, agreement_to)
    ON station TO harbor_staff, harbor_admin;
GRANT EXECUTE ON FUNCTION confirm_station(bigint), keeps_station(bigint), tends_station(bigint),
    my_kept_stations() TO harbor_staff, harbor_admin;

ALTER TABLE station_closure ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_photo ENABLE ROW LEVEL SECURITY;
-- who sees the station sees these; who may write is the guards' matter, keepers included
CREATE POLICY closure_of_scope ON station_closure TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id))
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id));
CREATE POLICY photo_of_scope ON station_photo TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id))
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id));
-- a keeper sees the photos of his own station, and stores new ones
CREATE POLICY photo_of_keeper ON stored_file FOR SELECT TO harbor_staff, harbor_admin
    USING (media_type = 'image/jpeg'
           AND station_id = ANY ((SELECT my_kept_stations())::bigint[]));
GRANT SELECT, INSERT (station_id, begins, ends, reason), UPDATE (cancelled_at)
    ON station_closure TO harbor_staff, harbor_admin;
GRANT SELECT, INSERT (station_id, kind, file_id, thumbnail_id, caption, position),
      UPDATE (kind, caption, position, removed_at)
    ON station_photo TO harbor_staff, harbor_admin;

-- open facts alone: never the host's credit code, the agreement, or who confirmed
CREATE OR REPLACE VIEW public_station WITH (security_barrier) AS
    SELECT s.id, s.code, s.state, s.verified, s.name, s.name_en, s.place, s.address, s.services,
           s.hours, s.hours_text, s.door, s.host_name, s.host_kind, s.union_id, s.last_proved,
           s.changed_at, s.union_built, s.area_square_metres, s.seats, s.service_details,
           s.functions, s.venues, s.adcode, s.confirmed_at
    FROM station s JOIN station_state t USING (state)
    WHERE t.public AND s.place IS NOT NULL;

CREATE VIEW public_closure WITH (security_barrier) AS
    SELECT c.station_id, c.begins, c.ends, c.reason
    FROM station_closure c JOIN station s ON s.id = c.station_id JOIN station_state t USING (state)
    WHERE t.public AND s.place IS NOT NULL AND c.cancelled_at IS NULL
      AND c.ends > clock_timestamp();
GRANT SELECT ON public_closure TO harbor_public;
