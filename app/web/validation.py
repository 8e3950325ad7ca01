"""What is wrong with a parameter, in our own words rather than the library's."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

# by pydantic's name of the error; what stands in braces comes from its context
WORDS: dict[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not known here; the API's document lists what may be asked",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is not a whole number of usual size",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "finite_number": "is not a finite number",
    "string_type": "is not a text",
    "string_unicode": "is not a text in UTF-8",
    "string_too_short": "has fewer signs than {min_length}",
    "string_too_long": "has more signs than {max_length}",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "uuid_parsing": "is not a UUID",
    "uuid_type": "is not a UUID",
    "literal_error": "is not {expected}",
    "list_type": "is neither a list nor words with commas between",
    "model_type": "has to be a JSON object that holds the parameters",
    "model_attributes_type": "has to be a JSON object that holds the parameters",
    "dict_type": "has to be a JSON object that holds the parameters",
}
MOMENT = "is not a moment such as 2026-03-14T09:00+08:00"
OTHER = "cannot be used"


def explain(error: ValidationError) -> list[tuple[str, str]]:
    """Return the name of each wrong field, ``_schema`` for the whole, and what is wrong with it."""
    return [
        (".".join(map(str, item["loc"])) or "_schema", _words(item))
        for item in error.errors(include_url=False)
    ]


def _words(item: ErrorDetails) -> str:
    kind = item["type"]
    context: dict[str, Any] = item.get("ctx", {})
    if kind == "value_error":  # raised by a check of ours
        return str(context["error"])
    if kind.startswith(("datetime", "timezone")):
        return MOMENT
    return WORDS.get(kind, OTHER).format_map(context)
