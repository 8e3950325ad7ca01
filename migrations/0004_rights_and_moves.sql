-- Who may do what: roles with a scope, moves with their needs, locked facts, row-level security.

-- the role the application logs in as; only there the acting user is a setting
CREATE TABLE application_login (name text PRIMARY KEY);
INSERT INTO application_login VALUES (session_user);

CREATE TABLE role (
    role text PRIMARY KEY,
    name text NOT NULL,
    name_en text NOT NULL,
    says text NOT NULL,
    writes boolean NOT NULL,
    position integer NOT NULL
);

ALTER TABLE user_account
    DROP COLUMN role,
    DROP COLUMN union_id,
    ADD COLUMN full_name text NOT NULL DEFAULT '',
    ADD COLUMN password_hash text,
    ADD COLUMN password_changed_at timestamptz,
    ADD COLUMN must_change boolean NOT NULL DEFAULT true,
    ADD COLUMN second_factor bytea,
    ADD COLUMN second_factor_used bigint NOT NULL DEFAULT 0,
    ADD COLUMN login_role text UNIQUE,
    ADD COLUMN disabled_at timestamptz,
    ADD CHECK (name ~ '^[a-z0-9][a-z0-9._-]{1,49}$');
COMMENT ON COLUMN user_account.login_role IS
    'the role of one''s own that this person logs in as in a database shell';
COMMENT ON COLUMN user_account.second_factor_used IS
    'the last time step of a one-time password that was taken: none is taken twice';

CREATE TABLE user_grant (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES user_account,
    role text NOT NULL REFERENCES role,
    union_id bigint REFERENCES union_body,
    station_id bigint REFERENCES station,
    valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    valid_to timestamptz CHECK (valid_to >= valid_from),
    granted_by bigint REFERENCES user_account,
    CHECK ((role = 'keeper') = (station_id IS NOT NULL)),
    CHECK (role <> 'keeper' OR union_id IS NULL)
);
CREATE INDEX user_grant_user ON user_grant (user_id) WHERE valid_to IS NULL;
COMMENT ON COLUMN user_grant.union_id IS 'null holds for every union';

CREATE TABLE user_session (
    token_digest bytea PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES user_account ON DELETE CASCADE,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    device text NOT NULL DEFAULT ''
);
CREATE INDEX user_session_user ON user_session (user_id);

-- attempts to log in, for slowing guesses down; a network instead of an address
CREATE TABLE login_attempt (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    name text NOT NULL,
    network inet NOT NULL,
    succeeded boolean NOT NULL
);
CREATE INDEX login_attempt_name ON login_attempt (name, at);
CREATE INDEX login_attempt_network ON login_attempt (network, at);

ALTER TABLE station_move
    ADD COLUMN action text NOT NULL DEFAULT '',
    ADD COLUMN roles text[] NOT NULL DEFAULT '{}',
    ADD COLUMN needs text[] NOT NULL DEFAULT '{}',
    ADD COLUMN not_by text[] NOT NULL DEFAULT '{}';

ALTER TABLE station_state ADD COLUMN locked boolean NOT NULL DEFAULT false;

-- 文号 and what was decided by it
CREATE TABLE document (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL CHECK (number <> '' AND length(number) <= 100),
    title text NOT NULL DEFAULT '',
    dated date,
    union_id bigint REFERENCES union_body,
    recorded_by bigint REFERENCES user_account,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE NULLS NOT DISTINCT (number, union_id)
);

CREATE TABLE exit_reason (
    code text PRIMARY KEY,
    name text NOT NULL,
    name_en text NOT NULL,
    position integer NOT NULL
);

ALTER TABLE station
    ADD COLUMN revision integer NOT NULL DEFAULT 1,
    ADD COLUMN state_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN state_reason text NOT NULL DEFAULT '' CHECK (length(state_reason) <= 2000),
    ADD COLUMN state_until date,
    ADD COLUMN exit_code text REFERENCES exit_reason,
    ADD COLUMN document_id bigint REFERENCES document,
    ADD COLUMN submitted_by bigint REFERENCES user_account,
    ADD COLUMN reviewed_by bigint REFERENCES user_account,
    ADD COLUMN approved_by bigint REFERENCES user_account,
    ADD COLUMN change_request_id bigint;
