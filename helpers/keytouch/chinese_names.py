"""Where a Chinese text names a person: by a title, a role or a lead-in; or by the look alone.

Words come from the tagger; a name begins where a word begins, and its first character is a
surname. What looks so and is no name stands in `lexicons/no_names.csv`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import rjieba

from keytouch.name_lists import no_names

Span = tuple[str, int, int]

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘蒋蔡余于杜叶程"
    "苏魏吕丁任沈姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛闫尹段雷龙史陶黎贺顾毛郝"
    "龚邵万钱严覃武莫孔汤常赖康温施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关焦俞左柳甘祝包宁"
    "尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农"
    "司古吉缪简车项芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬仇栾隋商刁"
    "沙荣巫寇桑郎甄丛仲虞敖巩明佘池查苑迟邝文詹冼谌欧庾原展晋闻荆权衣战兰门靖封楚邸郁辜幸花水帅蔚"
    "粟鄢阚漆奚乐濮占卿习惠向时信竺冀浦郜尧晁桓邬皮齐印怀从滑祖宿仰莘郗班昌邴燕"
    "酆廉湛禹狄谈茅杭洪钮嵇荀芮储汲糜隗宓蓬韶蓟邰鄂卓蔺屠胥苍逄郦雍璩扈茹宦鱼容慎戈暨匡阙夔厍訾鞠蒯逯"
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
_FIRST = SURNAMES | {word[0] for word in COMPOUND}
# A surname that is more often another word where a title follows.
_OTHER_WORD = frozenset(
    "祝全应明成单边关管车房路方游党商费解查景项简冷席左古常华文原展权衣战门封花水帅占乐习惠向时信班祖"
    "从皮印怀滑宿楚"
)
# Surnames with which the tagger makes persons of things: 蓝屏, 高亮, 米宽.
_COLOURED = _OTHER_WORD | frozenset("蓝白高易米安毛沙")
# No surname even before 先生 and 女士.
_NEVER = frozenset("全应成边项时向从")
# What given names are made of, without words of everyday use.
_GIVEN = frozenset(
    "伟芳娜敏静丽强磊军勇艳杰娟涛超秀霞刚桂英建国志文雅欣怡涵宇轩浩然梓晨思雨佳琪婷雪梅玲红波鹏飞鑫辉斌"
    "倩颖晶莹璐瑶萌岚曼菲蕾薇琳瑞凯俊峰博旭东海龙云翔健雄嘉庆林森洋阳晓燕莉兰萍芬芝琴珍珠凤洁淑惠珊莎蓉"
    "蓓蕊黛露瑜琼瑾璇妍妮娅娇婉媛婧嫣姗姣妙彤雯霄霖祥福荣昌盛锋锐钢铁铭钧锦铮彬彪松柏栋梁楠桦榕晖昊昕昱"
    "景晟智勋勤胜利民毅宏宽宁安康泰贵富德义仁礼信诚忠孝廉谦恒达远航帆舟江河川泽源润泓淼渊清泉冰雁鸿鹤鹰"
    "麟骏骁驰腾耀煜炜炎焕灿烁烨辰星宸子梦诗语诺恩启睿哲彦奕卓尔若依伊可馨芸芷荷莲菊萱葵艺茜薛蔓翠紫碧青"
    "玉璞瑛环琦琛珂玥玫瑗悦愉恬悠忆念慧聪颜韵音乔巧美娥姝婵秋春夏冬晴岩岳山峻嵩崇令迪凡畅蕙茹茵芮苒竹笑"
    "望湘添淇沛沐汐柔柯棠楚榆樱毓沁沅洛溪滢潇澜澄灵煊煦熙爽牧珏珮琰瑄璟皓盈眉祺禾禹秉笛筠箐素绍绮维纯羽翎"
    "翰胤舒良芙莘葳蓁虹裕谊豪贞赫跃越迅逸遥邦郁野铎霏韬颂飒馥鸣麒黎默鹿苗蓝丹"
    "墨坤俐采蕴妤姿媚宛宥峥嵘弘征忻恺惟懿挺振捷政斐旋旖旺昂昭晔晗晞晰暄曙曜朔朗杉杏枝枫桐桢梧樱欢殊毅永汀汉"
    "汝沫津浦涓淮湛溢滔滨漪澎瀚灏烈焱煌熠献玄玖珉珑琢琬瑟璋瓒甄硕祎祯禄稚穆竞端笙筱缘群羿翊致芊茉茗荃菁蒂"
    "蔚薰蝶裳誉赋赐辅逊遇郎钊钦钰镇阔雁霁霆靓颀骋魁鲲凌勉吟咏唯堃奎威宗"
)
_PET = frozenset(
    "苗朵果团豆多安可楠蓉雅慧敏倩彬斌磊乐欢佳晶莹婷娜丽莉妮琪甜萌豆团圆果糖蕾倩芳芬玲琳萍静霞晓洋阳浩涛丹娟媛瑶璐欣妞囡薇菲雯彤"
)
_USUAL = frozenset(
    "王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢"
    "傅钟姜崔谭廖范汪陆贾韦夏邱侯邹孟秦薛闫尹段陶黎贺顾郝龚邵钱严"
)
_TITLE = re.compile(
    "先生|女士|小姐|太太|经理|主管|主任|师傅|老师|医生|大夫|阿姨|叔叔|大姐|大哥|店长|队长|教练|警官|律师|护士|"
    "同学|领班|副理|总监|教授|博士|院长|校长|老板|机长|乘务长|站长|部长|处长|姑娘|大叔|大妈|大爷|大娘|伯伯|主播|老总|书记|科长|局长|总裁|组长|班长|所长|厂长|行长|会长|助理|先森|同志|奶奶|爷爷|[总姐哥]"
)
_ROLES = (
    "前台|客服|服务员|服务生|空姐|空少|空乘|乘务员|乘务长|机长|快递员|快递小哥|外卖小哥|骑手|配送员|送货员|"
    "司机|管家|店长|经理|主管|领班|导游|保洁|保安|礼宾|收银|店员|导购|销售|卖家|掌柜|大堂副理|副理|安检员|技师|"
    "联系人|收件人|收货人|寄件人|预订人|入住人|旅客|乘客|客人|顾客|会员|同事|朋友|室友|老婆|老公|儿子|女儿|"
    "电工|维修工|师傅|地勤|值机员|顾问|专员|接线员|业务员|投诉|感谢|多谢|多亏|转告|谢谢|表扬|点名|姓名|客户"
)
_LEAD = re.compile(
    "(?:孩子|宝宝|妈妈|爸爸|妹子|小伙子?|小妹|小哥|姑娘|阿姨|行李员|[一-龥]{1,2}[务递送银检票值勤机]员|[一-龥]{1,2}师(?!傅)|主播|店主|空乘|"
    "店小二|[人者员方][：:]|对象[：:])(?:叫|是|的)?|"
    rf"(?:{_ROLES})(?:员|部|人员|同学)?(?:你们|一下|咱们)?(?:的)?(?:名字)?(?:叫做?|名叫|是|为|：|:|\s)?"
    "|(?:名叫|我叫|叫做?|我是|本人|名字是|署名|名为|(?<!百)姓)"
)
_WHO = re.compile(
    "叫|我是|本人|姓名|名为|署名|[件系货订住]人|旅客|乘客|客人|朋友|同事|会员|[：:是]$"
)
_ENGLISH = re.compile(r"[A-Z][a-z]{1,15}(?![a-z])")
_ENGLISH_END = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{1,14}\Z")
_SURE = SURNAMES - _COLOURED - _NEVER | _USUAL
_SPOKEN = SURNAMES - _NEVER - frozenset("祝明单师连管解查信班当战权古祖关怀皮印从乐向时展原")
_FORMAL = dict.fromkeys(("先生", "女士", "小姐", "太太"), SURNAMES - _NEVER)
_FAMILIAR = "小老阿"
_BIG = frozenset("刘李吴赵陈周孙马朱郭胡徐")  # after 大
_GLUED = "员跟的被让给叫由和是了位问找对向"  # what the tagger may take for a name's begin
_CONTEXT = re.compile(
    rf"(?<!百)姓(?!名)|叫|我是|本人|名为|署名|{_TITLE.pattern}|{_ROLES}|[小老阿大][{''.join(sorted(_SURE))}]"
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

    def person(self, place: int, *, led: bool = False) -> int:
        """Where the name ends that the tagger sees here; `place` where it sees none. A word of
        the dictionary counts after a role or a lead-in only, or if it is made as names are."""
        end, tag = self.words.get(place, (place, ""))
        word = self.text[place:end]
        if tag.startswith("nr") and 2 <= len(word) <= 4 and named(word) and (led or _likely(word)):
            return self._longer(end) if len(word) == 2 or word[:2] in COMPOUND else end
        if 2 <= len(word) <= 3 and _given(word[1:]) and named(word) and not rjieba.has_word(word):
            return end
        return self._two(place, end) if len(word) == 1 and word in SURNAMES else place

    def _longer(self, end: int) -> int:
        """A name of two characters with a third that the tagger leaves alone."""
        after = self.words.get(end, (end, ""))[0]
        return after if after == end + 1 and _given(self.text[end]) else end

    def _two(self, place: int, end: int) -> int:
        """A surname that stands alone, with the given name after it."""
        after, kind = self.words.get(end, (end, ""))
        given, sure = self.text[end:after], self.words[place][1] == "nr"
        if named(self.text[place:after]) and 1 <= len(given) <= 2 and _HAN.fullmatch(given):
            fits = _given(given) or sure and len(given) == 2 and kind.startswith(("nr", "ns", "nz"))
            if fits and (sure or len(given) == 2 or self.text[place] not in _OTHER_WORD):
                return after
        return place


def _likely(word: str) -> bool:
    """Whether what the tagger takes for a name is made as names are, or is no word at all."""
    if _given(word[1:]) or word[:2] in COMPOUND or (len(word) == 3 and word[0] in _USUAL):
        return True
    return word[0] not in _COLOURED and not rjieba.has_word(word)


def _given(text: str) -> bool:
    return all(sign in _GIVEN for sign in text)


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
    if strict:
        first = [place for place in tagged.words if text[place] in _FIRST]
        spans += [(place, end) for place in first if (end := tagged.person(place)) > place]
        spans += _glued(tagged)
        spans += [(p, p + 2) for p in tagged.words if _pet_name(tagged, p)]
    return [("name", *span) for span in spans + _added(tagged, spans)]


def _added(tagged: Tagged, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names that "and" ties to one that was found."""
    places = [end + 1 for _, end in spans if tagged.text[end : end + 1] in ("和", "、", "与", "跟")]
    return [(place, end) for place in places if (end := tagged.person(place, led=True)) > place]


