"""Where a Chinese text names a person: by a title, a role or a lead-in; or by the look alone.

Words come from the tagger; a name begins where a word begins, and its first character is a
surname. What looks so and is no name stands in `lexicons/no_names.csv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import rjieba

from keytouch.name_lists import first_names, no_names

Span = tuple[str, int, int]

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘蒋蔡余于杜叶程"
    "苏魏吕丁任沈姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛闫尹段雷龙史陶黎贺顾毛郝"
    "龚邵万钱严覃武莫孔汤常赖康温施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关焦俞左柳甘祝包宁"
    "尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农"
    "司古吉缪简车项芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬仇栾隋商刁"
    "沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
COMPOUND = frozenset(
    [
        "欧阳",
        "司马",
        "诸葛",
        "上官",
        "司徒",
        "东方",
        "独孤",
        "南宫",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "轩辕",
        "端木",
        "百里",
        "呼延",
        "澹台",
        "闻人",
        "西门",
    ]
)
# A surname that is more often another word where a title follows.
_OTHER_WORD = frozenset("祝全应明成单边关管车房路方游党商费解查景项简冷席左古常华")
_USUAL = frozenset(
    "王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢"
    "傅钟姜崔谭廖范汪陆贾韦夏邱侯邹孟秦薛闫尹段陶黎贺顾郝龚邵钱严"
)
_TITLE = re.compile(
    "先生|女士|小姐|太太|经理|主管|主任|师傅|老师|医生|大夫|阿姨|叔叔|大姐|大哥|店长|队长|教练|警官|律师|护士|"
    "同学|领班|副理|总监|教授|博士|院长|校长|老板|机长|乘务长|站长|部长|处长|姑娘|大叔|大妈|奶奶|爷爷|[总姐哥]"
)
_ROLES = (
    "前台|客服|服务员|服务生|空姐|空少|空乘|乘务员|乘务长|机长|快递员|快递小哥|外卖小哥|骑手|配送员|送货员|"
    "司机|管家|店长|经理|主管|领班|导游|保洁|保安|礼宾|收银|店员|导购|销售|卖家|掌柜|大堂副理|副理|安检员|技师|"
    "联系人|收件人|收货人|寄件人|预订人|入住人|旅客|乘客|客人|顾客|会员|同事|朋友|室友|老婆|老公|儿子|女儿|"
    "电工|维修工|师傅|地勤|值机员|顾问|专员|接线员|业务员|投诉|感谢|多谢|多亏|转告|谢谢|表扬|点名|姓名|客户"
)
_LEAD = re.compile(
    rf"(?:{_ROLES})(?:员|部|人员|同学)?(?:你们|一下|咱们)?(?:的)?(?:名字)?(?:叫做?|名叫|是|为|：|:|\s)?"
    "|(?:名叫|我叫|叫做?|我是|本人|名字是|署名|名为|(?<!百)姓)"
)
_WHO = re.compile(
    "叫|我是|本人|姓名|名为|署名|[件系货订住]人|旅客|乘客|客人|朋友|同事|会员|[：:是]$"
)
_ENGLISH = re.compile(r"[A-Z][a-z]{1,15}(?![a-z])")
_FAMILIAR = "小老阿大"
_CONTEXT = re.compile(
    rf"(?<!百)姓(?!名)|叫|我是|本人|名为|署名|{_TITLE.pattern}|{_ROLES}|[小老阿][{''.join(sorted(_USUAL))}]"
)
_CLOSED = re.compile(r"[的，,。.！!？?；;、：:\s（()）]|\Z")
_HAN = re.compile(r"[\u4e00-\u9fff]{1,4}")


@dataclass(frozen=True)
class Tagged:
    """A text with its words: where each begins, where it ends, and its tag."""

    text: str

    @cached_property
    def words(self) -> dict[int, tuple[int, str]]:
        words, place = {}, 0
        for word, tag in rjieba.tag(self.text):
            words[place] = (place + len(word), tag)
            place += len(word)
        return words

    def begins(self, place: int) -> bool:
        return place in self.words or place == len(self.text)

    def person(self, place: int, kinds: tuple[str, ...] = ("nr", "ns", "nz", "z")) -> int:
        """Where the name ends that the tagger sees here; `place` where it sees none. A surname
        that stands alone takes a given name whose tag is one of `kinds`."""
        end, tag = self.words.get(place, (place, ""))
        word = self.text[place:end]
        if tag.startswith("nr") and 2 <= len(word) <= 4 and named(word):
            return end
        if len(word) == 1 and tag == "nr" and word in SURNAMES - _OTHER_WORD and end in self.words:
            after, kind = self.words[end]
            given = _HAN.fullmatch(self.text, end, after)
            if given and kind.startswith(kinds) and (len(given[0]) == 2 or kind[:2] == "nr"):
                return after if len(given[0]) < 3 else place
        return place


def named(word: str) -> bool:
    """Whether a word has the look of a full name.

    >>> named("王小明"), named("齐全"), named("欧阳娜")
    (True, False, True)
    """
    if word in no_names("zh") or word[:2] in no_names("zh"):
        return False
    return word[0] in SURNAMES or word[:2] in COMPOUND


def chinese_name_spans(text: str, *, strict: bool = False) -> list[Span]:
    """Kind, start and end of every name found; `strict` adds those that nothing points at.

    >>> chinese_name_spans("李女士说，王经理不在")
    [('name', 0, 3), ('name', 5, 8)]
    >>> chinese_name_spans("经理态度恶劣，设施齐全")
    []
    """
    if not (_CONTEXT.search(text) or strict and _HAN.search(text)):
        return []
    tagged = Tagged(text)
    spans = [*_titled(tagged), *_led(tagged), *_familiar(tagged)]
    spans += _added(tagged, spans)
    if strict:
        spans += [(p, end) for p in tagged.words if (end := tagged.person(p)) > p]
        spans += [(p, p + 2) for p in tagged.words if _pet_name(tagged, p)]
    return [("name", *span) for span in spans]


def _added(tagged: Tagged, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names that "and" ties to one that was found."""
    places = [end + 1 for _, end in spans if tagged.text[end : end + 1] in ("和", "、", "与", "跟")]
    return [(place, end) for place in places if (end := tagged.person(place)) > place]


