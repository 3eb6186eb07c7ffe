"""Of what Gradio puts around an app, readers keep the way in for programs alone."""

import json
import urllib.request


def test_the_footer_leads_to_the_api_alone_and_no_run_is_kept(app):
    with urllib.request.urlopen(f"{app}/config", timeout=20) as response:
        config = json.load(response)
    assert config["footer_links"] == ["api"]
    assert config["run_history"] is False
    assert config["pwa"] is False
