-- Lists of stations: staged, entered as a batch, undone as one; long work with progress.

-- Batches ---------------------------------------------------------------------------------------

ALTER TABLE import_batch
    ADD COLUMN union_id bigint REFERENCES union_body,
    ADD COLUMN cut_over boolean NOT NULL DEFAULT false,
    ADD COLUMN document_id bigint REFERENCES document,
    ADD COLUMN made_by bigint REFERENCES user_account,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN undone_at timestamptz,
    ADD COLUMN undone_by bigint REFERENCES user_account;
COMMENT ON COLUMN import_batch.cut_over IS
    'existing stations, entered straight as active and not yet verified';
-- a list that was undone may come again, and two unions may send the same one
DROP INDEX import_batch_digest;
CREATE UNIQUE INDEX import_batch_digest ON import_batch (file_digest, union_id)
    NULLS NOT DISTINCT WHERE undone_at IS NULL;

CREATE FUNCTION guard_import_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    takes text[] := ARRAY['union_staff', 'city_admin'];
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.counts IS DISTINCT FROM OLD.counts THEN
        NEW.closed_at := coalesce(OLD.closed_at, clock_timestamp());
    END IF;
    IF acts_as_operator() THEN
        RETURN NEW;
    END IF;
    IF NEW.cut_over THEN
        takes := ARRAY['city_admin'];
    END IF;
    IF NOT acting_roles(NEW.union_id) && takes THEN
        RAISE EXCEPTION 'a list for the union takes one of the roles %', takes
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.cut_over AND NEW.document_id IS NULL THEN
            RAISE EXCEPTION 'a cut-over needs a document number' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.document_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM document d WHERE d.id = NEW.document_id
            AND (d.union_id IS NULL OR d.union_id = ANY (acting_unions()) OR acts_everywhere())
        ) THEN
            RAISE EXCEPTION 'the document belongs to another union'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        NEW.made_by := acting_user();
        NEW.imported_at := clock_timestamp();
    ELSIF OLD.undone_at IS NOT NULL THEN
        RAISE EXCEPTION 'the batch was undone' USING ERRCODE = 'check_violation';
    ELSIF NEW.undone_at IS NOT NULL THEN
        IF EXISTS (SELECT FROM station s WHERE s.batch_id = NEW.id
                   AND s.state NOT IN ('discarded', 'exited', 'merged')) THEN
            RAISE EXCEPTION 'stations of the batch are still there'
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.undone_at := clock_timestamp();
        NEW.undone_by := acting_user();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER import_batch_guard BEFORE INSERT OR UPDATE ON import_batch
    FOR EACH ROW EXECUTE FUNCTION guard_import_batch();

GRANT SELECT ON import_batch TO harbor_staff, harbor_admin;
GRANT INSERT (file_name, file_digest, datum, document_number, union_id, cut_over, document_id),
      UPDATE (counts, undone_at) ON import_batch TO harbor_staff, harbor_admin;
ALTER TABLE import_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY batch_of_scope ON import_batch TO harbor_staff, harbor_admin
    USING (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()))
    WITH CHECK (union_id = ANY ((SELECT acting_unions())::bigint[])
                OR (SELECT acts_everywhere()));

-- whether this very list was imported already, by whomever
CREATE FUNCTION batch_of_digest(digest text, of_union bigint) RETURNS bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM import_batch WHERE file_digest = digest AND undone_at IS NULL
        AND union_id IS NOT DISTINCT FROM of_union
$$;

-- stations of a batch beside which somebody has put something since
CREATE FUNCTION batch_stations_added_to(of_batch bigint) RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.id FROM station s JOIN import_batch b ON b.id = s.batch_id
    WHERE b.id = of_batch
      AND (EXISTS (SELECT FROM keeper k WHERE k.station_id = s.id AND k.added_at > b.closed_at)
           OR EXISTS (SELECT FROM station_photo p WHERE p.station_id = s.id
                      AND p.made_at > b.closed_at))
