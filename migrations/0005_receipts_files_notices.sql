-- What many parts of the register share: receipts of forms, stored files, notices that go out.

-- what a day is: at eight in the morning of Chongqing, Greenwich is still at the day before;
-- the application writes its setting here when it starts
ALTER TABLE register ADD COLUMN timezone text NOT NULL DEFAULT 'UTC';
CREATE FUNCTION register_today() RETURNS date LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT (now() AT TIME ZONE timezone)::date FROM register
$$;

-- a form that comes twice is answered as it was the first time
CREATE TABLE form_receipt (
    token text NOT NULL CHECK (length(token) BETWEEN 16 AND 100),
    user_id bigint NOT NULL REFERENCES user_account ON DELETE CASCADE,
    location text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, token)
);
CREATE INDEX form_receipt_time ON form_receipt (received_at);

-- photos, scans of documents and agreements: in the database, so that rights, transactions and
-- backups hold for them too
CREATE TABLE stored_file (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    media_type text NOT NULL CHECK (media_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
    content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 20000000),
    digest bytea NOT NULL,
    width integer,
    height integer,
    union_id bigint REFERENCES union_body,
    station_id bigint REFERENCES station ON DELETE CASCADE,
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- what is a compressed format already is not compressed again
ALTER TABLE stored_file ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX stored_file_station ON stored_file (station_id) WHERE station_id IS NOT NULL;

CREATE FUNCTION guard_stored_file() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.station_id IS NOT NULL THEN
        SELECT union_id INTO NEW.union_id FROM station WHERE id = NEW.station_id;
    END IF;
    NEW.digest := sha256(NEW.content);
    NEW.made_by := acting_user();
    NEW.made_at := clock_timestamp();
    IF NOT acts_as_operator() AND NOT EXISTS (
        SELECT FROM role r WHERE r.writes AND r.role = ANY (acting_roles(NEW.union_id))
    ) AND NOT EXISTS (
        SELECT FROM user_grant g WHERE g.user_id = acting_user() AND g.role = 'keeper'
            AND g.station_id = NEW.station_id AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
    ) THEN
        RAISE EXCEPTION 'only who may write records of the union may store files for it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stored_file_guard BEFORE INSERT ON stored_file
    FOR EACH ROW EXECUTE FUNCTION guard_stored_file();

ALTER TABLE stored_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY file_of_scope ON stored_file TO harbor_staff, harbor_admin
    USING (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere())
           OR made_by = (SELECT acting_user()))
    WITH CHECK (true);  -- the guard decides who stores
GRANT SELECT, INSERT (name, media_type, content, width, height, union_id, station_id)
    ON stored_file TO harbor_staff, harbor_admin;

ALTER TABLE document ADD COLUMN file_id bigint REFERENCES stored_file;
GRANT INSERT (file_id), UPDATE (file_id) ON document TO harbor_staff, harbor_admin;

