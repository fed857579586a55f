"""The table of how well panels are found."""

from experiments.tables import table_panels


def judged(**changed):
    share = {"value": 0.8, "interval": [0.75, 0.844]}
    made = {"figures": 9, "figures with pictures": 4, "pictures": 20, "recall": share,
            "recall of several": share, "coverage": share, "precision": share,
            "recall of blots": share, "precision of blots": share}  # fmt: skip
    return {"folds": {"articles": 7, **made}, "unseen": {**made, **changed},
            "fresh": {"documents": 5, **made}}  # fmt: skip


def test_rows_hold_counts_and_shares_with_intervals():
    found = {row[0]: row[1:] for row in table_panels.rows(judged(pictures=31))}
    assert found[""] == (
        "7 articles, each judged by a fit to the others", "figures of other articles",
        "and of 5 more",
    )  # fmt: skip
    assert found["pictures"] == ("20", "31", "20")
    assert found["of what is compared, pictures"] == ("0.80 [0.75, 0.84]",) * 3


def test_what_there_is_none_of():
    found = {row[0]: row[1:] for row in table_panels.rows(judged(**{"recall of blots": None}))}
    assert found["blots found, that are called so"] == (
        "0.80 [0.75, 0.84]", "none", "0.80 [0.75, 0.84]"
    )  # fmt: skip


def test_the_table_is_of_the_committed_record():
    assert "figures of other articles" in table_panels.markdown()
