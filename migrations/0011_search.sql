-- Finding stations: a search text with readings, indexes of lists and of the audit, views kept.

-- What was measured with 50,000 stations and 600,000 versions, and what was decided:
-- * Under row-level security an index serves a condition only if its operator is leakproof.
--   LIKE, && and @> are not, =, <, starts_with and their like are. Marking them LEAKPROOF takes a
--   superuser, whom an external database does not lend us. So what needs such an index is a
--   definer function that applies the scope itself and returns ids alone; the rows behind the ids
--   are read under the policies, which have the last word. There is one: staff_search.
-- * Lists are not helped by indexes on what they are sorted by: a scan of all records under the
--   policies takes 28 ms, and the list counts what it found anyway. Every index that nobody needs
--   makes saving slower, so there is none.
-- * Two Chinese signs hold no trigram, and most searches are two or three signs long. Compared
--   byte by byte (COLLATE "C") a scan of all search texts takes 11 ms instead of 70.
-- * The functions of the policies are asked by every statement of staff, some several times. In
--   SQL each was planned at every call, 1 to 3 ms; in PL/pgSQL once a session, then 0.2 ms.

-- Search text -----------------------------------------------------------------------------------

-- without a policy because nobody but the owner reads it: staff ask staff_search
CREATE TABLE station_search (
    station_id bigint PRIMARY KEY REFERENCES station ON DELETE CASCADE,
    words text COLLATE "C" NOT NULL,
    named text NOT NULL,
    is_read boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN station_search.words IS
    'what a station is found by, a line each, in lower case; readings come last, once is_read';
COMMENT ON COLUMN station_search.named IS 'what is found by its reading, too: names of then and now';
COMMENT ON COLUMN station_search.is_read IS
    'whether the application has put pinyin to it, in full and by initials';
CREATE INDEX station_search_words ON station_search USING gin (words gin_trgm_ops);
CREATE INDEX station_search_unread ON station_search (station_id) WHERE NOT is_read;

CREATE FUNCTION write_search(of_station bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    INSERT INTO station_search (station_id, words, named)
    SELECT s.id,
           lower(normalize(concat_ws(E'\n', s.name, s.name_en, s.address, s.area_name, s.host_name,
               s.host_credit_code, s.code, a.written,
               regexp_replace(a.written, '[ .·_−―‐‑‒–—-]+', '', 'g')), NFKC)),
           concat_ws(E'\n', s.name, a.names)
    FROM station s
    CROSS JOIN LATERAL (
        SELECT string_agg(value, E'\n' ORDER BY value) AS written,
               string_agg(value, E'\n' ORDER BY value) FILTER (WHERE kind = 'name') AS names
        FROM station_alias WHERE station_id = s.id) a
    WHERE s.id = of_station
    ON CONFLICT (station_id) DO UPDATE
        SET words = excluded.words, named = excluded.named, is_read = false
$$;
REVOKE EXECUTE ON FUNCTION write_search(bigint) FROM PUBLIC;

CREATE FUNCTION write_search_of_station() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM write_search(NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER station_write_search AFTER INSERT ON station
    FOR EACH ROW EXECUTE FUNCTION write_search_of_station();
-- compared, not named by UPDATE OF: a number is given by another trigger
CREATE TRIGGER station_write_search_of_change AFTER UPDATE ON station FOR EACH ROW
    WHEN ((OLD.name, OLD.name_en, OLD.address, OLD.area_name, OLD.host_name, OLD.host_credit_code,
           OLD.code) IS DISTINCT FROM (NEW.name, NEW.name_en, NEW.address, NEW.area_name,
           NEW.host_name, NEW.host_credit_code, NEW.code))
    EXECUTE FUNCTION write_search_of_station();

CREATE FUNCTION write_search_of_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM write_search(OLD.station_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM write_search(NEW.station_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_alias_write_search AFTER INSERT OR UPDATE OR DELETE ON station_alias
    FOR EACH ROW EXECUTE FUNCTION write_search_of_alias();

DO $$ BEGIN PERFORM write_search(id) FROM station; END $$;

-- Who acts, planned once a session -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION acting_user() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM application_login WHERE name = session_user) THEN
        RETURN nullif(current_setting('harbor.user', true), '')::bigint;
    END IF;
    RETURN (SELECT id FROM user_account WHERE login_role = session_user AND disabled_at IS NULL);
END
$$;

CREATE OR REPLACE FUNCTION acts_as_operator() RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM application_login WHERE name = session_user)
        AND coalesce(current_setting('role', true), 'none') = 'none'
        AND coalesce(current_setting('harbor.user', true), '') = '';
END
$$;

CREATE OR REPLACE FUNCTION acting_roles(of_union bigint) RETURNS text[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor bigint := acting_user();
BEGIN
    RETURN (WITH RECURSIVE above AS (
        SELECT id, parent_id FROM union_body WHERE id = of_union
        UNION
        SELECT u.id, u.parent_id FROM union_body u JOIN above a ON u.id = a.parent_id
    )
    SELECT coalesce(array_agg(DISTINCT g.role), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = actor AND p.disabled_at IS NULL AND g.station_id IS NULL
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
      AND (g.union_id IS NULL OR g.union_id IN (SELECT id FROM above)));
END
$$;

-- the unions in whose scope the acting person has one of the roles
CREATE FUNCTION acting_unions_as(as_roles text[]) RETURNS bigint[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor bigint := acting_user();
BEGIN
    RETURN (WITH RECURSIVE granted AS (
        SELECT g.union_id FROM user_grant g JOIN user_account p ON p.id = g.user_id
        WHERE g.user_id = actor AND p.disabled_at IS NULL AND g.station_id IS NULL
          AND g.role = ANY (as_roles)
          AND g.valid_from <= clock_timestamp()
          AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
    ), below AS (
        SELECT u.id FROM union_body u
        WHERE u.id IN (SELECT union_id FROM granted)
           OR EXISTS (SELECT FROM granted WHERE union_id IS NULL)
        UNION
        SELECT u.id FROM union_body u JOIN below b ON u.parent_id = b.id
    )
    SELECT coalesce(array_agg(id), '{}') FROM below);
END
$$;

CREATE OR REPLACE FUNCTION acting_unions() RETURNS bigint[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN acting_unions_as((SELECT array_agg(r.role) FROM role r WHERE r.role <> 'planner'));
END
$$;

CREATE OR REPLACE FUNCTION acts_everywhere() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    RETURN acting_roles(NULL)
        && ARRAY['city_admin', 'union_staff', 'reviewer', 'inspector', 'auditor'];
END
$$;

-- as before, with what is true for a whole statement first, and ids that an index gives
ALTER POLICY change_of_scope ON change_request
    USING ((SELECT acts_everywhere()) OR station_id IN (
        SELECT s.id FROM station s WHERE s.union_id = ANY ((SELECT acting_unions())::bigint[])));

-- Search -----------------------------------------------------------------------------------------

-- ids of the stations that the acting person sees and whose search text is like all patterns;
-- one array, because a list is planned anew for the ids that were found
CREATE FUNCTION staff_search(patterns text[]) RETURNS bigint[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    pattern text;
    alike text := '';
    found bigint[];
BEGIN
    -- written into the statement, so that it is planned for these very words
    FOREACH pattern IN ARRAY patterns LOOP
        alike := alike || format(' AND f.words LIKE %L', pattern);
    END LOOP;
    IF alike = '' THEN
        RETURN '{}';
    END IF;
    IF acts_everywhere() OR acts_as_operator() THEN
        EXECUTE 'SELECT array_agg(station_id) FROM station_search f WHERE true' || alike INTO found;
    ELSE
        EXECUTE 'SELECT array_agg(f.station_id) FROM station_search f'
            ' JOIN station s ON s.id = f.station_id WHERE (s.union_id = ANY ($1) OR s.state'
            ' IN (SELECT t.state FROM station_state t WHERE t.public))' || alike
            INTO found USING acting_unions();
    END IF;
    RETURN coalesce(found, '{}');
END
$$;
REVOKE EXECUTE ON FUNCTION acting_unions_as(text[]), staff_search(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting_unions_as(text[]), staff_search(text[])
    TO harbor_staff, harbor_admin;

-- Lists of the past and of the audit --------------------------------------------------------------

CREATE INDEX station_version_union ON station_version (union_id, station_id);
-- few of the versions that ever were are of a state that is looked for
CREATE INDEX station_version_state ON station_version (state, station_id);
-- who entered a station
CREATE INDEX station_version_entered ON station_version (actor_id) WHERE version = 1;
CREATE INDEX audit_event_action ON audit_event (action COLLATE "C", id);
CREATE INDEX audit_event_request ON audit_event (request_id) WHERE request_id IS NOT NULL;

-- Views that people keep ---------------------------------------------------------------------------

CREATE TABLE saved_view (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL DEFAULT acting_user() REFERENCES user_account ON DELETE CASCADE,
    name text NOT NULL CHECK (trim(name) <> '' AND length(name) <= 60),
    query text NOT NULL CHECK (length(query) <= 2000),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (user_id, name)
);
COMMENT ON COLUMN saved_view.query IS 'the query string of the list''s address';
ALTER TABLE saved_view ENABLE ROW LEVEL SECURITY;
CREATE POLICY view_of_oneself ON saved_view TO harbor_staff, harbor_admin
    USING (user_id = (SELECT acting_user())) WITH CHECK (user_id = (SELECT acting_user()));
GRANT SELECT, INSERT (name, query), UPDATE (query), DELETE ON saved_view
    TO harbor_staff, harbor_admin;
