"""What is made once and kept while it is asked for."""

import threading

import pytest

from app.service.once import Once


def test_the_oldest_makes_room_and_a_failure_is_tried_again() -> None:
    kept: Once[int] = Once(2)
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(made)

    assert [kept.of(key, lambda key=key: make(key)) for key in "aba"] == [1, 2, 1]
    kept.of("c", lambda: make("c"))
    assert kept.of("a", lambda: make("a")) == 1
    assert kept.of("b", lambda: make("b")) == 4
    with pytest.raises(ZeroDivisionError):
        kept.of("d", lambda: 1 // 0)
    assert kept.of("d", lambda: make("d")) == 5
    assert made == ["a", "b", "c", "b", "d"]


def test_what_is_there_is_handed_out_while_something_is_made() -> None:
    kept: Once[str] = Once(4)
    kept.of("there", lambda: "there")
    begun, done = threading.Event(), threading.Event()

    def slowly() -> str:
        begun.set()
        assert done.wait(10)
        return "slow"

    found: list[str] = []
    makers = [
        threading.Thread(target=lambda: found.append(kept.of("slow", slowly))) for _ in range(2)
    ]
    for maker in makers:
        maker.start()
    assert begun.wait(10)
    assert kept.of("there", lambda: "made again") == "there"
    done.set()
    for maker in makers:
        maker.join(10)
    assert found == ["slow", "slow"]
