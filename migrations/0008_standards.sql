-- Standards as dated data, inspections by them, and what follows from one: rectification with a
-- deadline, suspension, a proposal to exit, stars and awards; and where public maps show a station.

-- Standards ---------------------------------------------------------------------------------------

CREATE TABLE standard (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{1,39}$'),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    name_en text NOT NULL DEFAULT '' CHECK (length(name_en) <= 100),
    every_months integer NOT NULL DEFAULT 12 CHECK (every_months BETWEEN 1 AND 120),
    ended_on date
);
COMMENT ON COLUMN standard.every_months IS 'how long after an inspection the next one is due';
COMMENT ON COLUMN standard.ended_on IS 'from this day on nothing is inspected by it any more';

CREATE TABLE standard_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    standard text NOT NULL REFERENCES standard,
    version integer NOT NULL CHECK (version > 0),
    source text NOT NULL DEFAULT '' CHECK (length(source) <= 500),
    rectify_days integer NOT NULL DEFAULT 15 CHECK (rectify_days BETWEEN 1 AND 365),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'released')),
    valid_from date,
    revision integer NOT NULL DEFAULT 1,
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_by bigint REFERENCES user_account,
    released_at timestamptz,
    UNIQUE (standard, version),
    CHECK (state = 'draft' OR valid_from IS NOT NULL AND released_at IS NOT NULL)
);
CREATE UNIQUE INDEX standard_version_draft ON standard_version (standard) WHERE state = 'draft';
COMMENT ON COLUMN standard_version.rectify_days IS
    'days to mend a mandatory criterion that says nothing of its own';

CREATE TABLE standard_criterion (
    version_id bigint NOT NULL REFERENCES standard_version ON DELETE CASCADE,
    code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    position integer NOT NULL,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    name_en text NOT NULL DEFAULT '' CHECK (length(name_en) <= 200),
    mandatory boolean NOT NULL DEFAULT false,
    weight integer NOT NULL DEFAULT 0 CHECK (weight BETWEEN 0 AND 1000),
    evidence boolean NOT NULL DEFAULT false,
    may_not_apply boolean NOT NULL DEFAULT false,
    days integer CHECK (days BETWEEN 1 AND 365),
    record text NOT NULL DEFAULT '' CHECK (record IN ('', 'map_listing')),
    PRIMARY KEY (version_id, code)
);
COMMENT ON COLUMN standard_criterion.record IS
    'a record of the register that proves it as well as a photo does';

CREATE TABLE standard_stars (
    version_id bigint NOT NULL REFERENCES standard_version ON DELETE CASCADE,
    stars integer NOT NULL CHECK (stars BETWEEN 1 AND 5),
    least_score numeric(4, 1) NOT NULL CHECK (least_score BETWEEN 0 AND 100),
    requires text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (version_id, stars)
);

-- what stands for the whole city takes an admin of the whole city
CREATE FUNCTION acts_for_city() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM user_grant g JOIN user_account p ON p.id = g.user_id
        LEFT JOIN union_body u ON u.id = g.union_id
        WHERE g.user_id = acting_user() AND p.disabled_at IS NULL
          AND g.role = 'city_admin' AND g.station_id IS NULL
          AND g.valid_from <= clock_timestamp()
          AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
          AND (g.union_id IS NULL OR u.kind = 'city'))
$$;

-- an event that a guard writes; by hand nobody calls it
CREATE FUNCTION note_event(event text, about text, told jsonb) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES (event, about, jsonb_strip_nulls(told), acting_user(), acting_request())
$$;
REVOKE EXECUTE ON FUNCTION note_event(text, text, jsonb) FROM PUBLIC;

CREATE FUNCTION guard_standard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() THEN
        IF NOT acts_for_city() THEN
            RAISE EXCEPTION 'only an admin of the city may change standards'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM note_event('standard.' || lower(TG_OP), 'standard ' || NEW.code,
            jsonb_build_object('name', NEW.name, 'every_months', NEW.every_months,
                               'ended_on', NEW.ended_on));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER standard_guard BEFORE INSERT OR UPDATE ON standard
    FOR EACH ROW EXECUTE FUNCTION guard_standard();

CREATE FUNCTION check_release(released standard_version) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    unknown text;
BEGIN
    IF NOT EXISTS (SELECT FROM standard_criterion WHERE version_id = released.id) THEN
        RAISE EXCEPTION 'a standard without a criterion is not released'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT code INTO unknown FROM standard_stars s, unnest(s.requires) code
        WHERE s.version_id = released.id AND NOT EXISTS (
            SELECT FROM standard_criterion c WHERE c.version_id = s.version_id AND c.code = code)
        LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'a star requires %, which is no criterion', unknown
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM standard_version v WHERE v.standard = released.standard
               AND v.state = 'released' AND v.valid_from >= released.valid_from) THEN
        RAISE EXCEPTION 'a version holds from a later day than the one before it'
            USING ERRCODE = 'check_violation';
    END IF;
    -- what was inspected already stays judged as it was
    IF released.valid_from < register_today() AND NOT acts_as_operator() THEN
        RAISE EXCEPTION 'a version holds from today on or later'
            USING ERRCODE = 'check_violation';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION check_release(standard_version) FROM PUBLIC;

CREATE FUNCTION guard_standard_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() AND NOT acts_for_city() THEN
        RAISE EXCEPTION 'only an admin of the city may change standards'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state = 'released' THEN
        RAISE EXCEPTION 'a released version never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM note_event('standard.drop_draft', 'standard ' || OLD.standard,
            jsonb_build_object('version', OLD.version));
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a version begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        NEW.made_by := acting_user();
        NEW.made_at := clock_timestamp();
        NEW.revision := 1;
        RETURN NEW;
    END IF;
    NEW.revision := OLD.revision + 1;
    IF NEW.state = 'released' THEN
        PERFORM check_release(NEW);
        NEW.released_by := acting_user();
        NEW.released_at := clock_timestamp();
        PERFORM note_event('standard.release', 'standard ' || NEW.standard,
            jsonb_build_object('version', NEW.version, 'valid_from', NEW.valid_from));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER standard_version_guard BEFORE INSERT OR UPDATE OR DELETE ON standard_version
    FOR EACH ROW EXECUTE FUNCTION guard_standard_version();

CREATE FUNCTION guard_standard_part() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    touched bigint[];
    is_state text;
