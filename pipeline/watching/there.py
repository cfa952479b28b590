"""Whether the folder is there: a network share goes away, and comes back."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.folder.places import Places
from pipeline.watching.saying import Saying

__all__ = ["There"]


@dataclass(slots=True)
class There:
    """Looks whether the folder is there, and says when it went and came back."""

    places: Places
    saying: Saying
    away: bool = False
    _device: int | None = None

    def look(self) -> bool:
        """Tell whether it is there, and make what is missing in it; raises OSError.

        The empty mount point of a share that went away is there too, and is another disk.
        """
        self.away = True
        try:
            device = self.places.root.stat().st_dev
            is_other = self._device not in (None, device) and not self.places.working.is_dir()
        except FileNotFoundError:
            is_other, device = True, 0
        if is_other:
            self.saying.trouble("gone", f"{self.places.root} is not there; it is waited for.")
            return False
        self._device = device
        self.away = False
        self.places.make()
        if self.saying.is_well("gone"):
            self.saying.voice.trouble(f"{self.places.root} is there again.")
        return True
