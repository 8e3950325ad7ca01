"""Ways out of the house: what carries a notice to a keeper's phone."""

from dataclasses import dataclass
from typing import Protocol

import requests
from pydantic import SecretStr

from app.domain.errors import HarborError
from app.settings import Settings

TIMEOUT_SECONDS = 10.0
# what a gateway says about itself rather than about the message
_PASSING = frozenset({408, 425, 429})


class CarrierDown(HarborError):
    """The carrier cannot take the message now; it is tried again."""


class CarrierRefused(HarborError):
    """The carrier will never take this message."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is carried.

    Attributes:
        key: the same for the same notice to the same person: a carrier that has
            seen it sends nothing more.
        phone: where to.
        text, text_en: what it says.
    """

    key: str
    phone: str
    text: str
    text_en: str


class Carrier(Protocol):
    """A way to a phone."""

    name: str

    def carry(self, message: Message) -> str:
        """Hand a message over; return what the carrier answered.

        Raises:
            CarrierDown, CarrierRefused: if it did not take it.
        """


class HttpGateway:
    """A gateway for short messages, or the union's own app, that takes JSON by POST.

    It gets ``{"id", "to", "text", "text_en"}`` with the header ``Idempotency-Key``,
    and a bearer token if there is one. An answer of 2xx is delivery, 409 says that
    it had the message already, other 4xx refuse it, everything else passes.
    """

    name = "gateway"

    def __init__(self, url: str, token: SecretStr | None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    def carry(self, message: Message) -> str:
        """Post the message."""
        body = {
            "id": message.key, "to": message.phone, "text": message.text,
            "text_en": message.text_en,
        }  # fmt: skip
        try:
            answer = requests.post(
                self._url, json=body, timeout=TIMEOUT_SECONDS, allow_redirects=False,
                headers={**self._headers, "Idempotency-Key": message.key},
            )  # fmt: skip
        except requests.RequestException as error:
            # what it says may hold the address with its secrets
            raise CarrierDown(f"The gateway does not answer ({type(error).__name__}).") from None
        status = answer.status_code
        if 200 <= status < 300 or status == 409:
            return str(status)
        if 400 <= status < 500 and status not in _PASSING:
            raise CarrierRefused(f"The gateway refused the message with {status}.")
        raise CarrierDown(f"The gateway answered {status}.")


def carrier_of(settings: Settings) -> Carrier | None:
    """Return the carrier that is configured; None leaves notices to the call list."""
    if not settings.notice_gateway_url:
        return None
    return HttpGateway(settings.notice_gateway_url, settings.notice_gateway_token)
