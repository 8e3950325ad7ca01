-- Riders' reports and what became of them, proofs that a door was open, supplies that ran out,
-- visits counted by the hour. Nowhere a position, an address or a device: where a report came from
-- are two marks under a salt that is destroyed within a day.

-- Sources ---------------------------------------------------------------------------------------

-- marks are keyed by the application's key, too: neither key nor salt says anything by itself
CREATE TABLE report_salt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    begins timestamptz NOT NULL UNIQUE,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32)
);
COMMENT ON COLUMN report_salt.begins IS
    'marks new sources for twelve hours from here on, compares them for another twelve';

CREATE TABLE report_tally (
    mark bytea NOT NULL CHECK (octet_length(mark) = 32),
    hour timestamptz NOT NULL,
    salt_id bigint NOT NULL REFERENCES report_salt ON DELETE CASCADE,
    sent integer NOT NULL CHECK (sent > 0),
    PRIMARY KEY (mark, hour)
);
CREATE INDEX report_tally_salt ON report_tally (salt_id);
COMMENT ON TABLE report_tally IS 'how much came from a source in an hour of the clock';

-- what the QR code of a plaque proves: that who scanned it stood before it
CREATE TABLE plaque_secret (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret bytea NOT NULL CHECK (octet_length(secret) = 32)
);
INSERT INTO plaque_secret (secret)
    SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                  || uuid_send(gen_random_uuid()));

-- Reports ---------------------------------------------------------------------------------------

CREATE TABLE report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket text NOT NULL UNIQUE CHECK (ticket ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    kind text NOT NULL
        CHECK (kind IN ('locked', 'no_water', 'toilet_broken', 'wrong_place', 'other')),
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 200),
    photo_id bigint UNIQUE REFERENCES stored_file,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    strong boolean NOT NULL DEFAULT false,
    once uuid UNIQUE,
    salt_id bigint REFERENCES report_salt,
    source_network bytea CHECK (octet_length(source_network) = 32),
    source_device bytea CHECK (octet_length(source_device) = 32),
    doubts_until timestamptz CHECK (doubts_until > made_at),
    decides boolean NOT NULL DEFAULT false,
    closed_at timestamptz,
    answer text CHECK (answer IN ('open_now', 'mended', 'will_mend', 'not_so')),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    answered_by bigint REFERENCES user_account,
    erased_at timestamptz,
    CHECK ((salt_id IS NULL) = (source_network IS NULL)),
    CHECK ((salt_id IS NULL) = (source_device IS NULL)),
    CHECK ((closed_at IS NULL) = (answer IS NULL)),
    CHECK (kind = 'locked' OR doubts_until IS NULL),
    CHECK (doubts_until IS NOT NULL OR NOT decides)
);
CREATE INDEX report_station ON report (station_id, made_at);
CREATE INDEX report_open ON report (made_at) WHERE closed_at IS NULL;
CREATE INDEX report_doubting ON report (doubts_until) WHERE doubts_until IS NOT NULL;
CREATE INDEX report_source ON report (source_device, station_id) WHERE source_device IS NOT NULL;
CREATE INDEX report_salt_id ON report (salt_id) WHERE salt_id IS NOT NULL;
CREATE INDEX report_to_erase ON report (closed_at)
    WHERE closed_at IS NOT NULL AND erased_at IS NULL;
COMMENT ON COLUMN report.ticket IS 'by which the reporter finds it again; it opens words of ours alone';
COMMENT ON COLUMN report.words IS 'for staff and keepers, never public; erased some time after closing';
COMMENT ON COLUMN report.strong IS 'made at the place, or by the QR code of the plaque';
COMMENT ON COLUMN report.once IS 'sent again, it is the same report';
COMMENT ON COLUMN report.doubts_until IS
    'when the posted hours of the day end; null if they did not say open';
COMMENT ON COLUMN report.decides IS 'whether from it on nobody knows if one gets in';
COMMENT ON COLUMN report.note IS 'of who answered, for staff and keepers';

