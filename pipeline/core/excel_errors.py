"""The errors that Excel and its kin write into cells, in the languages that sheets come in.

In a workbook an error is stored as such; in a CSV only its text is left.
"""

from __future__ import annotations

from typing import Final

__all__ = ["is_excel_error"]

_ERRORS: Final = frozenset(
    # English, then what German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish,
    # Norwegian and Polish programs show in its place
    "#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! "
    "#UNKNOWN! #BUSY! #GETTING_DATA "
    "#NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #KALK! "
    "#VALEUR! #NOM? #NOMBRE! #NUL! #PROPAGATION! #CALCUL! "
    "#¡VALOR! #¡REF! #¿NOMBRE? #¡DIV/0! #¡NUM! #¡NULO! #¡DESBORDAMIENTO! "
    "#VALOR! #NOME? #NÚM! #NULO! #DESPEJAR! "
    "#VALORE! #RIF! #NULLO! #N/D #ESPANSIONE! "
    "#N/B #WAARDE! #VERW! #NAAM? #DEEL/0! #GETAL! #LEEG! #OVERLOOP! "
    "#SAKNAS! #VÄRDEFEL! #REFERENS! #NAMN? #DIVISION/0! #OGILTIGT! #SKÄRNING! #SPILL! "
    "#I/T #VÆRDI! #REFERENCE! #NAVN? #VERDI! "
    "#N/D! #ARG! #ADR! #NAZWA? #DZIEL/0! #LICZBA! #ZERO!".split()
)


def is_excel_error(text: str) -> bool:
    """Tell a cell that is an error and nothing else; ``#5`` and ``#NV 12`` are none."""
    return text[:1] == "#" and text.upper() in _ERRORS
