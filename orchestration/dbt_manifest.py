"""The parsed dbt project that assets are made from: parsed once per content, not at every start.

`python -m orchestration.dbt_manifest` makes it ahead of time (images, `make run`, tests).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from ordernimbus.errors import ConfigurationError

PROJECT_DIR = Path(__file__).resolve().parent.parent / "dbt_project"
MANIFEST_PATH = PROJECT_DIR / "target" / "manifest.json"
# The dbt of this interpreter, wherever PATH may point.
DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")
_STAMP_PATH = PROJECT_DIR / "target" / "manifest.sha256"
_PARSED_SUFFIXES = {".sql", ".yml", ".yaml", ".md", ".csv"}
_NOT_PARSED = {"target", "logs", "dbt_packages"}


def ensure_manifest() -> Path:
    """Return the manifest's path, parsing the project first if it changed since.

    Raises:
        ConfigurationError: dbt cannot parse the project.
    """
    content = _content_hash()
    if MANIFEST_PATH.is_file() and _STAMP_PATH.is_file() and _STAMP_PATH.read_text() == content:
        return MANIFEST_PATH
    # Parsing opens no connection, yet the profile must resolve.
    placeholders = {
        f"ORDERNIMBUS_DBT_{name}": value
        for name, value in (
            ("HOST", "localhost"),
            ("PORT", "5432"),
            ("USER", "nobody"),
            ("PASSWORD", "none"),
            ("DBNAME", "none"),
        )
    }
    outcome = subprocess.run(
        [DBT_EXECUTABLE, "parse", "--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR],
        env={**placeholders, **os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        message = f"dbt cannot parse {PROJECT_DIR}: {outcome.stdout[-2000:]}{outcome.stderr[-500:]}"
        raise ConfigurationError(message)
    _STAMP_PATH.write_text(content)
    return MANIFEST_PATH


def _content_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT_DIR.rglob("*")):
        parts = path.relative_to(PROJECT_DIR).parts
        if path.suffix in _PARSED_SUFFIXES and _NOT_PARSED.isdisjoint(parts):
            digest.update("/".join(parts).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    ensure_manifest()
