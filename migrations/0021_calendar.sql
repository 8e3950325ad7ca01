-- Holidays and make-up workdays as they are announced, whole years at a time.

-- what was known of a year, from when until when: a year that is imported again replaces what was
-- known of it, and whoever asks as of an earlier day still finds that
CREATE TABLE calendar_year (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    year integer NOT NULL CHECK (year BETWEEN 2000 AND 2199),
    file_name text NOT NULL CHECK (length(file_name) <= 255),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CHECK (valid_to > valid_from)
);
CREATE UNIQUE INDEX calendar_year_current ON calendar_year (year) WHERE valid_to IS NULL;

-- all other days of the year are ordinary
CREATE TABLE calendar_day (
    year_id bigint NOT NULL REFERENCES calendar_year,
    day date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('holiday', 'make_up_workday')),
    name text NOT NULL DEFAULT '' CHECK (length(name) <= 100),
    PRIMARY KEY (year_id, day)
);

CREATE TRIGGER calendar_year_announce AFTER INSERT OR UPDATE OR DELETE ON calendar_year
    FOR EACH STATEMENT EXECUTE FUNCTION announce_change();

-- everybody's opening hours follow it; the server's operator alone imports
GRANT SELECT ON calendar_year, calendar_day TO harbor_staff, harbor_admin;
