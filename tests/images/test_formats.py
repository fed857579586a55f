import formats

from imgforensics.images import kinds


def test_the_page_is_what_the_tests_read():
    assert formats.PAGE.read_text(encoding="utf-8") == formats.page(), (
        "write it anew: python tests/images/formats.py"
    )


def test_every_kind_that_is_read_is_on_it():
    text = formats.page()
    for kind in kinds.READ:
        assert f"\n| {kind} | " in text
