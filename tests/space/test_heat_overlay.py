import io

import numpy as np
from PIL import Image

from space.pictures import HEAT_PX, heat_overlay, read_address


def test_a_heat_overlay_is_clear_where_nothing_is_hot_and_hides_what_it_lies_on_where_it_is():
    heatmap = np.zeros((8, 8), dtype=np.float32)
    heatmap[:, 4:] = 0.2
    heatmap[:, 6:] = 0.9
    drawn = Image.open(io.BytesIO(read_address(heat_overlay(heatmap))))
    assert (drawn.mode, drawn.size) == ("RGBA", (HEAT_PX, HEAT_PX))
    alpha = np.asarray(drawn)[HEAT_PX // 2, :, 3]
    assert alpha[5] == 0
    assert 100 < alpha[HEAT_PX * 5 // 8] < 160
    assert alpha[-5] == 255
