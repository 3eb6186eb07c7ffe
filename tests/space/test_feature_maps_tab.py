"""The Feature maps tab in headless Chromium: what it shows is compared with the model's own answer."""

import io
import json
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from serving import call_api, data_address

from fovea import load

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples"
MINUS = "\N{MINUS SIGN}"
CHINA = EXAMPLES / "feature_maps" / "china.jpg"


@pytest.fixture(scope="module")
def alexnet():
    return load(ROOT / "models" / "features_alexnet.onnx")


@pytest.fixture(scope="module")
def china(alexnet):
    """What AlexNet makes of the example that is shown first."""
    return alexnet.feature_maps(CHINA.read_bytes()).feature_maps


@pytest.fixture(params=[1280, 390])
def page(request, app, new_page):
    page = new_page(request.param)
    page.goto(f"{app}/?tab=feature-maps")
    shows(page, "alexnet conv1 maps")
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == request.param
    page.close()


@pytest.fixture
def wide(app, new_page):
    page = new_page()
    page.goto(f"{app}/?tab=feature-maps")
    shows(page, "alexnet conv1 maps")
    yield page
    page.close()


def shows(page, what):
    expect(page.locator("#feature-maps-viewer canvas.grid")).to_have_attribute("data-layer", what, timeout=30_000)


def viewer(page, selector):
    return page.locator(f"#feature-maps-viewer {selector}")


def grid_colours(page):
    return page.evaluate(
        """() => { const grid = document.querySelector("#feature-maps-viewer canvas.grid");
          const pixels = new Uint32Array(grid.getContext("2d").getImageData(0, 0, grid.width, grid.height).data.buffer);
          return new Set(pixels).size; }"""
    )


def test_it_opens_on_an_example_with_every_map_of_the_first_layer(page, alexnet):
    expect(viewer(page, ".facts")).to_contain_text("96 maps of 55 x 55")
    expect(viewer(page, ".facts")).to_contain_text("34,944 parameters")
    expect(viewer(page, ".facts")).to_contain_text("105 M multiply-adds")
    expect(viewer(page, ".facts")).to_contain_text("a unit sees 11 x 11 pixels, the next one 4 pixels on")
    expect(viewer(page, "select.layer option")).to_have_count(len(alexnet.spec.layers))
    expect(viewer(page, ".top-class")).to_contain_text("the maps of AlexNet and not its classifier")
    expect(viewer(page, ".plain")).to_contain_text("A map is bright where its pattern is.")
    assert grid_colours(page) > 100


def test_one_steps_from_layer_to_layer_and_keeps_the_map(page, china):
    viewer(page, "canvas.grid").click(position={"x": 10, "y": 10})
    expect(viewer(page, ".map-name")).to_have_text("Map 1")
    for layer in ("act1", "norm1", "pool1", "conv2"):
        viewer(page, "button.next").click()
        shows(page, f"alexnet {layer} maps")
        expect(viewer(page, ".map-name")).to_have_text("Map 1")
    viewer(page, "button.previous").click()
    shows(page, "alexnet pool1 maps")
    expect(viewer(page, ".map-facts")).to_contain_text(f"{china['pool1'][0].mean():.3g}")
    expect(viewer(page, ".kernel-facts")).to_have_text("11 x 11 of Convolution 1")


def test_sorted_by_mean_the_strongest_map_comes_first(wide, china):
    viewer(wide, "select.layer").select_option("act5")
    shows(wide, "alexnet act5 maps")
    viewer(wide, "[data-sort=mean]").click()
    viewer(wide, "canvas.grid").click(position={"x": 10, "y": 10})
    strongest = int(china["act5"].mean(axis=(1, 2)).argmax())
    expect(viewer(wide, ".map-name")).to_have_text(f"Map {strongest + 1}")


def test_dead_maps_are_counted(wide, china):
    viewer(wide, "select.layer").select_option("act5")
    shows(wide, "alexnet act5 maps")
    dead = int((china["act5"].max(axis=(1, 2)) <= 0).sum())
    assert dead > 1
    expect(viewer(wide, ".dead")).to_have_text(f"{dead} of 256 maps are dead: nowhere above 0")


def test_each_scale_has_its_legend_and_needs_no_answer_from_the_server(wide, china):
    viewer(wide, "select.layer").select_option("act2")
    shows(wide, "alexnet act2 maps")
    wide.wait_for_timeout(800)  # the next layer is fetched in advance
    asked = []
    wide.on("request", lambda request: asked.append(request.url))
    viewer(wide, "[data-scale=layer]").click()
    expect(viewer(wide, ".legend .high")).to_have_text(f"{china['act2'].max():.0f} (this layer)")
    viewer(wide, "[data-scale=network]").click()
    most = max(abs(activation).max() for activation in china.values())
    expect(viewer(wide, ".legend .high")).to_have_text(f"{most:.0f} (whole network)")
    expect(viewer(wide, ".legend .low")).to_have_text(f"{MINUS}{most:.0f}")
    assert asked == []


