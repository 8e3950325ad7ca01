"""Bytes to text, for files whose encoding nobody named."""

import codecs

from app.domain.errors import UnreadableFile

_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# a longer tail than this is no single character that was cut
_LONGEST_CHARACTER = 4


def decode(content: bytes, *, file_name: str, encoding: str | None = None) -> tuple[str, str]:
    """Decode a text file: by its byte order mark, else as UTF-8, else as GB18030.

    GB18030 includes GBK and GB2312, which spreadsheets in China write by default.

    Args:
        encoding: the encoding, if it is known.

    Returns:
        The text, and the name of the encoding.

    Raises:
        UnreadableFile: if it is cut short, holds zero bytes, or is neither.
    """
    if encoding is not None:
        return _strict(content, encoding, file_name), encoding
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return _strict(content, codec, file_name), name
    if b"\0" in content:
        raise UnreadableFile(
            f"{file_name} is not a text file: it holds zero bytes.",
            remedy="Save the list as CSV (UTF-8) or XLSX and try again.",
            zh="这不是文本文件。请把名单另存为 CSV (UTF-8) 或 XLSX 再试。",
        )
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        _refuse_cut(content, error, file_name)
    return _strict(content, "gb18030", file_name), "GB18030"


def _refuse_cut(content: bytes, error: UnicodeDecodeError, file_name: str) -> None:
    # bytes past ASCII that were UTF-8 up to the very end: the file was cut in a character
    only_the_tail = error.start >= len(content) - _LONGEST_CHARACTER
    if only_the_tail and error.reason == "unexpected end of data":
        before = content[: error.start]
        if not before.isascii():
            raise UnreadableFile(
                f"{file_name} is cut short: it ends in the middle of a character.",
                remedy="Copy or download it again.",
                zh="文件不完整,最后一个字只有一半。请重新复制或下载。",
            ) from None


def _strict(content: bytes, codec: str, file_name: str) -> str:
    try:
        return content.decode(codec)
    except LookupError:
        raise UnreadableFile(
            f"{codec} is no encoding that is known.", remedy="Try utf-8 or gb18030.",
            zh=f"不认识编码“{codec}”,请用 utf-8 或 gb18030。",
        ) from None  # fmt: skip
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{file_name} is neither UTF-8 nor GB18030 (GBK): byte {error.start} does not fit.",
            remedy="Save it as CSV (UTF-8) or XLSX and try again.",
            zh="文字编码既不是 UTF-8 也不是 GB18030(GBK),读不了。"
            "请另存为 CSV (UTF-8) 或 XLSX 再试。",
        ) from None
