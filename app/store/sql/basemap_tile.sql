-- One tile of the base map: a vector layer for each of ours, concatenated.
-- Shapes too small to see at this zoom are left out; the envelope is in the
-- column's own projection, so that the index is used.
WITH
tile AS (
    SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS envelope,
           ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.0625) AS wide,
           40075016.7 / (256 * 2 ^ %(z)s) AS pixel
),
drawn AS MATERIALIZED (
    SELECT f.layer, f.kind, f.name,
           ST_AsMVTGeom(
               CASE WHEN ST_Dimension(f.geometry) = 0 THEN f.geometry
                    ELSE ST_SimplifyPreserveTopology(f.geometry, tile.pixel / 3) END,
               tile.envelope, 4096, 256
           ) AS geometry
    FROM basemap_feature f, tile
    WHERE f.network = %(network)s
      AND f.geometry && tile.wide
      AND f.min_zoom <= %(z)s
      AND (ST_Dimension(f.geometry) < 2 OR ST_Area(ST_Envelope(f.geometry)) > tile.pixel ^ 2 * 4)
)
SELECT string_agg(part, ''::bytea ORDER BY layer)
FROM (
    SELECT layer, ST_AsMVT(d, layer, 4096, 'geometry') AS part
    FROM (
        SELECT layer, kind, nullif(name, '') AS name, geometry FROM drawn
        WHERE geometry IS NOT NULL
    ) d
    GROUP BY layer
) parts
