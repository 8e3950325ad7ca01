"""The audit in words: nothing that planners do is called by its bare name."""

import re

from app.store.migrations import FOLDER
from app.web import audit_words


def test_every_event_of_planning_that_the_database_tells_has_words() -> None:
    told = {
        action
        for path in FOLDER.glob("*.sql")
        for action in re.findall(r"'((?:scenario|scope|plan)\.[a-z_]+)'", path.read_text("utf-8"))
    }
    assert {"scenario.enter", "scope.draw", "plan.site", "plan.freeze", "plan.sign"} <= told
    assert told <= audit_words.ACTIONS.keys()
    assert audit_words.subject("scenario 7") == ("方案 7", "scenario 7")
    assert audit_words.details({"item": "n1", "goal": "share"}) == [
        (("方案中的项", "item of the scenario"), ("n1", "n1")),
        (("目标", "goal"), ("站点最少", "fewest stations")),
    ]
