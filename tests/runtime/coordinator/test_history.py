"""Finished jobs survive a restart; broken files and odd ids do no harm."""

import pytest

from runtime.coordinator.history import History
from runtime.errors import HPipeError, SetupError
from runtime.snapshots import Citation, JobSnapshot, JobState


def job(number, started_at):
    return JobSnapshot(
        job_id=f"{number:032x}",
        title="report.pdf",
        question="How much?",
        state=JobState.DONE,
        answer="1,250 EUR",
        citations=(Citation(label="Page 2", start=10, end=19, quote="1,250 EUR"),),
        started_at=started_at,
    )


def test_newest_first_and_unchanged(tmp_path):
    history = History(tmp_path / "history")
    old, new = job(1, 10.0), job(2, 20.0)
    history.keep(new)
    history.keep(old)
    assert History(tmp_path / "history").jobs() == (new, old)
    history.delete(new.job_id)
    assert history.jobs() == (old,)


def test_an_unreadable_file_is_passed_over(tmp_path):
    history = History(tmp_path)
    history.keep(job(1, 1.0))
    (tmp_path / f"{2:032x}.json").write_text('{"job_id": ')
    assert [kept.job_id for kept in history.jobs()] == [f"{1:032x}"]


@pytest.mark.parametrize("job_id", ["../../passwords", "", "ABC", "0" * 31])
def test_an_id_is_never_a_path(tmp_path, job_id):
    with pytest.raises(HPipeError):
        History(tmp_path).delete(job_id)


def test_what_cannot_be_deleted_is_said(tmp_path):
    """A state folder on a read-only disk: a sentence, not a crash."""
    history = History(tmp_path)
    in_the_way = tmp_path / f"{1:032x}.json"
    in_the_way.mkdir()
    with pytest.raises(SetupError, match="could not be deleted"):
        history.delete(f"{1:032x}")
    assert history.jobs() == ()
