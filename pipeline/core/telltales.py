"""What UTF-8 looks like in other encodings: the signs by which a garbled text is told.

Each pattern is made so that a name in any language passes it: a lead byte's letter alone is no
sign (``É``), nor is one with a quote or a dash behind a word in capitals (``CAFÉ–BAR``).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["POSSIBLE", "SIGN_BEHIND_CAPITALS", "TELLTALE", "USUAL_SIGNS"]

_SMALL: Final = "a-zß-öø-ÿ"
_MIDDLE: Final = "‘-”•…™–—›"
"""Signs that may end a word in capitals, so that only a small letter behind them tells."""

_CP1252_TRAIL: Final = "\u0080-¿ŒœŠšŸŽžƒˆ˜–—‘-„†‡•…‰‹›€™"
_MAC_TRAIL: Final = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø"
_CP1250_TRAIL: Final = "ŤťŚśŹźŽžĽľŁłŻżąşˇ˘¤¦¨§©«¬®±¶·»°¸´˝˛\u00a0\u00ad‚„†‡‰‹€"
_CP1251_LETTERS: Final = "Ђ-ЏЁђ-џёҐґ"
_CP1251_TRAIL: Final = f"{_CP1251_LETTERS}°±µ¶·»§©«¬®¤¦№\u00a0\u00ad‚„†‡‰‹›€…–—‘-”•™"
"""Continuation bytes as each encoding shows them."""

_USUAL: Final = {
    # Everything that stands for a dash, quote or accented letter in the West.
    "cp1252, signs": "â€|Â[\u0080-\u009f¡-¿]|[A-Z]Â[–—]|[a-z][ÈČ][™›š]",
    "cp1252, ÃÄÅ": "|".join(
        (
            "Ã[\u0081-\u009f¡-\u00ad¯-¿]|(?<![A-Z])Ã®",
            "[ÃÄÅ][ŒœŠšŸŽžƒˆ˜‚„†‡‰‹€\u0080-\u009f]|[ÄÅ][¡-¦¬\u00ad°-¹¼-¿ŚŤŹśťź]",
            f"[ÃÄÅ][{_MIDDLE}«»¨ªº¯¸·][{_SMALL}]",
            "[A-Z]Ã(?:[™…’](?![^\\W\\d_])|’S\\b)|[A-Z](?:Ä–|Å»|Ä’(?!S\\b))",
        )
    ),
    # A letter that ended in a no-break space or a hole, and lost it to a program that trims.
    "cp1252, trimmed": (
        f"[{_SMALL}]Ã(?![^\\W\\d_])|[A-Za-z]Ã\\?|(?<!\\w)(?:Ã[…\u00a0]|Å\u00a0[a-z])"
    ),
    "cp1252, Cyrillic": "[ÐÑ][\u0080-¿][ÐÑ]",
    "cp1252, Greek, Hebrew, Arabic": f"(?:[ÎÏ×ØÙÚÛ][{_CP1252_TRAIL}]){{2}}",
    "Mac Roman": f"‚Ä|[√¬≈][{_MAC_TRAIL}]",
    "cp437, cp850": "[┬├┼┴╔-╬]|─[\u00a0-\u024f\u2580-\u259f]",
    "cp1250": "|".join(
        (
            f"[ĂĹ][{_CP1250_TRAIL}]|[ĂĹ][{_MIDDLE}][a-z]",
            "[a-z][ĂĹ][¨ªąĄşŞ]|(?<!\\w)Ă…",
        )
    ),
    # Cyrillic within a Latin word, or letters that no word of Russian is made of.
    "cp1251": "|".join(
        (
            f"[A-Za-z][ВГДЕИ][{_CP1251_TRAIL}]|[ВГДЕ]\u00a0[a-z-]|(?<!\\w)Г…",
            f"[ВГДЕ][{_CP1251_LETTERS}°±µ¶§№‚„†‡‰‹€][A-Za-z]",
            f"(?:[РС][\u00a0-»Ў{_CP1251_TRAIL}]){{3}}",
        )
    ),
}
USUAL_SIGNS: Final = re.compile("|".join(_USUAL.values()))
"""What people know as mojibake, by the encoding that UTF-8 was read in."""

_MAY_TURN_BACK: Final = (
    f"[Â-ô][{_CP1252_TRAIL}]",
    # Mac Roman: Latin letters and signs; other alphabets, never one letter; letters of three bytes
    f"[¬√ƒ≈∆·‚„][{_MAC_TRAIL}]|»[ôòõö]|(?:[«–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂŒœ][{_MAC_TRAIL}]){{2}}",
    f"[‡‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ff][{_MAC_TRAIL}]{{2}}|[A-Za-z]Ã[ÄÅÇÉÑÖÜáàâäãå£§]",
)
TELLTALE: Final = re.compile("|".join((*_MAY_TURN_BACK, USUAL_SIGNS.pattern)))
"""A lead byte of UTF-8 with a continuation byte behind it, or a usual sign."""

POSSIBLE: Final = re.compile(
    "[ÁÂ-ô¬√ƒ≈∆·‚„»«–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂŒœ‡‰\uf8ffĂĹČВГДЕИРС┬├┼┴╔-╬─](?="
    f"[{_CP1252_TRAIL}{_MAC_TRAIL}{_CP1250_TRAIL}{_CP1251_TRAIL}ĄŞЎ]|(?<=[Ã┬├┼┴╔-╬─]))"
)
"""Where a telltale may stand, or one letter further on: two classes, quick for clean cells."""

SIGN_BEHIND_CAPITALS: Final = re.compile(
    r"(?<![a-zß-öø-ÿ])[Ä-ÖØ-Þ][®™©–—…‘’“”«»·•°](?![A-Za-zÀ-ÿ])"
    r"|(?<=[A-Z])(?:Ã[®©™…’°](?![A-Za-zÀ-ÿ])|Ã\u00a0(?![a-z])|[À-ÖØ-Þ]’(?=S\b))"
    r"|(?<=[A-Z])(?:[Ä-ÖØ-Þ][™©–—]|[ÄÆ-ÖØ-Þ][®…]|Â[–—])(?=[A-Z])"
)
"""``BLÅ®``, ``PERÚ–LIMA``, ``TORNEÅ’S``: likelier a word in capitals and a sign than one letter."""
