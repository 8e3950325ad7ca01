-- What people on duty lean on: call lists, fresh evidence, changes that keepers tell, and no work
-- left over from stations that are gone.

-- Call lists ------------------------------------------------------------------------------------

-- the values of keepers who are to be rung up, a list at a time: one reason, one event that names
-- all of them, and so many lists an hour and person; what a single look takes does not count here
CREATE FUNCTION unmask_calls(
    of_states text[], after_notice bigint, why text, most_calls integer, most_lists integer
)
RETURNS TABLE (notice_id bigint, keeper_id bigint, key uuid, wrapped bytea, name bytea,
               phone bytea, employer bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    person bigint := acting_user();
    scope bigint[] := acting_unions_as('{union_staff,reviewer,inspector,city_admin}');
    seen timestamptz[];
    listed bigint[];
BEGIN
    IF NOT acts_in_application() OR person IS NULL THEN
        RAISE EXCEPTION 'values are shown to a person, in the application'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF why !~ '\S' THEN
        RAISE EXCEPTION 'to see the values takes a reason' USING ERRCODE = 'check_violation';
    END IF;
    -- one after the other, so that many at once do not outrun the count
    PERFORM pg_advisory_xact_lock(hashtext('keeper.unmask'), (person % 2147483647)::integer);
    SELECT array_agg(a.at ORDER BY a.at) INTO seen FROM audit_event a
        WHERE a.user_id = person AND a.action = 'keeper.unmask_calls'
        AND a.at > clock_timestamp() - interval '1 hour';
    IF coalesce(cardinality(seen), 0) >= most_lists THEN
        RAISE EXCEPTION 'so many lists were seen within the hour' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'keeper_unmask_limit',
            DETAIL = ceil(extract(epoch FROM coalesce(seen[cardinality(seen) - most_lists + 1],
                clock_timestamp()) + interval '1 hour' - clock_timestamp()))::text;
    END IF;
    SELECT array_agg(l.id) INTO listed FROM (
        SELECT n.id FROM notice n JOIN station s ON s.id = n.station_id
        WHERE n.recipient LIKE 'keeper:%' AND n.state = ANY (of_states) AND n.id > after_notice
          AND s.union_id = ANY (scope)
        ORDER BY n.id LIMIT most_calls) l;
    IF listed IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        'keeper.unmask_calls', 'calls', jsonb_build_object('reason', why, 'keepers', (
            SELECT jsonb_agg(DISTINCT k.id) FROM notice n
            JOIN keeper k ON n.recipient = 'keeper:' || k.id WHERE n.id = ANY (listed))),
        person, acting_request());
    RETURN QUERY SELECT n.id, k.id, d.id, d.wrapped, k.name_sealed, k.phone_sealed,
            k.employer_sealed
        FROM notice n JOIN keeper k ON n.recipient = 'keeper:' || k.id
        JOIN keeper_key d ON d.id = k.key_id
        WHERE n.id = ANY (listed) AND k.state = 'serving' ORDER BY n.id;
END
$$;
REVOKE EXECUTE ON FUNCTION unmask_calls(text[], bigint, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unmask_calls(text[], bigint, text, integer, integer)
    TO harbor_staff, harbor_admin;

-- what waits for a call
CREATE INDEX notice_call ON notice (id) WHERE state IN ('waiting', 'failed');

-- Fresh evidence --------------------------------------------------------------------------------

ALTER TABLE standard
    ADD COLUMN submit_days integer NOT NULL DEFAULT 7 CHECK (submit_days BETWEEN 1 AND 90),
    ADD COLUMN record_days integer NOT NULL DEFAULT 30 CHECK (record_days BETWEEN 0 AND 365);
COMMENT ON COLUMN standard.submit_days IS
    'how many days after it began an inspection may be submitted';
COMMENT ON COLUMN standard.record_days IS
    'how many days from the inspection a record of the register may be and still prove something';

-- a verdict and the version it goes by are of the day of the inspection: months later they are not
CREATE FUNCTION check_inspection_age() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    days integer := (SELECT d.submit_days FROM standard_version v
                     JOIN standard d ON d.code = v.standard WHERE v.id = NEW.version_id);
BEGIN
    IF NOT acts_as_operator() AND register_today() - NEW.inspected_on > days THEN
        RAISE EXCEPTION 'an inspection is submitted within % days: begin another one', days
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER inspection_age BEFORE UPDATE OF state ON inspection
    FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'submitted')
    EXECUTE FUNCTION check_inspection_age();

