"""The planted facts in sentences, for a case's README; every number comes from the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keytouch.cases.facts import Fact, facts
from keytouch.cases.registry import named, rows, spots
from keytouch.cases.truth import Truth

SENTENCES: Mapping[str, tuple[str, str]] = {
    "penalty_only": (
        "只罚不奖：{touchpoint}只有不好的时候才拉低整体，每低 1 分约降 {value:.2f} 分",
        "Penalty only: {touchpoint} counts while it is bad; each point lower costs about "
        "{value:.2f} overall points",
    ),
    "reward_only": (
        "只奖不罚：{touchpoint}只有出色的时候才抬高整体，每高 1 分约升 {value:.2f} 分",
        "Reward only: {touchpoint} counts while it is good; each point higher brings about "
        "{value:.2f} overall points",
    ),
    "turning_point": (
        "转折点：在{touchpoint}的自身体验，有 {value:.2f} 倍带进之后的每个接触点",
        "Turning point: {value:.2f} of the own experience of {touchpoint} joins that of every "
        "later touchpoint",
    ),
    "remembered_by": (
        "峰终定律：事后记得的是峰值与终点的平均（日记样本 {journeys} 次旅程，"
        "噪声标准差 {noise:.1f}）",
        "Peak–end rule: what is remembered is the mean of peak and end (a diary of {journeys} "
        "journeys, noise SD {noise:.1f})",
    ),
    "change": (
        "变化日：{subject} 起，{touchpoint}的自身体验变化 {moved} 个标准差",
        "Change date: from {subject} on, the own experience of {touchpoint} moves by {moved} SD",
    ),
    "handover_loss": (
        "跨渠道交接损失：{touchpoint}从{first}转到{second}后，解决率下降约 {percent:.0f} 个百分点，"
        "放弃的人也更多",
        "Hand-over loss: {touchpoint} passed from {first} to {second} is solved about "
        "{percent:.0f} points less often and dropped more",
    ),
    "nonresponse": (
        "无应答偏差：是否答卷取决于满意程度（每个标准差对数几率 {moved}），也取决于是否被耽误、"
        "是否流失；答卷均分{way}实际",
        "Non-response: who answers depends on how content they are (log odds {moved} per SD), on "
        "broken promises and on churn; the answered mean is {way}",
    ),
    "contact_cap": (
        "过度联络：七天内超过 {value:.0f} 条，退订风险逐条上升",
        "Over-contact: beyond {value:.0f} messages in seven days each one more raises the hazard "
        "of an opt-out",
    ),
    "reversal": (
        "辛普森悖论：合计看{first}高于{second}，而在每个客群内都是{second}更高",
        "Simpson reversal: over all, {first} scores above {second}; within every segment it is "
        "the other way round",
    ),
    "segment_effect": (
        "客群反转：{segment}身上{touchpoint}的作用是 {value:.2f}（其余客群 {elsewhere:.2f}）",
        "Segment reversal: for {segment} the effect of {touchpoint} is {value:.2f} (elsewhere "
        "{elsewhere:.2f})",
    ),
    "improvement_worked": (
        "有效的改进：{subject}“{action}”使试点客户的{touchpoint}评分约升 {value:.2f} 分",
        "An improvement that works: {subject} “{action}” raises the score of {touchpoint} by "
        "about {value:.2f} for those it reaches",
    ),
    "improvement_useless": (
        "无效的改进：{subject}“{action}”对{touchpoint}没有作用",
        "A useless improvement: {subject} “{action}” changes nothing at {touchpoint}",
    ),
    "lag": (
        "落后：{company}的{touchpoint}比本企业高约 {value:.1f} 分",
        "Lag: {company} scores about {value:.1f} points higher at {touchpoint}",
    ),
    "lead": (
        "领先：{company}的{touchpoint}比本企业低约 {size:.1f} 分；其余持平",
        "Lead: {company} scores about {size:.1f} points lower at {touchpoint}; parity elsewhere",
    ),
    "servqual_gap": (
        "SERVQUAL：{dimension}的感受比期望低约 {size:.1f} 分（其余维度约 {others:.1f} 分）",
        "SERVQUAL: perception of {dimension} is about {size:.1f} points below expectation "
        "(others about {others:.1f})",
    ),
    "servqual_gain": (
        "SERVQUAL：第二轮{dimension}的感受提高约 {value:.1f} 分",
        "SERVQUAL: perception of {dimension} gains about {value:.1f} points by the second wave",
    ),
    "provider_gap": (
        "服务方差距：第 {number} 项差距敞开（约 {size:.1f} 分）",
        "The provider's side: gap {number} is open (about {size:.1f} points)",
    ),
    "expectation_gap": (
        "期望差距：{touchpoint}的感受比期望低约 {size:.1f} 分（其余接触点约 {others:.1f} 分）",
        "Expectation gap: perception of {touchpoint} is about {size:.1f} points below expectation "
        "(elsewhere about {others:.1f})",
    ),
    "brand_weakness": (
        "品牌短板：“{item}”的认同度比其余说法低约 {size:.1f} 分",
        "Weakness of the brand: agreement with “{item}” is about {size:.1f} points below the "
        "other statements",
    ),
    "kano": ("Kano：{item} = {category}", "Kano: {item} = {category}"),
}
GAPS = {"belief": 1, "standard": 2, "delivered": 3, "promise": 4}
WAYS = {"up": ("高于", "too high"), "down": ("低于", "too low")}
DIMENSIONS = {
    "reliability": "可靠性",
    "responsiveness": "响应性",
    "assurance": "保证性",
    "empathy": "同理心",
    "tangibles": "有形性",
}


def sentences(case: str, truth: Truth, language: str) -> list[str]:
    """What is planted beside the touchpoints' effects, one sentence a fact."""
    side = int(language == "en")
    return [
        SENTENCES[fact.claim][side].format(**_places(case, truth, fact, side))
        for fact in facts(case, truth)
        if fact.sought and fact.claim in SENTENCES
    ]