def _glued(tagged: Tagged) -> list[tuple[int, int]]:
    """Names to which the tagger joined the word before: 员赖勇."""
    words = ((place + 1, *word) for place, word in tagged.words.items())
    return [
        (start, end) for start, end, tag in words
        if tag == "nr" and end - start >= 2 and tagged.text[start - 1] in _GLUED
        and named(tagged.text[start:end]) and not rjieba.has_word(tagged.text[start - 1 : end])
    ]  # fmt: skip


def _titled(tagged: Tagged) -> list[tuple[int, int]]:
    """Names before a title, the title with them."""
    spans = []
    for title in _TITLE.finditer(tagged.text):
        start = _before(tagged, title.start(), title[0])
        known = tagged.text[start : title.end()] in no_names("zh")
        if (
            start < title.start()
            and not known
            and (len(title[0]) > 1 or tagged.begins(title.end()))
        ):
            spans.append((start, title.end()))
    return spans


def _before(tagged: Tagged, end: int, title: str) -> int:
    """Where a name begins that ends here, before a title; `end` where none does."""
    text = tagged.text
    english = _ENGLISH_END.search(text, max(end - 16, 0), end)
    if english and english[0] not in no_names("en"):
        return english.start()
    for start in (end - 3, end - 2):
        if start not in tagged.words:
            continue
        stop, tag = tagged.words[start]
        whole = stop == end and tag[:2] in ("nr", "ns") and named(text[start:end])
        split = stop == start + 1 and tag == "nr" and text[start] in SURNAMES - _OTHER_WORD
        if text[start:end] in COMPOUND or whole or split and tagged.words[stop][0] == end:
            return start
    single = text[max(end - 1, 0) : end]
    allowed = _FORMAL.get(title, _SURE if len(title) == 1 else _SPOKEN)
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
        return place if english[0] in no_names("en") else english.end()
    end = tagged.person(place, led=True)
    if end > place:
        return end
    if _pet_name(tagged, place, led=True) or _familiar_at(tagged, place):
        return place + 2
    return _closed_name(tagged, place, lead)


