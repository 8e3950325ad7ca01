-- Pairs that may be one station, merges that can be split again, and drafts that nobody can find.

-- Finding names --------------------------------------------------------------------------------

-- parts of an address are compared with whole names
CREATE INDEX basemap_feature_whole_name ON basemap_feature (network, name)
    WHERE layer IN ('place', 'street', 'premises') AND name <> '';
-- the queue of what waits for a place
CREATE INDEX station_unplaced ON station (id)
    WHERE place IS NULL AND state IN ('draft', 'returned') AND address <> '';

-- the unions whose drafts the acting person may place
CREATE FUNCTION placing_unions() RETURNS bigint[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(u), '{}') FROM unnest(acting_unions()) u
    WHERE acting_roles(u) && ARRAY['union_staff', 'city_admin']
$$;

-- somebody looked and did not find the place
CREATE TABLE placing_note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    note text NOT NULL CHECK (trim(note) <> '' AND length(note) <= 500),
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX placing_note_open ON placing_note (station_id) WHERE withdrawn_at IS NULL;

CREATE FUNCTION guard_placing_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    owner bigint := (SELECT union_id FROM station WHERE id = NEW.station_id);
BEGIN
    IF NOT acts_as_operator()
        AND NOT acting_roles(owner) && ARRAY['union_staff', 'city_admin'] THEN
        RAISE EXCEPTION 'only staff of the union may place its stations'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.made_by := acting_user();
        NEW.made_at := clock_timestamp();
        NEW.withdrawn_at := NULL;
    ELSIF OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'a note that was withdrawn stays so' USING ERRCODE = 'check_violation';
    ELSE
        NEW.withdrawn_at := clock_timestamp();
    END IF;
    IF NOT acts_as_operator() THEN
        INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
            CASE TG_OP WHEN 'INSERT' THEN 'station.not_found' ELSE 'station.look_again' END,
            'station ' || NEW.station_id, jsonb_build_object('note', NEW.note),
            acting_user(), acting_request());
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER placing_note_guard BEFORE INSERT OR UPDATE ON placing_note
    FOR EACH ROW EXECUTE FUNCTION guard_placing_note();

-- Pairs ----------------------------------------------------------------------------------------

CREATE TABLE duplicate_pair (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    second_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'dismissed', 'merged')),
    score real NOT NULL CHECK (score BETWEEN 0 AND 1),
    reasons jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(reasons) = 'object'),
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by bigint REFERENCES user_account,
    decided_at timestamptz,
    decision text NOT NULL DEFAULT '' CHECK (length(decision) <= 500),
    UNIQUE (first_id, second_id),
    CHECK (first_id < second_id)
);
COMMENT ON COLUMN duplicate_pair.reasons IS
    'metres, name and address as likeness from 0 to 1, same_phone, same_number; never the phone';
CREATE INDEX duplicate_pair_second ON duplicate_pair (second_id);
CREATE INDEX duplicate_pair_score ON duplicate_pair (state, score DESC, id);

-- Merges ---------------------------------------------------------------------------------------

CREATE TABLE station_merge (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    survivor_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    merged_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    changes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(changes) = 'object'),
    before jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(before) = 'object'),
    had_name boolean NOT NULL DEFAULT false,
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    split_by bigint REFERENCES user_account,
    split_at timestamptz,
    taken_back text[] NOT NULL DEFAULT '{}',
    pending jsonb,
    CHECK (survivor_id <> merged_id)
);
COMMENT ON COLUMN station_merge.changes IS 'what the survivor took over: column to value';
COMMENT ON COLUMN station_merge.before IS 'what the survivor had there before';
COMMENT ON COLUMN station_merge.had_name IS 'whether the other''s name found the survivor already';
COMMENT ON COLUMN station_merge.pending IS
    'what is being written to the survivor at this moment, with this merge for its document';
CREATE UNIQUE INDEX station_merge_open ON station_merge (merged_id) WHERE split_at IS NULL;
CREATE INDEX station_merge_survivor ON station_merge (survivor_id);

