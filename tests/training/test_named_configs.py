"""Configs by their name, files that start from them, and what --print_config says of them."""

import ml_collections
import pytest

from configs import ablate_ranges, common, compact
from imgforensics import main
from imgforensics.training import configs, rundir
from imgforensics.utils.errors import UserError


def test_a_name_is_the_file_of_this_name():
    assert configs.load("compact").to_dict() == compact.get_config().to_dict()
    assert configs.load("common").to_dict() == common.get_config().to_dict()
    other = configs.load("ablate_ranges", "v02")
    assert other.to_dict() == ablate_ranges.get_config("v02").to_dict()
    assert configs.read("ablate_ranges:v02").to_dict() == other.to_dict()
    assert {"paper", "paper_v02", "micrographs", "compact", "quick"} <= set(configs.names())
    assert "common" not in configs.names()


def test_a_file_of_ones_own_starts_from_a_named_one(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from imgforensics.training import configs\n\n"
        "def get_config(steps='7'):\n"
        "    config = configs.load('quick')\n"
        "    config.steps = int(steps)\n"
        "    return config\n"
    )
    mine, quick = configs.read(f"{file}:9"), configs.load("quick")
    assert configs.read(str(file)).steps == 7 and mine.steps == 9 and mine.is_locked
    quick.steps = 9
    assert mine.to_dict() == quick.to_dict()
    assert configs.load("quick").steps == 500, "a config that was loaded is another one's"


@pytest.mark.parametrize(
    "given, message",
    [
        ("qick", "there is no config named 'qick': name a file .NAME.py., or one of quick"),
        ("/nowhere/mine.py", "cannot read the config: .*No such file or directory: '/nowhere/mine"),
        ("/nowhere/quick.py", "there is no file /nowhere/quick.py: --config=quick is the config"),
        ("/", "cannot read the config: .*Is a directory"),
    ],
)
def test_a_config_that_is_not_there_is_one_line(given, message):
    with pytest.raises(UserError, match=message) as told:
        configs.read(given)
    assert "\n" not in str(told.value)


def test_a_file_without_a_config_is_one_line(tmp_path):
    (tmp_path / "none.py").write_text("def get_config(): pass\n")
    with pytest.raises(UserError, match="none.py returns None, which is no ConfigDict"):
        configs.read(str(tmp_path / "none.py"))


@pytest.mark.parametrize("name", configs.names())
def test_what_is_printed_is_the_whole_config(name):
    """Executed, it sets every field to its value."""
    config = configs.load(name)
    again = ml_collections.ConfigDict()
    for field in rundir.flatten(config):
        *sections, _ = field.split(".")
        for number in range(len(sections)):
            node = again
            for section in sections[: number + 1]:
                if section not in node:
                    node[section] = ml_collections.ConfigDict()
                node = node[section]
    exec(configs.describe(config), {"config": again})
    assert again.to_dict() == config.to_dict()


def test_comments_are_those_of_the_fields():
    lines = configs.describe(configs.load("compact")).splitlines()
    assert (
        "config.model.channels = (4, 8, 16)  # of the stages, for each of eight symmetries" in lines
    )
    assert "config.manipulations.gamma.percent = (50, 200)  # 100 times the exponent" in lines
    lines = configs.describe(configs.load("paper")).splitlines()
    assert "config.model.channels = (16, 32, 64, 128)  # of the blocks" in lines
    [loss] = [line for line in lines if line.startswith("config.loss.name = ")]
    assert loss.endswith("facenet and koch, each with a metric of its own")  # of the third line
    assert sum("  # " in line for line in lines) > 0.75 * len(lines)


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_it_is_printed_without_a_folder(command, capsys):
    flags = ["--config=ablate_width", "--config.seed=3", "--print_config"]
    main.main([command, *flags])
    printed = capsys.readouterr().out.splitlines()
    assert "config.seed = 3  # of the weights, the triplets and the manipulations" in printed
    assert len(printed) == len(rundir.flatten(configs.load("ablate_width")))
