"""The sentences about workbooks that cannot be read, said once for all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import BadZipFile

from pipeline.core.errors import SheetError
from pipeline.sheets.excel.package import Damaged

__all__ = ["no_worksheet", "protected", "refuse_far", "too_big", "translated"]


def protected(name: str) -> SheetError:
    """A workbook that needs a password to be opened."""
    return SheetError(f"{name} is protected by a password; save it without one, then start again.")


def no_worksheet(name: str) -> SheetError:
    """A workbook of charts or macros only."""
    return SheetError(f"{name} has no worksheet of cells; save the rows in one.")


def too_big(name: str, max_megabytes: int) -> SheetError:
    """A workbook that holds more than allowed, once it is unpacked."""
    return SheetError(
        f"{name} unpacks to more than {max_megabytes:,} MB; split it, or raise sheet.max_megabytes."
    )


def refuse_far(name: str, worksheet: str, rows: int, columns: int, max_cells: int) -> None:
    """Raise :class:`SheetError` for a worksheet that reaches over too many cells."""
    if rows * columns > max_cells:
        raise SheetError(
            f"{name}: worksheet {worksheet} reaches to row {rows:,} and column {columns:,}, "
            f"over {max_cells:,} cells; delete what stands far from the table, or save the rows "
            "as CSV."
        )


@contextmanager
def translated(name: str, *others: type[Exception]) -> Iterator[None]:
    """Say in one sentence what readers raise about a file that is not sound.

    ``others``: what the reader at hand raises besides.
    """
    unsound: tuple[type[Exception], ...] = (Damaged, BadZipFile, OSError, *others)
    try:
        yield
    except SheetError:
        raise
    except unsound as error:
        raise _damaged(name) from error
    except BaseException as error:
        # A panic inside the Excel reader is no Exception; signals are none of our business.
        if type(error).__name__ == "PanicException":
            raise _damaged(name) from error
        raise


def _damaged(name: str) -> SheetError:
    return SheetError(
        f"{name} is damaged or cut off; open it in Excel, save it anew, then start again."
    )
