"""The measures of the studies: how near a reconstruction is, how near samples are to real pictures, and whether they
show what their sentence says. Each is the same for every network that it judges."""

import json

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from bench import REPOSITORY
from frechet import distance
from prompt_accuracy import accuracy
from spectrum import power

CLASSIFIER = REPOSITORY / "public/weights/judge-64"


class AttributeClassifier(nn.Module):
    """The classifier that ships, from its own file (src/lib/ldm/models/attributeClassifier.ts is the same in the page):
    four pairs of convolutions, the second of each with stride 2, and one head for each attribute."""

    def __init__(self):
        super().__init__()
        self.weights = {name: w.float() for name, w in load_file(CLASSIFIER / "model.safetensors").items()}
        config = json.loads((CLASSIFIER / "config.json").read_text())
        self.names = [a["name"] for a in config["attributes"]]
        self.values = [a["values"] for a in config["attributes"]]
        self.layers = len(config["conv_channels"])

    @torch.no_grad()
    def found(self, pictures: np.ndarray, batch: int = 250) -> np.ndarray:
        """Bytes (N, 64, 64, 3) -> (N, A): the value that it reads for each attribute."""
        answers = []
        for i in range(0, len(pictures), batch):
            h = as_tensor(pictures[i : i + batch])
            for k in range(self.layers):
                weight, bias = self.weights[f"convs.{k}.weight"], self.weights[f"convs.{k}.bias"]
                h = F.silu(F.conv2d(h, weight, bias, stride=1 + k % 2, padding=1))
            # It takes the last features position by position, as NHWC networks have them.
            h = h.permute(0, 2, 3, 1).flatten(1)
            h = F.silu(F.linear(h, self.weights["features.weight"], self.weights["features.bias"]))
            heads = [
                F.linear(h, self.weights[f"heads.{a}.weight"], self.weights[f"heads.{a}.bias"]).argmax(1)
                for a in range(len(self.names))
            ]
            answers.append(torch.stack(heads, 1).numpy())
        return np.concatenate(answers)


def as_tensor(pictures: np.ndarray) -> torch.Tensor:
    """Bytes (N, S, S, 3) -> (N, 3, S, S) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def ssim(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Structural similarity of (N, 3, S, S) in [-1, 1] per picture, on brightness: Wang et al. 2004, a Gaussian window
    of 11 with deviation 1.5, windows that lie inside (src/lib/ldm/metrics/ssim.ts gives the same)."""
    weights = torch.tensor([0.299, 0.587, 0.114])[None, :, None, None]
    x, y = ((127.5 * (v + 1) * weights).sum(1, keepdim=True).double() for v in (a, b))
    line = torch.exp(-(torch.arange(-5, 6, dtype=torch.double) ** 2) / (2 * 1.5**2))
    line /= line.sum()
    window = (line[:, None] * line)[None, None]
    mean_x, mean_y, xx, yy, xy = (F.conv2d(v, window) for v in (x, y, x * x, y * y, x * y))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    rest = (2 * (xy - mean_x * mean_y) + c2) / (xx - mean_x**2 + yy - mean_y**2 + c2)
    return (light * rest).mean((1, 2, 3))


def edge_error(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """How differently two pictures (N, 3, S, S) in [-1, 1] change from one pixel to the next: the mean absolute
    difference of their horizontal and vertical differences, in levels of 255."""
    d = 127.5 * (a - b)
    across, down = d[..., :, 1:] - d[..., :, :-1], d[..., 1:, :] - d[..., :-1, :]
    return (across.abs().mean((1, 2, 3)) + down.abs().mean((1, 2, 3))) / 2


def mean_and_error(values: torch.Tensor | np.ndarray, digits: int = 4) -> dict:
    """The mean of one number a picture, and its standard error."""
    v = np.asarray(values, np.float64)
    return {"value": round(float(v.mean()), digits), "standardError": round(float(v.std() / len(v) ** 0.5), digits)}


def radial_spectrum(latents: np.ndarray) -> list[list[float]]:
    """Latents (N, C, S, S) -> for each channel the mean power at 0, 1, ... S / 2 waves a picture, in rings, whatever the
    direction. White noise of deviation 1 has power 1 everywhere."""
    side = latents.shape[-1]
    frequency = np.abs(np.fft.fftfreq(side) * side)
    rings = np.minimum(np.hypot(*np.meshgrid(frequency, frequency)).round().astype(int), side // 2)
    counts = np.bincount(rings.ravel())
    spectra = []
    for c in range(latents.shape[1]):
        mean = power(latents[:, c : c + 1]).mean(0)
        spectra.append([float(f"{v:.4g}") for v in np.bincount(rings.ravel(), mean.ravel()) / counts])
    return spectra


def judged(pictures: np.ndarray, questions, classifier: AttributeClassifier, network, reference) -> dict:
    """Frechet distance to real pictures and prompt accuracy of samples (bytes), with their errors."""
    right = accuracy(classifier.found(pictures), questions.truth, questions.mentioned, classifier.names)
    return {
        "frechet": distance(network.features(pictures), reference),
        "accuracy": {"value": right["mean"], "interval": right["meanInterval"]},
        "allRight": {"value": right["allRight"], "interval": right["allRightInterval"]},
    }
