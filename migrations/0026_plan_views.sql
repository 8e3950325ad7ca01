-- What a planner's map is drawn of: the question behind the key in the addresses of its tiles.

-- a crash may empty it: the page asks again
CREATE UNLOGGED TABLE plan_view (
    key text PRIMARY KEY CHECK (key ~ '^[0-9a-f]{32}$'),
    question jsonb NOT NULL,
    changes jsonb NOT NULL DEFAULT '[]',
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX plan_view_age ON plan_view (asked_at);
