-- Days on which districts merge or give towns away, and unions follow or do not.

CREATE TABLE reorganisation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    held_on date NOT NULL,
    document_number text NOT NULL CHECK (document_number <> ''),
    title text NOT NULL DEFAULT '',
    plan jsonb NOT NULL,
    plan_digest text NOT NULL UNIQUE,
    report jsonb NOT NULL DEFAULT '{}',
    done_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN reorganisation.plan_digest IS 'the same plan is carried out once';
GRANT SELECT ON reorganisation TO harbor_staff, harbor_admin;

-- who takes over a union that ends: its people see what the ended one left, documents included
ALTER TABLE union_body ADD COLUMN succeeded_by bigint REFERENCES union_body
    CHECK (succeeded_by IS NULL OR valid_to IS NOT NULL);

CREATE OR REPLACE FUNCTION acting_roles(of_union bigint) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor bigint := acting_user();
BEGIN
    RETURN (WITH RECURSIVE above AS (
        SELECT id, parent_id, succeeded_by FROM union_body WHERE id = of_union
        UNION
        SELECT u.id, u.parent_id, u.succeeded_by FROM union_body u
            JOIN above a ON u.id IN (a.parent_id, a.succeeded_by)
    )
    SELECT coalesce(array_agg(DISTINCT g.role), '{}')
    FROM user_grant g JOIN user_account p ON p.id = g.user_id
    WHERE g.user_id = actor AND p.disabled_at IS NULL AND g.station_id IS NULL
      AND g.valid_from <= clock_timestamp()
      AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
      AND (g.union_id IS NULL OR g.union_id IN (SELECT id FROM above)));
END
$$;

-- acting_unions() is this for every role but one
CREATE OR REPLACE FUNCTION acting_unions_as(as_roles text[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor bigint := acting_user();
BEGIN
    RETURN (WITH RECURSIVE granted AS (
        SELECT g.union_id FROM user_grant g JOIN user_account p ON p.id = g.user_id
        WHERE g.user_id = actor AND p.disabled_at IS NULL AND g.station_id IS NULL
          AND g.role = ANY (as_roles)
          AND g.valid_from <= clock_timestamp()
          AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())
    ), below AS (
        SELECT u.id FROM union_body u
        WHERE u.id IN (SELECT union_id FROM granted)
           OR EXISTS (SELECT FROM granted WHERE union_id IS NULL)
        UNION
        SELECT u.id FROM union_body u JOIN below b ON b.id IN (u.parent_id, u.succeeded_by)
    )
    SELECT coalesce(array_agg(id), '{}') FROM below);
END
$$;
