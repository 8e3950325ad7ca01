-- The names of a network's base map, each once a layer, where the greatest of those that bear it
-- lies: the one that shows first, then the one with the most points. The place is worked out
-- after the choice, for it costs more than all the rest.
SELECT layer, name, ST_X(place), ST_Y(place)
FROM (
    SELECT layer, name, ST_Transform(ST_PointOnSurface(geometry), 4326) AS place
    FROM (
        SELECT DISTINCT ON (layer, name) layer, name, geometry
        FROM basemap_feature
        WHERE network = %(network)s AND layer IN ('place', 'street', 'premises') AND name <> ''
        ORDER BY layer, name, min_zoom, ST_NPoints(geometry) DESC, geometry
    ) AS chosen
    OFFSET 0
) AS placed
WHERE NOT ST_IsEmpty(place)
ORDER BY length(name), name
