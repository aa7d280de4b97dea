"""The studies compare what they say they compare: networks of one size, shortcuts that are what the paper has, measures
that agree with those of the page, and runs that go on where they stopped."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from bench import Desk, Item, tiny
from costs import denoiser_costs, first_stage_costs
from denoiser import SHAPES, Budget, Trained, build, doubling
from first_stage import add_shortcuts, begin_with_little_variance, widths
from measure import AttributeClassifier, as_tensor, edge_error, radial_spectrum, ssim
from train_autoencoder import build as build_first_stage

REPOSITORY = Path(__file__).parents[2]
FACES_64 = REPOSITORY / "public/weights/faces-64"


def test_denoisers_have_equal_parameters_within_5_percent():
    channels = {1: (3,), 2: (3,), 4: (1, 3), 8: (2, 3, 4, 8, 16, 32), 16: (3, 16), 32: (3, 64)}
    counts = [denoiser_costs(build(f, c))["parameters"] for f, some in channels.items() for c in some]
    mean = np.mean([denoiser_costs(build(f, 3))["parameters"] for f in SHAPES])
    assert all(abs(count / mean - 1) < 0.05 for count in counts)
    assert min(counts) > 1e6 and max(counts) < 2e6


@pytest.mark.parametrize("f", SHAPES)
def test_denoisers_take_and_give_latents_of_their_f(f):
    unet = build(f, 3)
    side = 64 // f
    out = unet(torch.zeros(2, 3, side, side), torch.tensor([5, 900]), torch.zeros(2, 40, 160)).sample
    assert out.shape == (2, 3, side, side)


def test_counted_multiplications_are_those_of_a_formula():
    """A convolution of a first stage by hand: 3 x 3, 3 to 16 channels, at every one of 64 x 64 pixels."""
    one = torch.nn.Conv2d(3, 16, 3, padding=1).to("meta")
    from costs import multiply_adds

    assert multiply_adds(lambda: one(torch.zeros(1, 3, 64, 64, device="meta"))) == 3 * 16 * 9 * 64 * 64


def test_the_committed_counts_are_those_of_today():
    """tests/unit/tools/studyCosts.test.ts holds networkCosts.ts against the same file."""
    stored = json.loads((REPOSITORY / "tests/fixtures/studies/costs.json").read_text())["cases"]
    by_f = {case["config"]["sample_size"]: case for case in stored if case["kind"] == "denoiser"}
    for f in SHAPES:
        assert denoiser_costs(build(f, 3)) == by_f[64 // f]["costs"]
    first = [case for case in stored if case["kind"] == "autoencoder"]
    assert first
    for case in first:
        levels, channels = len(case["config"]["block_out_channels"]), case["config"]["latent_channels"]
        vae = build_first_stage(widths(2 ** (levels - 1)), 64, channels, attention=False)
        assert first_stage_costs(vae, 64) == case["costs"]


@torch.no_grad()
def test_the_shortcut_is_what_the_paper_adds():
    """Down: pixels moved into channels and averaged back to their number. Up: channels repeated and moved to pixels."""
    torch.manual_seed(0)
    plain, with_it = (build_first_stage(widths(8), 64, 3, attention=False) for _ in range(2))
    with_it.load_state_dict(plain.state_dict())
    add_shortcuts(with_it)
    x = torch.randn(2, 16, 8, 8)
    c = x.shape[1]

    down = [vae.encoder.down_blocks[0].downsamplers[0](x) for vae in (plain, with_it)]
    moved = F.pixel_unshuffle(x, 2)  # (B, 4 C, h / 2, w / 2), the four pixels of a channel side by side
    averaged = moved.view(2, c, 4, 4, 4).mean(2)
    torch.testing.assert_close(down[1] - down[0], averaged, atol=1e-5, rtol=0)

    y = torch.randn(2, 48, 4, 4)
    up = [vae.decoder.up_blocks[0].upsamplers[0](y) for vae in (plain, with_it)]
    repeated = F.pixel_shuffle(y.repeat_interleave(4, 1), 2)
    torch.testing.assert_close(up[1] - up[0], repeated, atol=1e-5, rtol=0)

    z = torch.randn(2, 3, 8, 8)
    first = [vae.decoder.conv_in(z) for vae in (plain, with_it)]
    torch.testing.assert_close(first[1] - first[0], z.repeat(1, 16, 1, 1), atol=1e-5, rtol=0)


@torch.no_grad()
def test_latents_begin_with_little_variance():
    vae = build_first_stage(widths(8), 64, 3, attention=False)
    begin_with_little_variance(vae)
    deviation = vae.encode(torch.rand(4, 3, 64, 64) * 2 - 1).latent_dist.std
    assert deviation.max() < 0.2


def test_ssim_agrees_with_the_page():
    """src/lib/ldm/metrics/ssim.ts is held to the same numbers, which scikit-image made."""
    for case in json.loads((REPOSITORY / "tests/fixtures/metrics/cases.json").read_text())["ssim"]:
        shape = (case["height"], case["width"], 4)
        a, b = (as_tensor(np.array(case[name], np.uint8).reshape(shape)[None, ..., :3]) for name in ("a", "b"))
        assert ssim(a, b).item() == pytest.approx(case["ssim"], abs=1e-6)


def test_edge_error_is_blind_to_a_shift_of_brightness_and_sees_an_edge():
    flat = torch.zeros(1, 3, 8, 8)
    edge = flat.clone()
    edge[..., 4:] = 1
    assert edge_error(flat, flat + 0.3).item() == pytest.approx(0, abs=1e-5)
    # one of seven differences of a row is 127.5, none of a column
    assert edge_error(flat, edge).item() == pytest.approx(127.5 / 7 / 2, rel=1e-5)


def test_spectra_tell_waves_from_noise():
    noise = np.random.default_rng(0).standard_normal((400, 1, 8, 8))
    assert np.allclose(radial_spectrum(noise)[0], 1, atol=0.15)
    wave = np.tile(np.cos(np.pi / 2 * np.arange(8)), (8, 1))[None, None]  # two waves a picture
    assert int(np.argmax(radial_spectrum(wave)[0])) == 2


def test_the_classifier_is_the_one_that_ships():
    """On the two faces whose answers are stored for the page's classifier."""
    stored = load_file(REPOSITORY / "tests/fixtures/judge/logits.safetensors")
    classifier = AttributeClassifier()
    found = classifier.found(stored["small.bytes"].numpy().astype(np.uint8))
    sizes = [len(values) for values in classifier.values]
    expected = torch.stack([part.argmax(1) for part in stored["small.logits"].split(sizes, 1)], 1).numpy()
    assert (found == expected).all()


