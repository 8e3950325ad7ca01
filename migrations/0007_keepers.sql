-- Keepers: their personal values under a key each, looked up blindly, and their own way in.

-- The key of one keeper, wrapped by the key outside the database. Erasing a keeper is deleting this
-- row: every copy of the sealed values, wherever it is by then, never opens again. A backup holds
-- the wrapped keys of its day; they fall silent when `harbor key rotate` drops what wrapped them.
CREATE TABLE keeper_key (
    id uuid PRIMARY KEY,
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) BETWEEN 40 AND 200),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

UPDATE keeper SET valid_to = greatest(valid_from, valid_to) WHERE valid_to < valid_from;
ALTER TABLE keeper
    -- one that is proposed does not serve yet
    ALTER COLUMN valid_from DROP NOT NULL,
    ADD COLUMN state text NOT NULL DEFAULT 'serving'
        CHECK (state IN ('proposed', 'serving', 'ended', 'refused')),
    ADD COLUMN key_id uuid UNIQUE,
    ADD COLUMN name_sealed bytea,
    ADD COLUMN phone_sealed bytea,
    ADD COLUMN employer_sealed bytea,
    ADD COLUMN masks_sealed bytea,
    ADD COLUMN name_print bytea CHECK (octet_length(name_print) = 32),
    ADD COLUMN phone_print bytea CHECK (octet_length(phone_print) = 32),
    ADD COLUMN consented_on date CHECK (consented_on <= current_date + 1),
    ADD COLUMN replaces bigint REFERENCES keeper ON DELETE SET NULL,
    ADD COLUMN user_id bigint UNIQUE REFERENCES user_account,
    ADD COLUMN added_by bigint REFERENCES user_account,
    ADD COLUMN added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN ended_by bigint REFERENCES user_account,
    ADD COLUMN ended_because text NOT NULL DEFAULT ''
        CHECK (ended_because IN ('', 'handed_over', 'left', 'mistaken', 'refused', 'station_gone')),
    ADD COLUMN erased_at timestamptz;
UPDATE keeper SET state = 'ended' WHERE valid_to IS NOT NULL;
ALTER TABLE keeper
    ADD CONSTRAINT keeper_dates CHECK (valid_to >= valid_from),
    ADD CONSTRAINT keeper_ends CHECK ((state IN ('ended', 'refused')) = (valid_to IS NOT NULL)),
    ADD CONSTRAINT keeper_begins CHECK (state NOT IN ('serving', 'ended') OR valid_from IS NOT NULL),
    ADD CONSTRAINT keeper_silent CHECK (erased_at IS NULL OR num_nonnulls(name_sealed, phone_sealed,
        employer_sealed, masks_sealed, name_print, phone_print) = 0);
COMMENT ON COLUMN keeper.key_id IS
    'the row of keeper_key that opens the sealed values; after an erasure there is none';
COMMENT ON COLUMN keeper.masks_sealed IS
    'what lists show of the values, so that a list never opens the values themselves';
COMMENT ON COLUMN keeper.replaces IS 'whose duty this one takes over';
COMMENT ON COLUMN keeper.user_id IS 'the account of the keeper''s way in, which has no password';
CREATE INDEX keeper_station ON keeper (station_id);
CREATE INDEX keeper_name_print ON keeper (name_print) WHERE name_print IS NOT NULL;
CREATE INDEX keeper_phone_print ON keeper (phone_print) WHERE phone_print IS NOT NULL;
CREATE INDEX keeper_ended ON keeper (valid_to) WHERE erased_at IS NULL AND valid_to IS NOT NULL;
CREATE UNIQUE INDEX keeper_once ON keeper (station_id, phone_print)
    WHERE state IN ('serving', 'proposed') AND phone_print IS NOT NULL;
CREATE UNIQUE INDEX keeper_proposed_once ON keeper (replaces) WHERE state = 'proposed';

