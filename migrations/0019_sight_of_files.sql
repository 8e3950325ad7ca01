-- Papers and photos follow the record they belong to; ended unions take in nothing more.

-- Sight of documents and files ------------------------------------------------------------------

CREATE INDEX station_document ON station (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX station_version_document ON station_version (((facts->>'document_id')::bigint))
    WHERE facts->>'document_id' IS NOT NULL;
CREATE INDEX station_award_document ON station_award (document_id);
CREATE INDEX document_file ON document (file_id) WHERE file_id IS NOT NULL;

-- whether a document once decided about a station of the acting person's scope
CREATE FUNCTION document_decided_in_scope(sought bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM (
            SELECT s.id FROM station s WHERE s.document_id = sought
            UNION ALL
            SELECT v.station_id FROM station_version v
                WHERE v.facts->>'document_id' IS NOT NULL
                  AND (v.facts->>'document_id')::bigint = sought
            UNION ALL
            SELECT a.station_id FROM station_award a WHERE a.document_id = sought
        ) named JOIN station s USING (id)
        WHERE s.union_id = ANY (acting_unions()))
$$;
REVOKE EXECUTE ON FUNCTION document_decided_in_scope(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION document_decided_in_scope(bigint) TO harbor_staff, harbor_admin;

-- the city's approval of a district's station is in that district's dossier too
CREATE POLICY document_of_record ON document FOR SELECT TO harbor_staff, harbor_admin
    USING (document_decided_in_scope(id));

-- what belongs to a station is seen by whose station it is now, not by whose it was
DROP POLICY file_of_scope ON stored_file;
CREATE POLICY file_of_scope ON stored_file TO harbor_staff, harbor_admin
    USING (made_by = (SELECT acting_user())
           OR (SELECT acts_everywhere())
           OR (station_id IS NULL AND union_id = ANY ((SELECT acting_unions())::bigint[]))
           OR EXISTS (SELECT FROM station s WHERE s.id = station_id
                      AND s.union_id = ANY ((SELECT acting_unions())::bigint[])))
    WITH CHECK (true);  -- the guard decides who stores
CREATE POLICY file_of_document ON stored_file FOR SELECT TO harbor_staff, harbor_admin
    USING (EXISTS (SELECT FROM document d WHERE d.file_id = stored_file.id));

-- Ended unions ----------------------------------------------------------------------------------

CREATE FUNCTION refuse_ended_union() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    ended union_body;
BEGIN
    SELECT * INTO ended FROM union_body
        WHERE id = NEW.union_id AND valid_to IS NOT NULL AND valid_to <= register_today();
    IF FOUND AND NOT acts_as_operator() THEN
        RAISE EXCEPTION 'the union % ended on %: records go to its successor',
            ended.code, ended.valid_to USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_union_lives BEFORE INSERT ON station
    FOR EACH ROW EXECUTE FUNCTION refuse_ended_union();
-- a record that stays with an ended union, which nobody should have left there, may still be mended
CREATE TRIGGER station_union_change_lives BEFORE UPDATE OF union_id ON station
    FOR EACH ROW WHEN (NEW.union_id IS DISTINCT FROM OLD.union_id)
    EXECUTE FUNCTION refuse_ended_union();

-- Other numbers ---------------------------------------------------------------------------------

-- an earlier number leads to one station, whoever may see which
CREATE FUNCTION guard_alias_alone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    holder bigint;
BEGIN
    IF NEW.kind <> 'number' OR acts_as_operator() THEN
        RETURN NEW;
    END IF;
    -- two who enter the same number at once wait for each other
    PERFORM pg_advisory_xact_lock(hashtextextended('alias:' || NEW.value, 0));
    SELECT a.station_id INTO holder FROM station_alias a JOIN station s ON s.id = a.station_id
        WHERE a.kind = 'number' AND a.value = NEW.value AND a.station_id <> NEW.station_id
          AND s.state NOT IN ('discarded', 'merged')
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the earlier number % leads to another station already', NEW.value
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER station_alias_alone BEFORE INSERT ON station_alias
    FOR EACH ROW EXECUTE FUNCTION guard_alias_alone();

-- Looking keepers up ----------------------------------------------------------------------------

-- who tries numbers one after the other learns whose they are: each look-up stands in the audit,
-- and one person has so many an hour
DROP FUNCTION find_keepers(bytea[]);
CREATE FUNCTION find_keepers(prints bytea[], most integer)
RETURNS TABLE (keeper_id bigint, of_station bigint, station_name text, key uuid, wrapped bytea,
               masks bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    person bigint := acting_user();
    before integer;
BEGIN
    IF person IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('keeper.look_up'), (person % 2147483647)::integer);
        SELECT count(*) INTO before FROM audit_event a
            WHERE a.user_id = person AND a.action = 'keeper.look_up'
            AND a.at > clock_timestamp() - interval '1 hour';
        IF before >= most THEN
            RAISE EXCEPTION 'so many keepers were looked up within the hour; go on later' USING
                ERRCODE = 'check_violation', CONSTRAINT = 'keeper_look_up_limit';
        END IF;
    END IF;
    RETURN QUERY SELECT k.id, s.id, s.name, d.id, d.wrapped, k.masks_sealed
        FROM keeper k JOIN keeper_key d ON d.id = k.key_id JOIN station s ON s.id = k.station_id
        WHERE (k.phone_print = ANY (prints) OR k.name_print = ANY (prints))
          AND acts_in_application()
          AND (s.union_id = ANY (acting_unions()) OR acts_everywhere() OR acts_as_operator())
        ORDER BY k.id;
    IF person IS NOT NULL THEN
        PERFORM note_event('keeper.look_up', 'keepers', '{}');
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION find_keepers(bytea[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_keepers(bytea[], integer) TO harbor_staff, harbor_admin;
