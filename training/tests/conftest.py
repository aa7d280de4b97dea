"""Tests find the scripts of the folder above, and those of the studies, as they find each other."""

import sys
from pathlib import Path

TRAINING = Path(__file__).parents[1]
sys.path[:0] = [str(TRAINING), str(TRAINING / "studies")]
