"""Photos: what a phone sends becomes a small upright JPEG that tells nothing besides."""

import io
import struct
import zlib
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from app.domain.errors import InvalidInput, UnreadableFile
from app.files.photos import MOST_BYTES, read_photo

SECRET = "139 0000 0007"


def picture(width: int = 400, height: int = 300) -> Image.Image:
    """Red above, green below on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2] = (200, 20, 20)
    pixels[height // 2 :, : width // 2] = (20, 160, 20)
    pixels[height // 2 :, width // 2 :] = (20, 20, 200)
    return Image.fromarray(pixels)


def told(
    *, orientation: int = 1, north: str = "N", east: str = "E", offset: str | None = None,
    latitude: tuple[object, ...] = (29, 33, Fraction(3012, 100)),
) -> Image.Exif:  # fmt: skip
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = SECRET
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.DateTimeOriginal] = "2026:06:01 08:30:15"
    inner[ExifTags.Base.UserComment] = SECRET.encode()
    if offset is not None:
        inner[ExifTags.Base.OffsetTimeOriginal] = offset
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = north, east
    gps[ExifTags.GPS.GPSLatitude] = latitude
    gps[ExifTags.GPS.GPSLongitude] = (106, 34, Fraction(648, 100))
    return exif


def saved(image: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)  # type: ignore[arg-type]
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_large_photo_becomes_a_small_jpeg_and_a_thumbnail() -> None:
    photo = read_photo(saved(picture(4000, 3000)), name="门头.jpg")
    large, small = opened(photo.jpeg), opened(photo.thumbnail)
    assert (large.format, large.size) == ("JPEG", (1600, 1200))
    assert (photo.width, photo.height) == (1600, 1200)
    assert (small.format, small.size) == ("JPEG", (320, 240))
    # a small one is not blown up
    assert opened(read_photo(saved(picture(120, 90)), name="x").jpeg).size == (120, 90)


def test_position_and_time_are_read_and_nothing_of_them_is_kept() -> None:
    content = saved(picture(), exif=told(), comment=SECRET.encode(), xmp=SECRET.encode())
    assert SECRET.encode() in content
    photo = read_photo(content, name="x")
    assert photo.longitude == pytest.approx(106 + 34 / 60 + 6.48 / 3600)
    assert photo.latitude == pytest.approx(29 + 33 / 60 + 30.12 / 3600)
    assert photo.taken_at == datetime(2026, 6, 1, 8, 30, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
    for kept in (photo.jpeg, photo.thumbnail):
        assert SECRET.encode() not in kept
        assert b"Exif" not in kept
        assert b"xap" not in kept
        assert not opened(kept).getexif()


def test_the_other_hemispheres_and_an_offset_are_understood() -> None:
    photo = read_photo(saved(picture(), exif=told(north="S", east="W", offset="-03:00")), name="x")
    assert photo.latitude is not None
    assert photo.longitude is not None
    assert photo.latitude < 0
    assert photo.longitude < 0
    assert photo.taken_at == datetime(2026, 6, 1, 11, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [(None, ""), ("WGS-84", "WGS-84"), ("GCJ-02\0", "GCJ-02"), (b"TOKYO  ", "TOKYO"),
     ("x" * 900, "x" * 40)],
)  # fmt: skip
def test_what_the_degrees_refer_to_is_read_in_the_photos_own_words(
    written: str | bytes | None, read: str
) -> None:
    exif = told()
    if written is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = written
    assert read_photo(saved(picture(), exif=exif), name="x").datum == read


@pytest.mark.parametrize("latitude", [(0, 0, 0), (91, 0, 0), (29,), (29, 33, Fraction(1, 1), 4)])
def test_a_position_that_makes_no_sense_is_none(latitude: tuple[object, ...]) -> None:
    exif = told(latitude=latitude)
    if latitude == (0, 0, 0):
        exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLongitude] = (0, 0, 0)
    photo = read_photo(saved(picture(), exif=exif), name="x")
    assert (photo.longitude, photo.latitude) == (None, None)
    assert photo.width == 400


@pytest.mark.parametrize(
    ("orientation", "turned"), [(1, 0), (3, 180), (6, 90), (8, 270)]
)  # fmt: skip
def test_a_photo_is_turned_upright(orientation: int, turned: int) -> None:
    lying = picture().rotate(turned, expand=True)
    photo = read_photo(saved(lying, exif=told(orientation=orientation), quality=95), name="x")
    upright = opened(photo.jpeg)
    assert upright.size == (400, 300)
    assert upright.getpixel((200, 40))[0] > 150  # type: ignore[index]
    assert upright.getpixel((60, 260))[1] > 120  # type: ignore[index]
    assert upright.getpixel((340, 260))[2] > 150  # type: ignore[index]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_other_kinds_of_pixels_become_three_colours_on_white(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((30, 40), 60000, np.uint16))
    elif mode in ("RGBA", "LA"):
        image = Image.new(mode, (40, 30), 0)
    else:
        image = picture(40, 30).convert(mode)
    found = opened(read_photo(saved(image, "PNG"), name="x.png").jpeg)
    assert found.mode == "RGB"
    if mode in ("RGBA", "LA"):
        assert found.getpixel((5, 5)) == (255, 255, 255)


def test_webp_is_taken_as_well() -> None:
    assert read_photo(saved(picture(), "WEBP"), name="x.webp").width == 400


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_heic_is_refused_with_what_to_do(brand: bytes) -> None:
    content = struct.pack(">I", 24) + b"ftyp" + brand + b"\0" * 40
    with pytest.raises(InvalidInput) as refused:
        read_photo(content, name="IMG_1.HEIC")
    (error,) = refused.value.errors
    assert "HEIC" in error.message
    assert "兼容性最佳" in error.zh


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 nothing", b"<html><script>alert(1)</script>", b"\xff\xd8\xff\xe0 cut",
     b"\x89PNG\r\n\x1a\n", b"GIF89a\x01\x00\x01\x00\x80\x00\x00", b"PK\x03\x04zip"],
)  # fmt: skip
def test_what_is_no_photo_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_photo(content, name="照片.jpg")
    assert "照片.jpg" in refused.value.zh


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_that_was_cut_short_is_refused(kind: str) -> None:
    whole = saved(Image.effect_noise((300, 300), 90).convert("RGB"), kind)
    with pytest.raises(UnreadableFile):
        read_photo(whole[: len(whole) // 2], name="x")


def test_an_empty_and_an_oversized_file_are_refused() -> None:
    for content in (b"", b"\xff\xd8\xff" + b"\0" * MOST_BYTES):
        with pytest.raises(InvalidInput):
            read_photo(content, name="x")


# five thousand and a bit squared are more than a format may have that is unpacked whole
@pytest.mark.parametrize("side", [5_100, 9_200, 40_000])
def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(side: int) -> None:
    # a header that promises far more pixels than the few bytes behind it
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    with pytest.raises(InvalidInput) as refused:
        read_photo(content, name="bomb.png")
    assert "像素" in refused.value.errors[0].zh


_WHOLE = saved(picture(64, 48), exif=told())


# what a decoder mutters about metadata that it leaves out
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.lists(st.tuples(st.integers(2, len(_WHOLE) - 1), st.integers(0, 255)), max_size=12))
def test_a_damaged_photo_is_read_or_refused_and_nothing_else(damage: list[tuple[int, int]]) -> None:
    content = bytearray(_WHOLE)
    for place, value in damage:
        content[place] = value
    try:
        photo = read_photo(bytes(content), name="x")
    except (InvalidInput, UnreadableFile):
        return
    assert opened(photo.jpeg).format == "JPEG"
