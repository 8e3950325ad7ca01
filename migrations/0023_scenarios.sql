-- What planners think of: scenarios, what became of their items in the register, areas they drew.

-- Rights -----------------------------------------------------------------------------------------

-- the roles the acting person has on the staff, whatever their scope; who keeps a station has none
CREATE FUNCTION acting_anywhere() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.role), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = acting_user() AND p.disabled_at IS NULL AND g.station_id IS NULL
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
$$;
CREATE FUNCTION acts_as_planner() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT acts_as_operator() OR acting_anywhere() && ARRAY['planner', 'city_admin']
$$;
REVOKE EXECUTE ON FUNCTION acting_anywhere(), acts_as_planner() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting_anywhere(), acts_as_planner() TO harbor_staff, harbor_admin;

-- Scenarios --------------------------------------------------------------------------------------

CREATE TABLE scenario (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (trim(name) <> '' AND length(name) <= 100),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    question jsonb NOT NULL DEFAULT '{}'
        CHECK (jsonb_typeof(question) = 'object' AND octet_length(question::text) <= 10000),
    changes jsonb NOT NULL DEFAULT '[]'
        CHECK (jsonb_typeof(changes) = 'array' AND octet_length(changes::text) <= 4000000),
    revision integer NOT NULL DEFAULT 1,
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by bigint REFERENCES user_account,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at timestamptz
);
CREATE INDEX scenario_newest ON scenario (changed_at DESC) WHERE deleted_at IS NULL;
COMMENT ON TABLE scenario IS 'changes to the stations that a planner thinks of; no fact of any';
COMMENT ON COLUMN scenario.deleted_at IS 'hidden from then on, so that a link says what it was';

-- once an item is in the register, a second press makes nothing more of it
CREATE TABLE scenario_entry (
    scenario_id bigint NOT NULL REFERENCES scenario ON DELETE CASCADE,
    item text NOT NULL CHECK (length(item) BETWEEN 1 AND 100),
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    request_id bigint REFERENCES change_request ON DELETE CASCADE,
    made_by bigint DEFAULT acting_user() REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (scenario_id, item)
);
CREATE INDEX scenario_entry_station ON scenario_entry (station_id);
CREATE INDEX scenario_entry_request ON scenario_entry (request_id) WHERE request_id IS NOT NULL;
COMMENT ON TABLE scenario_entry IS
    'what became of an item: the draft of a new station, or the request to change one';

CREATE FUNCTION guard_scenario() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.made_by := acting_user();
        NEW.made_at := clock_timestamp();
        NEW.revision := 1;
    ELSIF OLD.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION 'a scenario that was deleted stays as it was'
            USING ERRCODE = 'check_violation';
    ELSE
        NEW.revision := OLD.revision + 1;
    END IF;
    NEW.changed_by := acting_user();
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER scenario_guard BEFORE INSERT OR UPDATE ON scenario
    FOR EACH ROW EXECUTE FUNCTION guard_scenario();

CREATE FUNCTION tell_of_scenario() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        CASE WHEN TG_OP = 'INSERT' THEN 'scenario.make'
             WHEN NEW.deleted_at IS NOT NULL THEN 'scenario.delete'
             ELSE 'scenario.change' END,
        'scenario ' || NEW.id,
        jsonb_build_object('name', NEW.name, 'revision', NEW.revision,
                           'items', jsonb_array_length(NEW.changes)),
        acting_user(), acting_request());
    RETURN NULL;
END
$$;
CREATE TRIGGER scenario_told AFTER INSERT OR UPDATE ON scenario
    FOR EACH ROW EXECUTE FUNCTION tell_of_scenario();

CREATE FUNCTION tell_of_scenario_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        'scenario.enter', 'scenario ' || NEW.scenario_id,
        jsonb_strip_nulls(jsonb_build_object('item', NEW.item, 'station', NEW.station_id,
                                             'request', NEW.request_id)),
        acting_user(), acting_request());
    RETURN NULL;
END
$$;
CREATE TRIGGER scenario_entry_told AFTER INSERT OR UPDATE ON scenario_entry
    FOR EACH ROW EXECUTE FUNCTION tell_of_scenario_entry();

-- colleagues' names, for who reads the scenario
CREATE FUNCTION scenario_people(of_scenario bigint) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, coalesce(nullif(p.full_name, ''), p.name) FROM scenario s
    JOIN user_account p ON p.id IN (s.made_by, s.changed_by)
    WHERE s.id = of_scenario AND (acting_anywhere() <> '{}' OR acts_as_operator())
$$;
REVOKE EXECUTE ON FUNCTION scenario_people(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scenario_people(bigint) TO harbor_staff, harbor_admin;

ALTER TABLE scenario ENABLE ROW LEVEL SECURITY;
ALTER TABLE scenario_entry ENABLE ROW LEVEL SECURITY;
-- shared by link: all staff reads what planners think of
CREATE POLICY scenario_of_staff ON scenario FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acting_anywhere()) <> '{}');
CREATE POLICY scenario_by_planners ON scenario FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK ((SELECT acts_as_planner()));
CREATE POLICY scenario_of_planners ON scenario FOR UPDATE TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_planner()));
GRANT SELECT, INSERT (name, note, question, changes),
      UPDATE (name, note, question, changes, deleted_at) ON scenario TO harbor_staff, harbor_admin;
-- whoever enters the draft or asks for the change says so; the record's rights have let them
CREATE POLICY entry_of_staff ON scenario_entry FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acting_anywhere()) <> '{}');
CREATE POLICY entry_by_enterer ON scenario_entry FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK (EXISTS (SELECT FROM station s WHERE s.id = station_id
                AND acting_roles(s.union_id) && ARRAY['union_staff', 'city_admin']));
CREATE POLICY entry_again ON scenario_entry FOR UPDATE TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id
           AND acting_roles(s.union_id) && ARRAY['union_staff', 'city_admin']));
CREATE POLICY entry_forgotten ON scenario_entry FOR DELETE TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_planner()));
GRANT SELECT, INSERT (scenario_id, item, station_id, request_id),
      UPDATE (station_id, request_id), DELETE ON scenario_entry TO harbor_staff, harbor_admin;

-- Areas ------------------------------------------------------------------------------------------

ALTER TABLE scope
    ADD COLUMN drawn boolean NOT NULL DEFAULT false,
    ADD COLUMN drawn_by bigint DEFAULT acting_user() REFERENCES user_account;
COMMENT ON COLUMN scope.drawn IS
    'a planner''s own, which planners take away again; others the server''s operator imported';

CREATE FUNCTION tell_of_drawn_scope() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    told scope := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF told.drawn THEN
        INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
            CASE TG_OP WHEN 'DELETE' THEN 'scope.delete' ELSE 'scope.draw' END, told.name,
            jsonb_build_object('title', told.title), acting_user(), acting_request());
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER scope_told AFTER INSERT OR DELETE ON scope
    FOR EACH ROW EXECUTE FUNCTION tell_of_drawn_scope();

ALTER TABLE scope ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope_of_all ON scope FOR SELECT TO harbor_staff, harbor_admin USING (true);
CREATE POLICY scope_by_planners ON scope FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK (drawn AND (SELECT acts_as_planner()));
CREATE POLICY scope_of_planners ON scope FOR DELETE TO harbor_staff, harbor_admin
    USING (drawn AND (SELECT acts_as_planner()));
GRANT INSERT (name, title, title_en, areas, streets, street_buffer_metres, source, drawn), DELETE
    ON scope TO harbor_staff, harbor_admin;
