"""The report: what notebooks hand over arrives as page, tables and findings, and nothing else."""

import csv
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from toys import executed, finding, open_toy, png, shown, write_client

from keytouch import appendix, chapters, fontface, harvest, markup, words
from keytouch.clock import Clock
from keytouch.report import TEMPLATES, Material, write_pages
from keytouch.settings import read_settings

HEADER = {"name": "scores", "title": "得分", "columns": ["touchpoint_id", "score"]}
TABLE = HEADER | {"labels": ["接触点", "得分"], "rows": [["check_in", 3.8], ["wifi", None]]}


@pytest.fixture(autouse=True)
def chinese():
    words.set_language("zh")


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Write a report from executed notebooks, without its letters; gives the folder."""
    monkeypatch.setattr(fontface, "font_css", lambda html: "")

    def write(*notebooks, **values):
        client = write_client(tmp_path / "client")
        runs = {
            f"{number:02d}_toy": SimpleNamespace(notebook=notebook, warnings=[])
            for number, notebook in enumerate(notebooks, start=1)
        }
        folder = tmp_path / "report"
        folder.mkdir(exist_ok=True)
        material = Material(read_settings(client), open_toy(client), "zh", values, runs)
        write_pages(material, folder=folder, clock=Clock())
        return folder

    return write


def page(folder):
    return (folder / "index.html").read_text(encoding="utf8")


# Tables and findings.


def test_a_table_arrives_as_csv_with_words_and_parquet_with_ids(make):
    folder = make(executed(shown(table=TABLE)))
    raw = (folder / "tables" / "scores.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert rows == [["接触点", "得分"], ["check_in", "3.8"], ["wifi", ""]]
    frame = pd.read_parquet(folder / "tables" / "scores.parquet")
    assert list(frame.columns) == ["touchpoint_id", "score"] and frame.score.isna().tolist()[1]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        " =1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_is_a_formula(make, text):
    table = TABLE | {"labels": [text, "x"], "rows": [[text, 1.0]]}
    path = make(executed(shown(table=table))) / "tables" / "scores.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [row[0] for row in csv.reader(file)]
    assert cells == ["'" + text.replace("\r", "\n")] * 2


def test_a_return_inside_a_cell_does_not_start_a_row(make):
    table = TABLE | {"rows": [["a\r=1+1", 1.0]]}
    path = make(executed(shown(table=table))) / "tables" / "scores.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1:] == [["a\n=1+1", "1.0"]]


@pytest.mark.parametrize("value", ["-3", "+4.5", -3, 2.5, None, "check_in", "a=b"])
def test_harmless_cells_stay_as_they_are(value):
    assert harvest.neutral(value) == value


def test_two_tables_of_one_name_are_both_kept(make):
    other = TABLE | {"rows": [["booking", 4.0]]}
    folder = make(executed(shown(table=TABLE)), executed(shown(table=TABLE), shown(table=other)))
    names = sorted(path.name for path in (folder / "tables").glob("*.csv"))
    assert names == ["02_scores.csv", "scores.csv"]


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "x" * 200])
def test_a_table_is_never_written_elsewhere(make, name):
    with pytest.raises(ValueError):
        make(executed(shown(table=TABLE | {"name": name})))


def test_mixed_values_of_a_column_become_text(make):
    table = TABLE | {"rows": [["check_in", 3.8], ["wifi", "未知"]]}
    folder = make(executed(shown(table=table)))
    frame = pd.read_parquet(folder / "tables" / "scores.parquet")
    assert frame.score.tolist() == ["3.8", "未知"]


def test_findings_are_kept_in_order_of_rank(make):
    folder = make(executed(shown(finding=finding(2))), executed(shown(finding=[finding(1)])))
    kept = json.loads((folder / "findings.json").read_text(encoding="utf8"))
    assert [entry["rank"] for entry in kept] == [1, 2]
    assert kept[0]["notebook"] == "02_toy" and kept[0]["n"] == 1204 and "cell" not in kept[0]


def test_a_finding_without_a_number_is_kept_as_null(make):
    folder = make(executed(shown(finding=finding(1, value=float("nan")))))
    assert json.loads((folder / "findings.json").read_text(encoding="utf8"))[0]["value"] is None


# The page.


def test_the_first_page_answers_with_at_most_three_findings(make):
    outputs = [shown(finding=finding(rank)) for rank in (4, 2, 1, 3)]
    outputs.append(shown(headline={"slot": "answer", "html": "入住登记决定口碑。"}))
    outputs.append(shown(headline={"slot": "first", "html": "先缩短等待。"}))
    first = page(make(executed(*outputs))).split('class="chapter"')[0]
    assert "入住登记决定口碑。" in first and "先缩短等待。" in first
    assert re.findall(r"<h3>(发现 \d)</h3>", first) == ["发现 1", "发现 2", "发现 3"]
    assert "12.5" in first and "10.0–15.0" in first


def test_a_finding_shows_the_picture_of_its_section_and_links_there(make):
    picture = shown({"image/png": {"alt": "条形图"}}, png=png())
    first, rest = page(make(executed(shown(finding=finding()), picture))).split('class="chapter"')[
        :2
    ]
    assert 'alt="条形图"' in first
    link = re.search(r'class="more"><a href="#([^"]+)"', first)[1]
    assert f'id="{link}"' in rest


def test_a_report_without_findings_says_so(make):
    assert words.word("report_no_answer") in page(make(executed()))


def test_code_and_parameters_are_not_shown(make):
    hidden = executed(shown(plain="hidden output"), tags=("parameters",))
    html = page(make(executed(shown(plain="seen")), hidden))
    assert "secret_code" not in html and "hidden output" not in html and "seen" in html


def test_a_figure_has_its_text_alternative_and_number(make):
    html = page(make(executed(shown({"image/png": {"alt": '分<"数'}}, png=png()))))
    assert 'alt="分&lt;&quot;数"' in html and "图 1.1" in html


def test_html_that_is_not_ours_is_shown_as_text(make):
    styler = shown(html="<style>x</style><table><td><b>bold</b></table>", plain="<styler <b> text>")
    html = page(make(executed(styler, shown(html="<u>raw</u>", plain="as <text>"))))
    assert "<u>" not in html and "<b>bold</b>" not in html and "as &lt;text&gt;" in html


def test_our_html_is_shown(make):
    ours = shown(html='<table class="kt"><tr><td class="num">3.8</td></tr></table>', table=TABLE)
    assert '<td class="num">3.8</td>' in page(make(executed(ours)))


HOSTILE = {
    "script": "<script>window.hacked = 1</script>",
    "picture": "<img src=x onerror='window.hacked = 1'>",
    "vector": "<svg onload='window.hacked = 1'><script>window.hacked = 1</script></svg>",
    "link": "<a href='javascript:window.hacked = 1'>x</a>",
    "frame": "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "style": "<p style='background:url(http://evil.example/x)'>x</p>",
    "end": "</style></title></textarea><script>window.hacked = 1</script>",
    "markdown": "[x](javascript:window.hacked=1) ![x](http://evil.example/x.png)",
    "form": "<form action='http://evil.example'><input autofocus onfocus='window.hacked = 1'>",
}


def hostile_notebook(text):
    """A text of others in every channel that a notebook has."""
    outputs = [
        shown(html=text, table=TABLE | {"labels": [text, text], "rows": [[text, 1.0]]}),
        shown(html=text, plain=text),
        shown(md=text),
        shown(plain=text),
        shown(finding=finding(sentence=text, strength=text, metric=text)),
        shown(headline={"slot": "answer", "html": text}),
        shown({"image/png": {"alt": text, "caption": text, "width": text}}, png=png()),
    ]
    return executed(*outputs, prose=f"# {text}\n\n## {text}\n\n{text}\n\n| a |\n|---|\n| {text} |")


class Watcher(HTMLParser):
    """Notes everything in a page that could run or load something."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        running = ("script", "iframe", "object", "embed", "form", "input", "base", "link")
        if tag in running and not _is_choice(tag, dict(attrs)):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("src", "href") and _leads_out(tag, value or "")):
                self.found.append(f"{tag} {name}={value}")