CREATE INDEX station_union ON station (union_id);

CREATE TABLE change_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station,
    revision integer NOT NULL,
    changes jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object' AND changes <> '{}'),
    reason text NOT NULL CHECK (reason <> ''),
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'accepted', 'refused', 'withdrawn')),
    requested_by bigint REFERENCES user_account,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by bigint REFERENCES user_account,
    decided_at timestamptz,
    decision text NOT NULL DEFAULT '',
    CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX change_request_open ON change_request (station_id) WHERE state = 'open';
COMMENT ON COLUMN change_request.changes IS 'column to its new value, as station has it';
ALTER TABLE station ADD FOREIGN KEY (change_request_id) REFERENCES change_request;

ALTER TABLE station_version
    ADD COLUMN actor_id bigint, ADD COLUMN revision integer, ADD COLUMN request_id text;
ALTER TABLE audit_event ADD COLUMN user_id bigint, ADD COLUMN request_id text;
CREATE INDEX audit_event_subject ON audit_event (subject, at);
CREATE INDEX audit_event_user ON audit_event (user_id, at);

-- Identity ------------------------------------------------------------------------------------

-- a setting can be set by anyone in a shell: it counts only in the application's own sessions
CREATE FUNCTION acting_user() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM application_login WHERE name = session_user)
            THEN nullif(current_setting('harbor.user', true), '')::bigint
        ELSE (SELECT id FROM user_account
              WHERE login_role = session_user AND disabled_at IS NULL)
    END
$$;

-- and so does the request that an event belongs to
CREATE FUNCTION acting_request() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT nullif(current_setting('harbor.request', true), '')
    WHERE EXISTS (SELECT FROM application_login WHERE name = session_user)
$$;

-- the operator of the server: the application's login without a person and without a lesser role
CREATE FUNCTION acts_as_operator() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM application_login WHERE name = session_user)
        AND coalesce(current_setting('role', true), 'none') = 'none'
        AND coalesce(current_setting('harbor.user', true), '') = ''
$$;

