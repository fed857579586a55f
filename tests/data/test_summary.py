from imgforensics.data.summary import describe


def test_numbers_tables_and_names():
    text = describe(
        {
            "source": "folder",
            "crops": 1200,
            "skipped": {},
            "crops of each class": {f"a class {i}": i for i in range(40)},
            "unreadable": {f"{i}.png": "truncated" for i in range(12)},
        }
    )
    lines = text.splitlines()
    assert lines[:3] == ["source: folder", "crops: 1200", "skipped: none"]
    assert lines[3].startswith("crops of each class (40): a class 0 0, a class 1 1,")
    assert max(map(len, lines)) <= 100
    assert all(line.lstrip().startswith(("a class", "crops")) for line in lines[3:9])
    assert lines[-12:] == (
        ["unreadable (12):"] + [f"  {i}.png: truncated" for i in range(10)] + ["  and 2 more"]
    )