-- as before, and with a merge, or its splitting, as the document of exactly the values it names
CREATE OR REPLACE FUNCTION check_station_edit(old_row station, new_row station) RETURNS station
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before jsonb := core_facts(old_row);
    after jsonb := core_facts(new_row);
    asked change_request;
    merging station_merge;
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
    SELECT array_agg(key) INTO changed FROM jsonb_each(after) WHERE before -> key <> value;
    SELECT * INTO merging FROM station_merge
        WHERE survivor_id = new_row.id AND pending IS NOT NULL FOR UPDATE;
    IF merging.id IS NOT NULL AND new_row.change_request_id IS NOT DISTINCT FROM
        old_row.change_request_id AND merging.pending ?& changed AND merging.pending = (
        SELECT jsonb_object_agg(key, after -> key) FROM jsonb_object_keys(merging.pending) key
    ) THEN
        IF NOT acting_roles(old_row.union_id) && ARRAY['reviewer', 'city_admin'] THEN
            RAISE EXCEPTION 'only a reviewer may merge into an approved station'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN new_row;
    END IF;
    SELECT * INTO asked FROM change_request
        WHERE id = new_row.change_request_id AND station_id = new_row.id AND state = 'open'
        FOR UPDATE;
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

-- write what a merge has pending, under the guard of the station
CREATE FUNCTION write_merged(merge bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    wanted jsonb;
    target bigint;
    columns text;
    given text;
BEGIN
    SELECT pending, survivor_id INTO wanted, target FROM station_merge WHERE id = merge;
    IF wanted IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(format('%I', key), ', '), string_agg(format('w.%I', key), ', ')
        INTO columns, given FROM jsonb_object_keys(wanted) key;
    EXECUTE format('UPDATE station s SET (%s) = (SELECT %s FROM jsonb_populate_record(s, $1) w)'
                   ' WHERE s.id = $2', columns, given) USING wanted, target;
    UPDATE station_merge SET pending = NULL WHERE id = merge;
END
$$;

CREATE FUNCTION merge_stations(survivor bigint, other bigint, taken text[], why text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kept station;
    gone station;
    unfit text;
    wanted jsonb;
    was jsonb;
    merge bigint;
BEGIN
    -- in one order, so that two who merge the same pair wait for each other
    PERFORM FROM station WHERE id IN (survivor, other) ORDER BY id FOR UPDATE;
    SELECT * INTO kept FROM station WHERE id = survivor;
    SELECT * INTO gone FROM station WHERE id = other;
    IF kept.id IS NULL OR gone.id IS NULL OR survivor = other OR trim(why) = '' THEN
        RAISE EXCEPTION 'a merge takes two stations and a reason' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator()
        AND NOT (acting_roles(kept.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin']
                 AND acting_roles(gone.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin'])
    THEN
        RAISE EXCEPTION 'a merge takes rights on both stations'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF gone.state NOT IN ('active', 'draft', 'returned') THEN
        RAISE EXCEPTION 'a station that is % is not merged into another', gone.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF kept.state IN ('exited', 'merged', 'discarded')
        OR gone.state = 'active' AND kept.state NOT IN ('active', 'suspended', 'rectifying') THEN
        RAISE EXCEPTION 'a station that is % takes over no other', kept.state
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT f INTO unfit FROM unnest(taken) f
        WHERE NOT core_facts(kept) ? f OR f = 'union_id' LIMIT 1;
    IF unfit IS NOT NULL THEN
        RAISE EXCEPTION '% is no fact that a merge brings', unfit USING ERRCODE = 'check_violation';
    END IF;
    SELECT jsonb_object_agg(f, core_facts(gone) -> f), jsonb_object_agg(f, core_facts(kept) -> f)
        INTO wanted, was FROM unnest(taken) f
        WHERE core_facts(gone) -> f <> core_facts(kept) -> f;
    -- what nobody approved yet comes into locked facts as a change request does: by another person
    IF wanted IS NOT NULL AND NOT acts_as_operator() AND gone.state <> 'active'
        AND EXISTS (SELECT FROM station_state WHERE state = kept.state AND locked)
        AND EXISTS (SELECT FROM station_version v
                    WHERE v.station_id = other AND v.actor_id = acting_user()) THEN
        RAISE EXCEPTION 'to take over facts of a draft takes another person than wrote it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO station_merge (survivor_id, merged_id, reason, changes, before, had_name, made_by,
                               pending)
        VALUES (survivor, other, trim(why), coalesce(wanted, '{}'), coalesce(was, '{}'),
                EXISTS (SELECT FROM station_alias a WHERE a.station_id = survivor
                        AND a.kind = 'name' AND a.value = gone.name),
                acting_user(), wanted)
        RETURNING id INTO merge;
    IF gone.state = 'active' THEN
        UPDATE station SET state = 'merged', merged_into = survivor, state_reason = trim(why)
            WHERE id = other;
    ELSE
        UPDATE station SET state = 'discarded', state_reason = trim(why) WHERE id = other;
        -- it never had a number, so what else it was found by finds the survivor
        INSERT INTO station_alias (station_id, kind, value)
            SELECT survivor, kind, value FROM station_alias WHERE station_id = other
            UNION SELECT survivor, 'name', gone.name WHERE gone.name <> kept.name
            ON CONFLICT DO NOTHING;
    END IF;
    PERFORM write_merged(merge);
    INSERT INTO duplicate_pair (first_id, second_id, state, score, decided_by, decided_at, decision)
        VALUES (least(survivor, other), greatest(survivor, other), 'merged', 1, acting_user(),
                clock_timestamp(), left(trim(why), 500))
        ON CONFLICT (first_id, second_id) DO UPDATE SET (state, decided_by, decided_at, decision)
            = ('merged', excluded.decided_by, excluded.decided_at, excluded.decision);
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        'station.take_over', 'station ' || survivor,
        jsonb_build_object('merge', merge, 'station', other, 'reason', trim(why),
                           'fields', coalesce(to_jsonb(ARRAY(SELECT jsonb_object_keys(wanted))),
                                              '[]')),
        acting_user(), acting_request());
    RETURN merge;
END
$$;

CREATE FUNCTION split_station(other bigint, why text, back text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    merge station_merge;
    kept station;
    gone station;
    wanted jsonb;
BEGIN
    SELECT * INTO merge FROM station_merge WHERE merged_id = other AND split_at IS NULL;
    PERFORM FROM station WHERE id IN (merge.survivor_id, other) ORDER BY id FOR UPDATE;
    SELECT * INTO merge FROM station_merge WHERE id = merge.id AND split_at IS NULL FOR UPDATE;
    SELECT * INTO kept FROM station WHERE id = merge.survivor_id;
    SELECT * INTO gone FROM station WHERE id = other;
    IF merge.id IS NULL OR gone.state <> 'merged' THEN
        RAISE EXCEPTION 'the station is not merged' USING ERRCODE = 'check_violation';
    END IF;
    SELECT jsonb_object_agg(f, merge.before -> f) INTO wanted FROM unnest(back) f
        WHERE merge.before ? f AND merge.before -> f <> core_facts(kept) -> f;
    UPDATE station_merge SET pending = wanted WHERE id = merge.id;
    PERFORM write_merged(merge.id);
    UPDATE station SET state = 'active', state_reason = trim(why) WHERE id = other;
    UPDATE station_merge SET taken_back = ARRAY(SELECT jsonb_object_keys(wanted)),
        split_at = coalesce(split_at, clock_timestamp()), split_by = acting_user()
        WHERE id = merge.id;
    -- the name that came with the merge goes with it, unless the survivor had it before
    DELETE FROM station_alias WHERE station_id = kept.id AND kind = 'name' AND value = gone.name
        AND NOT merge.had_name AND merge.changes ? 'name' AND wanted ? 'name';
    UPDATE duplicate_pair SET (state, decided_by, decided_at, decision)
        = ('dismissed', acting_user(), clock_timestamp(), left(trim(why), 500))
        WHERE first_id = least(kept.id, other) AND second_id = greatest(kept.id, other);
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        'station.give_back', 'station ' || kept.id,
        jsonb_build_object('merge', merge.id, 'station', other, 'reason', trim(why),
                           'fields', coalesce(to_jsonb(ARRAY(SELECT jsonb_object_keys(wanted))),
                                              '[]')),
        acting_user(), acting_request());
    RETURN merge.id;
END
$$;

-- a merge or split by the move alone is remembered, too
CREATE FUNCTION note_merge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'merged' AND NEW.merged_into IS NOT NULL THEN
        INSERT INTO station_merge (survivor_id, merged_id, reason, made_by)
            VALUES (NEW.merged_into, NEW.id, NEW.state_reason, acting_user())
            ON CONFLICT (merged_id) WHERE split_at IS NULL DO NOTHING;
    ELSIF OLD.state = 'merged' THEN
        UPDATE station_merge SET split_at = clock_timestamp(), split_by = acting_user()
            WHERE merged_id = NEW.id AND split_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_note_merge AFTER UPDATE OF state ON station
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND 'merged' IN (OLD.state, NEW.state))
    EXECUTE FUNCTION note_merge();
INSERT INTO station_merge (survivor_id, merged_id, reason, made_at)
    SELECT merged_into, id, state_reason, state_since FROM station
    WHERE state = 'merged' AND merged_into IS NOT NULL AND merged_into <> id;

-- a proposal is put aside, and may be taken up again
CREATE FUNCTION decide_duplicate(pair bigint, wanted text, note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_pair duplicate_pair;
BEGIN
    SELECT * INTO found_pair FROM duplicate_pair WHERE id = pair FOR UPDATE;
    IF NOT acts_as_operator() AND NOT EXISTS (
        SELECT FROM station s WHERE s.id IN (found_pair.first_id, found_pair.second_id)
            AND acting_roles(s.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin']) THEN
        RAISE EXCEPTION 'only who keeps one of the two may decide about a pair'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF wanted NOT IN ('proposed', 'dismissed') OR found_pair.state NOT IN ('proposed', 'dismissed') THEN
        RAISE EXCEPTION 'a pair that is % does not become %', found_pair.state, wanted
            USING ERRCODE = 'check_violation';
    END IF;
    IF found_pair.state = wanted THEN
        RETURN false;
    END IF;
    UPDATE duplicate_pair SET (state, decided_by, decided_at, decision)
        = (wanted, acting_user(), clock_timestamp(), trim(note)) WHERE id = pair;
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        CASE wanted WHEN 'dismissed' THEN 'duplicate.dismiss' ELSE 'duplicate.take_up' END,
        'station ' || found_pair.first_id,
        jsonb_build_object('pair', pair, 'other', found_pair.second_id, 'note', trim(note)),
        acting_user(), acting_request());
    RETURN true;
END
$$;

-- Rights ---------------------------------------------------------------------------------------

-- a pair names two stations: who may not see one of them does not see the pair, and who keeps
-- neither has no business with it; asked once a statement, as policies of both a row are slow
CREATE FUNCTION visible_duplicates() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH mine AS MATERIALIZED (SELECT acting_unions() AS ids)
    SELECT p.id FROM mine, duplicate_pair p
        JOIN station a ON a.id = p.first_id JOIN station_state sa ON sa.state = a.state
        JOIN station b ON b.id = p.second_id JOIN station_state sb ON sb.state = b.state
    WHERE (a.union_id = ANY (mine.ids) AND (sb.public OR b.union_id = ANY (mine.ids)))
       OR (b.union_id = ANY (mine.ids) AND sa.public)
$$;
REVOKE EXECUTE ON FUNCTION write_merged(bigint), merge_stations(bigint, bigint, text[], text),
    split_station(bigint, text, text[]), decide_duplicate(bigint, text, text),
    placing_unions(), visible_duplicates() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION merge_stations(bigint, bigint, text[], text),
    split_station(bigint, text, text[]), decide_duplicate(bigint, text, text),
    placing_unions(), visible_duplicates() TO harbor_staff, harbor_admin;

ALTER TABLE placing_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE duplicate_pair ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_merge ENABLE ROW LEVEL SECURITY;
CREATE POLICY placing_note_of_scope ON placing_note TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id
                   AND (s.union_id = ANY ((SELECT acting_unions())::bigint[])
                        OR (SELECT acts_everywhere()))))
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id));
CREATE POLICY duplicate_of_scope ON duplicate_pair FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acts_everywhere()) OR id IN (SELECT visible_duplicates()));
CREATE POLICY merge_of_scope ON station_merge FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acts_everywhere()) OR EXISTS (
        SELECT FROM station s WHERE s.id IN (survivor_id, merged_id)
            AND s.union_id = ANY ((SELECT acting_unions())::bigint[])));
GRANT SELECT, INSERT (station_id, note), UPDATE (withdrawn_at) ON placing_note
    TO harbor_staff, harbor_admin;
GRANT SELECT ON duplicate_pair, station_merge TO harbor_staff, harbor_admin;
