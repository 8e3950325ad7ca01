-- Lines from memory as one vector layer; PostGIS clips, snaps and encodes.
-- Lines that look the same are joined by cells of a sixteenth of the tile, so that
-- a browser strokes hundreds of shapes instead of thousands and still can pass over
-- those outside its view. The grid is as fine as a screen shows.
WITH
tile AS (
    SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS envelope,
           CASE WHEN %(z)s < 14 THEN 1024 ELSE 4096 END AS extent
),
drawn AS (
    SELECT line.band, line.width, line.n, tile.extent,
           ST_AsMVTGeom(
               ST_Transform(ST_GeomFromWKB(line.wkb, 4326), 3857), tile.envelope, tile.extent,
               tile.extent / 32
           ) AS geometry
    FROM tile, unnest(%(wkb)s::bytea[], %(band)s::int[], %(width)s::int[],
         %(n)s::int[]) AS line (wkb, band, width, n)
)
SELECT ST_AsMVT(d, %(layer)s, (SELECT extent FROM tile), 'geometry')
FROM (
    SELECT band, width, n, ST_CollectionExtract(ST_Collect(geometry), 2) AS geometry
    FROM drawn
    WHERE geometry IS NOT NULL
    GROUP BY band, width, n,
             floor(ST_XMin(geometry) * 4 / extent), floor(ST_YMin(geometry) * 4 / extent)
    ORDER BY band, width, n
) d