$$;
REVOKE EXECUTE ON FUNCTION batch_of_digest(text, bigint), batch_stations_added_to(bigint)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION batch_of_digest(text, bigint), batch_stations_added_to(bigint)
    TO harbor_staff, harbor_admin;

-- Stations of a batch -----------------------------------------------------------------------------

GRANT INSERT (batch_id, batch_row) ON station TO harbor_staff, harbor_admin;
CREATE UNIQUE INDEX station_batch_row ON station (batch_id, batch_row)
    WHERE batch_id IS NOT NULL AND batch_row IS NOT NULL;

-- the batch by whose right the acting person enters a station as active
CREATE FUNCTION cut_over_of(new_row station) RETURNS import_batch LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT b FROM import_batch b
    WHERE b.id = new_row.batch_id AND b.cut_over AND b.undone_at IS NULL
      AND b.made_by = acting_user() AND b.document_id IS NOT NULL
      AND new_row.state = 'active' AND NOT new_row.verified AND new_row.place IS NOT NULL
      AND new_row.union_id IS NOT NULL
      AND 'city_admin' = ANY (acting_roles(new_row.union_id))
$$;

-- fires before station_guard, which looks at what this has written
CREATE FUNCTION guard_batch_station() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    batch import_batch;
BEGIN
    IF acts_as_operator() OR NEW.batch_id IS NULL THEN
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
CREATE TRIGGER station_batch_guard BEFORE INSERT ON station
    FOR EACH ROW EXECUTE FUNCTION guard_batch_station();

CREATE OR REPLACE FUNCTION check_beginning(new_row station) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    batch import_batch;
BEGIN
    IF NOT EXISTS (SELECT FROM station_state WHERE state = new_row.state AND initial) THEN
        RAISE EXCEPTION 'a station cannot begin as %', new_row.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF acts_as_operator() THEN
        RETURN;
    END IF;
    batch := cut_over_of(new_row);
    IF batch.id IS NOT NULL THEN
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
REVOKE EXECUTE ON FUNCTION cut_over_of(station), check_beginning(station) FROM PUBLIC;

-- the old numbers that a list brings along
GRANT INSERT (station_id, kind, value) ON station_alias TO harbor_staff, harbor_admin;
CREATE POLICY alias_of_batch ON station_alias FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK (kind = 'number' AND EXISTS (
        SELECT FROM station s JOIN import_batch b ON b.id = s.batch_id
        WHERE s.id = station_id AND s.revision = 1 AND b.made_by = (SELECT acting_user())
          AND b.undone_at IS NULL));

-- a register is real from the first list on
CREATE FUNCTION claim_register() RETURNS text LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    UPDATE register SET kind = 'real' WHERE kind = 'empty' AND acts_in_application();
    SELECT kind FROM register;
$$;
REVOKE EXECUTE ON FUNCTION claim_register() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_register() TO harbor_staff, harbor_admin;

-- Staged lists -----------------------------------------------------------------------------------

-- a list on its way in: what it holds is sealed under a key of its own, which is sealed under
-- the one outside the database and destroyed with the list
CREATE TABLE staged_import (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES user_account ON DELETE CASCADE,
    union_id bigint REFERENCES union_body,
    file_name text NOT NULL CHECK (file_name <> '' AND length(file_name) <= 200),
    file_digest text NOT NULL,
    wrapped_key bytea,
    content bytea,
    plan jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(plan) = 'object'),
    state text NOT NULL DEFAULT 'columns'
        CHECK (state IN ('columns', 'rows', 'done', 'undone')),
    counts jsonb NOT NULL DEFAULT '{}',
    batch_id bigint REFERENCES import_batch,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    CHECK ((content IS NULL) OR (wrapped_key IS NOT NULL))
);
ALTER TABLE staged_import ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX staged_import_user ON staged_import (user_id, made_at);
CREATE INDEX staged_import_expiry ON staged_import (expires_at);
COMMENT ON COLUMN staged_import.union_id IS 'null if each row names its own union';
COMMENT ON COLUMN staged_import.plan IS
    'sheet, datum, what each column means, documents; never a cell of the list';

