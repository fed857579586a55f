import os
import struct

import pytest
from tensorboardX.proto.event_pb2 import Event

from imgforensics.training import writers
from imgforensics.utils.errors import UserError


def events(folder):
    """All events of all event files, in the order of their writing."""
    for path in sorted(folder.glob("events.out.tfevents.*")):
        content = path.read_bytes()
        while content:
            (length,) = struct.unpack("<Q", content[:8])
            yield Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]


def test_what_is_written_is_on_disk_at_once(tmp_path):
    writer = writers.MetricsWriter(tmp_path, 0)
    writer.write(5, {"loss": 0.1, "accuracy": 0.5})
    writer.write(10, {"loss": 0.0625, "accuracy": 1.0})
    assert writers.read(tmp_path) == [
        {"step": 5, "loss": 0.1, "accuracy": 0.5},
        {"step": 10, "loss": 0.0625, "accuracy": 1.0},
    ]
    values = [
        (event.step, value.tag, value.simple_value)
        for event in events(tmp_path)
        for value in event.summary.value
    ]
    assert values[-2:] == [(10, "loss", 0.0625), (10, "accuracy", 1.0)]
    writer.close()


def test_steps_beyond_the_checkpoint_are_dropped_when_a_run_goes_on(tmp_path):
    writer = writers.MetricsWriter(tmp_path, 0)
    for step in (5, 10, 15):
        writer.write(step, {"loss": step / 10})
    writer.close()
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 20, "lo')  # what a crash may leave
    writer = writers.MetricsWriter(tmp_path, 10)
    writer.write(15, {"loss": 7.0})
    writer.close()
    assert [(line["step"], line["loss"]) for line in writers.read(tmp_path)] == [
        (5, 0.5),
        (10, 1.0),
        (15, 7.0),
    ]
    starts = [event.step for event in events(tmp_path) if event.HasField("session_log")]
    assert 11 in starts  # TensorBoard forgets earlier files from here on


def test_full_disk_is_one_line(tmp_path, monkeypatch):
    writer = writers.MetricsWriter(tmp_path, 0)

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(writer._path), "open", full)
    with pytest.raises(UserError, match=f"cannot write metrics to {tmp_path}: No space left on"):
        writer.write(5, {"loss": 1.0})
    writer.close()


def test_nothing_is_written_yet(tmp_path):
    assert writers.read(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"step": 1, "loss": 0.5}\nhello\n{"step": 2, "loss": 0.5}\n',
        b'{"step": 1, "loss": NaN}\n\n',
        b"[]\n", b"3\n", b"null\n", b'{"loss": 1}\n', b'{"step": "1"}\n', b'{"step": 1.5}\n',
        b'{"step": 1, "loss": "low"}\n', b'{"step": 1, "loss": [0.5]}\n', b"\xff\xfe\n",
        b"[" * 100_000 + b"\n", b"\0" * 50 + b"\n",
    ],
)  # fmt: skip
def test_metrics_that_no_run_has_written_are_told(content, tmp_path):
    (tmp_path / "metrics.jsonl").write_bytes(content)
    for use in (writers.read, lambda workdir: writers.MetricsWriter(workdir, 1)):
        with pytest.raises(UserError, match="cannot read .*metrics.jsonl .*remove it") as told:
            use(tmp_path)
        assert "\n" not in str(told.value)


def test_metrics_in_a_pipe_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "metrics.jsonl")
    with pytest.raises(UserError, match="it is no regular file"):
        writers.read(tmp_path)