BEGIN
    touched := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.version_id]
                          WHEN 'DELETE' THEN ARRAY[OLD.version_id]
                          ELSE ARRAY[OLD.version_id, NEW.version_id] END;
    -- the lock keeps a release and a change of the same draft apart
    FOR is_state IN SELECT state FROM standard_version WHERE id = ANY (touched) FOR UPDATE LOOP
        IF is_state = 'released' THEN
            RAISE EXCEPTION 'a released version never changes' USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    IF NOT acts_as_operator() AND NOT acts_for_city() THEN
        RAISE EXCEPTION 'only an admin of the city may change standards'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER standard_criterion_guard BEFORE INSERT OR UPDATE OR DELETE ON standard_criterion
    FOR EACH ROW EXECUTE FUNCTION guard_standard_part();
CREATE TRIGGER standard_stars_guard BEFORE INSERT OR UPDATE OR DELETE ON standard_stars
    FOR EACH ROW EXECUTE FUNCTION guard_standard_part();

CREATE FUNCTION version_in_force(of_standard text, on_day date) RETURNS bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT v.id FROM standard_version v JOIN standard s ON s.code = v.standard
    WHERE v.standard = of_standard AND v.state = 'released' AND v.valid_from <= on_day
      AND (s.ended_on IS NULL OR s.ended_on > on_day)
    ORDER BY v.valid_from DESC, v.version DESC LIMIT 1
$$;

-- Maps --------------------------------------------------------------------------------------------

CREATE TABLE map_company (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{1,39}$'),
    name text NOT NULL,
    name_en text NOT NULL,
    position integer NOT NULL
);

CREATE TABLE map_listing (
    station_id bigint NOT NULL REFERENCES station,
    company text NOT NULL REFERENCES map_company,
    submitted_on date,
    visible boolean,
    checked_on date,
    external_id text CHECK (trim(external_id) <> '' AND length(external_id) <= 100),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    changed_by bigint REFERENCES user_account,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (station_id, company),
    CHECK ((visible IS NULL) = (checked_on IS NULL))
);
COMMENT ON COLUMN map_listing.visible IS 'as it was on checked_on; null until somebody looked';

CREATE FUNCTION guard_map_listing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() AND NOT EXISTS (
        SELECT FROM station s WHERE s.id = NEW.station_id AND acting_roles(s.union_id)
            && ARRAY['union_staff', 'reviewer', 'inspector', 'city_admin']) THEN
        RAISE EXCEPTION 'only staff of the union may say where its stations are shown'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.station_id, NEW.company) <> (OLD.station_id, OLD.company) THEN
        RAISE EXCEPTION 'a record belongs to one station and one company'
            USING ERRCODE = 'check_violation';
    END IF;
    -- a day ahead, because a server's day may begin later
    IF greatest(NEW.submitted_on, NEW.checked_on) > register_today() + 1 THEN
        RAISE EXCEPTION 'what was submitted or checked has a day that has come'
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.changed_by := acting_user();
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER map_listing_guard BEFORE INSERT OR UPDATE ON map_listing
    FOR EACH ROW EXECUTE FUNCTION guard_map_listing();

-- what another system calls a station finds it too
CREATE FUNCTION follow_map_listing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.external_id IS DISTINCT FROM NEW.external_id THEN
        DELETE FROM station_alias a WHERE a.station_id = NEW.station_id AND a.kind = 'external'
            AND a.value = OLD.external_id AND NOT EXISTS (
                SELECT FROM map_listing m
                WHERE m.station_id = a.station_id AND m.external_id = a.value);
    END IF;
    IF NEW.external_id IS NOT NULL THEN
        INSERT INTO station_alias (station_id, kind, value)
            VALUES (NEW.station_id, 'external', NEW.external_id) ON CONFLICT DO NOTHING;
    END IF;
    PERFORM note_event('station.map_listing', 'station ' || NEW.station_id, jsonb_build_object(
        'company', NEW.company, 'submitted_on', NEW.submitted_on, 'visible', NEW.visible,
        'checked_on', NEW.checked_on, 'external_id', NEW.external_id,
        'was', CASE TG_OP WHEN 'UPDATE' THEN jsonb_strip_nulls(jsonb_build_object(
            'submitted_on', OLD.submitted_on, 'visible', OLD.visible,
            'checked_on', OLD.checked_on, 'external_id', OLD.external_id)) END));
    RETURN NULL;
END
$$;
CREATE TRIGGER map_listing_follow AFTER INSERT OR UPDATE ON map_listing
    FOR EACH ROW EXECUTE FUNCTION follow_map_listing();

-- Inspections -------------------------------------------------------------------------------------

CREATE TABLE inspection (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station,
    version_id bigint NOT NULL REFERENCES standard_version,
    kind text NOT NULL DEFAULT 'full' CHECK (kind IN ('full', 'follow_up')),
    base_id bigint REFERENCES inspection,
    inspector_id bigint NOT NULL REFERENCES user_account,
    inspected_on date NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'submitted', 'discarded')),
    remark text NOT NULL DEFAULT '' CHECK (length(remark) <= 2000),
    submitted_at timestamptz,
    passed boolean,
    score numeric(4, 1),
    stars integer,
    failed text[],
    to_mend text[],
    CHECK ((kind = 'follow_up') = (base_id IS NOT NULL)),
    CHECK ((state = 'submitted') = (submitted_at IS NOT NULL)),
    CHECK ((state = 'submitted') = (passed IS NOT NULL))
);
CREATE INDEX inspection_station ON inspection (station_id, submitted_at);
CREATE INDEX inspection_submitted ON inspection (submitted_at) WHERE state = 'submitted';
CREATE INDEX inspection_base ON inspection (base_id) WHERE base_id IS NOT NULL;
CREATE UNIQUE INDEX inspection_draft ON inspection (inspector_id, station_id)
    WHERE state = 'draft';
COMMENT ON COLUMN inspection.base_id IS
    'the full inspection whose failed criteria a follow-up looks at again';
COMMENT ON COLUMN inspection.score IS 'of a follow-up: with what the full inspection found';

CREATE TABLE inspection_finding (
    inspection_id bigint NOT NULL REFERENCES inspection,
    criterion text NOT NULL,
    verdict text CHECK (verdict IN ('fulfilled', 'failed', 'not_applicable')),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    PRIMARY KEY (inspection_id, criterion)
);

