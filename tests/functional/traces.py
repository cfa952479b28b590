"""What of a person can still be found in the bytes of the state folder."""

from __future__ import annotations

from tests.functional.command import Place

__all__ = ["traces"]


def traces(place: Place, *markers: str) -> list[str]:
    """The files of the state folder that hold a marker, whatever its case."""
    return [
        f"{path.name}: {marker}"
        for path in place.ledger.parent.rglob("*")
        if path.is_file()
        for marker in (markers or ("marker",))
        if marker.casefold() in path.read_bytes().decode("latin-1").casefold()
    ]
