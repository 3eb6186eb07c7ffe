"""The endpoint beside bare onnxruntime, LitServe, BentoML and KServe: the same ONNX file and film in the same run.

python -m benchmarks.endpoint [--rounds 3] [--seconds 10] [--clients 1 2 8 32] [--only fovea kserve] [--soak 50000]

Every server answers the same film, one server at a time, and all take turns in each round. The yardsticks stand in
environments of their own, made at the first run (build/yardsticks). Each is first tried at --tune-clients in every way
to use the CPUs, processes x predictions at a time in each x onnxruntime threads, and measured in its fastest one.
--before gives the folder of an older checkout, whose endpoint takes turns with this one's.
--soak loads the endpoint on with that many requests and fails when its memory grows by more than --max-growth.
"""

import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import tyro
from PIL import Image

from benchmarks.load import Load, WrkError, find_wrk, load, median
from benchmarks.yardsticks.bare_loop import PREDICT, RUN, Loop, loops, measure
from benchmarks.yardsticks.environments import FOLDER, YARDSTICKS, Configuration, install, versions
from benchmarks.yardsticks.processes import Server, ServerError, free_port, running, settle
from benchmarks.yardsticks.resident_memory import Soak, soak
from fovea import decode
from fovea import load as load_model
from fovea.processor import described
from fovea.threads import available_cpus

FOVEA, OTHER, BARE = "fovea", "fovea before", "bare"
PHANTOM = Path("space/examples/chest_xray/phantom.dcm")
FILM_SIZE, GRAIN = 1024, 2.0  # pixels; standard deviation of the noise, in grey levels of 256
WARM_UP_S = 2.0
UNLIMITED = "100000000"


@dataclass(frozen=True)
class Options:
    """What to run."""

    rounds: int = 3
    """0 leaves out the table, for a soak alone"""
    seconds: float = 10.0
    clients: tuple[int, ...] = (1, 2, 8, 32)
    only: tuple[str, ...] = (BARE, FOVEA, *YARDSTICKS)
    """also NAME:CONFIGURATION, as kserve:2x1x1, for a yardstick that need not be tried out first"""
    skip_yardsticks: bool = False
    before: Path | None = None
    tune_rounds: int = 1
    tune_clients: int = 8
    soak: int = 0
    soak_clients: int = 8
    max_growth: float = 0.02
    body: Path | None = None
    """the film to post; by default the drawn phantom as a PNG of 1024 x 1024"""
    model: Path = Path("models/chest_xray.onnx")
    python: Path = Path(sys.executable)
    """the interpreter that runs the endpoint"""
    out: Path = Path("docs/endpoint/benchmark.json")


@dataclass(frozen=True)
class Film:
    """What every client posts, and the probabilities that every server must answer."""

    body: bytes
    headers: dict[str, str]
    right: list[float]


Rows = dict[tuple[str, int], list[Load]]  # (name, clients): a Load for each round


def main(options: Options) -> None:
    find_wrk()
    film = make_film(options)
    only = (*options.only, OTHER) if options.before else options.only
    names = [name for name in only if not (options.skip_yardsticks and name.partition(":")[0] in YARDSTICKS)]
    for name in names:
        if name.partition(":")[0] in YARDSTICKS:
            install(name.partition(":")[0])
        elif name not in (BARE, FOVEA) and not (name == OTHER and options.before):
            raise SystemExit(f"--only takes {', '.join((BARE, FOVEA, *YARDSTICKS))}, not {name}.")
    result = describe(options, film, names)
    print(f"{result['hardware']}, {result['date']}, load average {result['load_average']}, {result['body']}")
    print(f"{json.dumps(result['versions'])}\n", flush=True)
    if options.rounds > 0:
        tuned, tried = tune(names, options, film)
        measured = run_rounds(names, tuned, options, film)
        rows = table_rows(measured)
        print_table(rows)
        result |= {"configurations": {name: str(configuration) for name, configuration in tuned.items()}}
        result |= {"tried": tried, "rows": rows}
    outcome = run_soak(options, film) if options.soak else None
    if outcome is not None:
        result["soak"] = asdict(outcome) | {"clients": options.soak_clients}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {options.out}")
    if outcome is not None and outcome.growth > options.max_growth:
        raise SystemExit(f"Memory grew by {outcome.growth:.1%}, more than {options.max_growth:.1%}.")


