"""Power spectra of pictures, and how far one frequency stands out of them (src/lib/ldm/metrics/powerSpectrum.ts).

A picture of side S holds whole periods of 2, 4 and 8 pixels, so no window is needed: what repeats with such a
period falls into one line, at S / period waves a picture.
"""

import numpy as np

FLOOR = 1e-12
PERIODS = (2, 4, 8)


def power(pictures):
    """Pictures (N, 3, S, S) in [0, 1] -> (N, S, S): |DFT|^2 / S^2, mean of the three colours; [0, 0] is the mean."""
    side = pictures.shape[-1]
    return (np.abs(np.fft.fft2(pictures, axes=(-2, -1))) ** 2).mean(1) / side**2


def axis_profile(spectrum):
    """(N, S, S) -> (N, S / 2 + 1): power at 0 ... S / 2 waves a picture, across and down taken together."""
    half = spectrum.shape[-1] // 2 + 1
    return (spectrum.mean(-2)[:, :half] + spectrum.mean(-1)[:, :half]) / 2


def decibels(values):
    return 10 * np.log10(np.maximum(values, FLOOR))


def peak_height(profile, period, reach=4, gap=1):
    """(N, S / 2 + 1) -> (N,): dB at S / period over the mean dB of its neighbours, `gap` < distance <= `reach`."""
    line = 2 * (profile.shape[-1] - 1) // period
    near = [i for i in range(line - reach, line + reach + 1) if gap < abs(i - line) and 0 <= i < profile.shape[-1]]
    db = decibels(profile)
    return db[:, line] - db[:, near].mean(1)


def peaks(pictures, periods=PERIODS, batch=250):
    """Bytes (N, S, S, 3) -> (N, periods): how far each period stands out, in dB."""
    parts = []
    for i in range(0, len(pictures), batch):
        profile = axis_profile(power(pictures[i : i + batch].transpose(0, 3, 1, 2) / 255))
        parts.append(np.stack([peak_height(profile, period) for period in periods], 1))
    return np.concatenate(parts)
