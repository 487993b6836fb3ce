"""What stands beside a case's data: client.yaml, datapackage.json and the two READMEs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from keytouch.cases.files import DataFile
from keytouch.cases.registry import named, rows, spots
from keytouch.cases.told import sentences
from keytouch.cases.translate import english
from keytouch.cases.truth import PERIOD, Truth, planted

CODES = {
    "ecommerce": ("99", "98"),
    "airline": ("0", "9"),
    "hotel": ("未使用", "不清楚"),
}


@dataclass(frozen=True)
class Folder:
    """A case about to be written; `labels` are the survey's columns by touchpoint.

    A `sealed` folder says nothing of what is planted, nor how to make it again.
    """

    case: str
    seed: int
    truth: Truth
    files: tuple[DataFile, ...]
    labels: dict[str, str]
    language: str = "zh"
    difficulty: str = "standard"
    sealed: bool = False

    def worded(self, text: str) -> str:
        """A text of the case's tables in the language of its data."""
        return english(self.case, text) if self.language == "en" else text


ROLES = {
    "key": ("真正的关键接触点", "true key touchpoint"),
    "minor": ("作用很小", "small effect"),
    "decoy": ("相关高、无作用", "correlates, no effect"),
    "low_score": ("评分低、无作用", "scores low, no effect"),
    "none": ("无作用", "no effect"),
    "backstage": ("后台", "backstage"),
}


# A flight is on time up to fifteen minutes after its schedule, as aviation counts it.
GRACE_MINUTES = {"airline": 15}


def client_yaml(folder: Folder) -> str:
    """The whole client.yaml."""
    client = named(folder.case, "client")[0]
    head = {
        "id": client["id"],
        "name_zh": client["zh"],
        "name_en": client["en"],
        "industry": folder.case,
        "language": folder.language,
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "synthetic": True,
        "period": {"start": PERIOD[0].date(), "end": PERIOD[1].date()},
    }
    if folder.case in GRACE_MINUTES:
        head["thresholds"] = {"late_minutes": GRACE_MINUTES[folder.case]}
    parts = [
        "# An invented client with generated data; see README.md and README.zh.md.\n",
        yaml.safe_dump(head, sort_keys=False, allow_unicode=True),
        *(
            _entries(f"{kind}s", map(_name, named(folder.case, kind)))
            for kind in ("stage", "channel")
        ),
        *(
            _entries(f"{kind}s", map(_name, named(folder.case, kind)))
            for kind in ("segment", "outcome", "owner")
        ),
        _entries("companies", map(_name, named(folder.case, "company"))),
        _entries("items", map(_name, _items(folder.case))),
        _entries("touchpoints", (_touchpoint(spot) for spot in spots(folder.case))),
        _sources(folder),
    ]
    return "\n".join(parts)


def blueprint_yaml(case: str) -> str:
    """The whole blueprint.yaml: the same for every seed, language and difficulty."""
    return (Path(__file__).parent / f"blueprint_{case}.yaml").read_text(encoding="utf8")


def _entries(key: str, entries: Any) -> str:
    return f"{key}:\n" + "".join(f"  - {_flow(entry)}\n" for entry in entries)


def _flow(entry: dict[str, Any]) -> str:
    return yaml.safe_dump(
        entry, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10**6
    ).strip()


def _items(case: str) -> list[dict[str, str]]:
    """The questions of Kano and SERVQUAL."""
    return [row | {"id": row["item"]} for row in (*rows("items", case), *rows("items", "any"))]


def _name(row: dict[str, str]) -> dict[str, str]:
    return {"id": row["id"], "name_zh": row["zh"], "name_en": row["en"]}


def _touchpoint(spot: Any) -> dict[str, Any]:
    entry = {name: getattr(spot, name) for name in ("id", "name_zh", "name_en", "stage", "side")}
    for name in ("medium", "contact_mode", "moment", "supports", "owner"):
        if getattr(spot, name):
            entry[name] = getattr(spot, name)
    return entry | {"terms": [*spot.terms_zh, *spot.terms_en]}


def _sources(folder: Folder) -> str:
    here = Path(__file__).parent
    text = (here / f"{folder.case}.yaml").read_text(encoding="utf8")
    actions = (here / "actions.yaml").read_text(encoding="utf8")
    items = "\n".join(
        f"          - {_flow({'touchpoint': spot.id, 'score': folder.labels[spot.id]})}"
        for spot in spots(folder.case)
        if spot.asked
    )
    known = folder.worded(text.replace("@actions\n", actions)).replace("@items", items)
    return known + "".join(_further(file) for file in folder.files if file.source)


