"""What every manifest.json says in the same words: which files there are, what they hash to, which commit made them."""

import hashlib
import json
import subprocess

NAME = "manifest.json"


def files_of(folder):
    """Path, bytes and SHA-256 of every file of a model folder but the manifest, by path."""
    found = sorted(f for f in folder.rglob("*") if f.is_file() and f != folder / NAME)
    return [
        {
            "path": f.relative_to(folder).as_posix(),
            "bytes": f.stat().st_size,
            "sha256": hashlib.sha256(f.read_bytes()).hexdigest(),
        }
        for f in found
    ]


def total_bytes(files):
    return sum(file["bytes"] for file in files)


def commit():
    return subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()


def read_manifest(folder):
    """The manifest of a model folder; an empty one where there is none."""
    path = folder / NAME
    return json.loads(path.read_text()) if path.exists() else {}


def write_manifest(folder, manifest):
    (folder / NAME).write_text(json.dumps(manifest, indent=1) + "\n")
