"""What the demo must remember between runs: the passwords that it made up and the consumer secret, which the platform
shows once. Kept in `demo.json` of the data folder, mode 0600.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sluice.up.secrets import write_private


@dataclass(slots=True)
class Notes:
    """Belongs to one run at a time; `keep` after each change, so that an interrupted run loses nothing."""

    path: Path
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    consumer_secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """By key mapping id, so that the secret of a deleted application is not taken for another's."""

    @classmethod
    def read(cls, path: Path) -> Notes:
        """Empty notes where there are none, or none that can be read."""
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, dict(kept["passwords"]), dict(kept["consumer_secrets"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return cls(path)

    def keep(self) -> None:
        """Writes them, readable by the owner only."""
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        write_private(self.path, json.dumps(kept, indent=2) + "\n")