-- as before, but a look at a map proves what was so about the day of the inspection
CREATE OR REPLACE FUNCTION inspection_gap(of_inspection bigint) RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT gap FROM (
        SELECT c.position, c.code || CASE
            WHEN f.verdict IS NULL THEN ' is not answered'
            WHEN f.verdict = 'not_applicable' AND NOT c.may_not_apply THEN ' applies everywhere'
            WHEN f.verdict = 'failed' AND f.note !~ '\S' THEN ' failed, and nobody says why'
            WHEN c.evidence AND f.verdict <> 'not_applicable' AND NOT EXISTS (
                SELECT FROM inspection_photo p
                WHERE p.inspection_id = i.id AND p.criterion = c.code
            ) AND NOT (c.record = 'map_listing' AND EXISTS (
                SELECT FROM map_listing m WHERE m.station_id = i.station_id
                    AND m.visible = (f.verdict = 'fulfilled')
                    AND abs(m.checked_on - i.inspected_on) <= d.record_days
            )) THEN ' wants evidence'
        END AS gap
        FROM inspection i
        JOIN standard_version v ON v.id = i.version_id JOIN standard d ON d.code = v.standard
        CROSS JOIN inspection_criteria(i.id) c
        LEFT JOIN inspection_finding f ON f.inspection_id = of_inspection AND f.criterion = c.code
        WHERE i.id = of_inspection
    ) gaps WHERE gap IS NOT NULL ORDER BY position LIMIT 1
$$;

-- Change requests -------------------------------------------------------------------------------

ALTER TABLE change_request DROP CONSTRAINT change_request_state_check,
    ADD CONSTRAINT change_request_state_check
        CHECK (state IN ('open', 'accepted', 'refused', 'withdrawn', 'lapsed'));

-- as before; keepers ask, too, for what they see every day, and what left lets its request lapse
CREATE OR REPLACE FUNCTION guard_change_request() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    owner bigint;
    found station;
    unfit text;
BEGIN
    -- acceptance comes with the change itself, and the end with the station's, from its triggers
    IF acts_as_operator() OR (pg_trigger_depth() > 1 AND TG_OP = 'UPDATE'
                              AND OLD.state = 'open' AND NEW.state IN ('accepted', 'lapsed')) THEN
        RETURN NEW;
    END IF;
    SELECT * INTO found FROM station WHERE id = NEW.station_id;
    owner := found.union_id;
    IF TG_OP = 'INSERT' THEN
        NEW.requested_by := acting_user();
        NEW.requested_at := clock_timestamp();
        IF NEW.state <> 'open' OR NOT (
            acting_roles(owner) && ARRAY['union_staff', 'city_admin']
            OR keeps_station(NEW.station_id) AND NEW.changes - ARRAY[
                'hours', 'hours_text', 'services', 'service_details', 'door'] = '{}'
        ) THEN
            RAISE EXCEPTION 'staff of the union may ask for a change, and keepers for one of hours,'
                ' services and door' USING ERRCODE = 'insufficient_privilege';
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

-- a keeper sees what he asked for himself
CREATE POLICY change_of_keeper ON change_request TO harbor_staff, harbor_admin
    USING (requested_by = (SELECT acting_user())
           AND station_id = ANY ((SELECT my_kept_stations())::bigint[]))
    WITH CHECK (requested_by = (SELECT acting_user())
                AND station_id = ANY ((SELECT my_kept_stations())::bigint[]));

-- whether a request is a keeper's, who has no desk at which notices are read
CREATE FUNCTION asked_by_keeper(of_request bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM change_request c JOIN keeper k
                   ON k.station_id = c.station_id AND k.user_id = c.requested_by
                   WHERE c.id = of_request)
$$;
REVOKE EXECUTE ON FUNCTION asked_by_keeper(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asked_by_keeper(bigint) TO harbor_staff, harbor_admin;

CREATE FUNCTION lapse_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE change_request SET state = 'lapsed', decided_by = acting_user(),
        decided_at = clock_timestamp(), decision = CASE NEW.state
            WHEN 'merged' THEN '站点已并入其他站点 · The station was merged into another'
            WHEN 'exited' THEN '站点已退出 · The station was let go'
            ELSE '记录已作废 · The record was discarded' END
        WHERE station_id = NEW.id AND state = 'open';
    RETURN NULL;
END
$$;
CREATE TRIGGER station_lapse_changes AFTER UPDATE OF state ON station
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('exited', 'merged', 'discarded'))
    EXECUTE FUNCTION lapse_changes();

UPDATE change_request c SET state = 'lapsed', decided_at = clock_timestamp(),
    decision = '站点已离开 · The station had left'
    FROM station s WHERE s.id = c.station_id AND c.state = 'open'
    AND s.state IN ('exited', 'merged', 'discarded');
