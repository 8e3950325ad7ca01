"""The Flask application: only wired here."""

from apiflask import APIFlask

from app.service.minutes import MinutesCache
from app.service.runtime import Runtime
from app.service.station_layer import StationLayers
from app.web import (
    account_pages,
    api,
    audit_pages,
    batch_pages,
    change_pages,
    desk_pages,
    duplicate_pages,
    fact_pages,
    file_pages,
    forms,
    health,
    import_done_pages,
    import_map,
    import_pages,
    inspection_pages,
    inspection_section,
    keeper_change_pages,
    keeper_own_pages,
    keeper_pages,
    keeper_switch_pages,
    login_pages,
    map_pages,
    move_pages,
    notice_pages,
    number_pages,
    openapi,
    packing,
    pages,
    placing_pages,
    plan_api,
    plan_frozen_pages,
    plan_pages,
    plan_report_pages,
    plan_scenarios,
    plan_sitings,
    problems,
    record_pages,
    report_api,
    report_pages,
    review_pages,
    rider_door,
    rights_pages,
    security,
    shell_pages,
    standard_pages,
    static_files,
    station_forms,
    tiles,
    user_pages,
    worth_section,
)

MOST_BODY_BYTES = 1_000_000


def create_app(harbor: Runtime) -> APIFlask:
    """Wire blueprints, problems and headers around a runtime."""
    app = APIFlask(
        "app.web",
        title="Harbor 渝工港湾",
        version="1",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]  # served by static_files
    )
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BODY_BYTES,
        SPEC_FORMAT="json",
        AUTO_SERVERS=False,  # it would keep whatever host was asked for first
        AUTO_404_RESPONSE=False,
        VALIDATION_ERROR_DESCRIPTION="The request cannot be used",
    )
    # routing would redirect to an address made of whatever host was asked for
    app.url_map.merge_slashes = False
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["harbor"] = harbor
    app.extensions["harbor_minutes"] = MinutesCache()
    app.extensions["harbor_layers"] = StationLayers()
    security.init_app(app)
    static_files.init_app(app, static_files.StaticFiles())
    packing.init_app(app)
    problems.init_app(app)
    forms.init_app(app)
    # a number as on the plaque, nothing for a record without one
    app.jinja_env.filters["numbered"] = desk_pages.display
    login_pages.init_app(app)
    openapi.init_app(app)
    for module in (
        api,
        report_api,
        tiles,
        map_pages,
        pages,
        shell_pages,
        login_pages,
        account_pages,
        health,
        keeper_pages,
        keeper_change_pages,
        keeper_own_pages,
        keeper_switch_pages,
        fact_pages,
        file_pages,
        import_pages,
        import_done_pages,
        import_map,
        batch_pages,
        notice_pages,
        report_pages,
        number_pages,
        desk_pages,
        review_pages,
        audit_pages,
        record_pages,
        move_pages,
        change_pages,
        rights_pages,
        user_pages,
        worth_section,
        station_forms,
        placing_pages,
        duplicate_pages,
        inspection_pages,
        inspection_section,
        standard_pages,
        plan_report_pages,
        plan_frozen_pages,
        plan_pages,
        plan_api,
        plan_scenarios,
        plan_sitings,
    ):
        app.register_blueprint(module.blueprint)
    rider_door.init_app(app, harbor)
    return app
