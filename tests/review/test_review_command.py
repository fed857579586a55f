"""`imgforensics review`, as a process: it prints a link, serves, and ends with Ctrl-C."""

import re
import signal
import subprocess
import sys
import urllib.request


def test_a_review_from_the_link_to_ctrl_c(case):
    # A process that was started in the background ignores Ctrl-C, and so would its children.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    run = f"{heed} from imgforensics.main import main; main(['review', {str(case)!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline().strip().endswith("2 pairs, 0 judged; open once:")
        link = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", link)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(link) as answer:
            assert b"imgforensics" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert "Traceback" not in process.stderr.read()


def test_what_is_no_case(tmp_path, capsys):
    from imgforensics.main import main

    for arguments in ([str(tmp_path)], [str(tmp_path / "none")], []):
        try:
            main(["review", *arguments])
        except SystemExit as error:
            assert error.code == 1 and capsys.readouterr().err.count("\n") == 1
        else:
            raise AssertionError(arguments)