-- the roles the acting person has in the scope of a union; of a record without one, city-wide ones
CREATE FUNCTION acting_roles(of_union bigint) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM union_body WHERE id = of_union
        UNION
        SELECT u.id, u.parent_id FROM union_body u JOIN above a ON u.id = a.parent_id
    )
    SELECT coalesce(array_agg(DISTINCT g.role), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = acting_user() AND p.disabled_at IS NULL AND g.station_id IS NULL
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
      AND (g.union_id IS NULL OR g.union_id IN (SELECT id FROM above))
$$;

-- the unions whose records the acting person sees whole; null among them stands for all
CREATE FUNCTION acting_unions() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH RECURSIVE granted AS (
        SELECT g.union_id FROM user_grant g JOIN user_account p ON p.id = g.user_id
        WHERE g.user_id = acting_user() AND p.disabled_at IS NULL AND g.station_id IS NULL
          AND g.role <> 'planner'
          AND g.valid_from <= clock_timestamp()
          AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
    ), below AS (
        SELECT u.id FROM union_body u
        WHERE u.id IN (SELECT union_id FROM granted)
           OR EXISTS (SELECT FROM granted WHERE union_id IS NULL)
        UNION
        SELECT u.id FROM union_body u JOIN below b ON u.parent_id = b.id
    )
    SELECT coalesce(array_agg(id), '{}') FROM below
$$;

CREATE FUNCTION acts_everywhere() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT acting_roles(NULL) && ARRAY['city_admin', 'union_staff', 'reviewer', 'inspector', 'auditor']
$$;

-- Numbers -------------------------------------------------------------------------------------

-- ISO/IEC 7064 MOD 11,10; app/domain/number.py has the same, and a test compares them
CREATE FUNCTION number_check_digit(digits text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    product integer := 10;
    total integer;
    digit text;
BEGIN
    FOREACH digit IN ARRAY regexp_split_to_array(digits, '') LOOP
        total := (product + digit::integer) % 10;
        IF total = 0 THEN
            total := 10;
        END IF;
        product := 2 * total % 11;
    END LOOP;
    RETURN ((11 - product) % 10)::text;
END
$$;

-- taken from the counter at the end of the transaction's work, so that two wait in one order
CREATE FUNCTION issue_number(issuing_union bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    area text;
    serial integer;
    body text;
BEGIN
    SELECT code INTO area FROM union_body WHERE id = issuing_union;
    IF area IS NULL THEN
        RAISE EXCEPTION 'a number is issued by a union, and the record has none'
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO number_counter (area_code, last_serial) VALUES (area, 1)
        ON CONFLICT (area_code) DO UPDATE SET last_serial = number_counter.last_serial + 1
        RETURNING last_serial INTO serial;
    body := area || lpad(serial::text, 5, '0');
    RETURN body || number_check_digit(body);
END
$$;
REVOKE EXECUTE ON FUNCTION issue_number(bigint) FROM PUBLIC;

-- The guard -----------------------------------------------------------------------------------

-- what an approved station keeps until a change request is accepted
-- every column but these: one that is added later is locked unless somebody says otherwise
CREATE FUNCTION core_facts(s station) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(s) - ARRAY[
        'id', 'code', 'state', 'verified', 'merged_into', 'batch_id', 'batch_row', 'last_proved',
        'created_at', 'changed_at', 'revision', 'state_since', 'state_reason', 'state_until',
        'exit_code', 'document_id', 'submitted_by', 'reviewed_by', 'approved_by',
        'change_request_id'
    ] || jsonb_build_object('place', encode(ST_AsEWKB(s.place), 'hex'))
$$;

-- a trigger cannot tell a value that was said again from one that was left: these can
CREATE FUNCTION note_brought() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('harbor.brought',
        concat_ws(' ', nullif(current_setting('harbor.brought', true), ''), TG_ARGV[0]), true);
    RETURN NEW;
END
$$;
-- what a session says was brought along counts for nothing
CREATE FUNCTION forget_brought() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('harbor.brought', '', true);
    RETURN NEW;
END
$$;
CREATE TRIGGER station_a_forget BEFORE UPDATE ON station
    FOR EACH ROW EXECUTE FUNCTION forget_brought();
-- before station_guard, because triggers fire in the order of their names
CREATE TRIGGER station_brings_document BEFORE UPDATE OF document_id ON station
    FOR EACH ROW EXECUTE FUNCTION note_brought('document');
CREATE TRIGGER station_brings_exit_code BEFORE UPDATE OF exit_code ON station
    FOR EACH ROW EXECUTE FUNCTION note_brought('exit_code');
CREATE TRIGGER station_brings_reason BEFORE UPDATE OF state_reason ON station
    FOR EACH ROW EXECUTE FUNCTION note_brought('reason');
CREATE TRIGGER station_brings_survivor BEFORE UPDATE OF merged_into ON station
    FOR EACH ROW EXECUTE FUNCTION note_brought('survivor');
CREATE TRIGGER station_brings_until BEFORE UPDATE OF state_until ON station
    FOR EACH ROW EXECUTE FUNCTION note_brought('until');

CREATE OR REPLACE FUNCTION guard_station() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    unknown text;
    brought text[] := string_to_array(coalesce(current_setting('harbor.brought', true), ''), ' ');
BEGIN
    PERFORM set_config('harbor.brought', '', true);
    SELECT s INTO unknown FROM unnest(NEW.services) s
        WHERE NOT EXISTS (SELECT FROM service WHERE code = s) LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'unknown service %', unknown USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM check_beginning(NEW);
        NEW.revision := 1;
        NEW.state_since := clock_timestamp();
        RETURN NEW;
    END IF;
    IF OLD.code IS NOT NULL AND NEW.code IS DISTINCT FROM OLD.code THEN
        RAISE EXCEPTION 'a number is issued once' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.code IS DISTINCT FROM OLD.code AND NOT acts_as_operator() THEN
        RAISE EXCEPTION 'a number is issued at approval and not given by hand'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> OLD.state THEN
        NEW := check_station_move(OLD, NEW, brought);
    ELSIF NOT acts_as_operator() THEN
        PERFORM check_station_rest(OLD, NEW);
    END IF;
    NEW := check_station_edit(OLD, NEW);
    NEW.changed_at := clock_timestamp();
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END
$$;

CREATE FUNCTION check_beginning(new_row station) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM station_state WHERE state = new_row.state AND initial) THEN
        RAISE EXCEPTION 'a station cannot begin as %', new_row.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF acts_as_operator() THEN
        RETURN;
    END IF;
    IF new_row.state <> 'draft' OR new_row.code IS NOT NULL OR new_row.verified THEN
        RAISE EXCEPTION 'a record begins as a draft without a number'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT acting_roles(new_row.union_id) && ARRAY['union_staff', 'city_admin'] THEN
        RAISE EXCEPTION 'only staff of the union may enter its stations'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- what a move brought along stays until the next one, and who may write nothing saves nothing
CREATE FUNCTION check_station_rest(old_row station, new_row station) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (new_row.state_reason, new_row.state_until, new_row.exit_code, new_row.document_id,
        new_row.merged_into) IS DISTINCT FROM (old_row.state_reason, old_row.state_until,
        old_row.exit_code, old_row.document_id, old_row.merged_into) THEN
        RAISE EXCEPTION 'reason, dates and documents of a state change with a move alone'
            USING ERRCODE = 'check_violation';
    END IF;
    IF new_row IS NOT DISTINCT FROM old_row AND NOT EXISTS (
        SELECT FROM role r WHERE r.writes AND r.role = ANY (acting_roles(old_row.union_id))
    ) THEN
        RAISE EXCEPTION 'only who may write records of the union may save them'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

CREATE FUNCTION check_station_move(old_row station, new_row station, brought text[])
RETURNS station LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    move station_move;
    actor bigint := acting_user();
    missing text;
BEGIN
    SELECT * INTO move FROM station_move
        WHERE origin = old_row.state AND target = new_row.state;
    IF move IS NULL THEN
        RAISE EXCEPTION 'a station that is % cannot become %', old_row.state, new_row.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() THEN
        IF NOT acting_roles(old_row.union_id) && move.roles THEN
            RAISE EXCEPTION 'to % takes one of the roles % in the scope of the union',
                move.action, move.roles USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF 'document' = ANY (brought) AND new_row.document_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM document d WHERE d.id = new_row.document_id
            AND (d.union_id IS NULL OR d.union_id = ANY (acting_unions()) OR acts_everywhere())
        ) THEN
            RAISE EXCEPTION 'the document belongs to another union'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF ('submitter' = ANY (move.not_by) AND old_row.submitted_by = actor)
            OR ('reviewer' = ANY (move.not_by) AND old_row.reviewed_by = actor) THEN
            RAISE EXCEPTION 'to % takes another person than made the step before', move.action
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    SELECT need INTO missing FROM unnest(move.needs) need WHERE CASE need
        WHEN 'place' THEN new_row.place IS NULL
        WHEN 'union' THEN new_row.union_id IS NULL
        WHEN 'reason' THEN trim(new_row.state_reason) = '' OR need <> ALL (brought)
        WHEN 'until' THEN new_row.state_until IS NULL OR need <> ALL (brought)
            OR new_row.state_until < current_date
        WHEN 'exit_code' THEN new_row.exit_code IS NULL OR need <> ALL (brought)
        WHEN 'document' THEN new_row.document_id IS NULL OR need <> ALL (brought)
        WHEN 'survivor' THEN new_row.merged_into IS NULL OR new_row.merged_into = new_row.id
            OR NOT EXISTS (SELECT FROM station s JOIN station_state t USING (state)
                           WHERE s.id = new_row.merged_into AND t.public)
        ELSE true
    END LIMIT 1;
    IF missing IS NOT NULL AND NOT acts_as_operator() THEN
        RAISE EXCEPTION 'to % needs: %', move.action, missing USING ERRCODE = 'check_violation';
    END IF;
    new_row.state_since := clock_timestamp();
    -- the last document stays named; the rest belongs to one state
    IF 'reason' <> ALL (brought) THEN
        new_row.state_reason := '';
    END IF;
    IF 'until' <> ALL (brought) OR 'until' <> ALL (move.needs) THEN
        new_row.state_until := NULL;
    END IF;
    IF 'exit_code' <> ALL (brought) OR 'exit_code' <> ALL (move.needs) THEN
        new_row.exit_code := NULL;
    END IF;
    IF 'survivor' <> ALL (move.needs) THEN
        new_row.merged_into := NULL;
    END IF;
    CASE move.target
        WHEN 'submitted' THEN
            new_row.submitted_by := actor;
            new_row.reviewed_by := NULL;
        WHEN 'reviewed' THEN new_row.reviewed_by := actor;
        ELSE NULL;
    END CASE;
    IF move.action = 'approve' THEN
        new_row.approved_by := actor;
        IF new_row.code IS NULL THEN
            new_row.code := issue_number(new_row.union_id);
        END IF;
    END IF;
    RETURN new_row;
END
$$;

CREATE FUNCTION check_station_edit(old_row station, new_row station) RETURNS station
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before jsonb := core_facts(old_row);
    after jsonb := core_facts(new_row);
    asked change_request;
    changed text[];
BEGIN
    IF acts_as_operator() THEN
        RETURN new_row;
    END IF;
    IF new_row.change_request_id IS DISTINCT FROM old_row.change_request_id AND (
        before = after
        OR NOT EXISTS (SELECT FROM station_state WHERE state = old_row.state AND locked)
    ) THEN
        RAISE EXCEPTION 'a change request is named with the change it asks for'
            USING ERRCODE = 'check_violation';
    END IF;
    IF before = after THEN
        RETURN new_row;
    END IF;
    IF NOT EXISTS (SELECT FROM station_state WHERE state = old_row.state AND locked) THEN
        IF NOT EXISTS (SELECT FROM station_state
                       WHERE state = old_row.state AND state IN ('draft', 'returned')) THEN
            RAISE EXCEPTION 'the facts of a station that is % stay as they are', old_row.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF NOT (acting_roles(old_row.union_id) && ARRAY['union_staff', 'city_admin']
                AND acting_roles(new_row.union_id) && ARRAY['union_staff', 'city_admin']) THEN
            RAISE EXCEPTION 'only staff of the union may edit its stations'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN new_row;
    END IF;
    SELECT * INTO asked FROM change_request
        WHERE id = new_row.change_request_id AND station_id = new_row.id AND state = 'open'
        FOR UPDATE;
    SELECT array_agg(key) INTO changed FROM jsonb_each(after) WHERE before -> key <> value;
    IF asked IS NULL OR NOT asked.changes ?& changed OR asked.changes IS DISTINCT FROM (
        SELECT jsonb_object_agg(key, after -> key) FROM jsonb_object_keys(asked.changes) key
    ) THEN
        RAISE EXCEPTION 'approved facts are locked: ask for a change (%)', changed
            USING ERRCODE = 'check_violation';
    END IF;
    IF asked.requested_by IS NULL OR asked.requested_by = acting_user() THEN
        RAISE EXCEPTION 'to accept a change takes another person than asked for it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT acting_roles(old_row.union_id) && ARRAY['reviewer', 'city_admin'] THEN
        RAISE EXCEPTION 'only a reviewer may accept a change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE change_request SET state = 'accepted', decided_by = acting_user(),
        decided_at = clock_timestamp() WHERE id = asked.id;
    RETURN new_row;
END
$$;

-- who asks and who decides are facts, not claims
CREATE FUNCTION guard_change_request() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    owner bigint;
    found station;
    unfit text;
BEGIN
    -- acceptance comes with the change itself, from the trigger on station
    IF acts_as_operator() OR (pg_trigger_depth() > 1 AND TG_OP = 'UPDATE'
                              AND OLD.state = 'open' AND NEW.state = 'accepted') THEN
        RETURN NEW;
    END IF;
    SELECT * INTO found FROM station WHERE id = NEW.station_id;
    owner := found.union_id;
    IF TG_OP = 'INSERT' THEN
        NEW.requested_by := acting_user();
        NEW.requested_at := clock_timestamp();
        IF NEW.state <> 'open' OR NOT acting_roles(owner) && ARRAY['union_staff', 'city_admin'] THEN
            RAISE EXCEPTION 'only staff of the union may ask for a change'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF NOT EXISTS (SELECT FROM station_state WHERE state = found.state AND locked) THEN
            RAISE EXCEPTION 'the facts of a station that is % are not asked to be changed',
                found.state USING ERRCODE = 'check_violation';
        END IF;
        SELECT key INTO unfit FROM jsonb_each(NEW.changes)
            WHERE value IS NOT DISTINCT FROM core_facts(found) -> key
               OR NOT core_facts(found) ? key LIMIT 1;
        IF unfit IS NOT NULL THEN
            RAISE EXCEPTION 'a change of % changes nothing that is locked', unfit
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.revision := found.revision;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' OR NEW.state NOT IN ('refused', 'withdrawn')
        OR (NEW.station_id, NEW.revision, NEW.changes, NEW.reason, NEW.requested_at)
            IS DISTINCT FROM (OLD.station_id, OLD.revision, OLD.changes, OLD.reason, OLD.requested_at)
        OR NEW.requested_by IS DISTINCT FROM OLD.requested_by THEN
        RAISE EXCEPTION 'a change request is refused or withdrawn, or accepted with the change itself'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'withdrawn' AND OLD.requested_by IS DISTINCT FROM acting_user()
        OR NEW.state = 'refused'
            AND NOT acting_roles(owner) && ARRAY['reviewer', 'city_admin'] THEN
        RAISE EXCEPTION 'who asked withdraws, a reviewer refuses'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.decided_by := acting_user();
    NEW.decided_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER change_request_guard BEFORE INSERT OR UPDATE ON change_request
    FOR EACH ROW EXECUTE FUNCTION guard_change_request();

CREATE FUNCTION guard_document() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF acts_as_operator() THEN
        RETURN NEW;
    END IF;
    IF NOT acting_roles(NEW.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin'] THEN
        RAISE EXCEPTION 'only who decides for a union may record its documents'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.recorded_by := acting_user();
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER document_guard BEFORE INSERT ON document
    FOR EACH ROW EXECUTE FUNCTION guard_document();

-- called by the guards alone: by hand they would take a number or accept a change for nothing
REVOKE EXECUTE ON FUNCTION check_beginning(station), check_station_rest(station, station),
    check_station_move(station, station, text[]), check_station_edit(station, station) FROM PUBLIC;

-- History and audit -----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION station_facts(s station) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(s) - ARRAY['id', 'state', 'verified', 'place', 'union_id', 'created_at',
                               'changed_at', 'batch_id', 'batch_row', 'revision']
$$;

CREATE OR REPLACE FUNCTION record_station_version() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last station_version;
    moment timestamptz;
    moved text;
BEGIN
    SELECT * INTO last FROM station_version WHERE station_id = NEW.id ORDER BY version DESC LIMIT 1;
    -- a clock that was set back must not tear the history
    moment := greatest(clock_timestamp(), last.valid_from);
    UPDATE station_version SET valid_to = moment WHERE station_id = NEW.id AND valid_to IS NULL;
    INSERT INTO station_version (station_id, version, valid_from, state, verified, place, union_id,
                                 facts, actor_id, revision, request_id)
        VALUES (NEW.id, coalesce(last.version, 0) + 1, moment, NEW.state, NEW.verified, NEW.place,
                NEW.union_id, station_facts(NEW), acting_user(), NEW.revision, acting_request());
    -- what the operator does in bulk is one event of its own
    IF acts_as_operator() THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state THEN
        SELECT action INTO moved FROM station_move
            WHERE origin = OLD.state AND target = NEW.state;
    END IF;
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        'station.' || coalesce(moved, CASE TG_OP WHEN 'INSERT' THEN 'enter' ELSE 'edit' END),
        'station ' || NEW.id,
        jsonb_strip_nulls(jsonb_build_object(
            'revision', NEW.revision, 'state', NEW.state, 'code', NEW.code,
            'reason', nullif(NEW.state_reason, ''), 'until', NEW.state_until,
            'exit_code', NEW.exit_code, 'document', NEW.document_id,
            'change_request', CASE WHEN TG_OP = 'UPDATE'
                AND NEW.change_request_id IS DISTINCT FROM OLD.change_request_id
                THEN NEW.change_request_id END)),
        acting_user(), acting_request());
    RETURN NULL;
END
$$;

-- an event that is no change of a row: in a shell nobody writes the audit by hand
CREATE FUNCTION record_event(event text, about text, told jsonb) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    recorded bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM application_login WHERE name = session_user) THEN
        RAISE EXCEPTION 'the audit is not written by hand' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES (event, about, told, acting_user(), acting_request()) RETURNING id INTO recorded;
    RETURN recorded;
