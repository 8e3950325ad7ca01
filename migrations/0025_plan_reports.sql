-- Reports of the planner's workbench as they were made, and figures that stand for good: frozen
-- with their inputs, signed off once by another person, never changed.

-- who may look into the planner's drawer: everybody with a role of staff in whatever scope
CREATE FUNCTION acts_as_staff() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT acts_as_operator() OR acting_anywhere() <> '{}'
$$;
REVOKE EXECUTE ON FUNCTION acts_as_staff() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acts_as_staff() TO harbor_staff, harbor_admin;

-- what was reported stays; a made-up register goes as a whole
CREATE FUNCTION keep_reported() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    something boolean;
BEGIN
    -- what holds nothing loses nothing: a register is emptied as a whole
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', TG_TABLE_NAME) INTO something;
    IF TG_OP = 'DELETE' OR something AND EXISTS (SELECT FROM register WHERE kind = 'real') THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;

-- Reports ---------------------------------------------------------------------------------------

-- people are named as audit_event names them, without a reference: accounts never hold it back
CREATE TABLE plan_report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question jsonb NOT NULL CHECK (jsonb_typeof(question) = 'object'),
    changes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(changes) = 'array'),
    run bigint REFERENCES coverage_run,
    material jsonb,
    shapes bytea,
    made_by bigint,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((material IS NULL) = (shapes IS NULL)),
    CHECK ((material IS NULL) = (run IS NULL))
);
ALTER TABLE plan_report ALTER COLUMN shapes SET STORAGE EXTERNAL;
CREATE INDEX plan_report_made ON plan_report (made_at);
COMMENT ON COLUMN plan_report.question IS 'what was asked, as the address bar of the workbench says it';
COMMENT ON COLUMN plan_report.material IS
    'everything that the report says; null until it is made, then never changed';
COMMENT ON COLUMN plan_report.shapes IS 'what its map draws, as packed JSON';

CREATE FUNCTION guard_plan_report() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.made_by := acting_user();
        NEW.made_at := clock_timestamp();
        RETURN NEW;
    END IF;
    IF OLD.material IS NOT NULL OR NEW.question <> OLD.question OR NEW.changes <> OLD.changes
        OR NEW.made_by IS DISTINCT FROM OLD.made_by OR NEW.made_at <> OLD.made_at THEN
        RAISE EXCEPTION 'a report that is made never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() AND OLD.made_by IS DISTINCT FROM acting_user() THEN
        RAISE EXCEPTION 'a report is made for who asked for it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER plan_report_guard BEFORE INSERT OR UPDATE ON plan_report
    FOR EACH ROW EXECUTE FUNCTION guard_plan_report();
CREATE TRIGGER plan_report_kept BEFORE DELETE OR TRUNCATE ON plan_report
    FOR EACH STATEMENT EXECUTE FUNCTION keep_reported();

CREATE FUNCTION tell_of_plan_report() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        CASE TG_OP WHEN 'INSERT' THEN 'plan.report' ELSE 'plan.report_made' END,
        'report ' || NEW.id, jsonb_strip_nulls(jsonb_build_object('run', NEW.run)),
        acting_user(), acting_request());
    RETURN NULL;
END
$$;
CREATE TRIGGER plan_report_told AFTER INSERT OR UPDATE ON plan_report
    FOR EACH ROW EXECUTE FUNCTION tell_of_plan_report();

-- Frozen figures ----------------------------------------------------------------------------------

CREATE TABLE frozen_figure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    run bigint NOT NULL REFERENCES coverage_run,
    inputs jsonb NOT NULL,
    result jsonb NOT NULL,
    method text NOT NULL CHECK (method <> ''),
    frozen_by bigint,
    frozen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    signed_by bigint,
    signed_at timestamptz,
    CHECK ((signed_by IS NULL) = (signed_at IS NULL)),
    CHECK (signed_by IS NULL OR signed_by IS DISTINCT FROM frozen_by)
);
COMMENT ON COLUMN frozen_figure.result IS 'the figures of the run, kept beside it for good';
COMMENT ON COLUMN frozen_figure.method IS 'by which the figures were computed';

