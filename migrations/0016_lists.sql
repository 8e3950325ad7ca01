-- Lists by the operator; what a batch changed; undoing within a scope; one word for one thing.

-- Lists by the operator --------------------------------------------------------------------------

ALTER TABLE staged_import ALTER COLUMN user_id DROP NOT NULL;
COMMENT ON COLUMN staged_import.user_id IS 'who brought it; null for the operator of the server';

-- a number under a code that is no union's: the operator's, where a register has no unions
CREATE FUNCTION issue_area_number(area text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    serial integer;
    body text;
BEGIN
    INSERT INTO number_counter (area_code, last_serial) VALUES (area, 1)
        ON CONFLICT (area_code) DO UPDATE SET last_serial = number_counter.last_serial + 1
        RETURNING last_serial INTO serial;
    body := area || lpad(serial::text, 5, '0');
    RETURN body || number_check_digit(body);
END
$$;

CREATE OR REPLACE FUNCTION issue_number(issuing_union bigint) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    area text;
BEGIN
    SELECT code INTO area FROM union_body WHERE id = issuing_union;
    IF area IS NULL THEN
        RAISE EXCEPTION 'a number is issued by a union, and the record has none'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN issue_area_number(area);
END
$$;
REVOKE EXECUTE ON FUNCTION issue_area_number(text) FROM PUBLIC;

-- fires before station_guard, which looks at what this has written
CREATE OR REPLACE FUNCTION guard_batch_station() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    batch import_batch;
BEGIN
    IF NEW.batch_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF acts_as_operator() THEN
        SELECT * INTO batch FROM import_batch WHERE id = NEW.batch_id AND cut_over;
        IF batch.id IS NOT NULL AND NEW.state = 'active' AND NEW.code IS NULL THEN
            -- no administrative area has the last of these codes
            NEW.code := CASE WHEN NEW.union_id IS NOT NULL THEN issue_number(NEW.union_id)
                ELSE issue_area_number(coalesce((
                    SELECT d.adcode FROM district d WHERE d.valid_from <= register_today()
                        AND (d.valid_to IS NULL OR d.valid_to > register_today())
                        AND ST_Intersects(d.geometry, NEW.place) ORDER BY d.adcode LIMIT 1
                ), '999999')) END;
            NEW.document_id := batch.document_id;
        END IF;
        RETURN NEW;
    END IF;
    -- a batch whose rows were counted is whole: by it nothing more becomes active unreviewed
    IF NOT EXISTS (SELECT FROM import_batch b WHERE b.id = NEW.batch_id AND b.undone_at IS NULL
                   AND b.closed_at IS NULL AND b.made_by = acting_user()
                   AND (b.union_id IS NULL OR b.union_id = NEW.union_id)) THEN
        RAISE EXCEPTION 'a station enters with a batch of one''s own and of its union'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.code IS NULL THEN
        batch := cut_over_of(NEW);
        IF batch.id IS NOT NULL THEN
            NEW.code := issue_number(NEW.union_id);
            NEW.document_id := batch.document_id;
            NEW.approved_by := acting_user();
        END IF;
    END IF;
    RETURN NEW;
END
$$;

-- Updates by a list ------------------------------------------------------------------------------

ALTER TABLE staged_row
    ADD COLUMN refused text NOT NULL DEFAULT '',
    ADD COLUMN refused_en text NOT NULL DEFAULT '';
COMMENT ON COLUMN staged_row.refused IS 'why the update that was chosen was not made';
GRANT UPDATE (refused, refused_en) ON staged_row TO harbor_staff, harbor_admin;

CREATE TABLE import_change (
    batch_id bigint NOT NULL REFERENCES import_batch,
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    batch_row integer NOT NULL,
    request_id bigint REFERENCES change_request ON DELETE CASCADE,
    revision integer,
    PRIMARY KEY (batch_id, station_id),
    CHECK (num_nonnulls(request_id, revision) = 1)
);
CREATE INDEX import_change_station ON import_change (station_id);
COMMENT ON TABLE import_change IS
    'stations that a batch changed and did not enter: by a request, or at once by an edit';
COMMENT ON COLUMN import_change.revision IS 'the revision that the edit left';
ALTER TABLE import_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY change_of_batch ON import_change FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id));
-- while the batch is open, and by who opened it
CREATE POLICY change_by_batch ON import_change FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK (EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id AND b.closed_at IS NULL
                        AND b.made_by = (SELECT acting_user())));
GRANT SELECT, INSERT ON import_change TO harbor_staff, harbor_admin;

-- Undoing ----------------------------------------------------------------------------------------

