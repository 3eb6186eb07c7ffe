"""How long ten people who draw at once wait for the answer: from a movement of the pen to the layers on the page.

python -m benchmarks.many_pens [--browsers 1 10] [--elsewhere 9] [--answers 60] [--out docs/many_pens.json]

Each browser is a context of its own in one Chromium, on the machine that serves the app. Its pen moves on as soon as an
answer is there, so every browser has always one on its way. Ten browsers on one machine mostly wait for each other, so
the last row has one browser beside nine people who draw elsewhere.
"""

import json
import os
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from playwright.sync_api import Browser, Page

from benchmarks.app_process import chromium, running_app
from benchmarks.pens_elsewhere import drawing_elsewhere
from training.experiments.result import write_result
from training.hardware import hardware

READY_MS = 120_000
WARM_UP = 5  # answers
# A spiral that is cleared when it is full: each piece is ink that the layers have not seen.
DRAW = """async ({ answers, limit }) => {
  const canvas = document.querySelector("#digits-canvas canvas");
  const layers = document.querySelector("#digits-layers");
  canvas.setPointerCapture = () => {}; // it takes the pointers of real hands only
  const box = canvas.getBoundingClientRect();
  const pen = (kind, turn) => {
    const reach = 0.08 + 0.006 * turn;
    const at = { clientX: box.left + box.width * (0.5 + reach * Math.cos(0.5 * turn)),
                 clientY: box.top + box.height * (0.5 + reach * Math.sin(0.5 * turn)) };
    canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1, button: 0, cancelable: true, ...at }));
  };
  const maps = () => [...layers.querySelectorAll("img")].map((map) => map.src).join();
  const answered = (act) => new Promise((resolve, reject) => {
    const started = performance.now(), before = maps();
    const late = setTimeout(() => reject(new Error("no answer")), limit);
    new MutationObserver((_changes, observer) => {
      if (maps() === before) return;
      observer.disconnect();
      clearTimeout(late);
      resolve(performance.now() - started);
    }).observe(layers, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });
    act();
  });
  const times = [];
  while (times.length < answers) {
    await answered(() => pen("pointerdown", 0));
    for (let turn = 1; turn <= 40 && times.length < answers; turn++) {
      times.push(await answered(() => pen("pointermove", turn)));
    }
    pen("pointerup", 40);
    await answered(() => document.querySelector("#digits-canvas .clear").click());
  }
  return times;
}"""
START = f"(options) => {{ window.drawn = ({DRAW})(options); }}"


@dataclass(frozen=True)
class Options:
    """What to run."""

    browsers: tuple[int, ...] = (1, 10)
    elsewhere: int = 9
    """people who draw on computers of their own beside one browser, for one more row (0: none)"""
    answers: int = 60
    """of each browser"""
    max_p95_ms: float | None = None
    """fail where it is above"""
    app: Path = Path()
    out: Path = Path("docs/many_pens.json")


def main(options: Options) -> None:
    busy = os.getloadavg()[0]
    rows = []
    with running_app(options.app) as address, chromium() as browser:
        for count in options.browsers:
            rows.append(row_of(count, times(browser, address, count, options.answers)))
            print(json.dumps(rows[-1]), flush=True)
        if options.elsewhere:
            with drawing_elsewhere(address, options.elsewhere) as waits:
                found = times(browser, address, 1, options.answers)
            theirs = {"elsewhere": options.elsewhere, "answers_elsewhere": len(waits)}
            rows.append(row_of(1, found) | theirs | {"median_ms_elsewhere": round(statistics.median(waits), 1)})
            print(json.dumps(rows[-1]), flush=True)
    document = {
        "command": "python -m benchmarks.many_pens",
        "hardware": f"{hardware()}, load {busy:.0f} before",
        "rows": rows,
    }
    write_result(options.out, "many_pens", document)
    print(f"written: {options.out}")
    slowest = max(row["p95_ms"] for row in rows)
    if options.max_p95_ms is not None and slowest > options.max_p95_ms:
        raise SystemExit(f"The p95 is {slowest:.0f} ms, above {options.max_p95_ms:g}.")


def times(browser: Browser, address: str, count: int, answers: int) -> list[float]:
    """Milliseconds from pen to answer, of all `count` browsers."""
    with ExitStack() as stack:
        pages = [stack.enter_context(browser.new_context()).new_page() for _ in range(count)]
        for page in pages:
            page.goto(f"{address}?tab=digits", timeout=READY_MS)
            page.locator("#digits-canvas canvas").wait_for(timeout=READY_MS)
        for page in pages:
            page.evaluate(START, {"answers": WARM_UP + answers, "limit": READY_MS})
        return [time for page in pages for time in drawn(page)[WARM_UP:]]


def drawn(page: Page) -> list[float]:
    """Of one browser, when its pen has come to its end."""
    found: list[float] = page.evaluate("() => window.drawn")
    return found


def row_of(count: int, found: list[float]) -> dict[str, Any]:
    p95 = statistics.quantiles(found, n=20)[-1]
    return {
        "browsers": count,
        "answers": len(found),
        "median_ms": round(statistics.median(found), 1),
        "p95_ms": round(p95, 1),
        "largest_ms": round(max(found), 1),
    }


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.many_pens", description=__doc__))