def opened_at(app, new_page, network, layer, image):
    page = new_page()
    page.goto(f"{app}/?tab=feature-maps&network={network}&layer={layer}&image={image}")
    shows(page, f"{network} {layer} maps")
    return page


def test_a_field_larger_than_the_image_is_called_so_beside_the_picture_that_it_covers(app, new_page):
    page = opened_at(app, new_page, "googlenet", "inception5b", "flower")
    expect(viewer(page, ".facts")).to_contain_text("its field, 175 x 175 pixels, is larger than the image")
    expect(viewer(page, ".facts")).not_to_contain_text("a unit sees")
    expect(viewer(page, ".field-facts")).to_have_text("the unit sees 32 x 32 pixels")
    viewer(page, "select.layer").select_option("inception3a.branch1x1.conv")
    expect(viewer(page, ".facts")).to_contain_text("a unit sees 3 x 3 pixels, the next one 2 pixels on")
    page.close()


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ("stem.mix.bn", "Batch norm multiplies each map by one number of its own"),
        ("inception3a.branch_pool.0", "as many places as before"),
        ("pool3", "Max pooling keeps the largest value of each window: fewer places"),
        ("average", "Each map becomes one number, the mean of all its places"),
    ],
)
def test_the_words_are_those_of_the_layer(app, new_page, layer, sentence):
    page = opened_at(app, new_page, "googlenet", layer, "flower")
    expect(viewer(page, ".words")).to_contain_text(sentence)
    page.close()


def test_a_dense_unit_has_a_weight_for_each_unit_before_it(app, new_page):
    page = opened_at(app, new_page, "lenet5", "logits", "seven")
    expect(viewer(page, ".top-class")).to_contain_text("LeNet-5 says: 7, ")
    expect(viewer(page, ".slide")).to_be_hidden()
    expect(viewer(page, ".kernel-note")).to_have_text("A dense unit has one weight for each unit before it.")
    page.close()


def test_the_form_of_1998_shows_its_connection_table(app, new_page):
    page = opened_at(app, new_page, "lenet5_classic", "conv2", "seven")
    expect(viewer(page, ".facts")).to_contain_text("1,516 parameters")
    expect(viewer(page, ".facts")).to_contain_text("150,000 multiply-adds")
    expect(viewer(page, ".connections i.on")).to_have_count(60)
    viewer(page, ".connections i[data-map='15']").last.click()
    expect(viewer(page, ".map-name")).to_have_text("Map 16")
    expect(viewer(page, ".kernel-note")).to_contain_text("It sees 6 of 6 maps.")
    expect(viewer(page, ".kernel canvas")).to_have_count(6)
    viewer(page, "button.next").click()
    expect(viewer(page, ".words")).to_contain_text("Scaled tanh")
    page.close()


def test_the_form_of_1998_lays_f6_beside_the_bitmap_of_a_digit(app, new_page):
    page = opened_at(app, new_page, "lenet5_classic", "logits", "seven")
    expect(viewer(page, ".dead")).to_have_text("The unit nearest to 0 wins")
    viewer(page, "[data-sort=mean]").click()
    viewer(page, "canvas.grid").click(position={"x": 10, "y": 10})
    expect(viewer(page, ".map-name")).to_have_text("Unit 8: 7")
    expect(viewer(page, ".kernel-name")).to_have_text("Its bitmap")
    expect(viewer(page, ".kernel-note")).to_contain_text("Left the bitmap of 7")
    expect(viewer(page, ".kernel canvas")).to_have_count(2)
    expect(viewer(page, ".connections")).to_be_hidden()
    page.close()


def test_a_unit_draws_its_receptive_field_on_the_image(page, alexnet):
    viewer(page, "select.layer").select_option("conv3")
    shows(page, "alexnet conv3 maps")
    large = viewer(page, "canvas.map")
    side = large.bounding_box()["width"]
    row, column = 6, 9
    large.click(position={"x": side * (column + 0.5) / 13, "y": side * (row + 0.5) / 13})
    expect(viewer(page, ".reading")).to_contain_text("Row 7, column 10")
    field = alexnet.spec.layer("conv3").receptive_field
    left, top = (max(0, field.start_px + place * field.jump_px) for place in (column, row))
    right, bottom = (min(227, field.start_px + place * field.jump_px + field.size_px) for place in (column, row))
    expect(viewer(page, ".field")).to_have_attribute("data-field", f"{left} {top} {right} {bottom}")
    expect(viewer(page, ".field-facts")).to_have_text(f"the unit sees {right - left} x {bottom - top} pixels")


