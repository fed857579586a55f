"""The paper's network in PyTorch, channels last, as one would write it by hand.

Its branches share the weights and are called one after the other, so that each has its own batch
moments. Local response normalisation is a 1x1 convolution of the squares with a band matrix, which
is faster here than PyTorch's own.
"""

import numpy as np
import torch
from flax import traverse_util
from torch import nn
from torch.nn import functional as F

from imgforensics.models.normalization import EPSILON

_LRN_RADIUS = 5


class Branch(nn.Module):
    """One branch with the weights of one of our networks (section 3.1 of the paper, figure 1a).

    In training mode features are normalised with the moments of their batch, those of the first
    block taken over the raw images; in evaluation mode with the moments it is given.

    Args:
        params: of the paper's network, float32 arrays in nested dicts.
        moments: mean and variance of every normalisation in nested dicts, each [C].
    """

    def __init__(self, params: dict, moments: dict):
        super().__init__()
        flat = traverse_util.flatten_dict(params, sep="/")
        # Names of parameters may hold no dots, and slashes are as good as anything else.
        self.weights = nn.ParameterDict(
            {name: nn.Parameter(_as_torch(value)) for name, value in flat.items()}
        )
        self.moments = {
            name: torch.from_numpy(np.array(value))
            for name, value in traverse_util.flatten_dict(moments, sep="/").items()
        }
        self.blocks = sum(name.endswith("conv1/kernel") for name in flat)
        widths = {len(weight) for name, weight in self.weights.items() if "nin" in name}
        self.bands = {width: _band(width) for width in widths}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Embeds images, float32 [B, 1, H, W] in [0, 1], into [B, D]."""
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        variance = images.var(dim=(1, 2, 3), keepdim=True, correction=0)
        features = (images - mean) * torch.rsqrt(variance + EPSILON)
        features = features.contiguous(memory_format=torch.channels_last)
        for number in range(self.blocks):
            name = f"block{number}"
            if number == 0:
                features = self._first_norm(features, images)
            else:
                features = self._opening(name, features)
            features = F.relu(self._conv(f"{name}_conv1", features))
            features = F.relu(self._conv(f"{name}_conv2", features))
            features = F.max_pool2d(features, 2)
        features = self._opening("head", features)
        features = features.permute(0, 2, 3, 1).flatten(1)
        features = self._norm("embedding_norm", self._dense("hidden", features))
        return self._dense("embedding", features)

    def _opening(self, name, features):
        features = self._norm(f"{name}_norm", features)
        sums = F.conv2d(features.square(), self.bands[features.shape[1]].to(features.dtype))
        features = features * torch.rsqrt(1 + sums)
        return F.relu(self._conv(f"{name}_nin", features))

    def _norm(self, name, features):
        moments = (None, None) if self.training else self._moments(name)
        scale, offset = (self.weights[f"{name}/{part}"] for part in ("scale", "offset"))
        return F.batch_norm(features, *moments, scale, offset, self.training, eps=EPSILON)

    def _first_norm(self, features, images):
        if not self.training:
            return self._norm("block0_norm", features)
        scale, offset = (self.weights[f"block0_norm/{part}"] for part in ("scale", "offset"))
        gain = scale * torch.rsqrt(images.var(correction=0) + EPSILON)
        return features * gain + (offset - images.mean() * gain)

    def _moments(self, name):
        return tuple(self.moments[f"{name}/{part}"] for part in ("mean", "variance"))

    def _conv(self, name, features):
        kernel = self.weights[f"{name}/kernel"]
        bias = self.weights.get(f"{name}/bias")
        return F.conv2d(features, kernel, bias, padding="same")

    def _dense(self, name, features):
        return F.linear(features, self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"])


def loss(alpha: torch.Tensor, anchor, same, different) -> torch.Tensor:
    """The triplet loss (equation 4), summed over the batch; embeddings are [B, D]."""
    copies, others = ((anchor - second).abs() @ alpha for second in (same, different))
    return -(F.logsigmoid(1 - copies) + F.logsigmoid(others - 1)).sum()


def gradients(branch: Branch) -> dict:
    """The gradients of a branch's parameters in the shapes and the nesting of ours."""
    flat = {name: _as_ours(weight.grad) for name, weight in branch.weights.items()}
    return traverse_util.unflatten_dict(flat, sep="/")


def _as_torch(value):
    """Kernels [H, W, C, D] into [D, C, H, W] and [C, D] into [D, C]; others stay."""
    value = torch.from_numpy(np.array(value))
    if value.ndim == 4:
        return value.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
    return value.T.contiguous() if value.ndim == 2 else value


def _as_ours(value):
    if value.ndim == 4:
        value = value.permute(2, 3, 1, 0)
    return (value.T if value.ndim == 2 else value).numpy()


def _band(width):
    channel = torch.arange(width)
    band = ((channel[:, None] - channel).abs() <= _LRN_RADIUS).float()
    return band[:, :, None, None].contiguous(memory_format=torch.channels_last)