CREATE TABLE inspection_photo (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inspection_id bigint NOT NULL REFERENCES inspection,
    criterion text NOT NULL,
    file_id bigint NOT NULL UNIQUE REFERENCES stored_file,
    thumbnail_id bigint NOT NULL UNIQUE REFERENCES stored_file,
    taken_at timestamptz,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (file_id <> thumbnail_id)
);
CREATE INDEX inspection_photo_of ON inspection_photo (inspection_id, criterion);
COMMENT ON COLUMN inspection_photo.taken_at IS 'as the photo itself says';

-- how a station stands by the last time somebody looked
CREATE TABLE station_standing (
    station_id bigint PRIMARY KEY REFERENCES station,
    inspection_id bigint NOT NULL REFERENCES inspection,
    inspected_on date NOT NULL,
    passed boolean NOT NULL,
    score numeric(4, 1),
    stars integer NOT NULL,
    due_on date NOT NULL
);
CREATE INDEX station_standing_due ON station_standing (due_on);

-- Rectification -----------------------------------------------------------------------------------

CREATE TABLE rectification (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station,
    inspection_id bigint REFERENCES inspection,
    reason text NOT NULL DEFAULT '',
    deadline date NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    opened_by bigint REFERENCES user_account,
    suspended_at timestamptz,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'cleared', 'exited')),
    closed_at timestamptz,
    closed_by bigint REFERENCES user_account,
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX rectification_open ON rectification (station_id) WHERE state = 'open';
CREATE INDEX rectification_station ON rectification (station_id);
CREATE INDEX rectification_deadline ON rectification (deadline) WHERE state = 'open';
COMMENT ON COLUMN rectification.inspection_id IS
    'the full inspection that it follows from; null if it was ordered without one';
COMMENT ON COLUMN rectification.suspended_at IS 'since when the station is shut because of it';

CREATE TABLE rectification_item (
    rectification_id bigint NOT NULL REFERENCES rectification,
    criterion text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    inspection_id bigint NOT NULL REFERENCES inspection,
    mended_by bigint REFERENCES inspection,
    PRIMARY KEY (rectification_id, criterion)
);

-- what is done about one that is overdue, in days after its deadline
CREATE TABLE escalation_step (
    action text PRIMARY KEY
        CHECK (action IN ('remind', 'tell_keeper', 'tell_union', 'tell_city', 'suspend',
                          'propose_exit')),
    after_days integer NOT NULL CHECK (after_days BETWEEN -60 AND 365),
    for_days integer CHECK (for_days BETWEEN 1 AND 365),
    CHECK ((action = 'suspend') = (for_days IS NOT NULL)),
    CHECK (action <> 'suspend' OR after_days > 0),
    CHECK (action <> 'propose_exit' OR after_days > 0)
);
COMMENT ON COLUMN escalation_step.for_days IS 'how long a suspension lasts at first';
INSERT INTO escalation_step (action, after_days, for_days) VALUES
    ('remind', -3, NULL), ('tell_keeper', 1, NULL), ('tell_union', 3, NULL),
    ('tell_city', 7, NULL), ('suspend', 15, 30), ('propose_exit', 15, NULL);

CREATE TABLE rectification_step (
    rectification_id bigint NOT NULL REFERENCES rectification,
    deadline date NOT NULL,
    action text NOT NULL,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (rectification_id, deadline, action)
);
COMMENT ON COLUMN rectification_step.deadline IS 'a deadline that was extended begins anew';

-- the one door by which the last day of a suspension or a rectification moves
CREATE TABLE station_extension (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station,
    state text NOT NULL,
    was date,
    until date NOT NULL,
    reason text NOT NULL CHECK (reason ~ '\S' AND length(reason) <= 2000),
    made_by bigint REFERENCES user_account,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied boolean NOT NULL DEFAULT false
);
CREATE INDEX station_extension_station ON station_extension (station_id);

CREATE TABLE exit_proposal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station,
    rectification_id bigint REFERENCES rectification,
    exit_code text NOT NULL REFERENCES exit_reason,
    reason text NOT NULL CHECK (reason ~ '\S' AND length(reason) <= 2000),
    proposed_by bigint REFERENCES user_account,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined', 'lapsed')),
    decision text NOT NULL DEFAULT '' CHECK (length(decision) <= 2000),
    decided_by bigint REFERENCES user_account,
    decided_at timestamptz,
    CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX exit_proposal_open ON exit_proposal (station_id) WHERE state = 'open';
CREATE INDEX exit_proposal_station ON exit_proposal (station_id);

-- Stars and awards --------------------------------------------------------------------------------

CREATE TABLE award_kind (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{1,39}$'),
    name text NOT NULL,
    name_en text NOT NULL,
    has_stars boolean NOT NULL,
    position integer NOT NULL
);

CREATE TABLE station_award (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    station_id bigint NOT NULL REFERENCES station,
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    kind text NOT NULL REFERENCES award_kind,
    stars integer CHECK (stars BETWEEN 1 AND 5),
    document_id bigint NOT NULL REFERENCES document,
    subsidy_yuan numeric(10, 2) NOT NULL DEFAULT 0 CHECK (subsidy_yuan >= 0),
    inspection_id bigint REFERENCES inspection,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    given_by bigint REFERENCES user_account,
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at timestamptz,
    withdrawn_by bigint REFERENCES user_account,
    withdrawn_reason text NOT NULL DEFAULT '' CHECK (length(withdrawn_reason) <= 2000),
    CHECK ((withdrawn_at IS NULL) = (withdrawn_reason = ''))
);
CREATE UNIQUE INDEX station_award_once ON station_award (station_id, year, kind)
    WHERE withdrawn_at IS NULL;
CREATE INDEX station_award_station ON station_award (station_id);
CREATE INDEX station_award_year ON station_award (year, kind);
COMMENT ON COLUMN station_award.inspection_id IS 'the inspection that stars follow from';

-- The guards --------------------------------------------------------------------------------------

-- who may inspect: the roles that may order a rectification, but not who entered the station
CREATE FUNCTION check_inspector(of_station station) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM station_state WHERE state = of_station.state AND locked) THEN
        RAISE EXCEPTION 'a station that is % is not inspected', of_station.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF acts_as_operator() THEN
        RETURN;
    END IF;
    IF NOT acting_roles(of_station.union_id) && ARRAY['inspector', 'reviewer', 'city_admin'] THEN
        RAISE EXCEPTION 'to inspect takes an inspector, a reviewer or a city admin of the union'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF of_station.submitted_by = acting_user() THEN
        RAISE EXCEPTION 'to inspect takes another person than submitted the station'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- the criteria an inspection has to answer
