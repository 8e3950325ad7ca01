"""QR codes as pictures that a page can hold."""

import segno


def data_uri(text: str, *, scale: int = 5) -> str:
    """Return an SVG picture of a QR code as a ``data:`` address.

    Args:
        text: what the code says.
        scale: size of a module in CSS pixels.
    """
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_data_uri(scale=scale, border=4, dark="#000", light="#fff"))
