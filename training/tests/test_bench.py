"""The bench: what is done, what is left, in which order, and that stopping loses nothing."""

import fcntl
import json
import os
import signal
import time
from threading import Thread

import pytest

from bench import Item, Queue, at_hand, is_done, product_path, result_path, run_item, tiny, wanted, write_json


def item(name, needs=(), recipe=None, ships=False, work=lambda desk: {}):
    return Item(name, recipe or {"steps": 3}, work, core_minutes=1, needs=needs, ships=ships)


@pytest.fixture
def scale(tmp_path):
    return tiny(tmp_path)


def finish(made, scale):
    write_json(result_path(made, scale), {"recipe": made.recipe})
    product_path(made, scale).mkdir(parents=True)


def names(items):
    return [made.name for made in items]


def test_what_is_needed_comes_first(scale):
    a, b, c = item("a"), item("b", needs=("c",)), item("c")
    assert names(wanted([a, b, c], scale)) == ["a", "c", "b"]


def test_what_is_done_is_not_done_again(scale):
    a, b = item("a"), item("b", needs=("a",))
    finish(a, scale)
    assert names(wanted([a, b], scale)) == ["b"]
    finish(b, scale)
    assert wanted([a, b], scale) == []


def test_weights_that_an_open_item_needs_are_made_again(scale):
    a, b = item("a"), item("b", needs=("a",))
    write_json(result_path(a, scale), {"recipe": a.recipe})  # on another machine
    assert is_done(a, scale) and not at_hand(a, scale)
    assert names(wanted([a, b], scale)) == ["a", "b"]
    finish(b, scale)
    assert wanted([a, b], scale) == []


def test_a_changed_recipe_makes_a_result_worthless(scale):
    finish(item("a", recipe={"steps": (1, 2)}), scale)
    assert is_done(item("a", recipe={"steps": (1, 2)}), scale)
    assert not is_done(item("a", recipe={"steps": (1, 3)}), scale)


def test_a_result_says_what_made_it(scale):
    made = item("study/a", work=lambda desk: {"value": 4})
    run_item(made, [made], scale)
    result = json.loads(result_path(made, scale).read_text())
    assert result["value"] == 4 and result["recipe"] == made.recipe and result["item"] == "study/a"
    assert {"commit", "date", "machine"} <= result.keys()
    assert at_hand(made, scale)


def broken(desk):
    raise ValueError("this one cannot be done")


def test_an_item_that_fails_is_reported_and_what_needs_it_is_not_tried(scale, capsys):
    a, b = item("study/a", work=broken), item("study/b", needs=("study/a",))
    c = item("study/c")
    assert Queue([a, b, c], scale, 2).run() == 1
    said = capsys.readouterr().out
    assert "study/a: FAILED" in said and "this one cannot be done" in said
    assert "study/b: begins" not in said and is_done(c, scale)


def sleeper(desk):
    (desk.folder / "begun").write_text(str(os.getpid()))
    time.sleep(60)


def test_a_stopped_queue_leaves_no_process_behind(scale):
    made = item("study/long", work=sleeper)
    begun = scale.runs / "study/long/begun"

    def stop():
        while not begun.exists() or not begun.read_text():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    handler = signal.getsignal(signal.SIGTERM)
    Thread(target=stop, daemon=True).start()
    try:
        with pytest.raises(SystemExit) as end:
            Queue([made], scale, 1).run()
    finally:
        signal.signal(signal.SIGTERM, handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert end.value.code == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
    assert not is_done(made, scale)


def test_an_item_waits_for_whoever_works_on_it_elsewhere(scale):
    made = item("study/a")
    (scale.runs / "study/a").mkdir(parents=True)
    with open(scale.runs / "study/a/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Thread(target=lambda: (time.sleep(0.3), finish(made, scale), lock.close()), daemon=True).start()
        result = []
        run_item(item("study/a", work=lambda desk: result.append("worked") or {}), [made], scale)
    assert result == []
