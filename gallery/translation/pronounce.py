"""How is an English word said? Letter-to-sound rules as one writes them down in an afternoon, until there is a program
that is better."""

from __future__ import annotations

import wisen

RULES = (
    "tion SH AH N|sion ZH AH N|ture CH ER|ough AO|augh AO|eigh EY|igh AY|tch CH|dge JH|sch SH|"
    "ch CH|sh SH|th TH|ph F|wh W|ck K|ng NG|kn N|wr R|qu K W|gn N|gh G|mb M|x K S|"
    "ee IY|ea IY|oo UW|ou AW|ow OW|oa OW|oi OY|oy OY|ai EY|ay EY|au AO|aw AO|ie IY|ei AY|ey IY|ue UW|ew UW|"
    "ar AA R|er ER|ir ER|or AO R|ur ER|le$ AH L|es$ Z|ed$ D|e$ |y$ IY|ce S EH|ci S IH|cy S IY|ge JH EH|gi JH IH|"
    "bb B|cc K|dd D|ff F|gg G|ll L|mm M|nn N|pp P|rr R|ss S|tt T|zz Z|"
    "a AE|b B|c K|d D|e EH|f F|g G|h HH|i IH|j JH|k K|l L|m M|n N|o AA|p P|r R|s S|t T|u AH|v V|w W|y IH|z Z"
)
"""Letters and their sounds, the longest letters first; $ is the end of the word."""
SOUNDS = {letters: sounds for letters, _, sounds in (rule.partition(" ") for rule in RULES.split("|"))}
LONG = {"a": "EY", "i": "AY", "o": "OW", "u": "UW"}
"""Vowels before one consonant and a silent e: late, line, tone, tune."""


@wisen.function
def pronounce(word: str) -> str:
    """The sounds of an English word in ARPAbet, without stress: "thought" is "TH AO T"."""
    left, said = word.lower() + "$", []
    while left not in ("", "$"):
        if left[0] in LONG and len(left) == 4 and left[2:] == "e$" and left[1] not in "aeiour":
            said.append(LONG[left[0]])
            left = left[1:]
            continue
        length = next((n for n in (5, 4, 3, 2, 1) if left[:n] in SOUNDS), 1)
        said.append(SOUNDS.get(left[:length], ""))
        left = left[length:]
    return " ".join(sounds for sounds in said if sounds)
