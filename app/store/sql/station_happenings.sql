-- What happened to a station beside its versions, in the sight of the acting person: of every
-- table the policies have the last word, and station_events asks for the scope itself.
-- An accepted change request is told by its version.
SELECT at, actor_id, kind, reason, told FROM (
    SELECT requested_at AS at, requested_by AS actor_id, 'asked' AS kind, reason,
           jsonb_build_object('request', id) AS told
    FROM change_request WHERE station_id = %(station)s
    UNION ALL
    SELECT decided_at, decided_by, state, decision, jsonb_build_object('request', id)
    FROM change_request
    WHERE station_id = %(station)s AND decided_at IS NOT NULL AND state <> 'accepted'
    UNION ALL
    SELECT submitted_at, inspector_id, CASE kind WHEN 'full' THEN 'inspected' ELSE 'followed_up' END,
           remark, jsonb_build_object('passed', passed, 'score', score, 'stars', stars)
    FROM inspection WHERE station_id = %(station)s AND state = 'submitted'
    UNION ALL
    SELECT opened_at, opened_by, 'rectification_opened', reason,
           jsonb_build_object('deadline', deadline)
    FROM rectification WHERE station_id = %(station)s
    UNION ALL
    SELECT closed_at, closed_by, 'rectification_' || state, '', '{}'
    FROM rectification WHERE station_id = %(station)s AND closed_at IS NOT NULL
    UNION ALL
    SELECT made_at, made_by, 'extended', reason, jsonb_build_object('was', was, 'until', until)
    FROM station_extension WHERE station_id = %(station)s
    UNION ALL
    SELECT a.given_at, a.given_by, 'award_given', a.note,
           jsonb_build_object('kind', a.kind, 'year', a.year, 'stars', a.stars,
                              'document', d.number)
    FROM station_award a LEFT JOIN document d ON d.id = a.document_id
    WHERE a.station_id = %(station)s
    UNION ALL
    SELECT withdrawn_at, withdrawn_by, 'award_withdrawn', withdrawn_reason,
           jsonb_build_object('kind', kind, 'year', year, 'stars', stars)
    FROM station_award WHERE station_id = %(station)s AND withdrawn_at IS NOT NULL
    UNION ALL
    SELECT m.made_at, m.made_by, 'took_over', m.reason, jsonb_build_object('other', s.name)
    FROM station_merge m LEFT JOIN station s ON s.id = m.merged_id
    WHERE m.survivor_id = %(station)s
    UNION ALL
    SELECT m.split_at, m.split_by, 'gave_back', '', jsonb_build_object('other', s.name)
    FROM station_merge m LEFT JOIN station s ON s.id = m.merged_id
    WHERE m.survivor_id = %(station)s AND m.split_at IS NOT NULL
    UNION ALL
    SELECT made_at, made_by, 'closed', reason, jsonb_build_object('begins', begins, 'ends', ends)
    FROM station_closure WHERE station_id = %(station)s
    UNION ALL
    SELECT cancelled_at, cancelled_by, 'closure_called_off', '',
           jsonb_build_object('begins', begins, 'ends', ends)
    FROM station_closure WHERE station_id = %(station)s AND cancelled_at IS NOT NULL
    UNION ALL
    SELECT made_at, made_by, 'photo_added', caption, jsonb_build_object('kind', kind)
    FROM station_photo WHERE station_id = %(station)s
    UNION ALL
    SELECT removed_at, removed_by, 'photo_removed', caption, jsonb_build_object('kind', kind)
    FROM station_photo WHERE station_id = %(station)s AND removed_at IS NOT NULL
    UNION ALL
    SELECT b.imported_at, b.made_by, 'imported', '',
           jsonb_build_object('file', b.file_name, 'row', s.batch_row, 'document', b.document_number)
    FROM station s JOIN import_batch b ON b.id = s.batch_id WHERE s.id = %(station)s
    UNION ALL
    SELECT b.undone_at, b.undone_by, 'import_undone', '', jsonb_build_object('file', b.file_name)
    FROM station s JOIN import_batch b ON b.id = s.batch_id
    WHERE s.id = %(station)s AND b.undone_at IS NOT NULL
    UNION ALL
    -- however many riders report the same, it is one sentence a day
    SELECT min(made_at), NULL, 'reported', '',
           jsonb_build_object('kind', kind, 'reports', count(*))
    FROM report WHERE station_id = %(station)s
    GROUP BY kind, register_day(made_at)
    UNION ALL
    SELECT closed_at, answered_by, 'answered', max(note),
           jsonb_build_object('kind', kind, 'reports', count(*), 'answer', answer)
    FROM report WHERE station_id = %(station)s AND closed_at IS NOT NULL
    GROUP BY closed_at, answered_by, kind, answer
    UNION ALL
    -- that a duty ended by a hand-over is said by its beginning
    SELECT e.at, e.user_id, e.action, '', e.details
    FROM station_events(%(station)s) e
    WHERE e.action <> 'keeper.end' OR e.details ->> 'because' <> 'handed_over'
) AS happened
WHERE at >= coalesce(%(since)s, '-infinity'::timestamptz)
  AND at < coalesce(%(until)s, 'infinity'::timestamptz)
ORDER BY at