def make_film(options: Options) -> Film:
    body = options.body.read_bytes() if options.body else drawn_film()
    model = load_model(options.model, threads=1, providers=["CPUExecutionProvider"])
    kind = "image/png" if body.startswith(b"\x89PNG") else "application/dicom" if body[128:132] == b"DICM" else ""
    content_type = {"Content-Type": kind or "image/jpeg"}
    return Film(body, content_type, model.predict(body).probabilities.tolist())


def drawn_film() -> bytes:
    """The phantom at the size of a film on the web, with grain: without it a PNG decodes faster than any real one."""
    phantom = decode(PHANTOM.read_bytes(), 1).resize((FILM_SIZE, FILM_SIZE), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(0).normal(0, GRAIN, (FILM_SIZE, FILM_SIZE))
    stream = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(phantom) + grain, 0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def describe(options: Options, film: Film, names: Sequence[str]) -> dict[str, object]:
    pythons = {BARE: Path(sys.executable), FOVEA: options.python, OTHER: options.python}
    pythons |= {name: yardstick.python for name, yardstick in YARDSTICKS.items()}
    return {
        "date": date.today().isoformat(),
        "hardware": f"{described()}, {available_cpus()} CPUs",
        "load_average": round(os.getloadavg()[0], 2),
        "body": f"{film.headers['Content-Type']} of {len(film.body):,} bytes",
        "rounds": options.rounds,
        "seconds": options.seconds,
        "versions": {name: versions(pythons[name]) for name in (name.partition(":")[0] for name in names)},
    }


def make_server(name: str, configuration: Configuration | None, options: Options) -> Server:
    if configuration is not None:
        return YARDSTICKS[name].server(configuration, free_port(), options.model)
    port = free_port()
    settings = {
        "MODEL": str(options.model.resolve()),
        **{"HOST": "127.0.0.1", "PORT": str(port), "OPS_HOST": "127.0.0.1", "OPS_PORT": str(free_port())},
        **{"AUTH": "none", "RATE_PER_MINUTE": UNLIMITED, "RATE_BURST": UNLIMITED, "CLIENT_CONCURRENCY": "1000"},
        **{"QUEUE_CAPACITY": "64", "DRAIN_SECONDS": "0"},
    }
    environment = {f"XRAY_{key}": value for key, value in settings.items()}
    url = f"http://127.0.0.1:{port}/v1/chest-xray"
    folder = options.before if name == OTHER else None
    return Server(name, [options.python.absolute(), "-m", "k8s.server"], url, environment, folder)


def run_server(
    name: str, configuration: Configuration | None, clients: Sequence[int], options: Options, film: Film
) -> list[Load]:
    """One Load for each number of clients."""
    server = make_server(name, configuration, options)
    with running(server, film.body, film.headers, film.right, FOLDER / "logs" / f"{name}.log") as pid:
        load(server.url, film.body, film.headers, max(clients), WARM_UP_S)
        loads = []
        for count in clients:
            settle(pid)
            loads.append(load(server.url, film.body, film.headers, count, options.seconds))
    rates = ", ".join(
        f"{said.requests_per_second:.1f}/s at {count}" for said, count in zip(loads, clients, strict=True)
    )
    print(f"  {server.name}: {rates}", flush=True)
    return loads


def tune(
    names: Sequence[str], options: Options, film: Film
) -> tuple[dict[str, Configuration], dict[str, dict[str, float]]]:
    """The fastest configuration of each yardstick, and the requests per second of all."""
    chosen: dict[str, Configuration] = {}
    tried: dict[str, dict[str, float]] = {}
    candidates: dict[str, list[Configuration]] = {}
    for name, _, fixed in (name.partition(":") for name in names):
        if name in YARDSTICKS:
            candidates[name] = [Configuration.parse(fixed)] if fixed else YARDSTICKS[name].candidates(available_cpus())
    rates: dict[tuple[str, Configuration], list[Load]] = {}
    undecided = {name: configurations for name, configurations in candidates.items() if len(configurations) > 1}
    for turn in range(options.tune_rounds if undecided else 0):
        print(f"trying configurations, round {turn + 1} of {options.tune_rounds}", flush=True)
        for name, configurations in undecided.items():
            for configuration in configurations:
                said = run_server(name, configuration, (options.tune_clients,), options, film)
                rates.setdefault((name, configuration), []).extend(said)
    for name, configurations in candidates.items():
        found = {
            each: median(rates[name, each]).requests_per_second for each in configurations if (name, each) in rates
        }
        chosen[name] = max(found, key=found.__getitem__) if found else configurations[0]
        tried[name] = {str(each): round(rate, 2) for each, rate in found.items()}
    return chosen, tried


def run_rounds(names: Sequence[str], tuned: dict[str, Configuration], options: Options, film: Film) -> Rows:
    bare: list[Loop] = list(loops(options.model, film.body, available_cpus())) if BARE in names else []
    measured: Rows = {}
    for turn in range(options.rounds):
        print(f"round {turn + 1} of {options.rounds}", flush=True)
        for loop in bare:
            measured.setdefault((loop.name, loop.callers), []).append(measure(loop, options.seconds))
        for name in (name.partition(":")[0] for name in names if name != BARE):
            loads = run_server(name, tuned.get(name), options.clients, options, film)
            label = f"{name} {tuned[name]}" if name in tuned else name
            for count, said in zip(options.clients, loads, strict=True):
                measured.setdefault((label, count), []).append(said)
    return measured


def table_rows(measured: Rows) -> list[dict[str, object]]:
    """Medians over the rounds, with the share of the best bare loop of each kind; None where none ran."""
    medians = {key: median(loads) for key, loads in measured.items()}

    def best(what: str) -> float | None:
        rates = [said.requests_per_second for (name, _), said in medians.items() if name.startswith(f"bare {what} ")]
        return max(rates, default=None)

    run, predict = best(RUN), best(PREDICT)
    rows: list[dict[str, object]] = []
    for (name, clients), said in medians.items():
        shares = {
            "of_session_run": said.requests_per_second / run if run else None,
            "of_predict": said.requests_per_second / predict if predict else None,
        }
        rates = [round(each.requests_per_second, 2) for each in measured[name, clients]]
        rows.append({"server": name, "clients": clients, **asdict(said), **shares, "each_round": rates})
    return rows


def print_table(rows: Sequence[dict[str, object]]) -> None:
    print("\n| server | clients | requests/s | of session.run | of predict | p50 ms | p95 ms | p99 ms | errors |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        shares = [f"{row[key]:.0%}" if row[key] is not None else "" for key in ("of_session_run", "of_predict")]
        times = [f"{row[key]:.1f}" for key in ("p50_ms", "p95_ms", "p99_ms")]
        cells = [row["server"], row["clients"], f"{row['requests_per_second']:.1f}", *shares, *times, row["errors"]]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")
    print()


def run_soak(options: Options, film: Film) -> Soak:
    print(f"soak of {options.soak:,} requests at {options.soak_clients} clients", flush=True)
    server = replace(make_server(FOVEA, None, options), name="fovea, soak")
    with running(server, film.body, film.headers, film.right, FOLDER / "logs" / "soak.log") as pid:
        outcome = soak(pid, server.url, film.body, film.headers, options.soak, options.soak_clients)
    print(f"memory {outcome.growth:+.2%} after warm-up, {outcome.requests:,} requests, {outcome.errors} errors\n")
    return outcome


if __name__ == "__main__":
    try:
        main(tyro.cli(Options, description=__doc__))
    except (WrkError, ServerError) as error:
        raise SystemExit(str(error)) from error
