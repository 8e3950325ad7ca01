-- What siting was asked for, and what it found: asked by planners, read by all staff.

CREATE TABLE siting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question jsonb NOT NULL
        CHECK (jsonb_typeof(question) = 'object' AND octet_length(question::text) <= 10000),
    changes jsonb NOT NULL DEFAULT '[]'
        CHECK (jsonb_typeof(changes) = 'array' AND octet_length(changes::text) <= 4000000),
    options jsonb NOT NULL
        CHECK (jsonb_typeof(options) = 'object' AND octet_length(options::text) <= 16000000),
    result jsonb CHECK (jsonb_typeof(result) = 'object'),
    asked_by bigint REFERENCES user_account,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    found_at timestamptz
);
CREATE INDEX siting_asked ON siting (asked_at);
COMMENT ON COLUMN siting.options IS 'goal, limits and where candidates come from; never a person';
COMMENT ON COLUMN siting.result IS 'null until it is found, then never changed';

CREATE FUNCTION guard_siting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.asked_by := acting_user();
        NEW.asked_at := clock_timestamp();
        NEW.result := NULL;
        NEW.found_at := NULL;
        RETURN NEW;
    END IF;
    IF OLD.result IS NOT NULL
        OR to_jsonb(NEW) - ARRAY['result', 'found_at']
           <> to_jsonb(OLD) - ARRAY['result', 'found_at'] THEN
        RAISE EXCEPTION 'what was asked and found never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() AND OLD.asked_by IS DISTINCT FROM acting_user() THEN
        RAISE EXCEPTION 'a siting is found for who asked for it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.found_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER siting_guard BEFORE INSERT OR UPDATE ON siting
    FOR EACH ROW EXECUTE FUNCTION guard_siting();

CREATE FUNCTION tell_of_siting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        'plan.site', 'siting ' || NEW.id, jsonb_build_object('goal', NEW.options -> 'goal'),
        acting_user(), acting_request());
    RETURN NULL;
END
$$;
CREATE TRIGGER siting_told AFTER INSERT ON siting FOR EACH ROW EXECUTE FUNCTION tell_of_siting();

ALTER TABLE siting ENABLE ROW LEVEL SECURITY;
CREATE POLICY siting_of_staff ON siting FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acting_anywhere()) <> '{}');
CREATE POLICY siting_by_planners ON siting FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK ((SELECT acts_as_planner()));
CREATE POLICY siting_of_planners ON siting FOR UPDATE TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_planner()));
GRANT SELECT, INSERT (question, changes, options), UPDATE (result) ON siting
    TO harbor_staff, harbor_admin;
