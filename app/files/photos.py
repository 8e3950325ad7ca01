"""Photos: read from phones, turned upright, made smaller, and freed of what they tell besides.

What a photo says of its place and time is read before it is stripped; what is kept is a new
JPEG of the pixels alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps

from app.domain.errors import FieldError, InvalidInput, UnreadableFile

FIELD = "photos"
MOST_BYTES = 15_000_000
# a phone's largest; a bomb says more
MOST_PIXELS = 80_000_000
# of a format that is unpacked whole, at four bytes a pixel and more than once
MOST_WHOLE_PIXELS = 25_000_000
LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 320
_QUALITY = 84
_LONGEST_DATUM = 40
_FORMATS = ("JPEG", "PNG", "WEBP")
_CHINA = ZoneInfo("Asia/Shanghai")
# brands of the container that HEIC and AVIF share, after "ftyp"
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is kept, and what it told.

    Attributes:
        jpeg, thumbnail: new JPEG files without any metadata, sides of at most 1600 and 320.
        width, height: pixels of ``jpeg``.
        taken_at: when it was taken, None if it does not say.
        longitude, latitude: where, in degrees; None if it does not say.
        datum: what it says the degrees refer to, in its own words; empty, which means
            WGS-84, if it does not say.
    """

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None
    longitude: float | None
    latitude: float | None
    datum: str


def read_photo(content: bytes, *, name: str, zone: tzinfo = _CHINA) -> Photo:
    """Read a JPEG, PNG or WebP photo.

    Args:
        name: the file's name, for messages.
        zone: what its clock showed, where it does not say.

    Raises:
        InvalidInput: for a photo that is too large, or HEIC.
        UnreadableFile: for what is no photo, or is cut short.
    """
    _check_size(content, name)
    try:
        image = Image.open(BytesIO(content), formats=_FORMATS)
        most = MOST_PIXELS if image.format == "JPEG" else MOST_WHOLE_PIXELS
        if image.width * image.height > most:
            raise _too_many_pixels(name, most)
        # a copy is verified, because it cannot be read after that
        Image.open(BytesIO(content), formats=_FORMATS).verify()
        told = image.getexif()
        taken_at = _taken_at(told, zone)
        longitude, latitude = _place(told) or (None, None)
        # a JPEG is decoded at half or a quarter at once
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        upright = _plain(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(name) from None
    except InvalidInput:
        raise
    except Exception as error:  # decoders raise whatever comes to them from damaged bytes
        raise UnreadableFile(
            f"{name} is no photo that can be read: {type(error).__name__}.",
            remedy="Take a JPEG, PNG or WebP photo, and send it again.",
            zh=f"“{name}”不是可读的照片(支持 JPEG、PNG、WebP),或文件不完整。",
        ) from None
    large = _within(upright, LONGEST_SIDE)
    return Photo(
        _jpeg(large),
        _jpeg(_within(upright, THUMBNAIL_SIDE)),
        large.width,
        large.height,
        taken_at,
        longitude,
        latitude,
        _datum(told),
    )


def _check_size(content: bytes, name: str) -> None:
    if not content:
        raise InvalidInput([FieldError(FIELD, f"{name} is empty", f"“{name}”是空文件")])
    if len(content) > MOST_BYTES:
        raise InvalidInput([FieldError(
            FIELD, f"{name} is larger than {MOST_BYTES // 1_000_000} MB",
            f"“{name}”超过 {MOST_BYTES // 1_000_000} MB",
        )])  # fmt: skip
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF:
        raise InvalidInput([FieldError(
            FIELD,
            f"{name} is a HEIC photo, which is not taken; set the camera to “most compatible”"
            " (JPEG), or send it as a JPEG",
            f"“{name}”是 HEIC 格式,暂不支持。请在手机相机设置中选“兼容性最佳”,或转成 JPEG 再传",
        )])  # fmt: skip


def _too_many_pixels(name: str, most: int = MOST_PIXELS) -> InvalidInput:
    return InvalidInput([FieldError(
        FIELD, f"{name} has more than {most // 1_000_000} million pixels",
        f"“{name}”超过 {most // 10_000} 万像素",
    )])  # fmt: skip


def _plain(image: Image.Image) -> Image.Image:
    """Return the pixels in three colours, on white where they were transparent."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        plain = Image.new("RGB", layered.size, "white")
        plain.paste(layered, mask=layered.getchannel("A"))
        return plain
    plain = image.convert("RGB")
    plain.load()
    # a comment or XMP would be written along
    plain.info = {}
    return plain


def _within(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    copy.info = {}
    return copy


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _taken_at(told: Image.Exif, zone: tzinfo) -> datetime | None:
    """Read when a photo was taken; what cannot be read is not known."""
    try:
        inner = told.get_ifd(ExifTags.IFD.Exif)
        text = inner.get(ExifTags.Base.DateTimeOriginal) or told.get(ExifTags.Base.DateTime)
        moment = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        offset = str(inner.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
        return moment.replace(tzinfo=_offset(offset) or zone)
    except Exception:  # as above
        return None


def _offset(text: str) -> tzinfo | None:
    if len(text) != len("+08:00") or text[0] not in "+-":
        return None
    span = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-span if text[0] == "-" else span)


def _place(told: Image.Exif) -> tuple[float, float] | None:
    """Read where a photo was taken; what cannot be read is not known."""
    try:
        gps = told.get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S")
        longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W")
    except Exception:  # as above
        return None
    # a phone without a fix writes zeros
    fixed = abs(longitude) <= 180 and abs(latitude) <= 90 and (longitude, latitude) != (0, 0)
    return (longitude, latitude) if fixed else None


def _datum(told: Image.Exif) -> str:
    """Read what the degrees refer to; what cannot be read was not said."""
    try:
        text = told.get_ifd(ExifTags.IFD.GPSInfo).get(ExifTags.GPS.GPSMapDatum, "")
        plain = text.decode("ascii", "replace") if isinstance(text, bytes) else str(text)
    except Exception:  # as above
        return ""
    return plain.strip("\0 ")[:_LONGEST_DATUM]


def _degrees(gps: Mapping[int, Any], tag: int, reference: int, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in gps[tag])
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError(value)
    return -value if str(gps.get(reference, "")).strip("\0 ").upper() == negative else value
