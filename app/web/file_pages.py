"""Stored files for staff."""

from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from app.service import stored_files
from app.service.stored_files import StoredFile
from app.web import console
from app.web.context import runtime

blueprint = APIBlueprint("files", __name__, url_prefix="/manage/files", enable_openapi=False)


@blueprint.get("/<int:file_id>")
def file(file_id: int) -> Response:
    """Hand out a file to who may see it; what it is, not what it calls itself, decides."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = stored_files.get(connection, actor, file_id)
    return handed_out(found)


def handed_out(found: StoredFile) -> Response:
    """Answer with a stored file, in its place only if it is a picture."""
    shown = found.media_type.startswith("image/") and "download" not in request.args
    way = "inline" if shown else "attachment"
    response = FlaskResponse(found.content, mimetype=found.media_type)
    response.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.name)}"
    # a file is not a page of ours, whatever it holds
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.set_etag(found.digest.hex())
    return response.make_conditional(request)