CREATE TABLE import_undo (
    batch_id bigint PRIMARY KEY REFERENCES import_batch ON DELETE CASCADE,
    reason text NOT NULL CHECK (trim(reason) <> '' AND length(reason) <= 2000),
    document text NOT NULL DEFAULT '' CHECK (length(document) <= 200),
    asked_by bigint REFERENCES user_account,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    working xid8
);
COMMENT ON TABLE import_undo IS 'why, and by which document, a batch is taken back as one';
COMMENT ON COLUMN import_undo.working IS 'the transaction that takes it back at this moment';
CREATE INDEX import_undo_working ON import_undo (working) WHERE working IS NOT NULL;

-- who brought the list, while they may still bring lists, and who judges in the batch's scope
CREATE FUNCTION may_undo(of_batch bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT acts_as_operator() OR EXISTS (
        SELECT FROM import_batch b, acting_roles(b.union_id) held WHERE b.id = of_batch
        AND (held && ARRAY['reviewer', 'city_admin']
             OR b.made_by = acting_user() AND 'union_staff' = ANY (held)))
$$;

CREATE FUNCTION guard_import_undo() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT may_undo(NEW.batch_id) THEN
        RAISE EXCEPTION 'a batch is undone by who brought it, or by a reviewer or city admin'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.asked_by := acting_user();
    NEW.asked_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER import_undo_guard BEFORE INSERT OR UPDATE OF reason, document ON import_undo
    FOR EACH ROW EXECUTE FUNCTION guard_import_undo();

-- begin to undo what was asked for, in the application alone
CREATE FUNCTION begin_undo(of_batch bigint) RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH begun AS (
        UPDATE import_undo SET working = pg_current_xact_id() WHERE batch_id = of_batch
            AND asked_by IS NOT DISTINCT FROM acting_user() AND acts_in_application()
            AND may_undo(of_batch)
        RETURNING 1
    ) SELECT EXISTS (SELECT FROM begun)
$$;
CREATE FUNCTION end_undo(of_batch bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    UPDATE import_undo SET working = NULL
        WHERE batch_id = of_batch AND working = pg_current_xact_id()
$$;
REVOKE EXECUTE ON FUNCTION may_undo(bigint), begin_undo(bigint), end_undo(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_undo(bigint), begin_undo(bigint), end_undo(bigint)
    TO harbor_staff, harbor_admin;

-- as before; and a reviewer who takes back a batch does in that transaction what its staff could
CREATE OR REPLACE FUNCTION acting_roles(of_union bigint) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor bigint := acting_user();
    held text[];
BEGIN
    held := (WITH RECURSIVE above AS (
        SELECT id, parent_id, succeeded_by FROM union_body WHERE id = of_union
        UNION
        SELECT u.id, u.parent_id, u.succeeded_by FROM union_body u
            JOIN above a ON u.id IN (a.parent_id, a.succeeded_by)
    )
    SELECT coalesce(array_agg(DISTINCT g.role), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = actor AND p.disabled_at IS NULL AND g.station_id IS NULL
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
      AND (g.union_id IS NULL OR g.union_id IN (SELECT id FROM above)));
    IF 'reviewer' = ANY (held) AND 'union_staff' <> ALL (held) AND EXISTS (
        SELECT FROM import_undo WHERE working = pg_current_xact_id_if_assigned()
            AND asked_by = actor) THEN
        held := held || 'union_staff'::text;
    END IF;
    RETURN held;
END
$$;

ALTER TABLE import_undo ENABLE ROW LEVEL SECURITY;
CREATE POLICY undo_of_batch ON import_undo TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id))
    WITH CHECK (EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id));
GRANT SELECT, INSERT (batch_id, reason, document), UPDATE (reason, document) ON import_undo
    TO harbor_staff, harbor_admin;

-- One word for one thing -------------------------------------------------------------------------

-- what riders look for is a service: advice on law, a room for mothers
UPDATE station SET
    services = ARRAY(SELECT DISTINCT s FROM unnest(services
        || CASE WHEN 'mother_room' = ANY (functions) THEN ARRAY['baby_room'] ELSE '{}' END
        || CASE WHEN 'legal_corner' = ANY (functions) THEN ARRAY['legal_advice'] ELSE '{}' END
    ) s ORDER BY s),
    functions = array_remove(array_remove(functions, 'mother_room'), 'legal_corner')
    WHERE functions && ARRAY['mother_room', 'legal_corner'];
UPDATE change_request SET changes = jsonb_set(
        changes, '{functions}', (changes -> 'functions') - 'mother_room'::text - 'legal_corner'::text)
    WHERE state = 'open' AND changes -> 'functions' ?| ARRAY['mother_room', 'legal_corner'];
ALTER TABLE station DROP CONSTRAINT station_functions_check;
ALTER TABLE station ADD CONSTRAINT station_functions_check
    CHECK (functions <@ ARRAY['reading_corner'] AND cardinality(functions) <= 10);