def _is_choice(tag, attrs):
    """A radio button of the map's filters, with names of our own making."""
    known = set(attrs) <= {"type", "name", "id", "checked"} and attrs.get("type") == "radio"
    names = [attrs.get("name") or "", attrs.get("id") or ""]
    return tag == "input" and known and all(re.fullmatch(r"kt-map-[-\w]+", name) for name in names)


def _leads_out(tag, value):
    return not value.startswith(("data:image/", "#") if tag != "a" else ("#", "http", "mailto:"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_of_others_becomes_part_of_the_page(make, text):
    watcher = Watcher()
    watcher.feed(page(make(hostile_notebook(text), segment=text)))
    assert watcher.found == []


def test_the_page_loads_nothing_from_anywhere(make):
    html = page(make(executed(shown(png=png()), prose="# t\n\n![p](http://evil.example/p.png)")))
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", html)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:" in html
    assert not re.search(r"@import|url\((?!data:font)", html)


def test_dollars_and_formulas_stay_text(make):
    assert "$x^{$ 与 $50" in page(make(executed(prose="# t\n\n$x^{$ 与 $50")))


def test_headings_never_skip_a_level(make):
    html = page(make(executed(prose="# 一\n\n#### 二\n\n## 三\n\n###### 四")))
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_link_inside_the_page_has_its_place(make):
    html = page(make(executed(shown(finding=finding())), executed(prose="# b\n\n## c\n\n### d")))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) and all(identifier.isascii() for identifier in ids)
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


@pytest.mark.parametrize("language, tag", [("zh", "zh-CN"), ("en", "en")])
def test_the_page_names_its_language(make, language, tag):
    words.set_language(language)
    assert f'<html lang="{tag}">' in page(make(executed()))


def test_the_same_notebooks_give_the_same_page(make, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    notebook = executed(shown(finding=finding()))
    assert page(make(notebook)) == page(make(notebook))


def test_a_report_with_twenty_figures_stays_under_three_megabytes(make):
    import os
    from base64 import b64encode

    noise = b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 16 + os.urandom(60_000)).decode()
    folder = make(executed(*[shown(png=noise)] * 20))
    assert (folder / "index.html").stat().st_size < 3_000_000


def test_the_appendix_accounts_for_every_value(make):
    html = page(make(executed(), min_n=77)).split('class="chapter appendix"')[1]
    text = markup.plain(html)
    for expected in ("2,400", "2,000", "300", "60", "40", "77", "f00d", "abababababababab…"):
        assert expected in text, expected
    assert "&lt;i&gt;stays&lt;/i&gt;" in html


def test_the_glossary_holds_the_words_that_stand_in_the_text():
    assert any("接触点" in name for name, _ in appendix.glossary("一个接触点。"))
    assert appendix.glossary("无关的文字") == []


# Fonts and colours.


@pytest.mark.skipif(not fontface._files(), reason="the fonts are not in the package yet")
def test_the_page_carries_the_letters_it_uses():
    from base64 import b64decode
    from io import BytesIO

    from fontTools.ttLib import TTFont

    rules = fontface.font_css("<p>入住登记 &amp; 退房 A1</p>")
    found = re.findall(r"font-weight:(\d+).*?base64,([^)]+)\)", rules)
    assert [weight for weight, _ in found] == ["400", "700"]
    for _, data in found:
        assert len(data) < 60_000
        known = TTFont(BytesIO(b64decode(data))).getBestCmap()
        assert set(map(ord, "入住登记退房A1&")) <= set(known) and ord("鑫") not in known


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    "text, ground",
    [(t, g) for t in ("ink", "soft", "key-dark") for g in ("paper", "wash", "key-wash")]
    + [("warm", "warm-wash"), ("key", "paper")],
)
def test_text_stands_out_from_its_ground(text, ground):
    css = (TEMPLATES / "report.css").read_text(encoding="utf8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css)) | {"paper": "#ffffff"}
    assert contrast(colours[text], colours[ground]) >= 4.5


# Markup.


@pytest.mark.parametrize(
    "html, kept",
    [
        ("<b>x", "<b>x</b>"),
        ("<p onclick=x class=num>1</p>", '<p class="num">1</p>'),
        ("a<script>b</script>c", "ac"),
        ("<unknown>x</unknown>", "x"),
        ("</b>x", "x"),
        ("a & b < c", "a &amp; b &lt; c"),
        ('<span style="width:43%">x</span>', "<span>x</span>"),
        ('<span style="background:url(x)">x</span>', "<span>x</span>"),
        ('<a href="#c1">x</a>', '<a href="#c1">x</a>'),
        ('<a href=" javascript:x">x</a>', "<a>x</a>"),
    ],
)
def test_the_sieve_keeps_what_can_only_be_looked_at(html, kept):
    assert markup.sieve(html) == kept


def test_a_chapters_number_is_not_said_twice():
    chapter = chapters.make_chapter(3, executed(prose="# 03 反馈分析\n\n## 核心指标"))
    assert chapter.title == "反馈分析" and chapter.sections[0].text == "核心指标"


def missing_note(text):
    html = f'<p class="kt-missing">{text}</p>'
    return nbformat.v4.new_output(
        "display_data", data={"text/html": html, "application/vnd.keytouch.note+json": {}}
    )


def cell(outputs=(), source="x"):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs))


def chapter_of(*cells):
    first = nbformat.v4.new_markdown_cell("# Title\n\nThe question?")
    return chapters.make_chapter(1, nbformat.v4.new_notebook(cells=[first, *cells])).html


def section(title):
    return nbformat.v4.new_markdown_cell(f"## {title}\n\nProse of {title}.")


def test_a_section_without_data_shrinks_to_what_is_missing():
    picture = nbformat.v4.new_output("display_data", data={"image/png": png()})
    html = chapter_of(section("A"), cell([picture]), section("B"), cell([missing_note("no b")] * 2))
    assert "Prose of A" in html
    assert "Prose of B" not in html
    assert html.count("no b") == 1


def test_a_chapter_without_data_shrinks_to_one_sentence():
    html = chapter_of(
        section("A"), cell([missing_note("no data")]), section("B"), cell([missing_note("no data")])
    )
    assert "The question?" in html
    assert html.count("no data") == 1
    assert "<h3" not in html