def test_doubling_ends_at_the_last_step():
    assert doubling(3200, 400) == Budget(3200, (400, 800, 1600, 3200))
    assert doubling(16_000, 400).snapshots == (400, 800, 1600, 3200, 6400, 16_000)


class Numbers:
    """Latents from a list, for runs without pictures."""

    def __init__(self):
        self.z = torch.randn(32, 3, 2, 2, generator=torch.Generator().manual_seed(4))
        self.count, self.stage = 32, type("Stage", (), {"channels": 3})

    def draw(self, index):
        return self.z[index]


def trained(folder, *stops):
    """A denoiser for 2 x 2 latents that is stopped at each of the steps and goes on; its weights at the last."""
    desk = Desk(Item("study/a", {}, lambda _: {}, 1), tiny(folder))
    object.__setattr__(desk.scale, "share", 1.0)
    states = torch.zeros(40, 160)
    for stop in stops:
        run = Trained(
            desk, 32, Numbers(), Budget(stop, (stop,)), lambda i: states.expand(len(i), -1, -1).clone(), states, 1
        )
    return run.at(stops[-1])[0].state_dict()


def test_a_run_that_was_stopped_ends_where_one_that_was_not_ends(tmp_path):
    whole, stopped = trained(tmp_path / "whole", 4), trained(tmp_path / "stopped", 2, 4)
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)