-- what was decided by is not exchanged: a document gets its scan once, from who may record it
CREATE FUNCTION guard_document_scan() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF acts_as_operator() THEN
        RETURN NEW;
    END IF;
    IF NEW.file_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM stored_file f WHERE f.id = NEW.file_id AND f.made_by = acting_user()) THEN
        RAISE EXCEPTION 'a scan is a file that one has stored oneself'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF NOT acting_roles(NEW.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin'] THEN
        RAISE EXCEPTION 'only who decides for a union may give its documents a scan'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.file_id IS NOT NULL OR NEW.file_id IS NULL THEN
        RAISE EXCEPTION 'a document that has its scan keeps it' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES ('document.scan', 'document ' || NEW.id,
                jsonb_build_object('number', NEW.number, 'file', NEW.file_id),
                acting_user(), acting_request());
    RETURN NEW;
END
$$;
CREATE TRIGGER document_scan_guard BEFORE INSERT OR UPDATE ON document
    FOR EACH ROW EXECUTE FUNCTION guard_document_scan();

-- The outbox: one row a person and event, so that nobody is told twice
CREATE TABLE notice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event text NOT NULL CHECK (event <> ''),
    kind text NOT NULL,
    recipient text NOT NULL CHECK (recipient ~ '^(user|keeper):[0-9]+$'),
    station_id bigint REFERENCES station ON DELETE CASCADE,
    says jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(says) = 'object'),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'withdrawn')),
    attempts integer NOT NULL DEFAULT 0,
    carrier text NOT NULL DEFAULT '',
    claimed_at timestamptz,
    sent_at timestamptz,
    answer text NOT NULL DEFAULT '',
    seen_at timestamptz,
    UNIQUE (event, recipient)
);
COMMENT ON COLUMN notice.event IS 'what happened, once: rectification.opened:17, station.returned:42:5';
COMMENT ON COLUMN notice.says IS 'what templates of the kind fill in; never a phone, name or PIN';
CREATE INDEX notice_waiting ON notice (due_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX notice_recipient ON notice (recipient, made_at);
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY notice_of_oneself ON notice FOR SELECT TO harbor_staff, harbor_admin
    USING (recipient = 'user:' || (SELECT acting_user())
           OR (SELECT acting_roles(NULL)) && ARRAY['auditor', 'city_admin']);
-- whoever keeps a union's stations rings up its keepers
CREATE POLICY notice_of_scope ON notice FOR SELECT TO harbor_staff, harbor_admin
    USING (recipient LIKE 'keeper:%' AND EXISTS (
        SELECT FROM station s WHERE s.id = station_id
        AND (s.union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()))));
GRANT SELECT ON notice TO harbor_staff, harbor_admin;

-- by the application alone: in a shell nobody writes to others in its name
CREATE FUNCTION announce_notice(
    happened text, of_kind text, of_station bigint, of_union bigint, to_roles text[],
    to_users bigint[], to_keepers boolean, told jsonb
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    scope bigint := coalesce(of_union, (SELECT union_id FROM station WHERE id = of_station));
    told_now integer;
BEGIN
    IF NOT EXISTS (SELECT FROM application_login WHERE name = session_user) THEN
        RAISE EXCEPTION 'notices are not written by hand' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM union_body WHERE id = scope
        UNION
        SELECT u.id, u.parent_id FROM union_body u JOIN above a ON u.id = a.parent_id
    ), wanted AS (
        SELECT 'user:' || p.id AS recipient FROM user_account p
        WHERE p.disabled_at IS NULL AND (p.id = ANY (to_users) OR EXISTS (
            SELECT FROM user_grant g WHERE g.user_id = p.id AND g.role = ANY (to_roles)
                AND g.station_id IS NULL AND g.valid_from <= clock_timestamp()
                AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
                AND (g.union_id IS NULL OR g.union_id IN (SELECT id FROM above))))
        UNION
        SELECT 'keeper:' || k.id FROM keeper k
        WHERE to_keepers AND k.station_id = of_station AND k.valid_from <= clock_timestamp()
            AND (k.valid_to IS NULL OR k.valid_to > clock_timestamp())
    )
    INSERT INTO notice (event, kind, recipient, station_id, says)
        SELECT happened, of_kind, recipient, of_station, told FROM wanted
        ON CONFLICT (event, recipient) DO NOTHING;
    GET DIAGNOSTICS told_now = ROW_COUNT;
    RETURN told_now;
END
$$;

CREATE FUNCTION see_notices(ids bigint[]) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH seen AS (
        UPDATE notice SET seen_at = clock_timestamp()
        WHERE id = ANY (ids) AND recipient = 'user:' || acting_user() AND seen_at IS NULL
        RETURNING id
    ) SELECT count(*)::integer FROM seen
$$;

-- a call that was made is a delivery; who rang whom is in the audit
CREATE FUNCTION note_call(of_notice bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notice n SET state = 'sent', carrier = 'call', sent_at = clock_timestamp()
    FROM station s
    WHERE n.id = of_notice AND n.recipient LIKE 'keeper:%' AND n.state IN ('waiting', 'failed')
        AND s.id = n.station_id AND EXISTS (
            SELECT FROM role r WHERE r.writes AND r.role = ANY (acting_roles(s.union_id)));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES ('notice.call', 'notice ' || of_notice, '{}', acting_user(), acting_request());
    RETURN true;
END
$$;
