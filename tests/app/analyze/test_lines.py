"""Paragraphs of a printed page flow again; what was a line of its own stays one."""

from app.analyze.lines import joined_lines

PAGE = (
    "Equipment Rental\n"
    "The Provider rents professional bakery equipment to the Customer, delivers\n"
    "and installs it, keeps it in working order, and replaces it when it cannot\n"
    "be repaired.\n"
    "Term | What was agreed, and where in this agreement it is to be found again\n"
    "Start of the rental | 1 March 2026\n"
    "Both parties sign every page of this agreement, and of all of its annexes:\n"
    "1. The Provider first, since its name is the first on the page as it stands\n"
    "\n"
    "2. The Customer."
)


def test_a_sentence_flows_over_the_ends_of_its_lines() -> None:
    lines = joined_lines(PAGE).split("\n")
    assert lines[0] == "Equipment Rental"
    assert lines[1].startswith("The Provider rents") and lines[1].endswith("be repaired.")


def test_tables_lists_and_headings_stay_lines() -> None:
    lines = joined_lines(PAGE).split("\n")
    assert lines[2:] == PAGE.split("\n")[4:]


def test_places_stay_where_they_are() -> None:
    """Citations name places of the text by their offsets."""
    joined = joined_lines(PAGE)
    assert len(joined) == len(PAGE)
    assert joined.replace("\n", " ") == PAGE.replace("\n", " ")


def test_a_text_of_short_lines_or_none_is_left_alone() -> None:
    for text in ("", "\n\n", "one\ntwo\nthree", "no line end at all"):
        assert joined_lines(text) == text
