"""Engines by their names, and the one that is this machine."""

import contextlib
import sys

import pytest

from imgforensics import main
from imgforensics.engines import engines
from imgforensics.utils.errors import UserError


@pytest.mark.parametrize("name", ["", "rays", "ray:/a:1", "dask", "Ray"])
def test_what_is_no_engine_is_refused(name):
    with pytest.raises(UserError, match="give local, ray or ray://HOST:PORT"):
        engines.check(name)


def test_commands_refuse_what_is_no_engine_before_they_make_anything(tmp_path, capsys):
    for arguments in (["screen", str(tmp_path), f"--case={tmp_path}/case"],
                      ["library", "add", f"{tmp_path}/case", str(tmp_path)]):  # fmt: skip
        with pytest.raises(SystemExit):
            main.main([*arguments, "--engine=dask"])
        assert capsys.readouterr().err.startswith("error: there is no engine dask: give local")
        assert not (tmp_path / "case").exists()


def test_without_ray_the_message_is_one_line_that_names_what_to_install(
    tmp_path, capsys, monkeypatch
):
    (tmp_path / "a.png").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "imgforensics.engines.cluster", raising=False)
    monkeypatch.delattr("imgforensics.engines.cluster", raising=False)
    with pytest.raises(SystemExit):
        main.main(["screen", str(tmp_path), f"--case={tmp_path}/case", "--engine=ray"])
    assert capsys.readouterr().err == "error: this needs ray: pip install 'imgforensics[ray]'\n"
    assert not (tmp_path / "case").exists()


def test_this_machine_works_in_order_and_on_files_one_by_one():
    told = []

    @contextlib.contextmanager
    def opening():
        told.append("opened")
        yield lambda name, path: (name, path)
        told.append("closed")

    def paths():
        for path in "ab":
            told.append(path)
            yield path

    with engines.opened("local") as engine:
        assert list(engine.in_order(abs, range(-9, 0))) == list(range(9, 0, -1))
        assert list(engine.on_devices(abs, range(-9, 0))) == list(range(9, 0, -1))
        for each in engine.of_files(opening, paths()):
            told.append(each)
    assert told == ["opened", "a", ("a", "a"), "b", ("b", "b"), "closed"]