END
$$;

-- the names of those who had to do with a station, for who sees its record whole
CREATE FUNCTION station_people(of_station bigint) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, coalesce(nullif(p.full_name, ''), p.name) FROM user_account p
    WHERE EXISTS (SELECT FROM station s WHERE s.id = of_station
                  AND (s.union_id = ANY (acting_unions()) OR acts_everywhere()
                       OR acts_as_operator()))
      AND (p.id IN (SELECT v.actor_id FROM station_version v WHERE v.station_id = of_station)
           OR p.id IN (SELECT unnest(ARRAY[c.requested_by, c.decided_by]) FROM change_request c
                       WHERE c.station_id = of_station))
$$;

-- Rights of rows --------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA public TO harbor_public, harbor_staff, harbor_admin;
GRANT SELECT ON service, station_state, station_move, exit_reason, role, union_body, district, public_station,
    scope, demand_layer, network, basemap_feature, coverage_run, document
    TO harbor_staff, harbor_admin;
GRANT SELECT ON station, station_version, station_alias, change_request
    TO harbor_staff, harbor_admin;
GRANT SELECT ON audit_event TO harbor_staff, harbor_admin;
GRANT SELECT (id, name, full_name, disabled_at) ON user_account TO harbor_staff, harbor_admin;
GRANT INSERT (state, name, name_en, place, source_datum, source_longitude, source_latitude, address,
              area_name, services, hours, hours_text, door, host_name, host_kind, union_id),
      UPDATE (state, name, name_en, place, source_datum, source_longitude, source_latitude, address,
              area_name, services, hours, hours_text, door, host_name, host_kind, union_id,
              state_reason, state_until, exit_code, document_id, merged_into, change_request_id)
    ON station TO harbor_staff, harbor_admin;
