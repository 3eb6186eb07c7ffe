"""What is known of one request while it lasts."""

import threading
import time

from k8s.server.records.request_record import RequestRecord


def test_a_stage_that_ends_after_the_request_is_not_added():
    record = RequestRecord.of_headers(None, None)
    record.stage("upload", record.started)
    record.finish()
    record.stage("queue", record.started)
    assert set(record.stages) == {"upload"}


def test_a_finished_exchange_is_read_while_a_worker_goes_on():
    """A dictionary that grows while it is iterated raises RuntimeError."""
    for _ in range(5):
        record, is_over = RequestRecord.of_headers(None, None), threading.Event()

        def work(record=record, is_over=is_over):
            number = 0
            while not is_over.is_set():
                record.stage(f"stage {number}", record.started)
                number += 1

        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(0.002)
        record.finish()
        before = len(record.stages)
        assert len([name for name in record.stages for _ in range(20)]) == 20 * before
        is_over.set()
        worker.join()
        assert len(record.stages) == before
