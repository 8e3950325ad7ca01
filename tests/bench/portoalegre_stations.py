"""Make the station list of the README's Porto Alegre figures: 150 stations, the same every time.

python -m tests.bench.portoalegre_stations HEXAGONS.csv STATIONS.csv
"""

import csv
import random
import sys
from pathlib import Path

COUNT = 150
LEAST_PEOPLE = 300
SHIFT_DEGREES = 0.001
HOURS = ("24/7", "Mo-Fr 08:00-18:00", "", "每天 9:00-21:00")
SERVICES = ("toilet;water", "water;seat", "toilet;water;charging")


def make(hexagons: Path, stations: Path, *, seed: int = 3) -> int:
    """Draw hexagons with people at random and put a station near the middle of each."""
    with hexagons.open(encoding="utf-8") as file:
        lived_in = [
            (float(row["lon"]), float(row["lat"]))
            for row in csv.DictReader(file)
            if float(row["population"]) > LEAST_PEOPLE
        ]
    generator = random.Random(seed)
    with stations.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "address", "lon", "lat", "services", "hours", "code"])
        for i, (lon, lat) in enumerate(generator.sample(lived_in, COUNT), start=1):
            writer.writerow(
                [
                    f"Ponto {i}",
                    f"Rua {i}",
                    round(lon + generator.uniform(-SHIFT_DEGREES, SHIFT_DEGREES), 6),
                    round(lat + generator.uniform(-SHIFT_DEGREES, SHIFT_DEGREES), 6),
                    generator.choice(SERVICES),
                    generator.choice(HOURS),
                    f"P-{i:03d}",
                ]
            )
    return COUNT


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
