"""The list that staff fill in: drop-downs, cells that stay text, an example row, help."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.facts import FUNCTIONS, VENUES
from app.domain.services import SERVICES
from app.domain.station import DOOR_NAMES, Door
from app.domain.station_row import HOST_KIND_WORDS
from app.files.cells import guarded, printable
from app.files.stations import EXAMPLE_MARK

LIST_SHEET, HELP_SHEET, WORDS_SHEET = "站点", "填写说明", "选项"
# as many rows have drop-downs
ROWS = 5_000
_ANSWERS = ("是", "否", "就近")
_TEAL, _PALE = "FF0F766E", "FFE6F4F1"

# header, width, what it is for; drop-downs are added where a name is known below
_BEFORE: tuple[tuple[str, int, str], ...] = (
    ("名称", 30, "必填。牌子上的名称,如“渝工港湾(较场口)”。"),
    ("英文名", 20, "可空。"),
    ("地址", 40, "写到门牌号。没有坐标的站点按地址进入“待定位”队列。"),
    ("区县", 14, "可选列表中的区县,用来核对坐标。"),
    ("所属工会", 22, "为多家工会填表时选择;只为自己的工会填表可以空着。"),
    ("经度", 14, "小数度数,如 106.5516;与纬度一起填,或都空着。坐标系在导入时选择。"),
    ("纬度", 14, "小数度数,如 29.5628。"),
    ("场所类型", 14, "从列表选。"),
    ("共建单位", 28, "单位全称,与营业执照一致。"),
    ("统一社会信用代码", 22, "18 位,会校验末位。"),
    ("开放时间", 30, "如“周一至周五 09:00-17:00”“24小时”“每天 8:00-20:00,节假日休息”。"),
    ("开门方式", 14, "从列表选。"),
    ("面积", 10, "平方米,只填数字。"),
    ("座位数", 10, "只填数字。"),
    ("原编号", 18, "旧牌子或其他系统的编号,多个用分号隔开。"),
)
_AFTER: tuple[tuple[str, int, str], ...] = (
    ("就近或季节性服务", 30, "不在站内或只在一段时间有的服务,如“饮水(就近)、纳凉 6/1-9/30”。"),
    ("拓展功能", 20, f"可填:{'、'.join(one.name for one in FUNCTIONS)}。"),
    ("同址工会阵地", 24, f"可填,多个用顿号隔开:{'、'.join(one.name for one in VENUES)}。"),
    ("负责人姓名", 14, "真实姓名。加密保存,不公开。"),
    ("负责人手机", 16, "11 位手机号;多位负责人用分号隔开,如“张三 139…;李四 138…”。"),
    ("负责人单位", 24, "负责人的工作单位。"),
    ("同意登记日期", 16, "本人同意登记姓名和电话的日期,如 2026-05-01。不要填写身份证号。"),
)
_EXAMPLE = {
    "名称": f"渝工港湾{EXAMPLE_MARK}",
    "地址": "较场口得意世界 1 号",
    "经度": "106.5770",
    "纬度": "29.5570",
    "场所类型": "银行",
    "共建单位": "某某银行较场口支行",
    "开放时间": "周一至周五 09:00-17:00",
    "开门方式": DOOR_NAMES[Door.OPEN][0],
    "面积": "30",
    "座位数": "8",
    "原编号": "A-0001",
    "厕所": "是",
    "饮水": "是",
    "歇脚": "是",
    "就近或季节性服务": "纳凉 6/1-9/30",
    "负责人姓名": "张三",
    "负责人手机": "13900001234",
    "负责人单位": "某某银行较场口支行",
    "同意登记日期": "2026-05-01",
}


def write_template(*, districts: Sequence[str] = (), unions: Sequence[str] = ()) -> bytes:
    """Write the workbook; every cell of the list is text, so that nothing is turned round.

    Args:
        districts, unions: what their drop-downs offer; without any they have none.
    """
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has no sheet")
    sheet.title = LIST_SHEET
    services = tuple((s.name, 8, f"有没有{s.name}:是、否或就近,空着算没有。") for s in SERVICES)
    columns = (*_BEFORE, *services, *_AFTER)
    choices: dict[str, Sequence[str]] = {
        "区县": districts,
        "所属工会": unions,
        "场所类型": tuple(HOST_KIND_WORDS.values()),
        "开门方式": tuple(zh for zh, _ in DOOR_NAMES.values()),
        **{name: _ANSWERS for name, _, _ in services},
    }
    _header(sheet, columns)
    for index, (name, _, _) in enumerate(columns, start=1):
        cell = sheet.cell(2, index, guarded(_EXAMPLE.get(name, "")) or None)
        cell.number_format = "@"
        cell.font = Font(italic=True, color="FF64748B")
    _choices(book, sheet, [name for name, _, _ in columns], choices)
    _help(book, columns)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _header(sheet: Worksheet, columns: Sequence[tuple[str, int, str]]) -> None:
    for index, (name, width, _) in enumerate(columns, start=1):
        cell = sheet.cell(1, index, name)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=_TEAL)
        cell.alignment = Alignment(horizontal="center")
        dimension = sheet.column_dimensions[get_column_letter(index)]
        dimension.width = width
        # the number of a phone is no number
        dimension.number_format = "@"
    sheet.freeze_panes = "B2"


def _choices(
    book: Workbook, sheet: Worksheet, names: Sequence[str], choices: dict[str, Sequence[str]]
) -> None:
    """Offer drop-downs, from a sheet of words: a list inside a rule holds 255 signs at most."""
    words = book.create_sheet(WORDS_SHEET)
    words.sheet_state = "hidden"
    rules: dict[tuple[str, ...], DataValidation] = {}
    for name, offered in choices.items():
        if not offered:
            continue
        key = tuple(offered)
        if key not in rules:
            column = len(rules) + 1
            for line, word in enumerate(key, start=1):
                words.cell(line, column, guarded(printable(word)))
            letter = get_column_letter(column)
            rule = DataValidation(
                type="list",
                formula1=f"'{WORDS_SHEET}'!${letter}$1:${letter}${len(key)}",
                allow_blank=True,
                showErrorMessage=True,
                errorTitle="请从列表中选择",
                error="这里只能填列表中的内容。",
            )
            sheet.add_data_validation(rule)
            rules[key] = rule
        letter = get_column_letter(names.index(name) + 1)
        rules[key].add(f"{letter}2:{letter}{ROWS + 1}")


def _help(book: Workbook, columns: Sequence[tuple[str, int, str]]) -> None:
    sheet = book.create_sheet(HELP_SHEET)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 20, 90
    lines = [
        ("怎么用", "每行一个站点,从第 3 行填起;第 2 行是示例,导入时自动略过,也可以删掉。"),
        ("必填", "只有“名称”必填。没有坐标也能导入,之后在“待定位”里补位置。"),
        ("粘贴", "粘贴时请选“只粘贴数值”。公式不会计算,只取保存时的结果。"),
        ("个人信息", "负责人姓名、电话加密保存;不要填写身份证号,也不要把电话写进名称或地址。"),
        ("导入", "在管理台“导入”上传本表,先预览、再确认;整批导入,整批可撤销。"),
        ("", ""),
        *((name, said) for name, _, said in columns),
    ]
    for line, (name, said) in enumerate(lines, start=1):
        sheet.cell(line, 1, name).font = Font(bold=True)
        sheet.cell(line, 2, said).alignment = Alignment(wrap_text=True, vertical="top")
        if line <= 5:
            sheet.cell(line, 1).fill = PatternFill("solid", fgColor=_PALE)
