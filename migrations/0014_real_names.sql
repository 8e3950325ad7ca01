-- A station is submitted with a named person in charge: the move needs a keeper who serves.

CREATE OR REPLACE FUNCTION check_station_move(old_row station, new_row station, brought text[])
RETURNS station LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    move station_move;
    actor bigint := acting_user();
    missing text;
BEGIN
    SELECT * INTO move FROM station_move
        WHERE origin = old_row.state AND target = new_row.state;
    IF move IS NULL THEN
        RAISE EXCEPTION 'a station that is % cannot become %', old_row.state, new_row.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT acts_as_operator() THEN
        IF NOT acting_roles(old_row.union_id) && move.roles THEN
            RAISE EXCEPTION 'to % takes one of the roles % in the scope of the union',
                move.action, move.roles USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF 'document' = ANY (brought) AND new_row.document_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM document d WHERE d.id = new_row.document_id
            AND (d.union_id IS NULL OR d.union_id = ANY (acting_unions()) OR acts_everywhere())
        ) THEN
            RAISE EXCEPTION 'the document belongs to another union'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF ('submitter' = ANY (move.not_by) AND old_row.submitted_by = actor)
            OR ('reviewer' = ANY (move.not_by) AND old_row.reviewed_by = actor) THEN
            RAISE EXCEPTION 'to % takes another person than made the step before', move.action
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    SELECT need INTO missing FROM unnest(move.needs) need WHERE CASE need
        WHEN 'place' THEN new_row.place IS NULL
        WHEN 'union' THEN new_row.union_id IS NULL
        WHEN 'keeper' THEN NOT station_has_keeper(new_row.id)
        WHEN 'reason' THEN trim(new_row.state_reason) = '' OR need <> ALL (brought)
        WHEN 'until' THEN new_row.state_until IS NULL OR need <> ALL (brought)
            OR new_row.state_until < register_today()
        WHEN 'exit_code' THEN new_row.exit_code IS NULL OR need <> ALL (brought)
        WHEN 'document' THEN new_row.document_id IS NULL OR need <> ALL (brought)
        WHEN 'survivor' THEN new_row.merged_into IS NULL OR new_row.merged_into = new_row.id
            OR NOT EXISTS (SELECT FROM station s JOIN station_state t USING (state)
                           WHERE s.id = new_row.merged_into AND t.public)
        ELSE true
    END LIMIT 1;
    IF missing IS NOT NULL AND NOT acts_as_operator() THEN
        RAISE EXCEPTION 'to % needs: %', move.action, missing USING ERRCODE = 'check_violation';
    END IF;
    new_row.state_since := clock_timestamp();
    -- the last document stays named; the rest belongs to one state
    IF 'reason' <> ALL (brought) THEN
        new_row.state_reason := '';
    END IF;
    IF 'until' <> ALL (brought) OR 'until' <> ALL (move.needs) THEN
        new_row.state_until := NULL;
    END IF;
    IF 'exit_code' <> ALL (brought) OR 'exit_code' <> ALL (move.needs) THEN
        new_row.exit_code := NULL;
    END IF;
    IF 'survivor' <> ALL (move.needs) THEN
        new_row.merged_into := NULL;
    END IF;
    CASE move.target
        WHEN 'submitted' THEN
            new_row.submitted_by := actor;
            new_row.reviewed_by := NULL;
        WHEN 'reviewed' THEN new_row.reviewed_by := actor;
        ELSE NULL;
    END CASE;
    IF move.action = 'approve' THEN
        new_row.approved_by := actor;
        IF new_row.code IS NULL THEN
            new_row.code := issue_number(new_row.union_id);
        END IF;
    END IF;
    RETURN new_row;
END
$$;