CREATE FUNCTION inspection_criteria(of_inspection bigint) RETURNS SETOF standard_criterion
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.* FROM inspection i JOIN standard_criterion c ON c.version_id = i.version_id
    WHERE i.id = of_inspection AND (i.kind = 'full' OR EXISTS (
        SELECT FROM rectification r JOIN rectification_item t ON t.rectification_id = r.id
        WHERE r.station_id = i.station_id AND r.inspection_id = i.base_id
          AND t.criterion = c.code
          AND (t.mended_by IS NULL OR t.mended_by = i.id)))
    ORDER BY c.position
$$;

-- the first thing that keeps an inspection from being closed; app/domain/standard.py says all
CREATE FUNCTION inspection_gap(of_inspection bigint) RETURNS text LANGUAGE sql STABLE
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
            )) THEN ' wants evidence'
        END AS gap
        FROM inspection i, inspection_criteria(i.id) c
        LEFT JOIN inspection_finding f ON f.inspection_id = of_inspection AND f.criterion = c.code
        WHERE i.id = of_inspection
    ) gaps WHERE gap IS NOT NULL ORDER BY position LIMIT 1
$$;

-- what was found in the end: of a follow-up, with the full inspection and others after it
CREATE FUNCTION inspection_verdicts(of_inspection bigint)
RETURNS TABLE (criterion text, verdict text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT ON (f.criterion) f.criterion, f.verdict
    FROM inspection me JOIN inspection i ON i.id = me.id OR (
        me.kind = 'follow_up' AND i.state = 'submitted' AND (i.id = me.base_id
            OR (i.base_id = me.base_id AND i.submitted_at < coalesce(me.submitted_at, 'infinity'))))
    JOIN inspection_finding f ON f.inspection_id = i.id
    WHERE me.id = of_inspection
    ORDER BY f.criterion, (i.id = me.id) DESC, i.submitted_at DESC
$$;

-- app/domain/standard.py has the same, and a test compares them
CREATE FUNCTION judge_inspection(
    of_inspection bigint, OUT passed boolean, OUT score numeric, OUT stars integer,
    OUT failed text[], OUT to_mend text[]
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_version bigint := (SELECT version_id FROM inspection WHERE id = of_inspection);
    whole bigint;
    earned bigint;
    fulfilled text[];
BEGIN
    SELECT coalesce(array_agg(c.code ORDER BY c.position)
                    FILTER (WHERE c.mandatory AND v.verdict = 'failed'), '{}'),
           coalesce(array_agg(c.code ORDER BY c.position)
                    FILTER (WHERE v.verdict = 'failed'), '{}'),
           coalesce(array_agg(c.code) FILTER (WHERE v.verdict = 'fulfilled'), '{}'),
           coalesce(sum(c.weight), 0),
           coalesce(sum(c.weight) FILTER (WHERE v.verdict = 'fulfilled'), 0)
        INTO failed, to_mend, fulfilled, whole, earned
        FROM inspection_verdicts(of_inspection) v
        JOIN standard_criterion c ON c.version_id = of_version AND c.code = v.criterion
        WHERE v.verdict IN ('fulfilled', 'failed');
    passed := failed = '{}';
    -- halves go up, in whole numbers, so that both sides round alike
    score := CASE WHEN whole > 0 THEN (2000 * earned + whole) / (2 * whole) / 10.0 END;
    SELECT coalesce(max(s.stars), 0) INTO stars FROM standard_stars s
        WHERE passed AND s.version_id = of_version AND coalesce(score, 0) >= s.least_score
          AND s.requires <@ fulfilled;
END
$$;

CREATE FUNCTION check_inspection_begins(new_row inspection, at_station station)
RETURNS inspection LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    base inspection;
    standard_of text := (SELECT standard FROM standard_version WHERE id = new_row.version_id);
BEGIN
    IF new_row.state <> 'draft' THEN
        RAISE EXCEPTION 'an inspection begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() THEN
        new_row.inspector_id := acting_user();
        -- a day before and after, because a server's day is not everybody's
        IF abs(new_row.inspected_on - register_today()) > 1 THEN
            RAISE EXCEPTION 'an inspection is of its own day' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    SELECT i.* INTO base FROM rectification r JOIN inspection i ON i.id = r.inspection_id
        WHERE r.station_id = new_row.station_id AND r.state = 'open';
    IF new_row.kind = 'follow_up' THEN
        IF base.id IS NULL OR new_row.base_id IS DISTINCT FROM base.id
            OR new_row.version_id <> base.version_id THEN
            RAISE EXCEPTION 'a follow-up looks again at what an inspection found that is open'
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF new_row.version_id IS DISTINCT FROM version_in_force(standard_of, new_row.inspected_on)
    THEN
        RAISE EXCEPTION 'an inspection goes by the version of its day'
            USING ERRCODE = 'check_violation';
    ELSIF base.id IS NOT NULL AND standard_of <> (
        SELECT standard FROM standard_version WHERE id = base.version_id) THEN
        RAISE EXCEPTION 'faults by another standard are open at this station'
            USING ERRCODE = 'check_violation';
    END IF;
    new_row.begun_at := clock_timestamp();
    RETURN new_row;
END
$$;

CREATE FUNCTION guard_inspection() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    at_station station;
    gap text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> 'draft' THEN
        RAISE EXCEPTION 'an inspection that is % stays as it is', OLD.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO at_station FROM station WHERE id = NEW.station_id;
        PERFORM check_inspector(at_station);
        RETURN check_inspection_begins(NEW, at_station);
    END IF;
    IF (NEW.station_id, NEW.version_id, NEW.kind, NEW.inspector_id, NEW.inspected_on, NEW.begun_at)
            IS DISTINCT FROM (OLD.station_id, OLD.version_id, OLD.kind, OLD.inspector_id,
                              OLD.inspected_on, OLD.begun_at)
        OR NEW.base_id IS DISTINCT FROM OLD.base_id THEN
        RAISE EXCEPTION 'what an inspection is of stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() AND OLD.inspector_id IS DISTINCT FROM acting_user() THEN
        RAISE EXCEPTION 'a draft is its inspector''s own' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> 'submitted' THEN
        RETURN NEW;
    END IF;
    -- moves of the station and what is found there wait for each other
    SELECT * INTO at_station FROM station WHERE id = NEW.station_id FOR UPDATE;
    PERFORM check_inspector(at_station);
    IF NEW.kind = 'follow_up' AND NOT EXISTS (
        SELECT FROM rectification r WHERE r.station_id = NEW.station_id AND r.state = 'open'
            AND r.inspection_id = NEW.base_id) THEN
        RAISE EXCEPTION 'what this follow-up looks at is not open any more'
            USING ERRCODE = 'check_violation';
    END IF;
    gap := inspection_gap(NEW.id);
    IF gap IS NOT NULL THEN
        RAISE EXCEPTION 'the inspection is not finished: %', gap USING ERRCODE = 'check_violation';
    END IF;
    SELECT j.passed, j.score, j.stars, j.failed, j.to_mend
        INTO NEW.passed, NEW.score, NEW.stars, NEW.failed, NEW.to_mend
        FROM judge_inspection(NEW.id) j;
    NEW.submitted_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER inspection_guard BEFORE INSERT OR UPDATE ON inspection
    FOR EACH ROW EXECUTE FUNCTION guard_inspection();

-- findings and photos belong to a draft of one's own and to a criterion that is asked
CREATE FUNCTION guard_inspection_part() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    part record;
    owner inspection;
BEGIN
    part := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    SELECT * INTO owner FROM inspection WHERE id = part.inspection_id FOR SHARE;
    IF owner.state <> 'draft' THEN
        RAISE EXCEPTION 'an inspection that is % stays as it is', owner.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() AND owner.inspector_id IS DISTINCT FROM acting_user() THEN
        RAISE EXCEPTION 'a draft is its inspector''s own' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.inspection_id, NEW.criterion)
            IS DISTINCT FROM (OLD.inspection_id, OLD.criterion) THEN
        RAISE EXCEPTION 'a finding stays with its criterion' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'DELETE' AND NOT EXISTS (
        SELECT FROM inspection_criteria(owner.id) c WHERE c.code = part.criterion) THEN
        RAISE EXCEPTION '% is not asked in this inspection', part.criterion
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN part;
END
$$;
CREATE TRIGGER inspection_finding_guard BEFORE INSERT OR UPDATE OR DELETE ON inspection_finding
    FOR EACH ROW EXECUTE FUNCTION guard_inspection_part();
CREATE TRIGGER inspection_photo_guard BEFORE INSERT OR UPDATE OR DELETE ON inspection_photo
    FOR EACH ROW EXECUTE FUNCTION guard_inspection_part();

CREATE FUNCTION check_photo_files() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM stored_file f JOIN inspection i ON i.station_id = f.station_id
        WHERE f.id IN (NEW.file_id, NEW.thumbnail_id) AND i.id = NEW.inspection_id
          AND f.media_type = 'image/jpeg') <> 2 THEN
        RAISE EXCEPTION 'the files of a photo are JPEG files of the station'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER inspection_photo_files BEFORE INSERT OR UPDATE ON inspection_photo
    FOR EACH ROW EXECUTE FUNCTION check_photo_files();