-- a keeper's personal link; the token is kept nowhere, its digest alone
CREATE TABLE keeper_link (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    keeper_id bigint NOT NULL REFERENCES keeper ON DELETE CASCADE,
    token_digest bytea NOT NULL UNIQUE CHECK (octet_length(token_digest) = 32),
    pin_hash text NOT NULL,
    issued_by bigint REFERENCES user_account,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at timestamptz,
    revoked_at timestamptz,
    revoked_by bigint REFERENCES user_account
);
CREATE UNIQUE INDEX keeper_link_in_force ON keeper_link (keeper_id) WHERE revoked_at IS NULL;

-- Functions -------------------------------------------------------------------------------------

-- sealing and opening takes the key outside the database: in a shell there is nothing to do here
CREATE FUNCTION acts_in_application() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM application_login l WHERE l.name = session_user)
$$;

CREATE FUNCTION held_keeper(of_keeper bigint, takes text[]) RETURNS keeper LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper;
    owner bigint;
BEGIN
    IF NOT acts_in_application() THEN
        RAISE EXCEPTION 'keepers are not kept by hand' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO held FROM keeper WHERE id = of_keeper FOR UPDATE;
    SELECT union_id INTO owner FROM station WHERE id = held.station_id;
    IF held.id IS NULL
        OR NOT acts_as_operator() AND NOT acting_roles(owner) && takes THEN
        RAISE EXCEPTION 'it takes one of the roles % in the scope of the station''s union', takes
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN held;
END
$$;

CREATE FUNCTION tell_of_keeper(event text, held keeper, told jsonb) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES (event, 'station ' || held.station_id,
                jsonb_strip_nulls(jsonb_build_object('keeper', held.id) || told),
                acting_user(), acting_request())
$$;

-- link, sessions and rights end together
CREATE FUNCTION shut_keeper_out(of_keeper bigint) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    account bigint := (SELECT user_id FROM keeper WHERE id = of_keeper);
    ended integer;
BEGIN
    UPDATE keeper_link SET revoked_at = clock_timestamp(), revoked_by = acting_user()
        WHERE keeper_id = of_keeper AND revoked_at IS NULL;
    GET DIAGNOSTICS ended = ROW_COUNT;
    UPDATE user_session SET ended_at = clock_timestamp()
        WHERE user_id = account AND ended_at IS NULL;
    UPDATE user_grant SET valid_to = greatest(clock_timestamp(), valid_from)
        WHERE user_id = account AND role = 'keeper' AND valid_to IS NULL;
    RETURN ended;
END
$$;

-- the key is what counts; the rest is tidiness, but for the fingerprints, which the key does not cover
CREATE FUNCTION silence_keeper(of_keeper bigint) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM keeper_key WHERE id = (SELECT key_id FROM keeper WHERE id = of_keeper);
    UPDATE keeper SET erased_at = clock_timestamp(), name_sealed = NULL, phone_sealed = NULL,
        employer_sealed = NULL, masks_sealed = NULL, name_print = NULL, phone_print = NULL
        WHERE id = of_keeper AND erased_at IS NULL
$$;

-- a record that is deleted with its station leaves no key behind
CREATE FUNCTION drop_keeper_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM keeper_key WHERE id = OLD.key_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER keeper_drop_key AFTER DELETE ON keeper
    FOR EACH ROW EXECUTE FUNCTION drop_keeper_key();