def test_the_first_filters_are_pictures_and_a_deep_kernel_is_its_strongest_slices(wide, alexnet):
    viewer(wide, "[data-show=filters]").click()
    shows(wide, "alexnet conv1 filters")
    assert grid_colours(wide) > 1000
    viewer(wide, "select.layer").select_option("conv2")
    shows(wide, "alexnet conv2 maps")
    expect(viewer(wide, ".show")).to_be_hidden()
    viewer(wide, "canvas.grid").focus()
    expect(viewer(wide, ".kernel canvas")).to_have_count(16)
    number = int(viewer(wide, ".map-name").inner_text().split()[1]) - 1
    strengths = np.sqrt((alexnet.kernels("conv2")[number].astype(float) ** 2).sum(axis=(1, 2)))
    first = int(strengths.argmax()) + (48 if number >= 128 else 0)  # the second group sees the second half of pool1
    expect(viewer(wide, ".kernel span").first).to_have_text(str(first + 1))
    expect(viewer(wide, ".kernel-note")).to_contain_text("The 16 strongest of 48 slices")


def test_a_link_opens_the_same_view_in_a_fresh_browser(wide, browser):
    wide.locator(".fovea-examples button:visible").nth(2).click()
    expect(viewer(wide, "canvas.grid")).to_have_attribute("data-image", "portrait", timeout=15_000)
    viewer(wide, "select.layer").select_option("act3")
    shows(wide, "alexnet act3 maps")
    viewer(wide, "[data-scale=layer]").click()
    viewer(wide, "[data-sort=mean]").click()
    viewer(wide, "canvas.grid").click(position={"x": 70, "y": 70})
    name, facts = (viewer(wide, part).inner_text() for part in (".map-name", ".map-facts"))
    viewer(wide, "button.copy").click()
    link = viewer(wide, ".address").input_value()
    assert "image=portrait" in link
    expect(viewer(wide, ".link-note")).to_be_hidden()
    context = browser.new_context()
    fresh = context.new_page()
    fresh.goto(link)
    shows(fresh, "alexnet act3 maps")
    expect(viewer(fresh, ".map-name")).to_have_text(name)
    expect(viewer(fresh, ".map-facts")).to_have_text(facts)
    expect(viewer(fresh, "[data-scale=layer]")).to_have_attribute("aria-pressed", "true")
    expect(viewer(fresh, "[data-sort=mean]")).to_have_attribute("aria-pressed", "true")
    context.close()


def test_an_upload_is_seen_and_never_in_a_link(page, alexnet, tmp_path):
    upload = Image.open(CHINA).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    upload.save(tmp_path / "mine.png")
    page.locator("#feature-maps-photo input[type=file]").set_input_files(tmp_path / "mine.png")
    maps = alexnet.feature_maps((tmp_path / "mine.png").read_bytes()).feature_maps["conv1"]
    mean = maps.mean(axis=(1, 2))[int(viewer(page, ".map-name").inner_text().split()[1]) - 1]
    expect(viewer(page, ".map-facts")).to_contain_text(f"mean {short(mean)},", timeout=15_000)
    viewer(page, "button.copy").click()
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(viewer(page, ".address").input_value()).query)
    assert set(query) == {"tab", "network", "layer", "scale", "sort", "show", "map"}
    expect(viewer(page, ".link-note")).to_have_text(
        "The link holds the view, not your image: whoever opens it chooses an image."
    )
    page.locator(".fovea-examples button:visible").first.click()
    expect(viewer(page, "canvas.grid")).to_have_attribute("data-image", "china", timeout=15_000)
    expect(viewer(page, ".link-note")).to_be_hidden()


def test_every_network_sees_an_upload(wide, tmp_path):
    Image.open(CHINA).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mine.png")
    wide.locator("#feature-maps-photo input[type=file]").set_input_files(tmp_path / "mine.png")
    expect(viewer(wide, "canvas.grid")).to_have_attribute("data-image", "", timeout=15_000)
    for network, layer in (("googlenet", "stem.white"), ("lenet5", "conv1")):
        viewer(wide, f"[data-network={network}]").click()
        shows(wide, f"{network} {layer} maps")
        expect(viewer(wide, ".notice")).to_be_hidden()
        means = load(ROOT / "models" / f"features_{network}.onnx").feature_maps((tmp_path / "mine.png").read_bytes())
        strongest = means.feature_maps[layer].mean(axis=(1, 2)).max()
        expect(viewer(wide, ".map-facts")).to_contain_text(f"mean {short(strongest)},")