def _further(file: DataFile) -> str:
    """The entry of a file that says itself how it is read."""
    text = yaml.safe_dump([file.source], sort_keys=False, allow_unicode=True, width=10**6)
    lines = (f"  {line}\n" for line in _in_flow(text, file.source).splitlines())
    return "\n" + "".join(lines)


def _in_flow(text: str, source: dict[str, Any]) -> str:
    """The same YAML with each question on a line of its own."""
    table = source["tables"][0]
    if "items" not in table:
        return text
    rest = {name: value for name, value in table.items() if name != "items"}
    head = yaml.safe_dump(
        [source | {"tables": [rest]}], sort_keys=False, allow_unicode=True, width=10**6
    )
    lines = "".join(f"    - {_flow(item)}\n" for item in table["items"])
    return f"{head}    items:\n{lines}"


def fields_of(folder: Folder, file: DataFile) -> list[dict[str, str]]:
    """The dictionary of one file: a row a column, in the file's order."""
    if file.fields:
        return list(file.fields)
    known = {
        folder.worded(row["field"]): row | {"field": folder.worded(row["field"])}
        for row in _dictionary(folder.case)
        if row["file"] == file.name
    }
    not_used, dont_know = map(folder.worded, CODES[folder.case])
    for spot in spots(folder.case):
        if spot.asked and file.name.startswith("survey"):
            known[folder.labels[spot.id]] = {
                "field": folder.labels[spot.id],
                "type": "string",
                "format": "",
                "zh": f"{spot.name_zh}评分（1–5 分；{not_used}为未使用，{dont_know}为不清楚）",
                "en": f"score of {spot.name_en.lower()} (1–5; {not_used} = not used, "
                f"{dont_know} = don't know)",
            }
    return [known[str(name)] for name in file.frame.columns]


def _dictionary(case: str) -> list[dict[str, str]]:
    return [*rows("fields", case), *rows("fields", "any")]


def datapackage(folder: Folder) -> str:
    """The Frictionless description of a case's files."""
    client = named(folder.case, "client")[0]
    package = {
        "name": f"keytouch-{folder.case}",
        "title": f"{client['zh']} · {client['en']}",
        "description": "Generated data of an invented client; no row describes a real person.",
        "version": "1.0.0",
        "created": "2025-07-01T00:00:00Z",
        "licenses": [
            {
                "name": "CC0-1.0",
                "title": "CC0 1.0 Universal",
                "path": "https://creativecommons.org/publicdomain/zero/1.0/",
            }
        ],
        "sources": [{"title": _origin(folder)}],
        "resources": [_resource(folder, file) for file in folder.files],
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _origin(folder: Folder) -> str:
    """How the data were made; a sealed folder keeps its seed to itself."""
    command = f"synthetic: keytouch cases --case {folder.case}"
    return command if folder.sealed else f"{command} --seed {folder.seed}"


def _resource(folder: Folder, file: DataFile) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": file.name.split(".")[0],
        "path": file.name,
        "format": file.kind,
        "mediatype": {
            "csv": "text/csv",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "parquet": "application/vnd.apache.parquet",
        }[file.kind],
    }
    if file.kind == "csv":
        resource |= {"encoding": file.encoding, "dialect": {"csv": {"delimiter": file.delimiter}}}
    if file.kind == "xlsx":
        resource |= {"dialect": {"excel": {"sheet": file.sheet}}}
    if file.name.endswith(".gz"):
        resource["compression"] = "gz"
    fields = [_field(row, file.kind) for row in fields_of(folder, file)]
    return resource | {"schema": {"fields": fields, "missingValues": [""]}}


def _field(row: dict[str, str], kind: str) -> dict[str, str]:
    field = {"name": row["field"], "type": row["type"], "description": f"{row['zh']} · {row['en']}"}
    if row["format"] and kind == "csv":
        field["format"] = row["format"]
    # A survey tool writes numbers and its own words into one column.
    return field | ({"type": "any"} if kind == "xlsx" and row["type"] == "string" else {})