def _places(case: str, truth: Truth, fact: Fact, side: int) -> dict[str, object]:
    """What a sentence may name: numbers, and ids in the reader's language."""
    of = _namer(case, side)
    subject = fact.subject
    first, _, second = subject.removeprefix("channel:").partition(">")
    value = fact.value or 0.0
    places: dict[str, object] = {
        "touchpoint": of("touchpoint", fact.touchpoint),
        "subject": subject,
        "value": value,
        "size": abs(value),
        "moved": f"{value:+.1f}".replace("-", "−"),
        "percent": 100 * value,
        "first": of("channel", first),
        "second": of("channel", second),
        "segment": of("segment", subject),
        "company": of("company", subject),
        "action": of("action", subject),
        "item": of("item", subject),
        "category": dict(fact.details).get("category", ""),
        "way": WAYS.get(subject, ("", ""))[side],
        "dimension": subject if side else DIMENSIONS.get(subject, ""),
        "number": GAPS.get(subject, 0),
        "journeys": truth.memory.journeys,
        "noise": truth.memory.noise,
        "others": abs(float(str(dict(fact.details).get("others", 0.0)))),
        "elsewhere": {spot.id: spot.effect for spot in spots(case)}.get(fact.touchpoint, 0.0),
    }
    return places


def _namer(case: str, side: int) -> Callable[[str, str], str]:
    """Gives the name of an id of a kind, or nothing."""
    names = {("touchpoint", spot.id): (spot.name_zh, spot.name_en) for spot in spots(case)}
    for kind in ("channel", "segment", "company"):
        names |= {(kind, row["id"]): (row["zh"], row["en"]) for row in named(case, kind)}
    for row in rows("actions", case):
        names["action", row["action_id"]] = (row["name_zh"], row["name_en"])
    names |= {
        ("item", row["item"]): (row["zh"], row["en"])
        for row in (*rows("items", case), *rows("items", "any"))
    }

    def name(kind: str, i: str) -> str:
        text = names.get((kind, i), ("", ""))[side]
        return text.lower() if side and kind in ("touchpoint", "segment") else text

    return name