-- what was reported and answered stays as it was; only what may tell of a person goes
CREATE FUNCTION guard_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.ticket, NEW.station_id, NEW.kind, NEW.made_at, NEW.strong, NEW.decides)
            IS DISTINCT FROM
            (OLD.ticket, OLD.station_id, OLD.kind, OLD.made_at, OLD.strong, OLD.decides)
        OR NEW.doubts_until IS DISTINCT FROM OLD.doubts_until
        OR NEW.words NOT IN ('', OLD.words)
        OR NEW.photo_id IS NOT NULL AND NEW.photo_id IS DISTINCT FROM OLD.photo_id
        OR NEW.salt_id IS NOT NULL AND (NEW.salt_id, NEW.source_network, NEW.source_device)
            IS DISTINCT FROM (OLD.salt_id, OLD.source_network, OLD.source_device) THEN
        RAISE EXCEPTION 'a report stays what it is' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.closed_at IS NOT NULL
        AND ((NEW.closed_at, NEW.answer) IS DISTINCT FROM (OLD.closed_at, OLD.answer)
             OR NEW.answered_by IS DISTINCT FROM OLD.answered_by
             OR NEW.note NOT IN ('', OLD.note)) THEN
        RAISE EXCEPTION 'a report is answered once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER report_guard BEFORE UPDATE ON report
    FOR EACH ROW EXECUTE FUNCTION guard_report();

-- Proofs, supplies, visits ------------------------------------------------------------------------

CREATE TABLE station_proof (
    station_id bigint PRIMARY KEY REFERENCES station ON DELETE CASCADE,
    proved_at timestamptz NOT NULL
);
COMMENT ON COLUMN station_proof.proved_at IS 'when somebody got in last, or a keeper said it is open';

CREATE TABLE station_supply (
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    supply text NOT NULL CHECK (supply IN ('water', 'first_aid', 'toilet_paper')),
    out_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    said_by bigint REFERENCES user_account,
    PRIMARY KEY (station_id, supply)
);
COMMENT ON TABLE station_supply IS 'what ran out, as a keeper said; no row, no lack';

CREATE TABLE station_visit (
    station_id bigint NOT NULL REFERENCES station ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    visits integer NOT NULL CHECK (visits > 0),
    PRIMARY KEY (station_id, hour)
);
COMMENT ON TABLE station_visit IS 'how many got in within an hour; never who';

-- a busy door is proved over and over: once in ten minutes is news, or when it lifts a doubt
CREATE FUNCTION prove_open(of_station bigint, at timestamptz) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO station_proof AS p (station_id, proved_at) VALUES (of_station, at)
    ON CONFLICT (station_id) DO UPDATE SET proved_at = excluded.proved_at
        WHERE excluded.proved_at > p.proved_at
          AND (excluded.proved_at > p.proved_at + interval '10 minutes' OR EXISTS (
              SELECT FROM report r WHERE r.station_id = of_station AND r.doubts_until > at
              AND r.made_at >= p.proved_at))
$$;
REVOKE EXECUTE ON FUNCTION prove_open(bigint, timestamptz) FROM PUBLIC;

-- What keepers and staff do ------------------------------------------------------------------------

