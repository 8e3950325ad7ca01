-- The past of a station tells what its keepers said of its door and supplies, and names who
-- answered riders' reports.

CREATE OR REPLACE FUNCTION station_events(of_station bigint)
RETURNS TABLE (at timestamptz, user_id bigint, action text, details jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT e.at, e.user_id, e.action, e.details FROM audit_event e
    WHERE e.subject = 'station ' || of_station
      AND e.action IN ('station.confirm', 'station.plaque', 'station.say_open',
                       'station.say_supplies', 'keeper.add', 'keeper.propose', 'keeper.confirm',
                       'keeper.refuse', 'keeper.end')
      AND EXISTS (SELECT FROM station s WHERE s.id = of_station
                  AND (s.union_id = ANY (acting_unions()) OR acts_everywhere()
                       OR acts_as_operator()))
$$;

CREATE OR REPLACE FUNCTION station_people(of_station bigint) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, coalesce(nullif(p.full_name, ''), p.name) FROM user_account p
    WHERE EXISTS (SELECT FROM station s WHERE s.id = of_station
                  AND (s.union_id = ANY (acting_unions()) OR acts_everywhere()
                       OR acts_as_operator()))
      AND p.id IN (
        SELECT v.actor_id FROM station_version v WHERE v.station_id = of_station
        UNION SELECT unnest(ARRAY[c.requested_by, c.decided_by]) FROM change_request c
            WHERE c.station_id = of_station
        UNION SELECT i.inspector_id FROM inspection i WHERE i.station_id = of_station
        UNION SELECT unnest(ARRAY[r.opened_by, r.closed_by]) FROM rectification r
            WHERE r.station_id = of_station
        UNION SELECT e.made_by FROM station_extension e WHERE e.station_id = of_station
        UNION SELECT unnest(ARRAY[a.given_by, a.withdrawn_by]) FROM station_award a
            WHERE a.station_id = of_station
        UNION SELECT unnest(ARRAY[m.made_by, m.split_by]) FROM station_merge m
            WHERE of_station IN (m.survivor_id, m.merged_id)
        UNION SELECT unnest(ARRAY[c.made_by, c.cancelled_by]) FROM station_closure c
            WHERE c.station_id = of_station
        UNION SELECT unnest(ARRAY[f.made_by, f.removed_by]) FROM station_photo f
            WHERE f.station_id = of_station
        UNION SELECT unnest(ARRAY[b.made_by, b.undone_by]) FROM import_batch b
            JOIN station s ON s.batch_id = b.id WHERE s.id = of_station
        UNION SELECT r.answered_by FROM report r WHERE r.station_id = of_station
        UNION SELECT e.user_id FROM station_events(of_station) e)
$$;

CREATE FUNCTION register_day(moment timestamptz) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (moment AT TIME ZONE timezone)::date FROM register
$$;
COMMENT ON FUNCTION register_day IS 'the day of a moment where the register is kept';
REVOKE EXECUTE ON FUNCTION register_day(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_day(timestamptz) TO harbor_staff, harbor_admin;
