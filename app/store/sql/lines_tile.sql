-- Lines from memory as one vector layer; PostGIS clips, snaps and encodes.
WITH tile AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS envelope)
SELECT ST_AsMVT(d, %(layer)s, 4096, 'geometry')
FROM (
    SELECT line.band,
           ST_AsMVTGeom(
               ST_Transform(ST_GeomFromWKB(line.wkb, 4326), 3857), tile.envelope, 4096, 128
           ) AS geometry
    FROM tile, unnest(%(wkb)s::bytea[], %(band)s::int[]) AS line (wkb, band)
) d
WHERE geometry IS NOT NULL
