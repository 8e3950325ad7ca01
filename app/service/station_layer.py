"""The stations of the management map, written once for all who see the same, until they change."""

import gzip
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from app.domain.actor import Actor
from app.service.runtime import Runtime
from app.store import station_list, stations
from app.store.rights import acting_as

MOST_KEPT = 16
# a fifth of the time of the best packing, for a tenth more bytes
PACKING = 1

_Sight = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class StationLayer:
    """The layer as it is sent.

    Attributes:
        tag: another one whenever what it holds may be another.
        packed: JSON in gzip: ``unions`` by id, and ``stations`` as lists of id, number,
            longitude, latitude, state, whether verified, names, services, union.
    """

    tag: str
    packed: bytes

    def plain(self) -> bytes:
        """Return it unpacked."""
        return gzip.decompress(self.packed)


class StationLayers:
    """Keep the layers that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Sight, StationLayer] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, harbor: Runtime, actor: Actor | None) -> StationLayer:
        """Return the placed stations that a person may see.

        Args:
            actor: who asks; None is this machine, while there is no account.
        """
        sight, tag = _sight(harbor, actor)
        with self._lock:
            known = self._kept.get(sight)
            if known is not None and known.tag == tag:
                self._kept.move_to_end(sight)
                return known
        made = StationLayer(tag, gzip.compress(_written(harbor, actor), PACKING))
        with self._lock:
            self._kept[sight] = made
            self._kept.move_to_end(sight)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


def _sight(harbor: Runtime, actor: Actor | None) -> tuple[_Sight, str]:
    """Return what tells apart who sees what, and a tag of it as it is."""
    sight: _Sight = None
    with harbor.connection() as connection:
        if actor is not None:
            with acting_as(connection, actor):
                own = station_list.own_unions(connection)
            sight = None if own is None else tuple(sorted(own))
        # read first: what changes meanwhile is sent again, never missed
        revision = stations.revision(connection)
    return sight, sha256(f"{sight} {revision}".encode()).hexdigest()[:24]


def _written(harbor: Runtime, actor: Actor | None) -> bytes:
    with harbor.connection() as connection:
        if actor is None:
            with connection.transaction():
                listed, unions = stations.on_map(connection), station_list.union_names(connection)
        else:
            with acting_as(connection, actor):
                listed, unions = stations.on_map(connection), station_list.union_names(connection)
    named = json.dumps({str(id_): name for id_, name in unions.items()}, ensure_ascii=False)
    return f'{{"unions":{named},"stations":{listed}}}'.encode()