CREATE TABLE staged_row (
    import_id bigint NOT NULL REFERENCES staged_import ON DELETE CASCADE,
    number integer NOT NULL,
    position integer NOT NULL,
    sealed bytea NOT NULL,
    personal bytea,
    severity text NOT NULL CHECK (severity IN ('error', 'warning', 'clean')),
    marks text[] NOT NULL DEFAULT '{}',
    choice text CHECK (choice IN ('enter', 'skip', 'update')),
    hours_key bytea,
    hours_confirmed boolean NOT NULL DEFAULT false,
    station_id bigint REFERENCES station ON DELETE SET NULL,
    PRIMARY KEY (import_id, number)
);
COMMENT ON COLUMN staged_row.marks IS
    'what the rows are filtered by: hours, phones, masked, district, water, far, duplicate, present';
COMMENT ON COLUMN staged_row.choice IS 'null while somebody has to decide about a likely duplicate';

CREATE FUNCTION guard_staged_import() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    IF acts_as_operator() THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.user_id := acting_user();
        NEW.made_at := clock_timestamp();
        NEW.expires_at := least(NEW.expires_at, clock_timestamp() + interval '60 days');
    END IF;
    -- who may enter nothing stages nothing
    IF NOT acting_roles(NEW.union_id) && ARRAY['union_staff', 'city_admin'] THEN
        RAISE EXCEPTION 'only staff of the union may bring lists for it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER staged_import_guard BEFORE INSERT OR UPDATE ON staged_import
    FOR EACH ROW EXECUTE FUNCTION guard_staged_import();

ALTER TABLE staged_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE staged_row ENABLE ROW LEVEL SECURITY;
-- what is on its way is seen by who brought it, and by nobody else
CREATE POLICY staged_by_oneself ON staged_import TO harbor_staff, harbor_admin
    USING (user_id = (SELECT acting_user())) WITH CHECK (user_id = (SELECT acting_user()));
CREATE POLICY row_by_oneself ON staged_row TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM staged_import i WHERE i.id = import_id))
    WITH CHECK (EXISTS (SELECT FROM staged_import i WHERE i.id = import_id));
GRANT SELECT, DELETE ON staged_import, staged_row TO harbor_staff, harbor_admin;
GRANT INSERT (user_id, union_id, file_name, file_digest, wrapped_key, content, plan, expires_at),
      UPDATE (union_id, wrapped_key, content, plan, state, counts, batch_id)
    ON staged_import TO harbor_staff, harbor_admin;
GRANT INSERT, UPDATE (sealed, personal, severity, marks, choice, hours_key, hours_confirmed, station_id)
    ON staged_row TO harbor_staff, harbor_admin;

-- a person of a list who cannot be a keeper yet: sealed under a key of one's own until staff
-- complete it, and erased when nobody does
CREATE TABLE import_contact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    batch_id bigint REFERENCES import_batch,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('mobile', 'landline', 'none')),
    lacks text[] NOT NULL DEFAULT '{}',
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX import_contact_station ON import_contact (station_id);
CREATE INDEX import_contact_batch ON import_contact (batch_id);
CREATE INDEX import_contact_expiry ON import_contact (expires_at);
CREATE FUNCTION guard_import_contact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() AND NOT acting_roles(
        (SELECT union_id FROM station WHERE id = coalesce(NEW.station_id, OLD.station_id))
    ) && ARRAY['union_staff', 'city_admin'] THEN
        RAISE EXCEPTION 'only staff of the union may name people of its stations'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER import_contact_guard BEFORE INSERT OR DELETE ON import_contact
    FOR EACH ROW EXECUTE FUNCTION guard_import_contact();
ALTER TABLE import_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY contact_of_scope ON import_contact TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id
                   AND (s.union_id = ANY ((SELECT acting_unions())::bigint[])
                        OR (SELECT acts_everywhere()))))
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id
                   AND (s.union_id = ANY ((SELECT acting_unions())::bigint[])
                        OR (SELECT acts_everywhere()))));
GRANT SELECT, DELETE, INSERT (station_id, batch_id, wrapped_key, sealed, kind, lacks, expires_at)
    ON import_contact TO harbor_staff, harbor_admin;

