import hashlib
import http.server
import io
import json
import threading
import urllib.parse
import zipfile

import numpy as np
import pytest
from PIL import Image

from imgforensics.data import hms_forensics, splits
from imgforensics.utils.errors import UserError

PAPER_SIZES = hms_forensics.HmsForensics.SIZES
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 256, 256)).astype(np.uint8)


def png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG")
    return file.getvalue()


FILES = {f"I{i + 1:05d}.png": png(image) for i, image in enumerate(IMAGES)}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    sizes = {"train": 7, "validation": 2, "test": 3}
    monkeypatch.setattr(hms_forensics.HmsForensics, "SIZES", sizes)


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def check(data):
    np.testing.assert_array_equal(data.images, IMAGES)
    assert list(data.names) == [name.removesuffix(".png") for name in FILES]
    assert list(data.sources) == list(data.names)
    assert [len(indices) for indices in splits.split(data, (1, 0, 0), 0)] == [7, 2, 3, 0]


def test_from_a_folder_and_again_from_what_was_prepared(folder):
    data = hms_forensics.read(folder)
    check(data)
    order = np.random.RandomState(hms_forensics.SEED).permutation(12)
    assert set(np.flatnonzero(data.split == "train")) == set(order[:7])
    assert set(np.flatnonzero(data.split == "test")) == set(order[9:])
    for name in FILES:
        (folder / name).unlink()
    check(hms_forensics.read(folder))


def test_the_papers_sizes():
    assert PAPER_SIZES == {"train": 4000, "validation": 500, "test": 715}


def test_folder_that_cannot_be_written(folder):
    (folder / "hms_forensics").write_text("in the way")
    with pytest.raises(UserError, match="cannot write .*hms_forensics"):
        hms_forensics.read(folder)


def test_incomplete_folder(folder):
    (folder / "I00004.png").unlink()
    (folder / "I00009.png").unlink()
    with pytest.raises(UserError, match="lacks 2 of the 12 images, the first I00004.png"):
        hms_forensics.read(folder)
    (folder / "I00004.png").write_bytes(FILES["I00004.png"])
    (folder / "I00009.png").write_bytes(FILES["I00009.png"])
    check(hms_forensics.read(folder))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello", "I00005.png: its content is of the kind text"),
        (FILES["I00005.png"][:5000], "I00005.png: .*truncated"),
        (png(IMAGES[0][:100]), "I00005.png should have 256x256 pixels"),
    ],
)
def test_bad_image(folder, data, message):
    (folder / "I00005.png").write_bytes(data)
    with pytest.raises(UserError, match=message):
        hms_forensics.read(folder)
    (folder / "I00005.png").write_bytes(FILES["I00005.png"])
    check(hms_forensics.read(folder))


def test_wrong_folders(tmp_path):
    with pytest.raises(UserError, match="nowhere is not a folder"):
        hms_forensics.read(tmp_path / "nowhere")
    (tmp_path / "cat.png").write_bytes(FILES["I00001.png"])
    with pytest.raises(UserError, match="lacks 12 of the 12 images"):
        hms_forensics.read(tmp_path)


class Server(http.server.ThreadingHTTPServer):
    """Answers as Dataverse's data access API does, from `FILES`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.zipped = list(FILES)  # names in the bundle; None: the server makes none
        self.broken = {}  # file name: what is sent in its place
        self.asked = []

    def answer(self, path):
        listing = [
            {"label": name, "dataFile": {"id": i, "md5": hashlib.md5(data).hexdigest()}}
            for i, (name, data) in enumerate(FILES.items())
        ]
        if path == "/api/datasets/:persistentId/versions/:latest-published/files":
            return json.dumps({"status": "OK", "data": listing}).encode()
        if path == "/api/access/dataset/:persistentId/" and self.zipped is not None:
            bundle = io.BytesIO()
            with zipfile.ZipFile(bundle, "w") as files:
                for name in self.zipped:
                    files.writestr(f"images/{name}", self.broken.get(name, FILES[name]))
                files.writestr("MANIFEST.TXT", "I00001.png (image/png) 60000 bytes.")
                files.writestr("../escape.png", b"evil")
            return bundle.getvalue()
        if path.startswith("/api/access/datafile/"):
            name = list(FILES)[int(path.rsplit("/", 1)[1])]
            return self.broken.get(name, FILES[name])
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.server.asked.append(url.path)
        query = urllib.parse.parse_qs(url.query).get("persistentId")
        right = query == ["doi:10.7910/DVN/7I1YWJ"] or "datafile" in url.path
        body = self.server.answer(url.path) if right else None
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    with Server() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(hms_forensics.HmsForensics, "SERVER", url)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def single(server):
    return [path for path in server.asked if "datafile" in path]


def test_download_as_one_zip(server, tmp_path):
    check(hms_forensics.read(tmp_path))
    assert not single(server)
    found = {path.name for path in (tmp_path / "dataverse").iterdir()}
    assert found == set(FILES) and not list(tmp_path.rglob("escape.png"))


def test_what_the_zip_leaves_out_is_fetched_one_by_one(server, tmp_path):
    server.zipped = list(FILES)[:5]
    check(hms_forensics.read(tmp_path))
    assert single(server) == [f"/api/access/datafile/{i}" for i in range(5, 12)]


def test_no_zip_at_all(server, tmp_path, capsys):
    server.zipped = None
    check(hms_forensics.read(tmp_path))
    assert len(single(server)) == 12
    assert "no zip of all files" in capsys.readouterr().err


def test_damage_is_noticed_and_mended_by_a_second_run(server, tmp_path):
    server.broken = {"I00003.png": b"garbled"}
    with pytest.raises(UserError, match="I00003.png doesn't match its MD5 sum"):
        hms_forensics.read(tmp_path)
    server.broken, server.zipped = {}, None
    server.asked.clear()
    check(hms_forensics.read(tmp_path))
    assert single(server) == ["/api/access/datafile/2"]


def test_unknown_list(server, tmp_path, monkeypatch):
    monkeypatch.setattr(server, "answer", lambda path: b'{"data": [{"label": "cats.zip"}]}')
    with pytest.raises(UserError, match="lists the files of doi:.* in an unknown way: .*by hand"):
        hms_forensics.read(tmp_path)


def test_no_answer(server, tmp_path, monkeypatch):
    monkeypatch.setattr(server, "answer", lambda path: None)
    with pytest.raises(UserError, match="cannot fetch http://127.0.0.1.*404.*by hand"):
        hms_forensics.read(tmp_path)
