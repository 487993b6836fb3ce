"""What is a person's number because of the word before it: order, member, phone, room.

A rule is (kind, what stands before, the value). Only the value is personal. A value holds a
digit and is no date.
"""

from __future__ import annotations

ContextRules = tuple[tuple[str, str, str], ...]

_END = r"(?![a-z0-9])"
_IS = r"\s?(?:(?:是|为|叫|：|:|=|is|was|#)\s?){0,2}"
_NO_DATE = r"(?!\d{4}[\-./年]\d\d?[\-./月]\d|\d\d?[./]\d\d?[./]\d)"
_CODE = _NO_DATE + r"(?=[a-z_\-]{0,14}\d)[a-z0-9](?:[a-z0-9_]|[\-/](?=[a-z0-9])){3,39}" + _END
_LONG = _NO_DATE + r"(?:\d{5,}|(?=[a-z\-]{1,9}\d|\d{1,9}[a-z])[a-z0-9\-]{5,24})(?![a-z0-9%])"
_SPACED = r"\d{2,5}(?:[ ]\d{3,6}){1,4}(?!\d)"
_VALUE = rf"(?:{_SPACED}|{_CODE})"
_GOODS = r"(?!\s?(?:元|块|件|份|个|天|人|套|盒|ml|kg|km))"
_NUMBER_WORD = r"(?:\s?(?:numbers?|no\b\.?|num\b|nr\b\.?|id\b|code|ref\b\.?|reference|tag|#)){1,3}"
_CHAT = (
    r"(?:微信|薇信|威信|维信|wechat|weixin|(?<![a-z])v信|(?<![a-z])[vw]x|(?<![a-z])qq|扣扣|企鹅"
    r"|whatsapp|telegram|skype|kakao(?:talk)?|(?<![a-z])line(?=\sid)|加\s?v)群?"
)
_HANDLE = r"(?:live:)?@?[a-z0-9_][a-z0-9_\-.]{4,24}"
_ORDERED = (
    r"(?<![a-z])(?:order|booking|reservation|confirmation|e?-?ticket|tracking|invoice|case|claim|"
    r"complaint|bag(?:gage)?|luggage|itinerary|shipment|parcel|reference|incident|waybill)"
)
_MEMBER = (
    r"(?:frequent flyer|member(?:ship)?|loyalty|account|customer|staff|employee|user|client|guest)"
)
_SITE = r"(?:抖音|小红书|淘宝|京东|快手|微博|支付宝|贵宾|vip|知音|会员|用户|登录|员工|客户)"
_ZH_ORDER = (
    r"(?:订单|运单|快递|物流|单|票|确认|预订|预定|预约|工单|退款|行李|发票|流水|交易|取件|客票|受理|"
    r"投诉|包裹|机票|提货|验证|兑换)(?:(?:编|单|码|牌|条)?(?:号码?|编号|尾号|单|码))"
)