CREATE FUNCTION guard_frozen_figure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    stored coverage_run;
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- what is frozen is what the run found, whoever writes the row
        SELECT * INTO stored FROM coverage_run WHERE id = NEW.run;
        NEW.inputs := stored.inputs;
        NEW.result := stored.result;
        -- runs of before methods had names do not say by which they were computed
        NEW.method := coalesce(stored.inputs ->> 'method', 'not recorded');
        NEW.frozen_by := acting_user();
        NEW.frozen_at := clock_timestamp();
        NEW.signed_by := NULL;
        NEW.signed_at := NULL;
        RETURN NEW;
    END IF;
    IF OLD.signed_at IS NOT NULL OR NEW.signed_by IS NULL
        OR to_jsonb(NEW) - ARRAY['signed_by', 'signed_at']
           <> to_jsonb(OLD) - ARRAY['signed_by', 'signed_at'] THEN
        RAISE EXCEPTION 'a frozen figure never changes; it is signed off once'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acting_roles(NULL) && ARRAY['city_admin'] THEN
        RAISE EXCEPTION 'a figure is signed off by an admin of the city'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF acting_user() IS NOT DISTINCT FROM OLD.frozen_by THEN
        RAISE EXCEPTION 'a figure is signed off by another person than froze it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.signed_by := acting_user();
    NEW.signed_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER frozen_figure_guard BEFORE INSERT OR UPDATE ON frozen_figure
    FOR EACH ROW EXECUTE FUNCTION guard_frozen_figure();
CREATE TRIGGER frozen_figure_kept BEFORE DELETE OR TRUNCATE ON frozen_figure
    FOR EACH STATEMENT EXECUTE FUNCTION keep_reported();

CREATE FUNCTION tell_of_frozen_figure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_event (action, subject, details, user_id, request_id) VALUES (
        CASE TG_OP WHEN 'INSERT' THEN 'plan.freeze' ELSE 'plan.sign' END,
        'figure ' || NEW.id, jsonb_build_object('title', NEW.title, 'run', NEW.run),
        acting_user(), acting_request());
    RETURN NULL;
END
$$;
CREATE TRIGGER frozen_figure_told AFTER INSERT OR UPDATE ON frozen_figure
    FOR EACH ROW EXECUTE FUNCTION tell_of_frozen_figure();

-- the names of those who asked for reports, froze figures and signed them, for who may look
CREATE FUNCTION plan_people() RETURNS TABLE (id bigint, name text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, coalesce(nullif(p.full_name, ''), p.name) FROM user_account p
    WHERE acts_as_staff() AND p.id IN (
        SELECT made_by FROM plan_report UNION SELECT frozen_by FROM frozen_figure
        UNION SELECT signed_by FROM frozen_figure)
$$;
REVOKE EXECUTE ON FUNCTION plan_people() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plan_people() TO harbor_staff, harbor_admin;

-- Rights ------------------------------------------------------------------------------------------

ALTER TABLE plan_report ENABLE ROW LEVEL SECURITY;
ALTER TABLE frozen_figure ENABLE ROW LEVEL SECURITY;
CREATE POLICY report_of_staff ON plan_report FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_staff()));
CREATE POLICY report_by_planners ON plan_report FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK ((SELECT acts_as_planner()));
CREATE POLICY report_made_by_planners ON plan_report FOR UPDATE TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_planner())) WITH CHECK ((SELECT acts_as_planner()));
CREATE POLICY frozen_for_staff ON frozen_figure FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_staff()));
CREATE POLICY frozen_by_planners ON frozen_figure FOR INSERT TO harbor_staff, harbor_admin
    WITH CHECK ((SELECT acts_as_planner()));
CREATE POLICY frozen_signed ON frozen_figure FOR UPDATE TO harbor_staff, harbor_admin
    USING ((SELECT acts_as_staff())) WITH CHECK ((SELECT acts_as_staff()));
GRANT SELECT, INSERT (question, changes), UPDATE (run, material, shapes) ON plan_report
    TO harbor_staff, harbor_admin;
GRANT SELECT, INSERT (title, run, note), UPDATE (signed_by) ON frozen_figure
    TO harbor_staff, harbor_admin;