CREATE FUNCTION close_duty(held keeper, because text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE keeper SET
        state = CASE held.state WHEN 'proposed' THEN 'refused' ELSE 'ended' END,
        valid_to = greatest(clock_timestamp(), valid_from),
        ended_by = acting_user(),
        ended_because = CASE held.state WHEN 'proposed' THEN 'refused' ELSE because END
        WHERE id = held.id;
    PERFORM shut_keeper_out(held.id);
    -- whoever never served, or was entered by mistake, is not kept for a day
    IF held.state = 'proposed' OR because = 'mistaken' THEN
        PERFORM silence_keeper(held.id);
    END IF;
END
$$;

-- staff add a keeper, who serves at once; a keeper proposes who follows
CREATE FUNCTION enter_keeper(
    of_station bigint, replaced bigint, consented date, key uuid, wrapping bytea, its_name bytea,
    its_phone bytea, its_employer bytea, its_masks bytea, print_of_name bytea, print_of_phone bytea
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    station_row station;
    former keeper;
    earlier keeper;
    entered keeper;
    begun text := 'serving';
BEGIN
    IF NOT acts_in_application() THEN
        RAISE EXCEPTION 'keepers are not kept by hand' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO station_row FROM station WHERE id = of_station FOR SHARE;
    SELECT * INTO former FROM keeper WHERE id = replaced FOR UPDATE;
    IF NOT acts_as_operator()
        AND NOT acting_roles(station_row.union_id) && ARRAY['union_staff', 'city_admin'] THEN
        IF former.id IS NULL OR NOT keeps_now(former.id, acting_user()) THEN
            RAISE EXCEPTION 'only staff of the union may name its keepers, and a keeper who follows'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        begun := 'proposed';
    END IF;
    IF station_row.state IN ('exited', 'merged', 'discarded') THEN
        RAISE EXCEPTION 'a station that is % has no keeper any more', station_row.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF replaced IS NOT NULL AND (former.id IS NULL OR former.state <> 'serving'
                                 OR former.station_id <> of_station) THEN
        RAISE EXCEPTION 'whoever hands over serves at the same station'
            USING ERRCODE = 'check_violation';
    END IF;
    IF consented IS NULL THEN
        RAISE EXCEPTION 'a keeper is kept with the day of consent' USING ERRCODE = 'check_violation';
    END IF;
    FOR earlier IN SELECT * FROM keeper WHERE replaces = replaced AND state = 'proposed' FOR UPDATE
    LOOP
        PERFORM close_duty(earlier, 'refused');
        PERFORM tell_of_keeper('keeper.refuse', earlier, '{"because": "another was proposed"}');
    END LOOP;
    INSERT INTO keeper_key (id, wrapped) VALUES (key, wrapping);
    INSERT INTO keeper (station_id, state, valid_from, key_id, name_sealed, phone_sealed,
                        employer_sealed, masks_sealed, name_print, phone_print, consented_on,
                        replaces, added_by)
        VALUES (of_station, begun, CASE begun WHEN 'serving' THEN clock_timestamp() END, key,
                its_name, its_phone, its_employer, its_masks, print_of_name, print_of_phone,
                consented, replaced, acting_user())
        RETURNING * INTO entered;
    PERFORM tell_of_keeper(
        CASE begun WHEN 'proposed' THEN 'keeper.propose' ELSE 'keeper.add' END, entered,
        jsonb_build_object('replaces', replaced, 'consented_on', consented));
    IF begun = 'serving' AND former.id IS NOT NULL THEN
        PERFORM close_duty(former, 'handed_over');
        PERFORM tell_of_keeper('keeper.end', former,
            jsonb_build_object('because', 'handed_over', 'successor', entered.id));
    END IF;
    RETURN entered.id;
END
$$;

-- whether a person keeps his station at this moment, by the account of his link
CREATE FUNCTION keeps_now(of_keeper bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM keeper k JOIN user_grant g ON g.user_id = k.user_id
            AND g.station_id = k.station_id AND g.role = 'keeper'
        JOIN user_account p ON p.id = k.user_id
        WHERE k.id = of_keeper AND k.user_id = person AND k.state = 'serving'
            AND p.disabled_at IS NULL AND g.valid_from <= clock_timestamp()
            AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp()))
$$;

CREATE FUNCTION confirm_keeper(of_keeper bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper := held_keeper(of_keeper, ARRAY['union_staff', 'reviewer', 'city_admin']);
    former keeper;
BEGIN
    IF held.state <> 'proposed' THEN
        RAISE EXCEPTION 'only who was proposed is confirmed' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE keeper SET state = 'serving', valid_from = clock_timestamp() WHERE id = held.id;
    PERFORM tell_of_keeper('keeper.confirm', held, jsonb_build_object('replaces', held.replaces));
    SELECT * INTO former FROM keeper WHERE id = held.replaces AND state = 'serving' FOR UPDATE;
    IF former.id IS NOT NULL THEN
        PERFORM close_duty(former, 'handed_over');
        PERFORM tell_of_keeper('keeper.end', former,
            jsonb_build_object('because', 'handed_over', 'successor', held.id));
    END IF;
END
$$;

CREATE FUNCTION end_keeper(of_keeper bigint, because text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper := held_keeper(of_keeper, ARRAY['union_staff', 'reviewer', 'city_admin']);
BEGIN
    IF held.state NOT IN ('serving', 'proposed') THEN
        RAISE EXCEPTION 'this duty has ended already' USING ERRCODE = 'check_violation';
    END IF;
    -- who reviews answers proposals, and nothing else
    IF held.state = 'serving' THEN
        PERFORM held_keeper(of_keeper, ARRAY['union_staff', 'city_admin']);
    END IF;
    PERFORM close_duty(held, because);
    PERFORM tell_of_keeper(CASE held.state WHEN 'proposed' THEN 'keeper.refuse' ELSE 'keeper.end' END,
        held, jsonb_build_object('because', because));
END
$$;

-- by the operator, when its time has come: nothing that was ever sealed for this keeper opens again
CREATE FUNCTION erase_keeper(of_keeper bigint, because text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper;
BEGIN
    IF NOT acts_as_operator() THEN
        RAISE EXCEPTION 'only the operator erases' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO held FROM keeper WHERE id = of_keeper AND erased_at IS NULL FOR UPDATE;
    IF held.id IS NULL THEN
        RETURN false;
    END IF;
    IF held.state IN ('serving', 'proposed') THEN
        PERFORM close_duty(held, CASE held.state WHEN 'serving' THEN 'station_gone' ELSE 'refused' END);
    END IF;
    PERFORM silence_keeper(held.id);
    PERFORM tell_of_keeper('keeper.erase', held, jsonb_build_object('because', because));
    RETURN true;
END
$$;

-- values that are null stay as they are
CREATE FUNCTION change_keeper(
    of_keeper bigint, its_name bytea, its_phone bytea, its_employer bytea, its_masks bytea,
    print_of_name bytea, print_of_phone bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper := held_keeper(of_keeper, ARRAY['union_staff', 'city_admin']);
BEGIN
    IF held.state NOT IN ('serving', 'proposed') OR held.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'what is kept of a former keeper is not changed'
            USING ERRCODE = 'check_violation';
    END IF;
    UPDATE keeper SET name_sealed = coalesce(its_name, name_sealed),
        phone_sealed = coalesce(its_phone, phone_sealed),
        employer_sealed = coalesce(its_employer, employer_sealed), masks_sealed = its_masks,
        name_print = coalesce(print_of_name, name_print),
        phone_print = coalesce(print_of_phone, phone_print)
        WHERE id = held.id;
    PERFORM tell_of_keeper('keeper.change', held, jsonb_build_object('fields', array_remove(ARRAY[
        CASE WHEN its_name IS NOT NULL THEN 'name' END,
        CASE WHEN its_phone IS NOT NULL THEN 'phone' END,
        CASE WHEN its_employer IS NOT NULL THEN 'employer' END], NULL)));
END
$$;

-- the values themselves: with a reason, so many an hour and person, each an event of the audit
CREATE FUNCTION unmask_keeper(of_keeper bigint, why text, most integer)
RETURNS TABLE (key uuid, wrapped bytea, name bytea, phone bytea, employer bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper := held_keeper(of_keeper,
        ARRAY['union_staff', 'reviewer', 'inspector', 'city_admin']);
    person bigint := acting_user();
    seen timestamptz[];
BEGIN
    IF person IS NULL THEN
        RAISE EXCEPTION 'values are shown to a person' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF trim(why) = '' THEN
        RAISE EXCEPTION 'to see the values takes a reason' USING ERRCODE = 'check_violation';
    END IF;
    -- one after the other, so that many at once do not outrun the count
    PERFORM pg_advisory_xact_lock(hashtext('keeper.unmask'), (person % 2147483647)::integer);
    SELECT array_agg(a.at ORDER BY a.at) INTO seen FROM audit_event a
        WHERE a.user_id = person AND a.action = 'keeper.unmask'
        AND a.at > clock_timestamp() - interval '1 hour';
    IF coalesce(cardinality(seen), 0) >= most THEN
        RAISE EXCEPTION 'so many values were seen within the hour' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'keeper_unmask_limit',
            DETAIL = ceil(extract(epoch FROM coalesce(seen[cardinality(seen) - most + 1],
                clock_timestamp()) + interval '1 hour' - clock_timestamp()))::text;
    END IF;
    PERFORM tell_of_keeper('keeper.unmask', held, jsonb_build_object('reason', why));
    RETURN QUERY SELECT k.id, k.wrapped, held.name_sealed, held.phone_sealed, held.employer_sealed
        FROM keeper_key k WHERE k.id = held.key_id;
END
$$;

-- what lists open: the masks, and no value; for who sees the record whole, and for the keeper himself
CREATE FUNCTION keeper_masks(of_station bigint)
RETURNS TABLE (keeper_id bigint, key uuid, wrapped bytea, masks bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, d.id, d.wrapped, k.masks_sealed
    FROM keeper k JOIN keeper_key d ON d.id = k.key_id JOIN station s ON s.id = k.station_id
    WHERE k.station_id = of_station
      AND acts_in_application()
      AND (s.union_id = ANY (acting_unions()) OR acts_everywhere() OR acts_as_operator()
           OR k.user_id = acting_user() AND keeps_now(k.id, acting_user())
           OR k.state = 'proposed' AND keeps_now(k.replaces, acting_user()))
$$;

-- keepers of the acting person's scope by what they are looked up by
CREATE FUNCTION find_keepers(prints bytea[])
RETURNS TABLE (keeper_id bigint, of_station bigint, station_name text, key uuid, wrapped bytea,
               masks bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, s.id, s.name, d.id, d.wrapped, k.masks_sealed
    FROM keeper k JOIN keeper_key d ON d.id = k.key_id JOIN station s ON s.id = k.station_id
    WHERE (k.phone_print = ANY (prints) OR k.name_print = ANY (prints))
      AND acts_in_application()
      AND (s.union_id = ANY (acting_unions()) OR acts_everywhere() OR acts_as_operator())
    ORDER BY k.id
$$;

-- the one station of the acting person, whatever state it is in
CREATE FUNCTION kept_station()
RETURNS TABLE (keeper_id bigint, station_id bigint, name text, name_en text, code text, state text,
               state_reason text, state_until date, address text, union_name text,
               proposed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.id, s.id, s.name, s.name_en, s.code, s.state, s.state_reason, s.state_until, s.address,
           u.name, (SELECT p.id FROM keeper p WHERE p.replaces = k.id AND p.state = 'proposed')
    FROM keeper k JOIN station s ON s.id = k.station_id LEFT JOIN union_body u ON u.id = s.union_id
    WHERE k.user_id = acting_user() AND keeps_now(k.id, acting_user())
$$;

-- for the life cycle: whether a station has a keeper whose values are kept
CREATE FUNCTION station_has_keeper(of_station bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM keeper k JOIN keeper_key d ON d.id = k.key_id
                   WHERE k.station_id = of_station AND k.state = 'serving')
$$;

-- Links -----------------------------------------------------------------------------------------

-- a new link ends the one before; the account it opens is the keeper's alone and has no password
CREATE FUNCTION issue_keeper_link(of_keeper bigint, digest bytea, pin text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper := held_keeper(of_keeper, ARRAY['union_staff', 'city_admin']);
    account bigint := held.user_id;
    issued bigint;
BEGIN
    IF held.state <> 'serving' OR held.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'only who serves gets a link' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM shut_keeper_out(held.id);
    IF account IS NULL THEN
        INSERT INTO user_account (name, must_change) VALUES ('keeper-' || held.id, false)
            RETURNING id INTO account;
        UPDATE keeper SET user_id = account WHERE id = held.id;
    END IF;
    INSERT INTO user_grant (user_id, role, station_id, granted_by)
        VALUES (account, 'keeper', held.station_id, acting_user());
    INSERT INTO keeper_link (keeper_id, token_digest, pin_hash, issued_by)
        VALUES (held.id, digest, pin, acting_user()) RETURNING id INTO issued;
    PERFORM tell_of_keeper('keeper.link_issue', held, jsonb_build_object('link', issued));
    RETURN issued;
END
$$;

CREATE FUNCTION revoke_keeper_link(of_keeper bigint) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held keeper := held_keeper(of_keeper, ARRAY['union_staff', 'reviewer', 'city_admin']);
BEGIN
    IF shut_keeper_out(held.id) = 0 THEN
        RETURN false;
    END IF;
    PERFORM tell_of_keeper('keeper.link_revoke', held, '{}');
    RETURN true;
END
$$;

-- Rights ----------------------------------------------------------------------------------------

REVOKE EXECUTE ON FUNCTION held_keeper(bigint, text[]), tell_of_keeper(text, keeper, jsonb),
    shut_keeper_out(bigint), silence_keeper(bigint), drop_keeper_key(), close_duty(keeper, text),
    keeps_now(bigint, bigint), erase_keeper(bigint, text), acts_in_application() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION
    enter_keeper(bigint, bigint, date, uuid, bytea, bytea, bytea, bytea, bytea, bytea, bytea),
    confirm_keeper(bigint), end_keeper(bigint, text),
    change_keeper(bigint, bytea, bytea, bytea, bytea, bytea, bytea),
    unmask_keeper(bigint, text, integer), keeper_masks(bigint), find_keepers(bytea[]),
    kept_station(), station_has_keeper(bigint), issue_keeper_link(bigint, bytea, text),
    revoke_keeper_link(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    enter_keeper(bigint, bigint, date, uuid, bytea, bytea, bytea, bytea, bytea, bytea, bytea),
    confirm_keeper(bigint), end_keeper(bigint, text),
    change_keeper(bigint, bytea, bytea, bytea, bytea, bytea, bytea),
    unmask_keeper(bigint, text, integer), keeper_masks(bigint), find_keepers(bytea[]),
    kept_station(), station_has_keeper(bigint), issue_keeper_link(bigint, bytea, text),
    revoke_keeper_link(bigint) TO harbor_staff, harbor_admin;

-- that there are keepers, and since when; no sealed value, no fingerprint, no key
GRANT SELECT (id, station_id, valid_from, valid_to, state, consented_on, replaces, user_id, added_by,
              added_at, ended_by, ended_because, erased_at) ON keeper TO harbor_staff, harbor_admin;
GRANT SELECT (id, keeper_id, issued_by, issued_at, used_at, revoked_at, revoked_by)
    ON keeper_link TO harbor_staff, harbor_admin;
ALTER TABLE keeper ENABLE ROW LEVEL SECURITY;
ALTER TABLE keeper_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE keeper_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY keeper_of_scope ON keeper FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id
                   AND (s.union_id = ANY ((SELECT acting_unions())::bigint[])
                        OR (SELECT acts_everywhere()))));
CREATE POLICY keeper_of_oneself ON keeper FOR SELECT TO harbor_staff, harbor_admin
    USING (user_id = (SELECT acting_user())
           OR state = 'proposed' AND added_by = (SELECT acting_user()));
CREATE POLICY keeper_link_of_scope ON keeper_link FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM keeper k WHERE k.id = keeper_id));
