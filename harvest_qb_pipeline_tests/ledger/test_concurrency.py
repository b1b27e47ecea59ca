"""Several processes and threads at one ledger: compare-and-set holds, the chain never forks."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from harvest_qb_pipeline.ledger import events, reading, sending
from harvest_qb_pipeline.ledger.store import open_ledger
from harvest_qb_pipeline_tests.ledger.books import NOON, Books, customer

CLAIMER = """
import sys
from datetime import datetime
from harvest_qb_pipeline.ledger import sending
from harvest_qb_pipeline.ledger.store import open_ledger

path, owner, now = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
ledger = open_ledger(path, actor=owner)
sys.stdin.readline()
for posting in sending.ready(ledger, now, limit=100):
    taken = sending.claim(ledger, posting.posting_id, owner=owner, now=now, lease_seconds=300)
    if taken is None:
        continue
    sending.record_attempt(ledger, taken.posting_id, owner, body=b"{}", request_id="r", now=now)
    sending.mark_posted(
        ledger, taken.posting_id, owner, external_id=str(taken.posting_id), sync_token="0", doc_number=None
    )
    print(taken.key)
"""


def test_four_processes_send_each_posting_once_and_leave_one_chain(books: Books) -> None:
    books.plan(*(customer(n) for n in range(40)))
    for n in range(40):
        books.approve(f"customer/client-{n}")
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, str(books.path), f"run-{n}", NOON.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    sent = Counter(key for worker in workers for key in worker.communicate(timeout=120)[0].split())
    assert [worker.returncode for worker in workers] == [0, 0, 0, 0]
    assert sent == Counter({f"customer/client-{n}": 1 for n in range(40)})
    assert {posting.attempts for posting in reading.postings(books.ledger)} == {1}
    assert books.holds() == []


def test_of_eight_threads_that_claim_one_posting_one_gets_it(books: Books) -> None:
    books.plan(customer())
    books.approve("customer/client-1")
    posting = reading.posting(books.ledger, "customer/client-1")

    def claim(n: int) -> bool:
        return sending.claim(books.ledger, posting.posting_id, owner=f"t{n}", now=NOON, lease_seconds=60) is not None

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(claim, range(8))) == 1
        books.later(seconds=61)
        again = sending.claim(books.ledger, posting.posting_id, owner="x", now=books.now, lease_seconds=0)
        sending.release(books.ledger, again.posting_id, "x")


def test_one_of_two_concurrent_plans_comes_first_and_the_other_finds_nothing_new(books: Books) -> None:
    from harvest_qb_pipeline_tests.ledger.books import bill

    bills = [bill(n, (n,)) for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: books.plan(*bills), range(4)))
    assert sorted((result.new, result.unchanged) for result in results) == [(0, 20)] * 3 + [(20, 0)]
    assert len({result.plan_id for result in results}) == 4


def test_a_reader_is_not_stopped_by_a_writer(books: Books) -> None:
    books.plan(customer())
    with books.ledger.transaction() as con:
        con.exec_driver_sql("UPDATE postings SET summary = 'half done'")
        assert reading.posting(books.ledger, "customer/client-1").summary == "New Acme"
        con.rollback()


def test_opening_a_new_ledger_from_several_threads_migrates_it_once(tmp_path: Path) -> None:
    def open_it(n: int) -> int:
        ledger = open_ledger(tmp_path / "deep" / "ledger.sqlite", actor=f"t{n}")
        with events.changing(ledger) as chain:
            return chain.append("hello", f"t{n}")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(open_it, range(4))) == [1, 2, 3, 4]


def test_a_claim_is_kept_by_renewing_it(books: Books) -> None:
    books.plan(customer())
    books.approve("customer/client-1")
    taken = books.claim("customer/client-1", "a", seconds=60)
    sending.renew(books.ledger, taken.posting_id, "a", books.now + timedelta(seconds=600))
    books.later(seconds=300)
    assert books.claim("customer/client-1", "b") is None
