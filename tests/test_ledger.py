from moodtrace.ledger import INTERRUPTED, CameraLedger, drop_in_flight, reopen, settle, since
from tests.factories import dropped, failed, scored


def test_every_captured_frame_is_analysed_failed_dropped_or_in_flight() -> None:
    ledger = {"front": CameraLedger(captured=6)}

    settle(ledger, [scored(0), scored(200), failed(400), failed(600, "model_nan"), dropped(800)])

    front = ledger["front"]
    assert (front.analysed, front.failed) == (2, {"corrupt": 1, "model_nan": 1})
    assert front.dropped == {"stale": 1}
    assert front.in_flight == 1


def test_an_interrupted_ledger_closes_and_opens_again() -> None:
    ledger = {"front": CameraLedger(captured=7, analysed=4, failed={"corrupt": 1})}

    drop_in_flight(ledger, INTERRUPTED)
    closed = (ledger["front"].in_flight, dict(ledger["front"].dropped))
    reopen(ledger)

    assert closed == (0, {INTERRUPTED: 2})
    assert ledger["front"] == CameraLedger(captured=5, analysed=4, failed={"corrupt": 1})


def test_what_came_since_is_what_was_not_there_before() -> None:
    before = {"front": CameraLedger(captured=5, dropped={"late": 2}), "side": CameraLedger()}
    whole = {
        "front": CameraLedger(captured=9, dropped={"late": 2, "store_away": 3}),
        "side": CameraLedger(),
        "left": CameraLedger(captured=1),
    }

    assert since(whole, before) == {
        "front": CameraLedger(captured=4, dropped={"store_away": 3}),
        "left": CameraLedger(captured=1),
    }