-- What follows from an inspection -----------------------------------------------------------------

-- the faults found are listed; returns the rectification that is open now, if there is one
CREATE FUNCTION list_faults(of_inspection inspection) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    opened bigint;
    days integer;
    said text;
BEGIN
    SELECT id INTO opened FROM rectification
        WHERE station_id = of_inspection.station_id AND state = 'open' FOR UPDATE;
    IF opened IS NULL AND of_inspection.passed THEN
        RETURN NULL;
    END IF;
    IF opened IS NULL THEN
        -- the strictest criterion sets the deadline
        SELECT min(coalesce(c.days, v.rectify_days)),
               '检查不合格:' || string_agg(c.name, '、' ORDER BY c.position)
            INTO days, said
            FROM standard_criterion c JOIN standard_version v ON v.id = c.version_id
            WHERE c.version_id = of_inspection.version_id
              AND c.code = ANY (of_inspection.failed);
        INSERT INTO rectification (station_id, inspection_id, reason, deadline, opened_by)
            VALUES (of_inspection.station_id, of_inspection.id, left(said, 2000),
                    greatest(of_inspection.inspected_on, register_today()) + days, acting_user())
            RETURNING id INTO opened;
    END IF;
    UPDATE rectification_item SET mended_by = of_inspection.id
        WHERE rectification_id = opened AND mended_by IS NULL
          AND criterion <> ALL (of_inspection.failed);
    IF of_inspection.kind = 'full' AND NOT of_inspection.passed THEN
        UPDATE rectification SET inspection_id = of_inspection.id WHERE id = opened;
        INSERT INTO rectification_item (rectification_id, criterion, name, name_en, note,
                                        inspection_id)
            SELECT opened, c.code, c.name, c.name_en, f.note, of_inspection.id
            FROM standard_criterion c JOIN inspection_finding f
                ON f.inspection_id = of_inspection.id AND f.criterion = c.code
            WHERE c.version_id = of_inspection.version_id
              AND c.code = ANY (of_inspection.failed)
            ON CONFLICT (rectification_id, criterion) DO UPDATE
                SET (name, name_en, note, inspection_id, mended_by)
                = (excluded.name, excluded.name_en, excluded.note, excluded.inspection_id, NULL);
    END IF;
    RETURN opened;
END
$$;

CREATE FUNCTION close_rectification(of_station bigint, as_state text) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE rectification SET state = as_state, closed_at = clock_timestamp(),
        closed_by = acting_user() WHERE station_id = of_station AND state = 'open'
$$;

-- moves go through the guard of the station, with the roles of who inspected
CREATE FUNCTION follow_inspection() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    at_station station;
    opened bigint := list_faults(NEW);
    faults rectification;
    months integer;