-- the one door to an answer; what several riders reported alike is answered to all of them
CREATE FUNCTION answer_report(of_report bigint, said text, with_note text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found report;
    moment timestamptz := clock_timestamp();
    closed bigint[];
BEGIN
    SELECT * INTO found FROM report WHERE id = of_report FOR UPDATE;
    IF found.id IS NULL OR NOT tends_station(found.station_id) THEN
        RAISE EXCEPTION 'only staff of the union and its keepers may answer a report'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF found.closed_at IS NOT NULL THEN
        RETURN 0;
    END IF;
    WITH answered AS (
        UPDATE report r SET closed_at = greatest(moment, r.made_at), answer = said,
            note = with_note, answered_by = acting_user()
        WHERE r.closed_at IS NULL AND (r.id = found.id
            OR r.station_id = found.station_id AND r.kind = found.kind
               AND r.kind IN ('locked', 'no_water', 'toilet_broken') AND r.made_at <= moment)
        RETURNING r.id
    ) SELECT array_agg(id ORDER BY id) INTO closed FROM answered;
    IF said = 'open_now' OR found.kind = 'locked' AND said IN ('mended', 'not_so') THEN
        PERFORM prove_open(found.station_id, moment);
    END IF;
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES ('report.answer', 'station ' || found.station_id,
                jsonb_build_object('reports', closed, 'kind', found.kind, 'answer', said),
                acting_user(), acting_request());
    RETURN cardinality(closed);
END
$$;

CREATE FUNCTION say_open(of_station bigint) RETURNS timestamptz LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    IF NOT tends_station(of_station) THEN
        RAISE EXCEPTION 'only staff of the union and its keepers may say that a station is open'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (SELECT FROM station s JOIN station_state t USING (state)
                   WHERE s.id = of_station AND t.public) THEN
        RAISE EXCEPTION 'only a station that the public sees is open'
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM prove_open(of_station, moment);
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES ('station.say_open', 'station ' || of_station, '{}', acting_user(),
                acting_request());
    RETURN moment;
END
$$;

CREATE FUNCTION say_supplies(of_station bigint, ran_out text[]) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before text[];
    wanted text[] := ARRAY(SELECT DISTINCT unnest(ran_out) ORDER BY 1);
BEGIN
    IF NOT tends_station(of_station) THEN
        RAISE EXCEPTION 'only staff of the union and its keepers may say what ran out'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM station WHERE id = of_station FOR NO KEY UPDATE;
    before := ARRAY(SELECT supply FROM station_supply WHERE station_id = of_station ORDER BY 1);
    IF before = wanted THEN
        RETURN false;
    END IF;
    DELETE FROM station_supply WHERE station_id = of_station AND supply <> ALL (wanted);
    INSERT INTO station_supply (station_id, supply, said_by)
        SELECT of_station, supply, acting_user() FROM unnest(wanted) supply
        ON CONFLICT DO NOTHING;
    INSERT INTO audit_event (action, subject, details, user_id, request_id)
        VALUES ('station.say_supplies', 'station ' || of_station,
                jsonb_build_object('out', wanted, 'was', before), acting_user(),
                acting_request());
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION answer_report(bigint, text, text), say_open(bigint),
    say_supplies(bigint, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answer_report(bigint, text, text), say_open(bigint),
    say_supplies(bigint, text[]) TO harbor_staff, harbor_admin;

-- Fresh snapshots ----------------------------------------------------------------------------------

CREATE TRIGGER report_announce AFTER INSERT ON report
    FOR EACH ROW WHEN (NEW.doubts_until IS NOT NULL) EXECUTE FUNCTION announce_change();
CREATE TRIGGER station_proof_announce AFTER INSERT OR UPDATE OR DELETE ON station_proof
    FOR EACH ROW EXECUTE FUNCTION announce_change();
CREATE TRIGGER station_supply_announce AFTER INSERT OR UPDATE OR DELETE ON station_supply
    FOR EACH ROW EXECUTE FUNCTION announce_change();

-- Rights ----------------------------------------------------------------------------------------

-- never the marks of a source, or the token that finds a report of one's own
GRANT SELECT (id, ticket, station_id, kind, words, photo_id, made_at, strong, doubts_until, decides,
              closed_at, answer, note, answered_by, erased_at)
    ON report TO harbor_staff, harbor_admin;
ALTER TABLE report ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_salt ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE plaque_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY report_of_scope ON report FOR SELECT TO harbor_staff, harbor_admin
    USING ((SELECT acts_everywhere())
           OR station_id = ANY ((SELECT my_kept_stations())::bigint[])
           OR station_id IN (SELECT s.id FROM station s
                             WHERE s.union_id = ANY ((SELECT acting_unions())::bigint[])));

ALTER TABLE station_proof ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_supply ENABLE ROW LEVEL SECURITY;
ALTER TABLE station_visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY proof_of_station ON station_proof FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id));
CREATE POLICY supply_of_station ON station_supply FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id));
CREATE POLICY visit_of_station ON station_visit FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM station s WHERE s.id = station_id));
GRANT SELECT ON station_proof, station_visit TO harbor_staff, harbor_admin;
GRANT SELECT (station_id, supply, out_since) ON station_supply TO harbor_staff, harbor_admin;

-- what the public reads in an answer, for who writes the answer: times alone
CREATE VIEW public_doubt WITH (security_barrier) AS
    SELECT r.station_id, r.made_at AS begins, r.doubts_until AS ends,
           (SELECT max(n.made_at) FROM report n
            WHERE n.station_id = r.station_id AND n.made_at >= r.made_at
              AND n.doubts_until IS NOT NULL) AS reported_at
    FROM report r JOIN station s ON s.id = r.station_id JOIN station_state t USING (state)
    LEFT JOIN station_proof p ON p.station_id = r.station_id
    WHERE t.public AND s.place IS NOT NULL AND r.decides AND r.doubts_until > clock_timestamp()
      AND r.made_at >= coalesce(p.proved_at, '-infinity');
GRANT SELECT ON public_doubt TO harbor_staff, harbor_admin;
