"""The page in a real Chromium: nothing runs, nothing is loaded, everything is readable."""

import os
import shutil
from types import SimpleNamespace

import pytest
from test_report import HOSTILE, TABLE, hostile_notebook
from toys import executed, finding, open_toy, png, shown, write_client

from keytouch import words
from keytouch.clock import Clock
from keytouch.report import Material, write_pages
from keytouch.settings import read_settings

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    path = chromium()
    assert path, "the browser tests need Chromium: apt-get install chromium, or set CHROMIUM"
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def write(folder, *notebooks, language="zh"):
    words.set_language(language)
    client = write_client(folder / "client")
    runs = {
        f"{number:02d}_toy": SimpleNamespace(notebook=notebook, warnings=[])
        for number, notebook in enumerate(notebooks, start=1)
    }
    (folder / "report").mkdir()
    material = Material(read_settings(client), open_toy(client), language, {"min_n": 30}, runs)
    write_pages(material, folder=folder / "report", clock=Clock())
    return folder / "report" / "index.html"


@pytest.fixture(scope="module")
def typical(tmp_path_factory):
    """A page with everything: findings, pictures, a wide table, long words."""
    cells = "".join(f'<td class="num">{number},000</td>' for number in range(30))
    wide = f'<div class="kt-scroll"><table class="kt"><tr>{cells}</tr></table></div>'
    outputs = [
        shown(finding=finding(rank, sentence=f"入住登记每提高 {rank} 分,净推荐值约升 6 点。"))
        for rank in (1, 2, 3)
    ]
    outputs += [shown({"image/png": {"alt": "图"}}, png=png(2400, 1200))]
    outputs += [shown(html=wide, table=TABLE), shown(plain="x" * 500)]
    outputs += [shown(headline={"slot": slot, "html": "入" * 60}) for slot in ("answer", "first")]
    prose = f"# 一\n\n## {'很长的标题' * 12}\n\n{'a' * 300}\n\n## 二"
    return write(tmp_path_factory.mktemp("typical"), executed(*outputs, prose=prose), executed())


def open_page(browser, path, width=1280, height=900, **options):
    """The page, with all that it says on the console and asks of the network."""
    page = browser.new_page(viewport={"width": width, "height": height}, **options)
    page.said, page.asked, page.refused = [], [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("dialog", lambda dialog: (page.said.append("dialog"), dialog.dismiss()))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("requestfailed", lambda request: page.refused.append((request.url, request.failure)))
    page.goto(f"file://{path}")
    return page


def outside(page):
    return [url for url in page.asked if not url.startswith(("file://", "data:"))]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_does_nothing(browser, tmp_path, name):
    path = write(tmp_path, hostile_notebook(HOSTILE[name]), hostile_notebook(HOSTILE[name]))
    page = open_page(browser, path)
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert page.said == [] and outside(page) == []
    page.close()


def test_the_policy_stops_a_script_that_came_through(browser, tmp_path):
    """The last wall: even raw HTML in the page can't run or load anything."""
    path = write(tmp_path, executed())
    text = path.read_text(encoding="utf8")
    raw = "".join(HOSTILE.values()) + "<img src='http://evil.example/x.png'>"
    path.write_text(text.replace("</main>", raw + "</main>"), encoding="utf8")
    page = open_page(browser, path)
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert outside(page) and {(url, "csp") for url in outside(page)} <= set(page.refused)
    page.close()


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
def test_the_page_never_scrolls_sideways(browser, typical, width):
    page = open_page(browser, typical, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.said == [] and outside(page) == []
    page.close()


def test_a_wide_table_scrolls_in_its_box(browser, typical):
    page = open_page(browser, typical, 360)
    box = "document.querySelector('.chapter .kt-scroll table').parentElement"
    assert page.evaluate(f"{box}.scrollWidth > {box}.clientWidth")
    page.close()


def test_the_contents_stay_beside_the_text_on_wide_screens(browser, typical):
    page = open_page(browser, typical, 1280)
    assert page.is_visible("nav.side") and not page.is_visible("details.fold")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight / 2)")
    assert page.eval_on_selector("nav.side", "nav => nav.getBoundingClientRect().top") >= 0
    page.close()


def test_the_contents_fold_on_phones_without_a_script(browser, typical):
    page = open_page(browser, typical, 360, java_script_enabled=False)
    assert not page.is_visible("nav.side") and not page.is_visible("details.fold nav a")
    page.click("details.fold summary")
    assert page.is_visible("details.fold nav a >> nth=0")
    page.close()


def test_the_keyboard_comes_first_to_the_text(browser, typical):
    page = open_page(browser, typical)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.close()


def test_chinese_is_set_in_the_letters_of_the_page(browser, typical):
    page = open_page(browser, typical)
    faces = page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].map(f => f.weight + f.status))"
    )
    assert sorted(faces) == ["400loaded", "700loaded"]
    page.close()


def test_text_is_large_enough_to_read(browser, typical):
    page = open_page(browser, typical, 360)
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('main *')].filter(e => e.innerText && "
        "!e.children.length).map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 11.5
    page.close()


def test_chapters_begin_on_new_sheets_of_paper(browser, typical, tmp_path):
    page = open_page(browser, typical)
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True, print_background=True)
    page.emulate_media(media="print")
    breaks = page.eval_on_selector_all(
        ".chapter", "all => all.map(e => getComputedStyle(e).breakBefore)"
    )
    kept = page.eval_on_selector_all(
        ".chapter tr, .kt-figure, .finding", "all => all.map(e => getComputedStyle(e).breakInside)"
    )
    assert set(breaks) == {"page"} and set(kept) == {"avoid"}
    assert not page.is_visible("nav.side") and not page.is_visible("details.fold")
    assert (tmp_path / "page.pdf").read_bytes().count(b"/Type /Page\n") >= 4
    page.close()