CHAT: ContextRules = (
    ("chat", "", rf"{_CHAT}(?:(?:号码?|账号|帐号|同号|\s?id(?![a-z])){_IS}|\s?[：:]\s?){_HANDLE}"),
    (
        "chat",
        "",
        rf"{_CHAT}{_IS}(?:live:|@)?(?=[a-z_\-.:]{{0,20}}[\d_])[a-z0-9_][a-z0-9_\-.]{{4,24}}",
    ),
    ("chat", "", rf"{_CHAT}\s(?:live:|@)[a-z0-9_\-.]{{4,24}}"),
)
CHINESE: ContextRules = (
    ("passport", rf"(?:护照|通行证)(?:号码?|编号)?{_IS}", r"[a-z]{0,2}\d{6,9}"),
    ("id", rf"(?:身份证|证件|驾驶?证)(?:号码?)?{_IS}", r"[\dx][\dx \-]{5,20}[\dx]"),
    ("card", rf"卡(?:号码?)?(?:尾号|后四位){_IS}", r"\d{3,6}(?!\d)"),
    (
        "account",
        rf"(?:{_SITE}卡?(?:账号|帐号|账户|帐户|号码?|id|名|昵称)|账号|帐号|账户|帐户|卡号|工号){_IS}",
        rf"(?:{_VALUE}|(?<=[号名：:是])[a-z][a-z_]{{5,24}}{_END})",
    ),
    ("order", rf"(?:{_ZH_ORDER}|编号|尾号|退款单){_IS}", _VALUE + _GOODS),
    (
        "phone",
        rf"(?:电话|手机|座机|热线|拨打?|致电|来电|号码)(?:号码?)?{_IS}",
        r"\d(?:[ \-]?\d){6,11}(?!\d)",
    ),
    ("plate", rf"(?:车牌|牌照)(?:号码?)?{_IS}", rf"[\u4e00-\u9fff]?[a-z][a-z0-9·\-]{{4,7}}{_END}"),
    ("address", rf"(?:邮编|邮政编码){_IS}", r"\d{6}(?!\d)"),
)
ENGLISH: ContextRules = (
    ("passport", rf"passport{_NUMBER_WORD}{_IS}", rf"(?=[a-z]{{0,4}}\d)[a-z0-9]{{6,9}}{_END}"),
    ("passport", rf"passport(?:{_NUMBER_WORD})?{_IS}", r"[a-z]{0,2}\d{6,9}" + _END),
    ("card", r"(?:card|ending|ends)\s(?:(?:ending|ends)\s)?(?:(?:in|with)\s)?", r"\d{4}(?!\d)"),
    ("account", r"sort code[\s:]{1,3}", r"\d\d-\d\d-\d\d"),
    ("account", rf"{_MEMBER}(?:{_NUMBER_WORD}|\s?name)(?![a-z]){_IS}", _VALUE),
    ("account", r"(?:account|membership|frequent flyer)\s", _LONG),
    ("account", r"user\s?name(?:\s(?:is|was))?[\s:]{1,2}", r"(?=\w{0,20}[_\d])\w{4,25}"),
    (
        "order",
        rf"(?:{_ORDERED}{_NUMBER_WORD}|(?<![a-z])(?:pnr|record locator))(?![a-z]){_IS}",
        _VALUE,
    ),
    ("order", r"(?-i:PNR)\s?(?:码|is|是|:|：)?\s?", r"(?-i:[A-Z]{6})" + _END),
    ("order", rf"(?:{_ORDERED}|(?<![a-z])ref)(?:\s?[:#]\s?|\s(?:is\s)?)", _LONG),
    ("order", r"(?<![a-z])(?:ref|ticket|case|order)\s?[:#]\s?", _VALUE),
    (
        "phone",
        r"(?<![a-z])(?:call(?:ed)?|ring|rang|phoned?|tel|text|mobile|cell|fax|number)[\s.:]"
        r"(?:(?:is|me|on|at|us)[\s:]){0,3}",
        r"\d{3}[ .\-]?\d{4}(?!\d)",
    ),
    (
        "plate",
        rf"(?<![a-z])plates?\s?(?:no\.?|number)?{_IS}",
        rf"(?=[a-z]{{0,3}}\d)(?:[a-z]{{2}}\d\d ?[a-z]{{3}}|[a-z0-9]{{5,8}}){_END}",
    ),
    ("address", rf"(?:zip|postal|postcode)(?:\s?code)?{_IS}", r"\d{5,6}(?:-\d{4})?(?!\d)"),
    ("address", r"p\.?\s?o\.?\sbox\s?#?", r"\d{2,6}"),
)
# Only in what leaves the notebook.
STRICT: ContextRules = (
    ("handle", "(?<![a-z0-9@])", r"[@＠][a-z0-9_]{2,30}"),
    (
        "room",
        rf"(?:房间号?|房号|客房|(?<![a-z])room|(?<![a-z])rm)\s?(?:number|no\.?|号)?{_IS}",
        r"[a-z]?\d{3,5}(?!\d|\s?(?:元|块|dollar|usd))",
    ),
    ("room", "", r"(?<![\d.a-z])[a-z]?\d{3,5}(?=\s?(?:房|号房|室))"),
    ("number", "", r"(?<![\d.,])\d{5,}(?!\d|[.,]\d)"),
)
