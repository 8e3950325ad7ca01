"""What the audit holds, in words: actions, what they were done to, and their details."""

from collections.abc import Mapping
from typing import Any

from app.domain.lifecycle import EXIT_NAMES, FACTS, MOVES
from app.domain.roles import ROLES
from app.web.fact_words import Words

# the beginning of an action's name
GROUPS: dict[str, Words] = {
    "account": ("账号", "Accounts"),
    "audit": ("审计", "Audit"),
    "award": ("评星表彰", "Awards"),
    "demo": ("演示", "Demo"),
    "document": ("文件", "Documents"),
    "duplicate": ("查重", "Duplicates"),
    "escalation": ("逾期升级", "Escalation"),
    "exit": ("退出", "Exits"),
    "import": ("导入", "Imports"),
    "inspection": ("巡检", "Inspections"),
    "keeper": ("负责人", "Keepers"),
    "key": ("密钥", "Keys"),
    "network": ("步行路网", "The network"),
    "notice": ("通知", "Notices"),
    "plan": ("规划", "Planning"),
    "register": ("登记库", "The register"),
    "standard": ("标准", "Standards"),
    "station": ("站点", "A station"),
    "stations": ("站点名单", "Lists of stations"),
    "unions": ("工会", "Unions"),
}
_MOVED = {f"station.{move.action}": (move.name, move.name_en) for move in MOVES}
ACTIONS: dict[str, Words] = {
    **_MOVED,
    "account.add": ("添加账号", "Added"),
    "account.disable": ("停用账号", "Disabled"),
    "account.enable": ("启用账号", "Enabled"),
    "account.grant": ("授予角色", "Granted a role"),
    "account.login": ("登录", "Logged in"),
    "account.login_failed": ("登录失败", "Login failed"),
    "account.login_role": ("数据库登录名", "Login in the database"),
    "account.logout": ("退出登录", "Logged out"),
    "account.password": ("更改密码", "Password set"),
    "account.revoke": ("收回角色", "Took a role back"),
    "account.second_factor_off": ("关闭两步验证", "Second factor off"),
    "account.second_factor_on": ("开启两步验证", "Second factor on"),
    "account.session_end": ("结束会话", "Session ended"),
    "audit.export": ("导出审计", "Exported"),
    "award.give": ("授予星级或荣誉", "Given"),
    "award.withdraw": ("撤销荣誉", "Withdrawn"),
    "demo.load": ("装入演示数据", "Loaded"),
    "document.scan": ("上传扫描件", "Scan stored"),
    "duplicate.dismiss": ("判断不是重复", "Found to be no duplicate"),
    "duplicate.take_up": ("重新判断", "Taken up again"),
    "escalation.change": ("更改升级步骤", "Steps changed"),
    "exit.decline": ("否决退出建议", "Proposal declined"),
    "exit.propose": ("建议退出", "Proposed"),
    "import.done": ("完成导入", "Done"),
    "import.enter": ("导入写入", "Entered"),
    "import.read": ("读取名单", "Read"),
    "import.undo": ("整批撤销", "Undone"),
    "import.update_refused": ("更新被拒", "Change refused"),
    "inspection.submit": ("提交检查", "Submitted"),
    "keeper.add": ("登记负责人", "Named"),
    "keeper.change": ("更正负责人", "Corrected"),
    "keeper.confirm": ("确认接任", "Confirmed"),
    "keeper.end": ("结束任期", "Ended"),
    "keeper.erase": ("清除个人信息", "Erased"),
    "keeper.link_issue": ("发卡", "Card given"),
    "keeper.link_revoke": ("停用卡片", "Card shut"),
    "keeper.look_up": ("查找负责人", "Looked up"),
    "keeper.login": ("负责人登录", "Keeper logged in"),
    "keeper.login_failed": ("负责人登录失败", "Keeper's login failed"),
    "keeper.propose": ("移交", "Handed over"),
    "keeper.refuse": ("不确认接任", "Not confirmed"),
    "keeper.unmask": ("查看完整信息", "Shown in full"),
    "keeper.unmask_calls": ("显示电话清单", "Call list shown"),
    "keeper.unmask_refused": ("查看完整信息被拒", "Showing in full was refused"),
    "key.rotate": ("更换密钥", "Rotated"),
    "notice.call": ("电话通知", "Called"),
    "report.answer": ("答复反映", "Report answered"),
    "plan.freeze": ("定版一组数", "Figures frozen"),
    "plan.report": ("制作报告", "A report asked for"),
    "plan.report_made": ("报告做成", "A report made"),
    "plan.sign": ("签发定版数", "Figures signed off"),
    "plan.site": ("选址", "Best places asked for"),
    "scenario.change": ("修改方案", "Scenario changed"),
    "scenario.delete": ("删除方案", "Scenario deleted"),
    "scenario.enter": ("方案转入登记册", "Turned into a draft or request"),
    "scenario.make": ("新建方案", "Scenario made"),
    "scope.delete": ("删除区域", "Area deleted"),
    "scope.draw": ("划定区域", "Area drawn"),
    "standard.drop_draft": ("删除标准草稿", "Draft dropped"),
    "standard.insert": ("新建标准", "Made"),
    "standard.release": ("发布标准", "Released"),
    "standard.update": ("更改标准", "Changed"),
    "station.add_photo": ("上传照片", "Photo added"),
    "station.alias_add": ("登记旧编号或曾用名", "Earlier number or name entered"),
    "station.alias_remove": ("删除旧编号或曾用名", "Earlier number or name removed"),
    "station.call_off_closure": ("取消临时关闭", "Closure called off"),
    "station.close_for_a_time": ("临时关闭", "Closed for a time"),
    "station.confirm": ("确认信息", "Confirmed"),
    "station.dossier": ("下载档案", "Dossier taken"),
    "station.edit": ("修改", "Edited"),
    "station.enter": ("录入", "Entered"),
    "station.extend": ("延期", "Last day put off"),
    "station.give_back": ("拆分归还", "Given back"),
    "station.look_again": ("放回待定位", "To be placed again"),
    "station.map_listing": ("记录地图收录", "Record of a public map"),
    "station.not_found": ("记下找不到", "Noted as not found"),
    "station.place": ("定位", "Placed"),
    "station.plaque": ("打印牌子", "Plaque printed"),
    "station.remove_photo": ("删除照片", "Photo removed"),
    "station.say_open": ("报告现在开门", "Said to be open"),
    "station.say_supplies": ("报告物资", "Supplies told"),
    "station.take_over": ("合并接收", "Taken over"),
    "stations.export": ("导出名单", "Exported"),
    "stations.import": ("导入名单", "Imported"),
}
_SUBJECTS: dict[str, Words] = {
    "audit": ("审计", "audit"),
    "calls": ("电话清单", "call list"),
    "document": ("文件", "document"),
    "figure": ("定版数", "frozen figure"),
    "inspection": ("检查", "inspection"),
    "keeper": ("负责人", "keeper"),
    "report": ("报告", "report"),
    "scenario": ("方案", "scenario"),
    "siting": ("选址", "siting"),
    "standard": ("标准", "standard"),
    "station": ("站点", "station"),
    "union": ("工会", "union"),
    "user": ("账号", "user"),
}
_DETAILS: dict[str, Words] = {
    "by": ("经由", "by"),
    "changed": ("改动", "changed"),
    "code": ("编号", "number"),
    "device": ("设备", "device"),
    "document": ("文号", "document"),
    "exit_code": ("退出原因", "reason of exit"),
    "full_name": ("姓名", "full name"),
    "goal": ("目标", "goal"),
    "item": ("方案中的项", "item of the scenario"),
    "items": ("项数", "items"),
    "keepers": ("负责人", "keepers"),
    "name": ("名称", "name"),
    "network": ("网段", "network"),
    "reason": ("原因", "reason"),
    "revision": ("版次", "revision"),
    "request": ("申请", "request"),
    "role": ("角色", "role"),
    "run": ("运行编号", "run"),
    "rows": ("行数", "rows"),
    "sessions_ended": ("结束的会话", "sessions ended"),
    "stars": ("星级", "stars"),
    "state": ("状态", "state"),
    "station": ("站点", "station"),
    "title": ("标题", "title"),
    "union": ("工会", "union"),
    "until": ("截止", "until"),
    "valid_from": ("生效", "valid from"),
    "version": ("版本", "version"),
    "year": ("年度", "year"),
}
_VALUES: dict[str, dict[str, Words]] = {
    "role": {one.role.value: (one.name, one.name_en) for one in ROLES},
    "state": {one.state.value: (one.name, one.name_en) for one in FACTS.values()},
    "exit_code": {code.value: words for code, words in EXIT_NAMES.items()},
    "goal": {
        "cover": ("人最多", "most people"),
        "share": ("站点最少", "fewest stations"),
        "walk": ("步行最短", "shortest walk"),
    },
    "by": {"operator": ("服务器命令", "the server's operator")},
}


def action(name: str) -> Words:
    """Say an action; one without words is called by its name."""
    return ACTIONS.get(name, (name, name))


def subject(name: str) -> Words:
    """Say what something was done to."""
    kind, blank, identity = name.partition(" ")
    words = _SUBJECTS.get(kind, (kind, kind))
    return (words[0] + blank + identity, words[1] + blank + identity)


def details(told: Mapping[str, Any]) -> list[tuple[Words, Words]]:
    """Say the details of an event that it has, each by its name and its value."""
    return [
        (_DETAILS.get(name, (name, name)), _value(name, value))
        for name, value in told.items()
        if value not in (None, "", [])
    ]


def _value(name: str, value: object) -> Words:
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    if isinstance(value, list):
        return (
            "、".join(str(one) for one in value),
            ", ".join(str(one) for one in value),
        )
    return _VALUES.get(name, {}).get(str(value), (str(value), str(value)))