-- what a union's columns meant the last time
CREATE TABLE import_column (
    union_id bigint NOT NULL REFERENCES union_body,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    meaning text NOT NULL,
    noted_by bigint REFERENCES user_account,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (union_id, name)
);
CREATE FUNCTION guard_import_column() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    NEW.noted_by := acting_user();
    NEW.noted_at := clock_timestamp();
    IF NOT acts_as_operator()
        AND NOT acting_roles(NEW.union_id) && ARRAY['union_staff', 'city_admin'] THEN
        RAISE EXCEPTION 'only staff of the union may say what its columns mean'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER import_column_guard BEFORE INSERT OR UPDATE ON import_column
    FOR EACH ROW EXECUTE FUNCTION guard_import_column();
ALTER TABLE import_column ENABLE ROW LEVEL SECURITY;
CREATE POLICY column_of_scope ON import_column TO harbor_staff, harbor_admin
    USING (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()))
    WITH CHECK (union_id = ANY ((SELECT acting_unions())::bigint[])
                OR (SELECT acts_everywhere()));
GRANT SELECT, INSERT (union_id, name, meaning), UPDATE (meaning) ON import_column
    TO harbor_staff, harbor_admin;

-- Work in the background -------------------------------------------------------------------------

-- what people see of it; the row makes the job in its own transaction, as who asks and no other
CREATE TABLE background_job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind ~ '^[a-z]+\.[a-z_]+$'),
    subject bigint,
    user_id bigint REFERENCES user_account ON DELETE CASCADE,
    request_id text,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'working', 'done', 'failed', 'cancelled')),
    doing text NOT NULL DEFAULT '',
    doing_en text NOT NULL DEFAULT '',
    share real NOT NULL DEFAULT 0 CHECK (share BETWEEN 0 AND 1),
    attempts integer NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    begun_at timestamptz,
    ended_at timestamptz,
    cancel_asked_at timestamptz,
    problem text NOT NULL DEFAULT '',
    problem_en text NOT NULL DEFAULT ''
);
CREATE INDEX background_job_user ON background_job (user_id, made_at);
-- of one thing only one is under way
CREATE UNIQUE INDEX background_job_open ON background_job (kind, subject)
    WHERE state IN ('waiting', 'working');
COMMENT ON TABLE background_job IS 'never holds personal data: a kind, the id of what it is about';

CREATE FUNCTION guard_background_job() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF acts_as_operator() THEN
        RETURN NEW;
    END IF;
    IF NOT acts_in_application() THEN
        RAISE EXCEPTION 'work is asked for in the application'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.user_id := acting_user();
        NEW.request_id := acting_request();
        NEW.made_at := clock_timestamp();
    ELSE
        NEW.cancel_asked_at := coalesce(OLD.cancel_asked_at, clock_timestamp());
        -- what nobody has begun is over at once
        IF OLD.state = 'waiting' THEN
            NEW.state := 'cancelled';
            NEW.ended_at := clock_timestamp();
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER background_job_guard BEFORE INSERT OR UPDATE ON background_job
    FOR EACH ROW EXECUTE FUNCTION guard_background_job();

-- nobody else has a right on the queue: who could write it could let a job act as another person
CREATE FUNCTION defer_background_job() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args) VALUES (
        'harbor', NEW.kind, NEW.kind || ':' || coalesce(NEW.subject, 0),
        jsonb_build_object('job', NEW.id, 'user', NEW.user_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER background_job_defer AFTER INSERT ON background_job
    FOR EACH ROW EXECUTE FUNCTION defer_background_job();

ALTER TABLE background_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY job_of_oneself ON background_job TO harbor_staff, harbor_admin
    USING (user_id = (SELECT acting_user())) WITH CHECK (user_id = (SELECT acting_user()));
CREATE POLICY job_of_admins ON background_job FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acting_roles(NULL)) && ARRAY['auditor', 'city_admin']);
GRANT SELECT, INSERT (kind, subject), UPDATE (cancel_asked_at) ON background_job
    TO harbor_staff, harbor_admin;