BEGIN
    SELECT * INTO at_station FROM station WHERE id = NEW.station_id;
    SELECT * INTO faults FROM rectification WHERE id = opened;
    IF NOT NEW.passed AND at_station.state = 'active' THEN
        UPDATE station SET state = 'rectifying', state_reason = faults.reason,
            state_until = faults.deadline, verified = true, last_proved = clock_timestamp()
            WHERE id = NEW.station_id;
    ELSIF NEW.passed AND faults.id IS NOT NULL
        AND (at_station.state = 'rectifying' OR faults.suspended_at IS NOT NULL) THEN
        UPDATE station SET state = 'active', state_reason = '检查合格(第' || NEW.id || '号)',
            verified = true, last_proved = clock_timestamp() WHERE id = NEW.station_id;
    ELSE
        IF NEW.passed THEN
            PERFORM close_rectification(NEW.station_id, 'cleared');
        END IF;
        UPDATE station SET verified = true, last_proved = clock_timestamp()
            WHERE id = NEW.station_id;
    END IF;
    SELECT s.every_months INTO months FROM standard s JOIN standard_version v ON v.standard = s.code
        WHERE v.id = NEW.version_id;
    INSERT INTO station_standing AS standing
            (station_id, inspection_id, inspected_on, passed, score, stars, due_on)
        VALUES (NEW.station_id, NEW.id, NEW.inspected_on, NEW.passed, NEW.score, NEW.stars,
                NEW.inspected_on + make_interval(months => months))
        ON CONFLICT (station_id) DO UPDATE
            SET (inspection_id, inspected_on, passed, score, stars, due_on)
            = (excluded.inspection_id, excluded.inspected_on, excluded.passed, excluded.score,
               excluded.stars,
               CASE WHEN NEW.kind = 'full' THEN excluded.due_on ELSE standing.due_on END);
    PERFORM note_event('inspection.submit', 'station ' || NEW.station_id, jsonb_build_object(
        'inspection', NEW.id, 'kind', NEW.kind, 'passed', NEW.passed, 'score', NEW.score,
        'stars', NEW.stars, 'failed', to_jsonb(NEW.failed), 'rectification', faults.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER inspection_follow AFTER UPDATE ON inspection
    FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'submitted')
    EXECUTE FUNCTION follow_inspection();

REVOKE EXECUTE ON FUNCTION check_inspector(station), check_inspection_begins(inspection, station),
    list_faults(inspection), close_rectification(bigint, text), judge_inspection(bigint),
    inspection_gap(bigint), inspection_verdicts(bigint), inspection_criteria(bigint) FROM PUBLIC;

-- What follows from a move ------------------------------------------------------------------------

-- the mark "not yet verified" goes with an inspection, and faults that one found with another
CREATE FUNCTION guard_station_faults() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    open_faults text;
BEGIN
    IF acts_as_operator() THEN
        RETURN NEW;
    END IF;
    IF NEW.verified IS DISTINCT FROM OLD.verified AND NOT (NEW.verified AND EXISTS (
        SELECT FROM inspection i WHERE i.station_id = NEW.id AND i.state = 'submitted')) THEN
        RAISE EXCEPTION 'a station is verified by an inspection'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'active' AND OLD.state IN ('rectifying', 'suspended') THEN
        SELECT string_agg(t.name, '、') INTO open_faults
            FROM rectification r JOIN rectification_item t ON t.rectification_id = r.id
            WHERE r.station_id = NEW.id AND r.state = 'open' AND t.mended_by IS NULL;
        IF open_faults IS NOT NULL THEN
            RAISE EXCEPTION 'faults that an inspection found are cleared by a follow-up inspection'
                            ' (%)', open_faults USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_has_faults BEFORE UPDATE ON station FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state OR NEW.verified IS DISTINCT FROM OLD.verified)
    EXECUTE FUNCTION guard_station_faults();

CREATE FUNCTION follow_station_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    CASE NEW.state
    WHEN 'rectifying' THEN
        INSERT INTO rectification (station_id, reason, deadline, opened_by)
            VALUES (NEW.id, NEW.state_reason, coalesce(NEW.state_until, register_today() + 15),
                    acting_user())
            ON CONFLICT (station_id) WHERE state = 'open' DO UPDATE
                SET deadline = coalesce(NEW.state_until, rectification.deadline),
                    suspended_at = NULL;
    WHEN 'suspended' THEN
        IF OLD.state = 'rectifying' THEN
            UPDATE rectification SET suspended_at = clock_timestamp()
                WHERE station_id = NEW.id AND state = 'open';
        END IF;
    WHEN 'active' THEN
        PERFORM close_rectification(NEW.id, 'cleared');
        UPDATE exit_proposal SET state = 'lapsed', decided_at = clock_timestamp(),
            decided_by = acting_user() WHERE station_id = NEW.id AND state = 'open';
    WHEN 'exited' THEN
        PERFORM close_rectification(NEW.id, 'exited');
        UPDATE exit_proposal SET state = 'accepted', decided_at = clock_timestamp(),
            decided_by = acting_user() WHERE station_id = NEW.id AND state = 'open';
        -- what was given stays in the record as given and withdrawn
        UPDATE station_award SET withdrawn_at = clock_timestamp(), withdrawn_by = acting_user(),
            withdrawn_reason = '站点退出' WHERE station_id = NEW.id AND withdrawn_at IS NULL;
    ELSE NULL;
    END CASE;
    RETURN NULL;
END
$$;
CREATE TRIGGER station_follow_move AFTER UPDATE ON station
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state)
    EXECUTE FUNCTION follow_station_move();

-- those that are under rectification already
INSERT INTO rectification (station_id, reason, deadline, opened_at)
    SELECT id, state_reason, coalesce(state_until, register_today() + 15), state_since
    FROM station WHERE state = 'rectifying';

-- Extensions --------------------------------------------------------------------------------------

CREATE FUNCTION guard_station_extension() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    at_station station;
BEGIN
    SELECT * INTO at_station FROM station WHERE id = NEW.station_id FOR UPDATE;
    IF at_station.state IS NULL OR at_station.state NOT IN ('suspended', 'rectifying') THEN
        RAISE EXCEPTION 'a station that is % has no last day to be extended', at_station.state
            USING ERRCODE = 'check_violation';
    END IF;
    -- who may order a state may let it last
    IF NOT acts_as_operator() AND NOT EXISTS (
        SELECT FROM station_move m WHERE m.origin = 'active' AND m.target = at_station.state
            AND m.roles && acting_roles(at_station.union_id)) THEN
        RAISE EXCEPTION 'to extend takes one of the roles that may order it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.until <= at_station.state_until OR NEW.until < register_today() THEN
        RAISE EXCEPTION 'an extension ends later than what it extends, and not in the past'
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.state := at_station.state;
    NEW.was := at_station.state_until;
    NEW.applied := false;
    NEW.made_by := acting_user();
    NEW.made_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER station_extension_guard BEFORE INSERT ON station_extension
    FOR EACH ROW EXECUTE FUNCTION guard_station_extension();

CREATE FUNCTION follow_station_extension() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE station SET state_until = NEW.until WHERE id = NEW.station_id;
    UPDATE rectification SET deadline = NEW.until
        WHERE station_id = NEW.station_id AND state = 'open' AND NEW.state = 'rectifying';
    UPDATE station_extension SET applied = true WHERE id = NEW.id;
    PERFORM note_event('station.extend', 'station ' || NEW.station_id, jsonb_build_object(
        'state', NEW.state, 'was', NEW.was, 'until', NEW.until, 'reason', NEW.reason));
    RETURN NULL;
