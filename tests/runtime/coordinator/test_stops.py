"""An answer ends at a stop string, however the text is cut into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.coordinator.stops import StopWatch


@given(
    text=st.text(alphabet="ab\nc", max_size=40),
    stops=st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(min_value=1, max_value=5), max_size=40),
)
def test_pieces_give_what_the_whole_text_gives(text, stops, cuts):
    watch = StopWatch(stops)
    shown, at = "", 0
    for cut in [*cuts, len(text)]:
        shown += watch.push(text[at : at + cut])
        at += cut
        assert text.startswith(shown)
        assert not any(stop in shown for stop in stops)
    shown += watch.finish()
    ends = [text.find(stop) for stop in stops if stop in text]
    if not ends:
        assert shown == text
    else:
        # The first stop string to be complete ends the answer; none of it is ever shown.
        assert watch.stopped
        assert text.startswith(shown)
        assert not any(stop in shown for stop in stops)
        assert len(shown) <= max(ends)


def test_text_after_a_stop_string_is_dropped():
    watch = StopWatch(["\nQuestion:"])
    assert watch.push("1,250 EUR\nQues") == "1,250 EUR"
    assert watch.push("tion: what else?") == ""
    assert watch.stopped
    assert watch.push("more") + watch.finish() == ""


def test_what_only_looked_like_a_stop_string_is_shown():
    watch = StopWatch(["END"])
    assert watch.push("the EN") == "the "
    assert watch.push("tire") == "ENtire"
    assert watch.finish() == ""