def _titled(tagged: Tagged) -> list[tuple[int, int]]:
    """Names before a title, the title with them."""
    spans = []
    for title in _TITLE.finditer(tagged.text):
        start = _before(tagged, title.start(), short=len(title[0]) == 1)
        if start < title.start() and (len(title[0]) > 1 or tagged.begins(title.end())):
            spans.append((start, title.end()))
    return spans


def _before(tagged: Tagged, end: int, *, short: bool) -> int:
    """Where a name begins that ends here; `end` where none does."""
    text = tagged.text
    for start in (end - 3, end - 2):
        if start not in tagged.words:
            continue
        stop, tag = tagged.words[start]
        whole = stop == end and tag[:2] in ("nr", "ns") and named(text[start:end])
        split = stop == start + 1 and tag == "nr" and text[start] in SURNAMES - _OTHER_WORD
        if text[start:end] in COMPOUND or whole or split and tagged.words[stop][0] == end:
            return start
    single = text[max(end - 1, 0) : end]
    allowed = _USUAL if short else SURNAMES - _OTHER_WORD
    return end - 1 if single in allowed and single and tagged.begins(end - 1) else end


def _led(tagged: Tagged) -> list[tuple[int, int]]:
    """Names after a role (前台, 客服) or a lead-in (我叫, 姓)."""
    spans = []
    for lead in _LEAD.finditer(tagged.text):
        place = lead.end()
        end = _surname_end(tagged, place) if lead[0] == "姓" else _after(tagged, place, lead[0])
        if end > place:
            spans.append((place, end))
    return spans


def _surname_end(tagged: Tagged, place: int) -> int:
    text = tagged.text
    if text[place : place + 2] in COMPOUND:
        return place + 2
    known = text[place : place + 1] in SURNAMES and place < len(text)
    return place + 1 if known and text[place + 1 : place + 2] not in ("名", "氏") else place


def _after(tagged: Tagged, place: int, lead: str) -> int:
    """Where the name ends that begins here, after a role or a lead-in; `place` where none does."""
    english = _ENGLISH.match(tagged.text, place)
    if english:
        return english.end() if english[0] in first_names() else place
    end = tagged.person(place, ("n", "z", "m", "a", "t"))
    if end > place:
        return end
    if _pet_name(tagged, place) or _familiar_at(tagged, place):
        return place + 2
    return _closed_name(tagged, place, sizes=(3, 2) if _WHO.search(lead) else (3,))


def _closed_name(tagged: Tagged, place: int, *, sizes: tuple[int, ...]) -> int:
    """A surname and one or two characters that no word of the language covers, then a stop."""
    for size in sizes:
        word, end = tagged.text[place : place + size], place + size
        if len(word) < size or not _CLOSED.match(tagged.text, end) or not _HAN.fullmatch(word):
            continue
        a_word = tagged.words.get(place, (0, ""))[0] >= end
        if named(word) and word[0] not in _OTHER_WORD and not a_word:
            return end
    return place


def _pet_name(tagged: Tagged, place: int) -> bool:
    """小雅, 阿强, 莉莉: what the tagger takes for a person by two characters."""
    end, tag = tagged.words.get(place, (place, ""))
    word = tagged.text[place:end]
    if len(word) != 2 or not tag.startswith("nr") or word in no_names("zh"):
        return False
    return word[0] in _FAMILIAR or word[0] == word[1]


def _familiar(tagged: Tagged) -> list[tuple[int, int]]:
    places = (m.start() for m in re.finditer("[小老阿]", tagged.text))
    return [(p, p + 2) for p in places if _familiar_at(tagged, p)]


def _familiar_at(tagged: Tagged, place: int) -> bool:
    """小王, 老张: a usual surname after a familiar word, and no longer word."""
    pair = tagged.text[place : place + 2]
    if len(pair) < 2 or pair[0] not in "小老阿" or pair[1] not in _USUAL or pair in no_names("zh"):
        return False
    return tagged.begins(place) and tagged.begins(place + 2)
