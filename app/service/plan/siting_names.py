"""What chosen sites are called, in Chinese and English, and where they are."""

from typing import Any

from numpy.typing import NDArray

from app.service.gaps import region_of, street_of
from app.service.plan.siting_candidates import Candidates, Spot
from app.service.plan.siting_options import CORNER, KINDS
from app.service.plan.standing import Standing
from app.store import basemap
from app.store.database import Connection


def site_names(
    connection: Connection, standing: Standing, candidates: Candidates, chosen: NDArray[Any]
) -> list[dict[str, Any]]:
    """Return where each chosen candidate is and what it is called.

    What has no name of its own is called after its kind and street, or else after the nearest
    place of the map and its number among the chosen. English falls back on names as they are
    written here, for want of others.

    Returns:
        ``lon``, ``lat``, ``name``, ``name_en``, ``street``, ``district``, ``district_en``,
        ``kind`` and ``host_kind`` of each.
    """
    sites = [_site(standing, candidates, index) for index in chosen.tolist()]
    nameless = [(rank, site) for rank, site in enumerate(sites, start=1) if not site["name"]]
    with connection.transaction():
        near = basemap.nearest_names(
            connection,
            standing.material.streets.name,
            [(site["lon"], site["lat"]) for _, site in nameless],
        )
    for (rank, site), place in zip(nameless, near, strict=True):
        at = place or site["district_en"]
        site["name"] = f"{place or site['district']}拟建 {rank}"
        site["name_en"] = f"New station {rank}{f', {at}' if at else ''}"
    return sites


def _site(standing: Standing, candidates: Candidates, index: int) -> dict[str, Any]:
    spot, material = candidates.spots[index], standing.material
    street = street_of(material.streets, candidates.where, index)
    district = region_of(material.districts, spot.longitude, spot.latitude)
    name, name_en = (spot.name, spot.name) if spot.name else _called(spot, street)
    return {
        "lon": round(spot.longitude, 6),
        "lat": round(spot.latitude, 6),
        "name": name,
        "name_en": name_en,
        "street": street,
        "district": "" if district is None else district.name,
        "district_en": "" if district is None else district.name_en or district.name,
        "kind": spot.kind,
        "host_kind": KINDS[spot.kind][2].value if spot.kind in KINDS else None,
    }


def _called(spot: Spot, street: str) -> tuple[str, str]:
    """Call a nameless spot after its street; empty if it has none and is no premises."""
    if spot.kind in KINDS:
        zh, en, _ = KINDS[spot.kind]
        return f"{street}{zh}", f"{en}, {street}" if street else en
    if street and spot.kind == CORNER:
        return f"{street}路口", f"Corner of {street}"
    return street, street