END
$$;
CREATE TRIGGER station_extension_follow AFTER INSERT ON station_extension
    FOR EACH ROW EXECUTE FUNCTION follow_station_extension();

-- what a move brought along stays until the next one, but for a last day that is extended
CREATE OR REPLACE FUNCTION check_station_rest(old_row station, new_row station) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (new_row.state_reason, new_row.exit_code, new_row.document_id, new_row.merged_into)
            IS DISTINCT FROM (old_row.state_reason, old_row.exit_code, old_row.document_id,
                              old_row.merged_into)
        OR (new_row.state_until IS DISTINCT FROM old_row.state_until AND NOT EXISTS (
            -- there is one only while it is being carried out
            SELECT FROM station_extension e WHERE e.station_id = old_row.id
                AND e.until = new_row.state_until AND NOT e.applied)) THEN
        RAISE EXCEPTION 'reason, dates and documents of a state change with a move alone'
            USING ERRCODE = 'check_violation';
    END IF;
    IF new_row IS NOT DISTINCT FROM old_row AND NOT EXISTS (
        SELECT FROM role r WHERE r.writes AND r.role = ANY (acting_roles(old_row.union_id))
    ) THEN
        RAISE EXCEPTION 'only who may write records of the union may save them'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- Proposals, awards, steps ------------------------------------------------------------------------

CREATE FUNCTION guard_exit_proposal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    at_station station;
    has text[];
BEGIN
    SELECT * INTO at_station FROM station WHERE id = NEW.station_id;
    has := acting_roles(at_station.union_id);
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM station_move
                       WHERE origin = at_station.state AND action = 'exit') THEN
            RAISE EXCEPTION 'a station that is % is not let go', at_station.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF NOT acts_as_operator()
            AND NOT has && ARRAY['union_staff', 'reviewer', 'inspector', 'city_admin'] THEN
            RAISE EXCEPTION 'only staff of the union may propose to let a station go'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT id INTO NEW.rectification_id FROM rectification
            WHERE station_id = NEW.station_id AND state = 'open';
        NEW.proposed_by := acting_user();
        NEW.proposed_at := clock_timestamp();
        NEW.state := 'open';
        NEW.decided_at := NULL;
        NEW.decided_by := NULL;
        PERFORM note_event('exit.propose', 'station ' || NEW.station_id, jsonb_build_object(
            'exit_code', NEW.exit_code, 'reason', NEW.reason,
            'rectification', NEW.rectification_id));
        RETURN NEW;
    END IF;
    -- acceptance comes with the exit itself, from the trigger on station
    IF OLD.state = 'open' AND NEW.state IN ('accepted', 'lapsed') AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' OR NEW.state <> 'declined' OR NEW.decision !~ '\S'
        OR (NEW.station_id, NEW.exit_code, NEW.reason, NEW.proposed_at)
            IS DISTINCT FROM (OLD.station_id, OLD.exit_code, OLD.reason, OLD.proposed_at) THEN
        RAISE EXCEPTION 'a proposal is declined with a reason, or accepted with the exit itself'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT 'city_admin' = ANY (has) THEN
        RAISE EXCEPTION 'only a city admin may decide on an exit'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.decided_by := acting_user();
    NEW.decided_at := clock_timestamp();
    PERFORM note_event('exit.decline', 'station ' || NEW.station_id,
        jsonb_build_object('proposal', NEW.id, 'decision', NEW.decision));
    RETURN NEW;
END
$$;
CREATE TRIGGER exit_proposal_guard BEFORE INSERT OR UPDATE ON exit_proposal
    FOR EACH ROW EXECUTE FUNCTION guard_exit_proposal();

CREATE FUNCTION check_award(new_row station_award, at_station station) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    standing station_standing;
    by_stars boolean := (SELECT has_stars FROM award_kind WHERE code = new_row.kind);
BEGIN
    IF at_station.state <> 'active' THEN
        RAISE EXCEPTION 'an award goes to a station that is active' USING ERRCODE = 'check_violation';
    END IF;
    IF by_stars IS DISTINCT FROM (new_row.stars IS NOT NULL) THEN
        RAISE EXCEPTION 'stars are what an award of stars has' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() AND new_row.document_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM document d WHERE d.id = new_row.document_id
            AND (d.union_id IS NULL OR d.union_id = ANY (acting_unions()) OR acts_everywhere())
    ) THEN
        RAISE EXCEPTION 'the document belongs to another union'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO standing FROM station_standing WHERE station_id = new_row.station_id;
    IF by_stars AND new_row.stars > coalesce(standing.stars, 0) THEN
        RAISE EXCEPTION 'the last inspection earned % stars', coalesce(standing.stars, 0)
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN standing.inspection_id;
END
$$;
REVOKE EXECUTE ON FUNCTION check_award(station_award, station) FROM PUBLIC;

CREATE FUNCTION guard_station_award() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    at_station station;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
        AND pg_trigger_depth() > 1 THEN
        RETURN NEW;  -- with the exit of the station
    END IF;
    SELECT * INTO at_station FROM station WHERE id = NEW.station_id FOR UPDATE;
    IF NOT acts_as_operator() AND NOT 'city_admin' = ANY (acting_roles(at_station.union_id)) THEN
        RAISE EXCEPTION 'only a city admin may give or withdraw an award'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.inspection_id := check_award(NEW, at_station);
        NEW.given_by := acting_user();
        NEW.given_at := clock_timestamp();
        NEW.withdrawn_at := NULL;
        NEW.withdrawn_by := NULL;
        NEW.withdrawn_reason := '';
        PERFORM note_event('award.give', 'station ' || NEW.station_id, jsonb_build_object(
            'kind', NEW.kind, 'year', NEW.year, 'stars', NEW.stars,
            'document', NEW.document_id, 'subsidy_yuan', NEW.subsidy_yuan));
        RETURN NEW;
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_reason !~ '\S'
        OR (NEW.station_id, NEW.year, NEW.kind, NEW.document_id, NEW.subsidy_yuan, NEW.given_at)
            IS DISTINCT FROM (OLD.station_id, OLD.year, OLD.kind, OLD.document_id,
                              OLD.subsidy_yuan, OLD.given_at)
        OR NEW.stars IS DISTINCT FROM OLD.stars THEN
        RAISE EXCEPTION 'an award is withdrawn once, with a reason, and otherwise stays as it is'
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.withdrawn_at := clock_timestamp();
    NEW.withdrawn_by := acting_user();
    PERFORM note_event('award.withdraw', 'station ' || NEW.station_id, jsonb_build_object(
        'award', NEW.id, 'kind', NEW.kind, 'year', NEW.year, 'reason', NEW.withdrawn_reason));
    RETURN NEW;
