-- Earlier numbers and names and other systems' ids: who enters and takes them away.

ALTER TABLE station_alias
    ADD COLUMN source text NOT NULL DEFAULT '' CHECK (length(source) <= 100),
    ADD COLUMN added_by bigint REFERENCES user_account,
    ADD COLUMN added_at timestamptz NOT NULL DEFAULT clock_timestamp();
COMMENT ON COLUMN station_alias.source IS 'whose number or id it is, as people call that system';

CREATE FUNCTION stamp_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    NEW.added_by := acting_user();
    NEW.added_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER station_alias_stamp BEFORE INSERT ON station_alias
    FOR EACH ROW EXECUTE FUNCTION stamp_alias();

-- the operator's imports are one event of their own
CREATE FUNCTION record_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    about station_alias := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF NOT acts_as_operator() THEN
        INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
            CASE WHEN TG_OP = 'DELETE' THEN 'station.alias_remove' ELSE 'station.alias_add' END,
            'station ' || about.station_id,
            jsonb_build_object('kind', about.kind, 'value', about.value, 'source', about.source),
            acting_user(), acting_request());
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_alias_record AFTER INSERT OR DELETE ON station_alias
    FOR EACH ROW EXECUTE FUNCTION record_alias();

CREATE POLICY alias_enter ON station_alias FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id
        AND acting_roles(s.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin']));
-- what a person entered by hand may have been a mistake; what history or a list left stays
CREATE POLICY alias_take_away ON station_alias FOR DELETE TO harbor_staff, harbor_admin
    USING (added_by IS NOT NULL AND kind <> 'name' AND EXISTS (SELECT FROM station s WHERE s.id = station_id
        AND acting_roles(s.union_id) && ARRAY['union_staff', 'reviewer', 'city_admin']));
GRANT INSERT (station_id, kind, value, source), DELETE ON station_alias
    TO harbor_staff, harbor_admin;

-- what riders see, staff see too
GRANT SELECT ON public_closure TO harbor_staff, harbor_admin;
