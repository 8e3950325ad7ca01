-- What ten years of history at fifty thousand stations showed to be slow.

-- the page of a station tells its change requests
CREATE INDEX change_request_station ON change_request (station_id);
