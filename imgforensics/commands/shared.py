"""Flags that several commands have: the trained model that is used, and the config of a run."""

import pathlib
from typing import TYPE_CHECKING, NamedTuple

from absl import flags

from imgforensics.utils.errors import UserError

if TYPE_CHECKING:  # commands say something before they load jax
    from imgforensics.evaluation import reranking
    from imgforensics.inference.weights import Model

flags.disclaim_key_flags()  # these are the flags of the command that asks for them

PACKAGE_WEIGHTS = "the weights of the package"


class ModelFlags(NamedTuple):
    """--weights and --which."""

    weights: flags.FlagHolder
    which: flags.FlagHolder | None

    @property
    def name(self) -> str:
        """What is used, for people."""
        return self.weights.value or PACKAGE_WEIGHTS

    def read(self) -> "Model":
        """The model.

        Raises:
            UserError: there is none, or it can't be used.
        """
        from imgforensics import pretrained
        from imgforensics.training import trained

        if self.weights.value is None:
            return pretrained.load_pretrained()
        return trained.read(self.weights.value, self._checkpoint())

    def record(self, model: "Model", **measured) -> dict:
        """The record of measurements of this model, see `results.record`."""
        from imgforensics.evaluation import results

        path = self.weights.value or "imgforensics/pretrained/weights.npz"
        is_run = self.weights.value is not None and pathlib.Path(path).is_dir()
        return results.record(model, path, self._checkpoint() if is_run else None, **measured)

    def _checkpoint(self):
        return "best" if self.which is None else self.which.value


def define_model(required: bool = False, which: bool = True) -> ModelFlags:
    """Defines --weights and --which for the command that calls this.

    Args:
        required: whether --weights must be given; otherwise it stands for those of the package.
        which: whether the command can use another checkpoint of a run than the best.
    """
    default = "" if required else f"; by default {PACKAGE_WEIGHTS}"
    about = f"A training run's folder or an exported weights file{default}."
    return ModelFlags(
        flags.DEFINE_string("weights", None, about, required=required),
        define_which() if which else None,
    )


def define_which() -> flags.FlagHolder:
    """Defines --which for the command that calls this."""
    kinds = ["best", "latest", "average"]
    return flags.DEFINE_enum("which", "best", kinds, "Which weights of a run's folder.")


class OrderFlags(NamedTuple):
    """--normalize and --crops."""

    normalize: flags.FlagHolder
    crops: flags.FlagHolder

    def read(self) -> "reranking.By | None":
        """What puts pairs in order; None if f does."""
        from imgforensics.evaluation import reranking

        by = reranking.By(self.normalize.value, self.crops.value)
        return by if any(by) else None


def define_order() -> OrderFlags:
    """Defines --normalize and --crops for the command that calls this."""
    return OrderFlags(
        flags.DEFINE_bool(
            "normalize", False, "Orders by f over how near the neighbours of both are."
        ),
        flags.DEFINE_bool(
            "crops", False, "Orders by f of crops of the images, too (six times the embeddings)."
        ),
    )


def define_engine() -> flags.FlagHolder:
    """Defines --engine for the command that calls this."""
    about = "Who does the work: local, or a cluster: ray (that of this machine) or ray://HOST:PORT."
    return flags.DEFINE_string("engine", "local", about)


class ConfigFlags(NamedTuple):
    """--config, --workdir and --print_config."""

    config: flags.FlagHolder
    workdir: flags.FlagHolder
    print_config: flags.FlagHolder

    def printed(self) -> bool:
        """Prints the config if that is what was asked for; else makes sure that there is a workdir.

        Raises:
            UserError: there is none.
        """
        if self.print_config.value:
            from imgforensics.training import configs

            print(configs.describe(self.config.value))
        elif not self.workdir.value:
            raise UserError("--workdir is missing (--help lists the flags)")
        return self.print_config.value


class _NameOrFile(flags.ArgumentParser):
    """Reads the config that is named."""

    def parse(self, argument):
        from imgforensics.training import configs

        return configs.read(argument)


def define_named_config(about: str, sweeps: bool = False) -> flags.FlagHolder:
    """Defines --config and its fields for the command that calls this.

    Args:
        about: what the config is of.
        sweeps: whether it needs a `sweep(add)`, for the help.
    """
    # What most commands need not wait for.
    from ml_collections import config_flags

    from imgforensics.training import configs

    known = [name for name in configs.names() if name.startswith("ablate_") == sweeps]

    holder = config_flags.DEFINE_config_file(
        "config",
        None,
        f"{about}: {', '.join(known)}, or FILE.py. --config.FIELD=VALUE sets a field.",
    )
    flags.FLAGS["config"].parser = _NameOrFile()
    flags.mark_flag_as_required("config")
    return holder


def define_config(config: str, workdir: str, sweeps: bool = False) -> ConfigFlags:
    """Defines --config, its fields, --workdir and --print_config; likewise.

    Args:
        config: what the config is of.
        workdir: what the folder is of.
        sweeps: as for `define_named_config`.
    """
    return ConfigFlags(
        define_named_config(config, sweeps),
        flags.DEFINE_string("workdir", None, workdir),
        flags.DEFINE_bool("print_config", False, "Print all fields of the config, and do no more."),
    )