def readme(folder: Folder, language: str) -> str:
    """A case's README in one language; every number in it comes from the planted table."""

    def say(chinese: str, english: str) -> str:
        return chinese if language == "zh" else english

    def told(part: str) -> list[str]:
        texts = (*rows("stories", folder.case), *rows("stories", "any"))
        return [row[language] for row in texts if row["part"] == part]

    command = f"keytouch cases --case {folder.case} --seed {folder.seed} --out datasets"
    command += f" --difficulty {folder.difficulty}" * (folder.difficulty != "standard")
    command += " --language en" * (folder.language == "en")
    lines = [
        f"# {named(folder.case, 'client')[0][language]}",
        say(
            "**来源：合成数据。**客户是虚构的，没有一行数据来自真人。许可：CC0-1.0。",
            "**Origin: synthetic.** The client is invented and no row describes a real person. "
            "Licence: CC0-1.0.",
        ),
    ]
    dictionary = [
        say("## 数据字典", "## Data dictionary"),
        *(_file_table(folder, file, language, say) for file in folder.files),
    ]
    if folder.sealed:
        return "\n\n".join([*lines, *dictionary]) + "\n"
    lines += [
        *told("story"),
        *told("note"),
        *_planted_part(folder, language, say),
        say("## 故意留下的数据毛病", "## Faults left in the data on purpose"),
        "\n".join(f"- {fault}" for fault in told("fault")),
        *dictionary,
        say("## 重新生成", "## How to make it again"),
        f"```\n{command}\n```",
        say(
            "同一种子得到同样的文件，逐字节一致。种子换了，客户和数据都会换，埋下的事实不变。",
            "The same seed gives the same files, byte for byte. Another seed gives other customers "
            "and data with the same planted facts.",
        ),
    ]
    return "\n\n".join(lines) + "\n"


def _planted_part(folder: Folder, language: str, say: Callable[[str, str], str]) -> list[str]:
    """Effects by touchpoint, then every other parameter."""
    return [
        say("## 埋下的事实", "## What is planted"),
        say(
            "作用：某接触点的评分每高一个标准差，整体满意度（潜在值）高多少；只罚不奖、只奖不罚的，"
            "只算起作用的一侧。"
            "光环：感受中来自整体心情的份额。均分：1–5 分制的平均分，尚未计入具体事件的影响。",
            "Effect: gain in (latent) overall satisfaction for one SD more of the touchpoint's "
            "score; of a penalty or reward, on the side that counts. Halo: share of the "
            "perception that is general mood. Mean: score of 1–5, "
            "before single events move it.",
        ),
        _truth_table(folder.case, language, say),
        say(
            "除此之外还埋有（大小均为取整、封顶之前的潜在值）：",
            "Planted besides (sizes are latent, before answers are rounded and cut off at the "
            "scale's ends):",
        ),
        "\n".join(f"- {sentence}" for sentence in sentences(folder.case, folder.truth, language)),
        say(
            "其余参数（名称同 `helpers/keytouch/cases/truth.py`；`_per_sd` 为一个标准差的影响）：",
            "Further parameters (named as in `helpers/keytouch/cases/truth.py`; `_per_sd`: what "
            "one standard deviation changes):",
        ),
        _parameter_lines(folder),
    ]


def _truth_table(case: str, language: str, say: Callable[[str, str], str]) -> str:
    names = {spot.id: spot for spot in spots(case)}
    head = say(
        "| 接触点 | 角色 | 作用 | 光环 | 均分 |", "| touchpoint | role | effect | halo | mean |"
    )
    lines = [head, "|---|---|---:|---:|---:|"]
    table = planted(case).sort_values("effect", ascending=False, kind="stable")
    for row in table[table["role"] != "backstage"].to_dict("records"):
        spot = names[row["touchpoint_id"]]
        name = spot.name_zh if language == "zh" else spot.name_en
        role = ROLES[row["role"]][language == "en"]
        numbers = f"{row['effect']:.2f} | {row['halo']:.2f} | {row['mean']:.2f}"
        lines.append(f"| {name} (`{spot.id}`) | {role} | {numbers} |")
    return "\n".join(lines)


def _parameter_lines(folder: Folder) -> str:
    return "\n".join(f"- `{name}`: {_value(value)}" for name, value in asdict(folder.truth).items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_inner(one)}" for name, one in value.items())
    return ", ".join(map(_inner, value)) if isinstance(value, tuple) else str(value)


def _inner(value: Any) -> str:
    """A value inside another one: what has parts stands in brackets."""
    return f"({_value(value)})" if isinstance(value, (tuple, dict)) else str(value)


def _file_table(
    folder: Folder, file: DataFile, language: str, say: Callable[[str, str], str]
) -> str:
    form = {"csv": f"CSV, {file.encoding}", "xlsx": "XLSX", "parquet": "Parquet"}[file.kind]
    if file.kind == "csv" and file.delimiter != ",":
        form += say("，分隔符 ", ", delimiter ") + {";": "`;`", "\t": "TAB"}[file.delimiter]
    count = say(f"{len(file.frame)} 行", f"{len(file.frame)} rows")
    head = say("| 字段 | 类型 | 含义与单位 |", "| field | type | meaning and unit |")
    lines = [f"### {file.name} ({form}; {count})", "", head, "|---|---|---|"]
    for row in fields_of(folder, file):
        lines.append(f"| {row['field']} | {row['type']} | {row[language]} |")
    return "\n".join(lines)