END
$$;
CREATE TRIGGER station_award_guard BEFORE INSERT OR UPDATE ON station_award
    FOR EACH ROW EXECUTE FUNCTION guard_station_award();

CREATE FUNCTION guard_escalation_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acts_as_operator() THEN
        IF NOT acts_for_city() THEN
            RAISE EXCEPTION 'only an admin of the city may change the steps'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM note_event('escalation.change', 'escalation ' || NEW.action, jsonb_build_object(
            'after_days', NEW.after_days, 'was', OLD.after_days, 'for_days', NEW.for_days));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER escalation_step_guard BEFORE UPDATE ON escalation_step
    FOR EACH ROW WHEN (NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION guard_escalation_step();

-- Rights of rows ----------------------------------------------------------------------------------

-- the stations of which the acting person is the keeper
CREATE FUNCTION kept_stations() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(g.station_id), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = acting_user() AND p.disabled_at IS NULL AND g.station_id IS NOT NULL
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
$$;
GRANT EXECUTE ON FUNCTION acts_for_city(), kept_stations(), version_in_force(text, date)
    TO harbor_staff, harbor_admin;

-- the names of who inspected, ordered, gave: for who sees the record of it
CREATE FUNCTION inspection_people(of_station bigint) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, coalesce(nullif(p.full_name, ''), p.name) FROM user_account p
    WHERE EXISTS (SELECT FROM station s WHERE s.id = of_station
                  AND (s.union_id = ANY (acting_unions()) OR acts_everywhere()
                       OR acts_as_operator()))
      AND p.id IN (
        SELECT i.inspector_id FROM inspection i WHERE i.station_id = of_station
        UNION SELECT unnest(ARRAY[r.opened_by, r.closed_by]) FROM rectification r
            WHERE r.station_id = of_station
        UNION SELECT e.made_by FROM station_extension e WHERE e.station_id = of_station
        UNION SELECT unnest(ARRAY[x.proposed_by, x.decided_by]) FROM exit_proposal x
            WHERE x.station_id = of_station
        UNION SELECT unnest(ARRAY[a.given_by, a.withdrawn_by]) FROM station_award a
            WHERE a.station_id = of_station
        UNION SELECT m.changed_by FROM map_listing m WHERE m.station_id = of_station)
$$;

GRANT SELECT ON standard, standard_version, standard_criterion, standard_stars, map_company,
    award_kind, escalation_step TO harbor_staff, harbor_admin;
GRANT INSERT (code, name, name_en, every_months), UPDATE (name, name_en, every_months, ended_on)
    ON standard TO harbor_staff, harbor_admin;
GRANT INSERT (standard, version, source, rectify_days),
      UPDATE (source, rectify_days, state, valid_from), DELETE
    ON standard_version TO harbor_staff, harbor_admin;
GRANT INSERT, DELETE ON standard_criterion, standard_stars TO harbor_staff, harbor_admin;
GRANT UPDATE (after_days, for_days) ON escalation_step TO harbor_staff, harbor_admin;

GRANT SELECT ON inspection, inspection_finding, inspection_photo, station_standing, rectification,
    rectification_item, rectification_step, station_extension, exit_proposal, station_award,
    map_listing TO harbor_staff, harbor_admin;
GRANT INSERT (station_id, version_id, kind, base_id, inspector_id, inspected_on),
      UPDATE (state, remark) ON inspection TO harbor_staff, harbor_admin;
GRANT INSERT, UPDATE (verdict, note), DELETE ON inspection_finding TO harbor_staff, harbor_admin;
GRANT INSERT (inspection_id, criterion, file_id, thumbnail_id, taken_at), DELETE
    ON inspection_photo TO harbor_staff, harbor_admin;
GRANT INSERT (station_id, until, reason) ON station_extension TO harbor_staff, harbor_admin;
GRANT INSERT (station_id, exit_code, reason), UPDATE (state, decision)
    ON exit_proposal TO harbor_staff, harbor_admin;
GRANT INSERT (station_id, year, kind, stars, document_id, subsidy_yuan, note),
      UPDATE (withdrawn_reason) ON station_award TO harbor_staff, harbor_admin;
GRANT INSERT (station_id, company, submitted_on, visible, checked_on, external_id, note),
      UPDATE (submitted_on, visible, checked_on, external_id, note)
    ON map_listing TO harbor_staff, harbor_admin;

DO $$
DECLARE
    name text;
    of_scope CONSTANT text :=
        'station_id = ANY ((SELECT kept_stations())::bigint[]) OR (SELECT acts_everywhere())'
        ' OR EXISTS (SELECT FROM station s WHERE s.id = station_id'
        ' AND s.union_id = ANY ((SELECT acting_unions())::bigint[]))';
BEGIN
    -- who may write is the guards' matter, and none writes what he does not see
    FOREACH name IN ARRAY ARRAY['station_standing', 'rectification', 'station_extension',
                                'exit_proposal', 'station_award', 'map_listing'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I TO harbor_staff, harbor_admin'
                       ' USING (%s) WITH CHECK (%s)', name || '_of_scope', name, of_scope, of_scope);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['rectification_item', 'rectification_step'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I TO harbor_staff, harbor_admin USING (EXISTS'
                       ' (SELECT FROM rectification r WHERE r.id = rectification_id))',
                       name || '_of_scope', name);
    END LOOP;
    -- a draft is nobody else's
    EXECUTE 'ALTER TABLE inspection ENABLE ROW LEVEL SECURITY';
    EXECUTE format('CREATE POLICY inspection_of_scope ON inspection FOR SELECT'
                   ' TO harbor_staff, harbor_admin USING (state = ''submitted'' AND (%s))',
                   of_scope);
    FOREACH name IN ARRAY ARRAY['inspection_finding', 'inspection_photo'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I TO harbor_staff, harbor_admin USING (EXISTS'
                       ' (SELECT FROM inspection i WHERE i.id = inspection_id))',
                       name || '_of_scope', name);
    END LOOP;
END
$$;
CREATE POLICY inspection_of_oneself ON inspection TO harbor_staff, harbor_admin
    USING (inspector_id = (SELECT acting_user()))
    WITH CHECK (inspector_id = (SELECT acting_user()));
