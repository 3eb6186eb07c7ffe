"""What a shared link shows: one title, description, picture and icon of our own, for each tab its own words."""

import io
import json
import urllib.request
from html import escape
from html.parser import HTMLParser

import pytest
from PIL import Image

from space.app import TABS
from space.public.page_head import PICTURE_PX, WHOLE, Head, head_tags, with_tags

TITLES = {
    "digits": "Digits · Fovea",
    "flowers": "Flowers · Fovea",
    "chest-x-ray": "Chest X-ray · Fovea",
    "lessons": "Lessons · Fovea",
}


class HeadReader(HTMLParser):
    """Every (name, value) of the meta tags, every title, and the links by what they are."""

    def __init__(self, html):
        super().__init__()
        self.metas, self.titles, self.links, self.in_title = [], [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "meta":
            self.metas.append((attributes.get("property") or attributes.get("name"), attributes.get("content")))
        if tag == "link":
            self.links.append((attributes["rel"], attributes["href"]))
        self.in_title = tag == "title"

    def handle_data(self, data):
        if self.in_title:
            self.titles.append(data)
            self.in_title = False

    def all(self, name):
        return [content for key, content in self.metas if key == name]


def fetched(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as response:
        return response.read(), response.headers


def head_of(address, **headers):
    return HeadReader(fetched(address, **headers)[0].decode())


def test_each_tab_begins_with_the_sentence_that_stands_in_links_to_it(app):
    components = json.loads(fetched(f"{app}/config")[0])["components"]
    shown = [component["props"].get("value") for component in components]
    assert [tab.name for tab in TABS if f"<p>{escape(tab.summary)}</p>" not in shown] == []


@pytest.mark.parametrize("tab", TITLES)
def test_a_link_to_a_tab_says_once_what_the_tab_is(app, tab):
    head = head_of(f"{app}/?tab={tab}")
    title = TITLES[tab]
    assert head.titles == head.all("og:title") == head.all("twitter:title") == [title]
    assert head.all("og:description") == head.all("description") == head.all("twitter:description")
    assert len(head.all("og:description")) == 1
    assert head.all("og:description") != [WHOLE.description]
    assert head.all("og:url") == [f"{app}/?tab={tab}"]


@pytest.mark.parametrize("query", ["", "?tab=", "?tab=nothing", "?tab=%22%3E%3Cscript%3E", "?lesson=3"])
def test_any_other_link_says_what_the_app_is(app, query):
    head = head_of(f"{app}/{query}")
    assert head.titles == head.all("og:title") == [WHOLE.title]
    assert head.all("og:url") == [f"{app}/"]


def test_nothing_of_gradio_s_own_words_is_left(app):
    head = head_of(app)
    assert "Gradio" not in str(head.metas)
    assert "gradio" not in str(head.metas).lower()
    names = [name for name, _ in head.metas if name]
    assert len(names) == len(set(names))


def test_the_picture_is_ours_and_small_enough_for_every_chat(app):
    (address,) = head_of(app).all("og:image")
    assert address.startswith(app)
    content, headers = fetched(address)
    assert headers["Content-Type"] == "image/png"
    assert len(content) < 150_000
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == PICTURE_PX


def test_the_icon_is_ours_wherever_a_browser_looks_for_it(app):
    links = dict(head_of(app).links)
    icon, headers = fetched(f"{app}/{links['icon']}")
    assert headers["Content-Type"].startswith("image/svg+xml")
    for path in ("favicon.ico", "pwa_icon"):
        assert fetched(f"{app}/{path}")[0] == icon


def test_behind_a_proxy_the_addresses_are_those_of_the_public_host(app):
    forwarded = {"X-Forwarded-Host": "fovea.example.org", "X-Forwarded-Proto": "https"}
    head = head_of(f"{app}/?tab=digits", **forwarded)
    assert head.all("og:image") == ["https://fovea.example.org/files/share.png"]
    assert head.all("og:url") == ["https://fovea.example.org/?tab=digits"]


def test_words_are_escaped():
    tags = head_tags(Head('"><b>', "a & b"), 'https://host"', "https://host/")
    assert "<b>" not in tags
    assert 'host"' not in tags
    assert HeadReader(tags).all("og:title") == ['"><b>']


def test_what_stands_after_the_head_is_left_alone():
    body = b'<body><meta property="og:title" content="kept"><title>kept</title></body>'
    html = b'<head>\n<meta charset="utf-8" />\n<title>old</title><meta\nname="twitter:card"\ncontent="x"\n/></head>'
    assert with_tags(html + body, b"<i>") == b'<head>\n<meta charset="utf-8" /><i></head>' + body


def test_a_link_to_films_warns(app):
    assert head_of(f"{app}/?tab=chest-x-ray").all("og:description")[0].endswith(" Not a medical device.")