GRANT INSERT (station_id, revision, changes, reason), UPDATE (state, decision)
    ON change_request TO harbor_staff, harbor_admin;
GRANT INSERT (number, title, dated, union_id) ON document TO harbor_staff, harbor_admin;
GRANT EXECUTE ON FUNCTION acting_user(), acting_request(), acts_as_operator(), acting_roles(bigint), acting_unions(),
    acts_everywhere() TO harbor_staff, harbor_admin, harbor_public;

ALTER TABLE station ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE change_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_account ENABLE ROW LEVEL SECURITY;

-- functions in sub-selects are called once a statement, not once a row
CREATE POLICY station_of_scope ON station TO harbor_staff, harbor_admin
    USING (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()))
    WITH CHECK (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()));
CREATE POLICY station_open ON station FOR SELECT TO harbor_staff, harbor_admin
    USING (state IN (SELECT s.state FROM station_state s WHERE s.public));
-- who owns the record now sees what was before, and who owned it what was then
CREATE POLICY version_of_scope ON station_version FOR SELECT TO harbor_staff, harbor_admin
    USING (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere())
           OR EXISTS (SELECT FROM station s WHERE s.id = station_id
                      AND s.union_id = ANY ((SELECT acting_unions())::bigint[])));
CREATE POLICY alias_of_scope ON station_alias FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id));
CREATE POLICY change_of_scope ON change_request TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id
                   AND (s.union_id = ANY ((SELECT acting_unions())::bigint[])
                        OR (SELECT acts_everywhere()))))
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id
                   AND (s.union_id = ANY ((SELECT acting_unions())::bigint[])
                        OR (SELECT acts_everywhere()))));
CREATE POLICY audit_of_auditors ON audit_event FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acting_roles(NULL)) && ARRAY['auditor', 'city_admin']);
CREATE POLICY document_of_scope ON document TO harbor_staff, harbor_admin
    USING (union_id IS NULL OR union_id = ANY ((SELECT acting_unions())::bigint[])
           OR (SELECT acts_everywhere()))
    WITH CHECK (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()));
CREATE POLICY account_of_oneself ON user_account FOR SELECT TO harbor_staff, harbor_admin
    USING (id = (SELECT acting_user())
           OR (SELECT acting_roles(NULL)) && ARRAY['auditor', 'city_admin']);