def _closed_name(tagged: Tagged, place: int, lead: str) -> int:
    """A surname and one or two characters that no word of the language covers, then a stop."""
    for size in (3, 2) if _WHO.search(lead) else (3,):
        word, end = tagged.text[place : place + size], place + size
        if len(word) < size or not _CLOSED.match(tagged.text, end) or not _HAN.fullmatch(word):
            continue
        a_word = tagged.words.get(place, (0, ""))[0] >= end
        if lead in ("我叫", "名叫") and word[0] in SURNAMES - _OTHER_WORD:
            return end
        if named(word) and word[0] not in _OTHER_WORD and not a_word:
            return end
    return place


def _pet_name(tagged: Tagged, place: int, *, led: bool = False) -> bool:
    """小雅, 阿强, 莉莉: a person by two characters to the tagger, or after a role."""
    end, tag = tagged.words.get(place, (place, ""))
    word = tagged.text[place : place + 2]
    if len(word) < 2 or word in no_names("zh"):
        return False
    twice = word[0] == word[1] and (word[0] in _PET or led and word[0] in _GIVEN)
    called = word[0] in _FAMILIAR and bool(_HAN.fullmatch(word)) and tagged.begins(place + 2)
    if led and (twice or called and tagged.begins(place)):
        return True
    familiar = word[0] in _FAMILIAR and (_given(word[1]) or word[1] in _USUAL)
    return end == place + 2 and tag.startswith("nr") and (twice or familiar)


def _familiar(tagged: Tagged) -> list[tuple[int, int]]:
    places = (m.start() for m in re.finditer("[小老阿大]", tagged.text))
    return [(p, p + 2) for p in places if _familiar_at(tagged, p)]


def _familiar_at(tagged: Tagged, place: int) -> bool:
    """小王, 老张: a usual surname after a familiar word, and no longer word."""
    pair = tagged.text[place : place + 2]
    known = _BIG if pair[:1] == "大" else _SURE
    if len(pair) < 2 or pair[0] not in "小老阿大" or pair[1] not in known or pair in no_names("zh"):
        return False
    return tagged.begins(place) and tagged.begins(place + 2)
