"""Code 128, set B: the bars of RPPS and FINESS on an ordonnance (arrêté of 10/08/2010, S22)."""

from collections.abc import Iterator

# Widths of bar, space, bar, space, bar, space for the values 0 to 105, then the stop pattern.
_TABLE = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232
"""
_MOTIFS = _TABLE.split()
_STOP = "2331112"
_DEPART_B = 104


def valeurs(texte: str) -> list[int]:
    """Start B, the characters, the check value."""
    codes = [_DEPART_B, *(ord(c) - 32 for c in texte)]
    if any(not 0 <= code < 95 for code in codes[1:]):
        raise ValueError("Code 128 B holds printable ASCII")
    return [*codes, (codes[0] + sum(i * code for i, code in enumerate(codes[1:], start=1))) % 103]


def barres(texte: str) -> Iterator[tuple[int, int]]:
    """(offset, width) of each dark bar, in modules."""
    x = 0
    for motif in (*(_MOTIFS[v] for v in valeurs(texte)), _STOP):
        for i, largeur in enumerate(int(c) for c in motif):
            if i % 2 == 0:
                yield x, largeur
            x += largeur


def largeur(texte: str) -> int:
    """Modules from the first bar to the last."""
    return 11 * (len(texte) + 2) + 13
