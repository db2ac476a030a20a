"""What the stages reported, as a file."""

import csv

import pytest

from app.monitor.records_file import COLUMNS, write_csv
from runtime.errors import SetupError
from tests.app.monitor.test_history import finished


def test_a_line_per_record_in_order_with_seconds_from_the_first(tmp_path):
    path = tmp_path / "records.csv"
    records = [finished(1, 0, 101.5, 0.5, wait=1.5), finished(0, 0, 100.0, 1.0, send=0.25)]
    write_csv(path, records, lambda key: f"Name, of {key}")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [row["stage"] for row in rows] == ["1", "2"]
    assert rows[0]["machine"] == "Name, of machine-0"
    assert float(rows[1]["started_seconds"]) == pytest.approx(1.5)
    assert float(rows[0]["send_seconds"]) == pytest.approx(0.25)
    assert rows[0]["first_layer"] == "1" and rows[0]["last_layer"] == "4"
    assert [p.name for p in tmp_path.iterdir()] == ["records.csv"], "nothing half-written is left"


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(SetupError, match=r"records\.csv could not be written") as caught:
        write_csv(tmp_path / "file" / "records.csv", [], str)
    assert caught.value.hint