def short(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):g}".replace("-", MINUS)


def test_a_link_without_an_image_says_so_and_still_shows_the_filters(app, new_page):
    page = new_page()
    page.goto(f"{app}/?tab=feature-maps&network=alexnet&layer=conv1&show=filters")
    shows(page, "alexnet conv1 filters")
    expect(viewer(page, ".notice")).to_have_text("No image yet: upload one, or click an example.")
    page.close()


def test_a_refused_image_takes_the_maps_before_it_away_and_says_why(wide, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(CHINA.read_bytes()[:3000])
    field = wide.locator("#feature-maps-photo input[type=file]")
    field.set_input_files(EXAMPLES / "flowers" / "portrait.jpg")
    expect(viewer(wide, "canvas.grid")).to_have_attribute("data-image", "portrait", timeout=15_000)
    field.set_input_files(tmp_path / "cut.jpg")
    expect(viewer(wide, ".notice")).to_contain_text("The image is truncated or damaged", timeout=15_000)
    for part in (".detail", ".box", ".legend", ".downloads"):
        expect(viewer(wide, part)).to_be_hidden()
    viewer(wide, "button.next").click()
    viewer(wide, "[data-network=googlenet]").click()
    expect(viewer(wide, ".notice")).to_contain_text("The image is truncated or damaged")
    expect(viewer(wide, ".box")).to_be_hidden()
    field.set_input_files(EXAMPLES / "flowers" / "portrait.jpg")
    shows(wide, "googlenet stem.white maps")
    expect(viewer(wide, ".notice")).to_be_hidden()
    wide.locator("#feature-maps-photo").get_by_label("Remove Image").click()
    expect(viewer(wide, "canvas.grid")).to_have_attribute("data-image", "flower", timeout=15_000)


def test_the_downloads_are_the_grid_and_the_maps_themselves(wide, china):
    viewer(wide, "select.layer").select_option("pool5")
    shows(wide, "alexnet pool5 maps")
    with wide.expect_download() as download:
        viewer(wide, "button.npz").click()
    assert download.value.suggested_filename == "alexnet-pool5.npz"
    with np.load(download.value.path()) as archive:
        np.testing.assert_allclose(archive["maps"], china["pool5"], rtol=1e-4, atol=1e-3)
        assert archive["pixels"].shape == (227, 227, 3)
    with wide.expect_download() as download:
        viewer(wide, "button.png").click()
    with Image.open(download.value.path()) as picture:
        assert picture.format == "PNG"
        assert picture.width > 600


def test_the_api_gives_the_maps_as_a_picture_and_in_numbers(app, china):
    photo = data_address(CHINA.read_bytes(), "image/jpeg")
    answer = call_api(app, "feature_maps", photo, "alexnet", "act1")
    assert "event: complete" in answer
    report = json.loads(answer.split("data: ", 1)[1])[0]
    assert report["shape"] == [96, 55, 55]
    np.testing.assert_allclose(report["mean"], china["act1"].mean(axis=(1, 2)), rtol=1e-3, atol=1e-3)
    assert report["dead"] == int((china["act1"].max(axis=(1, 2)) <= 0).sum())
    picture = urllib.request.urlopen(report["picture"]).read()
    assert Image.open(io.BytesIO(picture)).size == (10 * 57 - 2, 10 * 57 - 2)


def test_the_tab_is_an_mcp_tool(app):
    with urllib.request.urlopen(f"{app}/gradio_api/mcp/schema", timeout=20) as response:
        tools = json.load(response)
    assert [tool["name"] for tool in tools if "layer of a convolutional network" in tool["description"]]


def test_the_panel_names_data_and_licence_of_the_network(wide):
    wide.get_by_text("About AlexNet").click()
    expect(wide.locator(".fovea-about").filter(has_text="ImageNet").first).to_contain_text("Apache-2.0")


def test_a_link_to_a_layer_opens_at_the_layer_on_a_phone(app, new_page):
    page = new_page(390)
    page.goto(f"{app}/?tab=feature-maps&network=alexnet&layer=conv1&image=china")
    expect(page.locator("#feature-maps-viewer canvas.grid[data-image]")).to_be_attached(timeout=30_000)
    page.wait_for_function("window.scrollY > 200")
    top = page.locator("#feature-maps-viewer").bounding_box()["y"]
    assert abs(top) < 40
    page.close()
