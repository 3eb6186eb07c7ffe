"""What is known of one request while it lasts."""

import threading
import time

from k8s.server.records.request_record import Exchange


def test_a_stage_that_ends_after_the_request_is_not_added():
    exchange = Exchange.of_headers(None, None)
    exchange.stage("read", exchange.started)
    exchange.finish()
    exchange.stage("queue", exchange.started)
    assert set(exchange.stages) == {"read"}


def test_a_finished_exchange_is_read_while_a_worker_goes_on():
    """A dictionary that grows while it is iterated raises RuntimeError."""
    for _ in range(5):
        exchange, is_over = Exchange.of_headers(None, None), threading.Event()

        def work(exchange=exchange, is_over=is_over):
            number = 0
            while not is_over.is_set():
                exchange.stage(f"stage {number}", exchange.started)
                number += 1

        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(0.002)
        exchange.finish()
        before = len(exchange.stages)
        assert len([name for name in exchange.stages for _ in range(20)]) == 20 * before
        is_over.set()
        worker.join()
        assert len(exchange.stages) == before
