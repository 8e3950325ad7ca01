-- The past of a station is told whole: what colleagues and keepers did beside its versions.

-- The audit is read by admins and auditors; of one station, whoever sees its record whole may read
-- what happened to it. Only these actions, and never what a keeper is called.
CREATE FUNCTION station_events(of_station bigint)
RETURNS TABLE (at timestamptz, user_id bigint, action text, details jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT e.at, e.user_id, e.action, e.details FROM audit_event e
    WHERE e.subject = 'station ' || of_station
      AND e.action IN ('station.confirm', 'station.plaque', 'keeper.add', 'keeper.propose',
                       'keeper.confirm', 'keeper.refuse', 'keeper.end')
      AND EXISTS (SELECT FROM station s WHERE s.id = of_station
                  AND (s.union_id = ANY (acting_unions()) OR acts_everywhere()
                       OR acts_as_operator()))
$$;
REVOKE EXECUTE ON FUNCTION station_events(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION station_events(bigint) TO harbor_staff, harbor_admin;

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
        UNION SELECT e.user_id FROM station_events(of_station) e)
$$;
