"""Models of somebody else: a zip is unpacked within limits, pickles are not read, checkpoints hold numbers only."""

import os
import zipfile
from pathlib import Path

import pytest
import torch

import opened
from common import Run
from evaluate_run import open_model

MICRO = Path(__file__).parents[2] / "tests" / "fixtures" / "micro"


def zipped(path, folder=MICRO, more=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "reference" not in file.name:
                archive.write(file, f"my model/{file.relative_to(folder).as_posix()}")
        for name, content in more:
            archive.writestr(name, content)
    return path


class Runs:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_zip_opens(tmp_path):
    pipe = open_model(zipped(tmp_path / "a.zip"), tmp_path / "unpacked")
    assert pipe.unet.dtype == torch.float32
    assert (tmp_path / "unpacked" / "my model" / "model_index.json").exists()


def test_a_zip_stays_inside(tmp_path):
    path = zipped(tmp_path / "a.zip", more=[("../../outside.txt", "x")])
    opened.model_folder(path, tmp_path / "deep" / "unpacked")
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize("limit, most", [("MOST_BYTES", 1000), ("MOST_FILES", 3)])
def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch, limit, most):
    monkeypatch.setattr(opened, limit, most)
    with pytest.raises(SystemExit, match=r"expected at most .* zip the model's folder alone"):
        opened.model_folder(zipped(tmp_path / "a.zip"), tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()


def test_a_zip_without_a_model(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(SystemExit, match=r"no model_index.json"):
        opened.model_folder(tmp_path / "a.zip", tmp_path / "unpacked")


def test_pickled_weights_are_not_read(tmp_path):
    folder = opened.model_folder(zipped(tmp_path / "a.zip"), tmp_path / "unpacked")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({"a": Runs(tmp_path / "ran")}, folder / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises((OSError, ValueError)):
        opened.open_pipeline(folder)
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_holds_numbers_and_goes_on(tmp_path):
    def trainer():
        return Run(tmp_path / "run", torch.nn.Linear(2, 1), lr=0.1, steps=10)

    first = trainer()
    first.update(first.model(torch.ones(1, 2)).sum())
    first.save()
    again = trainer()
    assert again.step == 1
    assert torch.equal(again.model.weight, first.model.weight)
    torch.save({"model": Runs(tmp_path / "ran")}, tmp_path / "run" / "checkpoint.pt")
    with pytest.raises(Exception, match=r"(?i)weights.only"):
        trainer()
    assert not (tmp_path / "ran").exists()
