"""The mouse as a pen, on the field of Digits."""

SEVEN = ((0.3, 0.25), (0.7, 0.25), (0.48, 0.8))


def draw(page, canvas, points=SEVEN, *, hold=False):
    """Move the pressed mouse through `points`, given as shares of the canvas; `hold` leaves the button down."""
    box = page.locator(canvas).bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=12)
    if not hold:
        page.mouse.up()
